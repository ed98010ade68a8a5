import SpiceCodecs
import SpicePixels
import Testing

@Suite("LZ4")
struct LZ4Tests {
  @Test("an image of libspice-server decodes to the bitmap it was made of", arguments: Fixtures.expected("lz4"))
  func fixture(_ expected: ExpectedImage) throws {
    let data = try Fixtures.bytes("lz4/\(expected.name)")
    let raster = try LZ4Image.decode(data[...], width: expected.width, height: expected.height)
    #expect(expected.matches(raster))
  }

  @Test("an image cut off anywhere is refused")
  func truncatedImage() throws {
    for expected in Fixtures.expected("lz4") where expected.name.contains("narrow") {
      let data = try Fixtures.bytes("lz4/\(expected.name)")
      for count in 0..<data.count {
        #expect(throws: CodecError.self) {
          try LZ4Image.decode(data[..<count], width: expected.width, height: expected.height)
        }
      }
    }
  }

  @Test("a changed image gives an error or an image of its size")
  func mutation() throws {
    var random = FixedRandom(seed: 21)
    for expected in Fixtures.expected("lz4") where expected.name.contains("narrow") {
      let data = try Fixtures.bytes("lz4/\(expected.name)")
      for _ in 0..<500 {
        let changed = mutated(data, from: 0, &random)
        let raster = try? LZ4Image.decode(changed[...], width: expected.width, height: expected.height)
        #expect(raster == nil || raster?.pixels.count == expected.width * expected.height)
      }
    }
  }

  @Test("what is encoded as an image decodes to itself", arguments: LZEncoderTests.sizes, LZEncoderTests.kinds)
  func imageRoundTrip(size: (Int, Int), kind: PixelKind) throws {
    let raster = Pictures.page(width: size.0, height: size.1, kind: kind)
    #expect(try LZ4Image.decode(LZ4Image.encode(raster)[...], width: size.0, height: size.1) == raster)
  }

  @Test("a block decodes to what was encoded", arguments: [0, 1, 5, 12, 13, 20, 300, 70_000, 300_000])
  func roundTrip(count: Int) throws {
    var random = FixedRandom(seed: UInt64(count))
    for spread in [1, 2, 20, 256] {
      let bytes = (0..<count).map { _ in UInt8(Int.random(in: 0..<spread, using: &random)) }
      let block = LZ4.encodeBlock(bytes[...])
      #expect(try LZ4.decodeBlock(block[...], limit: count) == bytes)
    }
  }

  @Test("blocks refer to those before them")
  func dictionary() throws {
    // Eight pixels as literals; then a block that copies all 32 bytes: four literals would be longer.
    let first: [UInt8] = [0xf0, 17] + (0..<32).map { UInt8($0) }
    let second: [UInt8] = [0x0c, 32, 0, 0x80] + [9, 9, 9, 9, 9, 9, 9, 9]
    let data = [1, 9] + [0, 0, 0, UInt8(first.count)] + first + [0, 0, 0, UInt8(second.count)] + second
    let raster = try LZ4Image.decode(data[...], width: 14, height: 1)
    #expect(raster.pixels[8] == 0x0302_0100)
    #expect(raster.pixels[11] == 0x0f0e_0d0c)
    #expect(raster.pixels[12] == 0x0909_0909)
  }

  @Test("rows may be padded to four bytes or not")
  func padding() throws {
    let rows: [UInt8] = [1, 2, 3, 0, 4, 5, 6, 0]
    func image(_ rows: [UInt8]) -> [UInt8] {
      let block = LZ4.encodeBlock(rows[...])
      return [1, 7, 0, 0, 0, UInt8(block.count)] + block
    }
    let padded = try LZ4Image.decode(image(rows)[...], width: 1, height: 2)
    let packed = try LZ4Image.decode(image([1, 2, 3, 4, 5, 6])[...], width: 1, height: 2)
    #expect(padded.pixels == [0x03_0201, 0x06_0504])
    #expect(packed == padded)
  }

  @Test("a match before the first byte is refused with the offset of its sequence")
  func distance() {
    let block: [UInt8] = [0x10, 7, 2, 0, 0]
    #expect(throws: CodecError.malformed(.lz4, offset: 0, .distance(2, available: 1))) {
      try LZ4.decodeBlock(block[...], limit: 100)
    }
  }

  @Test("a match at distance 0 is refused")
  func zeroDistance() {
    let block: [UInt8] = [0x10, 7, 0, 0, 0]
    #expect(throws: CodecError.malformed(.lz4, offset: 0, .distance(0, available: 1))) {
      try LZ4.decodeBlock(block[...], limit: 100)
    }
  }

  @Test("a block that decodes to more than the limit is refused")
  func limit() {
    let block = LZ4.encodeBlock([UInt8](repeating: 3, count: 500)[...])
    let error = #expect(throws: CodecError.self) { try LZ4.decodeBlock(block[...], limit: 499) }
    guard case .malformed(.lz4, _, .overrun) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test("an empty block is truncated: even nothing is one byte")
  func emptyBlock() {
    #expect(throws: CodecError.truncated(.lz4, offset: 0, needed: 1)) { try LZ4.decodeBlock([], limit: 10) }
  }

  @Test("a length without an end is truncated")
  func endlessLength() {
    let block = [0xf0] + [UInt8](repeating: 255, count: 50)
    #expect(throws: CodecError.truncated(.lz4, offset: 51, needed: 1)) {
      try LZ4.decodeBlock(block[...], limit: 1 << 20)
    }
  }

  @Test("rows that are missing are counted")
  func incomplete() {
    let block = LZ4.encodeBlock([UInt8](repeating: 3, count: 60)[...])
    let data = [1, 9, 0, 0, 0, UInt8(block.count)] + block
    #expect(throws: CodecError.malformed(.lz4, offset: data.count, .incomplete(missing: 4))) {
      try LZ4Image.decode(data[...], width: 16, height: 1)
    }
  }

  @Test("indices cannot be LZ4 images", arguments: [0, 1, 5, 11] as [UInt8])
  func format(number: UInt8) {
    #expect(throws: CodecError.malformed(.lz4, offset: 1, .value(UInt32(number)))) {
      try LZ4Image.decode([1, number, 0, 0, 0, 1, 0], width: 1, height: 1)
    }
  }

  @Test("a block longer than the data is truncated by what is missing")
  func longBlock() {
    #expect(throws: CodecError.truncated(.lz4, offset: 8, needed: 98)) {
      try LZ4Image.decode([1, 9, 0, 0, 0, 100, 1, 2], width: 1, height: 1)
    }
  }

  @Test("a size past the limits is refused")
  func size() {
    #expect(throws: CodecError.limit(.lz4, width: 1, height: 99_999)) {
      try LZ4Image.decode([1, 9], width: 1, height: 99_999)
    }
  }
}
