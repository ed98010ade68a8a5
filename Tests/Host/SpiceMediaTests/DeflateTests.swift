import SpiceMedia
import Testing

@Suite("Deflate")
struct DeflateTests {
  private let text = Array(String(repeating: "the quick brown fox ", count: 100).utf8)

  @Test("bytes come back", arguments: [0, 1, 1000, 300_000])
  func roundTrip(count: Int) throws {
    let data = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 5) }
    #expect(try Deflate.inflate(try Deflate.deflate(data), expectedSize: count) == data)
  }

  @Test("a stream made by another program is read")
  func foreign() throws {
    // python3 -c 'import zlib; print(list(zlib.compress(b"hello hello hello hello", 9)))'
    let data: [UInt8] = [120, 218, 203, 72, 205, 201, 201, 87, 200, 64, 39, 1, 104, 3, 8, 177]
    #expect(try Deflate.inflate(data, expectedSize: 23) == Array("hello hello hello hello".utf8))
  }

  @Test("data that is cut anywhere is called truncated")
  func truncated() throws {
    let data = try Deflate.deflate(text)
    for count in 0..<data.count {
      #expect(throws: MediaError.truncated(.zlib)) { try Deflate.inflate(data[..<count], expectedSize: text.count) }
    }
  }

  @Test("fewer bytes than announced are refused")
  func tooShort() throws {
    let data = try Deflate.deflate(text)
    #expect(throws: MediaError.wrongLength(expected: 2001, found: 2000)) {
      try Deflate.inflate(data, expectedSize: 2001)
    }
  }

  @Test("more bytes than announced are refused, and not made", arguments: [0, 1, 1999])
  func tooLong(expected: Int) throws {
    let data = try Deflate.deflate(text)
    #expect(throws: MediaError.wrongLength(expected: expected, found: nil)) {
      try Deflate.inflate(data, expectedSize: expected)
    }
  }

  @Test("an announcement past the limit is refused before memory is taken", arguments: [-1, Int.max, 1001])
  func bomb(expected: Int) throws {
    let data = try Deflate.deflate(text)
    #expect(throws: MediaError.tooManyBytes(.zlib, count: expected, limit: 1000)) {
      try Deflate.inflate(data, expectedSize: expected, limit: 1000)
    }
  }

  @Test("what is no zlib stream is refused in words")
  func noZlib() {
    #expect(throws: MediaError.damaged(.zlib, reason: "incorrect header check")) {
      try Deflate.inflate([1, 2, 3, 4, 5, 6], expectedSize: 10)
    }
  }

  @Test("a wrong checksum is refused in words")
  func checksum() throws {
    var data = try Deflate.deflate(text)
    data[data.count - 1] ^= 1
    #expect(throws: MediaError.damaged(.zlib, reason: "incorrect data check")) {
      try Deflate.inflate(data, expectedSize: text.count)
    }
  }

  @Test("random damage never does worse than an error")
  func mutations() throws {
    let data = try Deflate.deflate(text)
    var randomness = Randomness(seed: 2)
    for round in 0..<2000 {
      _ = try? Deflate.inflate(data.mutated(1 + round % 4, using: &randomness), expectedSize: text.count)
    }
  }
}
