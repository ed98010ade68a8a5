import SpiceCodecs
import SpicePixels
import Testing

@Suite("GLZ refuses what is not an image")
struct GLZErrorTests {
  private func header(
    type: UInt8 = 0x18, width: Int = 4, height: Int = 1, id: UInt64 = 0, head: UInt32 = 0
  ) -> [UInt8] {
    let words: [UInt32] = [0x2020_5a4c, 0x1_0001]
    let sizes: [UInt32] = [
      UInt32(width), UInt32(height), UInt32(width * 4), UInt32(id >> 32), UInt32(id & 0xffff_ffff), head,
    ]
    var header = words.flatMap(bytes)
    header.append(type)
    header.append(contentsOf: sizes.flatMap(bytes))
    return header
  }

  private func bytes(_ word: UInt32) -> [UInt8] {
    [24, 16, 8, 0].map { (shift: UInt32) -> UInt8 in UInt8(truncatingIfNeeded: word >> shift) }
  }

  private func decode(_ data: [UInt8]) throws -> GLZResult {
    var window = GLZWindow()
    return try window.decode(data[...])
  }

  /// An image of four pixels as number `id`, after one of four pixels as number 0.
  private func second(_ body: [UInt8], id: UInt64 = 1, type: UInt8 = 0x18) throws -> GLZResult {
    var window = GLZWindow()
    _ = try window.decode((header() + [3, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])[...])
    return try window.decode((header(type: type, id: id, head: UInt32(id)) + body)[...])
  }

  @Test("a truncated header is refused with its offset")
  func shortHeader() {
    #expect(throws: CodecError.truncated(.glz, offset: 32, needed: 1)) {
      try decode(Array(header()[..<32]))
    }
  }

  @Test("another magic is refused and shown")
  func magic() {
    let data = [0x20, 0x20, 0x5a, 0x4d] + header()[4...]
    #expect(throws: CodecError.malformed(.glz, offset: 0, .magic(0x2020_5a4d))) { try decode(data) }
  }

  @Test("another version is refused and shown")
  func version() {
    var data = header()
    data[7] = 2
    #expect(throws: CodecError.malformed(.glz, offset: 4, .version(0x1_0002))) { try decode(data) }
  }

  @Test("image types that GLZ has not are refused", arguments: [0, 1, 5, 10, 11, 15] as [UInt8])
  func type(number: UInt8) {
    let data = header(type: number) + [3]
    #expect(throws: CodecError.malformed(.glz, offset: 8, .imageType(UInt32(number)))) { try decode(data) }
  }

  @Test("a window that begins before the first image is refused")
  func head() {
    let data = header(id: 3, head: 4)
    #expect(throws: CodecError.malformed(.glz, offset: 29, .distance(4, available: 3))) { try decode(data) }
  }

  @Test("an image past the limits is refused")
  func limit() {
    #expect(throws: CodecError.limit(.glz, width: 20_000, height: 1)) { try decode(header(width: 20_000)) }
  }

  @Test("an image larger than the window is refused")
  func capacity() {
    var window = GLZWindow(capacity: 3)
    #expect(throws: CodecError.limit(.glz, width: 4, height: 1)) { try window.decode(header()[...]) }
  }

  @Test("a large image of a few bytes is refused before memory is taken for it")
  func implausible() {
    #expect(throws: CodecError.truncated(.glz, offset: 33, needed: 16_000_000 / 255 + 1)) {
      try decode(header(width: 4000, height: 4000))
    }
  }

  @Test("pixels of an earlier image are copied from its start on")
  func reference() throws {
    // Length 3, offset 1, one image back; then length 1, offset 0.
    let result = try second([0x61, 0, 1, 0x20, 0, 1])
    let expected = Raster(width: 4, height: 1, kind: .opaque, pixels: [0x06_0504, 0x09_0807, 0x0c_0b0a, 0x03_0201])
    #expect(try result == .decoded(#require(expected), id: 1))
  }

  @Test("a reference past the end of an earlier image is refused with its offset")
  func overrun() {
    #expect(throws: CodecError.malformed(.glz, offset: 33, .overrun(length: 3, available: 2))) {
      try second([0x62, 0, 1, 0, 1, 2, 3])
    }
  }

  @Test("a reference far past the end of an earlier image is refused")
  func farOverrun() {
    #expect(throws: CodecError.malformed(.glz, offset: 33, .overrun(length: 3, available: 0))) {
      try second([0x72, 0xff, 0x7f, 1, 0xff])
    }
  }

  @Test("a reference before the first image is refused")
  func beforeFirst() {
    #expect(throws: CodecError.malformed(.glz, offset: 33, .distance(2, available: 1))) {
      try second([0x60, 0, 2, 0, 1, 2, 3])
    }
  }

  @Test("a reference before the first pixel is refused")
  func distance() {
    #expect(throws: CodecError.malformed(.glz, offset: 33, .distance(1, available: 0))) {
      try second([0x60, 0, 0, 0, 1, 2, 3])
    }
  }

  @Test("a reference to an image that has not come waits for it")
  func waiting() throws {
    #expect(try second([0x60, 0, 2, 0, 1, 2, 3], id: 5) == .waiting(forImage: 3))
  }

  @Test("a reference to what the sender no longer has is an error where the image is not held")
  func behindWindow() {
    var window = GLZWindow()
    let data = header(id: 5, head: 1) + [0x60, 0, 2, 0, 1, 2, 3]
    #expect(throws: CodecError.malformed(.glz, offset: 33, .imageGone(3))) { try window.decode(data[...]) }
  }

  @Test("the last of all ids is one like the others")
  func lastID() throws {
    var window = GLZWindow(capacity: 4)
    let body: [UInt8] = [3, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]
    for id in [UInt64.max, .max, 7, .max] { _ = try window.decode((header(id: id) + body)[...]) }
    #expect(window.pixelCount <= 4)
  }

  @Test("pixels copied out of an image with alpha lose it in one without")
  func alphaDropped() throws {
    var window = GLZWindow()
    let first = header(type: 0x19) + [3, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12] + [3, 99, 98, 97, 96]
    _ = try window.decode(first[...])
    let data = header(id: 1, head: 1) + [0x80, 0, 1]
    let expected = Raster(width: 4, height: 1, kind: .opaque, pixels: [0x03_0201, 0x06_0504, 0x09_0807, 0x0c_0b0a])
    #expect(try window.decode(data[...]) == .decoded(#require(expected), id: 1))
  }

  @Test("alpha may be copied out of an earlier image")
  func alphaReference() throws {
    var window = GLZWindow()
    let first = header(type: 0x19) + [3, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12] + [3, 99, 98, 97, 96]
    guard case .decoded(let raster, _) = try window.decode(first[...]) else { return }
    // Four colours, then alpha: length 2 and the bias of 2.
    let data = header(type: 0x19, id: 1, head: 1) + [0x80, 0, 1, 0x40, 0, 1]
    #expect(try window.decode(data[...]) == .decoded(raster, id: 1))
  }
}
