import SpiceCodecs
import SpicePixels
import Testing

@Suite("QUIC refuses what is not an image")
struct QuicErrorTests {
  private func header(
    magic: UInt32 = 0x4349_5551, version: UInt32 = 0, type: UInt32 = 4, width: UInt32 = 4, height: UInt32 = 2
  ) -> [UInt8] {
    [magic, version, type, width, height].flatMap { word in
      [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: word >> $0) }
    }
  }

  private func refusal(_ data: [UInt8]) -> CodecError? {
    do throws(CodecError) {
      _ = try Quic.decode(data[...])
      return nil
    } catch {
      return error
    }
  }

  @Test("a truncated header is refused with its offset", arguments: 0..<20)
  func shortHeader(count: Int) {
    #expect(throws: CodecError.truncated(.quic, offset: count, needed: 20 - count)) {
      try Quic.header(of: header()[..<count])
    }
  }

  @Test("another magic is refused and shown")
  func magic() {
    let data = Array("LZ  ".utf8) + header()[4...]
    #expect(throws: CodecError.malformed(.quic, offset: 0, .magic(0x4c5a_2020))) { try Quic.header(of: data[...]) }
  }

  @Test("another version is refused and shown")
  func version() {
    let data = header(version: 0x1_0000)
    #expect(throws: CodecError.malformed(.quic, offset: 4, .version(0x1_0000))) { try Quic.header(of: data[...]) }
  }

  @Test("an unknown image type is refused and shown", arguments: [0, 6, 0xffff_ffff] as [UInt32])
  func type(number: UInt32) {
    let data = header(type: number)
    #expect(throws: CodecError.malformed(.quic, offset: 8, .imageType(number))) { try Quic.header(of: data[...]) }
  }

  @Test("an image without pixels is refused with its size")
  func empty() {
    let data = header(height: 0)
    #expect(throws: CodecError.malformed(.quic, offset: 16, .empty(width: 4, height: 0))) {
      try Quic.header(of: data[...])
    }
  }

  @Test("a width past 31 bits is refused")
  func hugeWidth() {
    let data = header(width: 0x8000_0000)
    #expect(throws: CodecError.malformed(.quic, offset: 12, .value(0x8000_0000))) { try Quic.header(of: data[...]) }
  }

  @Test("an image past the limits is refused before its pixels are read")
  func limit() {
    let data = header(width: 20_000, height: 2)
    #expect(throws: CodecError.limit(.quic, width: 20_000, height: 2)) { try Quic.decode(data[...]) }
  }

  @Test("a large image of a few bytes is refused before memory is taken for it")
  func implausible() {
    let data = header(width: 8000, height: 8000) + [UInt8](repeating: 0xff, count: 100)
    // Three bits for each pixel of the first row and for three pixels of each other.
    #expect(throws: CodecError.truncated(.quic, offset: 120, needed: 3 * (8000 + 7999 * 3) / 8 + 1 - 100)) {
      try Quic.decode(data[...])
    }
  }

  @Test("an image that ends too early is refused wherever it is cut", arguments: QuicTests.images)
  func truncation(image: ExpectedImage) throws {
    let data = try Fixtures.bytes("quic/\(image.name)")
    // The last word is only there to be looked ahead to, and the one before may hold nothing but a few zeros.
    for count in stride(from: 20, to: data.count - 8, by: data.count > 1500 ? data.count / 50 : 1) {
      guard case .truncated(.quic, let offset, let needed) = refusal(Array(data[..<count])) else {
        Issue.record("cut after \(count) bytes")
        continue
      }
      #expect(offset <= count && offset > count - 4 && needed > 0)
    }
  }

  @Test("a changed image is refused or decodes to as many pixels", arguments: QuicTests.images)
  func mutation(image: ExpectedImage) throws {
    let data = try Fixtures.bytes("quic/\(image.name)")
    var random = FixedRandom(seed: 20)
    for _ in 0..<(data.count > 1500 ? 10 : 200) {
      let changed = mutated(data, from: 20, &random)
      if let raster = try? Quic.decode(changed[...]) {
        #expect(raster.pixels.count == image.width * image.height)
      }
    }
  }

  @Test("noise behind a header is refused or decodes", arguments: QuicEncoderTests.types)
  func noise(type: QuicType) {
    var random = FixedRandom(seed: 5)
    for _ in 0..<200 {
      let width = UInt32.random(in: 1...70, using: &random)
      let body = (0..<2000).map { _ in UInt8.random(in: 0...255, using: &random) }
      let data = header(type: type.rawValue, width: width, height: 20) + body
      if let raster = try? Quic.decode(data[...]) { #expect(raster.pixels.count == Int(width) * 20) }
    }
  }

  @Test("a run past the end of its row is refused with both lengths")
  func overrun() throws {
    // The last 35 bits say how far the run of the second row goes: 25 ones, a zero, and nine bits.
    var data = try Quic.encode(Raster(width: 1000, height: 2, kind: .opaque), type: .gray)
    for index in data.count - 8..<data.count { data[index] = 0xff }
    guard case .malformed(.quic, let offset, .overrun(let length, let available)) = refusal(data) else {
      Issue.record("\(refusal(data).debugDescription)")
      return
    }
    #expect(length > available && available == 997)
    #expect(offset >= data.count - 8 && offset < data.count)
  }

  @Test("a codeword that stands for no symbol is refused with what it would be")
  func noSymbol() throws {
    // A black row is soon a one for each pixel. Eighteen zeros and eight ones in that code are 18 + 255.
    var data = try Quic.encode(Raster(width: 1200, height: 1, kind: .opaque), type: .gray)
    data.replaceSubrange(100..<104, with: [0xff, 0x3f, 0x00, 0x00])
    #expect(refusal(data) == .malformed(.quic, offset: 100, .value(273)))
  }

  @Test("the same is found in each channel of a pixel", arguments: 0..<3)
  func noSymbolInColors(shift: Int) throws {
    var data = try Quic.encode(Raster(width: 1200, height: 2, kind: .opaque), type: .rgb32)
    let word = UInt32.max ^ 0x3_ffff << UInt32(14 - shift)
    for index in 0..<4 { data[100 + index] = UInt8(truncatingIfNeeded: word >> UInt32(8 * index)) }
    guard case .malformed(.quic, _, .value(let value)) = refusal(data) else {
      Issue.record("\(refusal(data).debugDescription)")
      return
    }
    #expect(value > 255)
  }
}
