import SpiceMedia
import SpicePixels
import Testing

@Suite("PNG")
struct PNGTests {
  @Test("an opaque picture comes back the same", arguments: [(64, 48), (17, 5), (1, 1), (300, 2)])
  func opaque(width: Int, height: Int) throws {
    let raster = picture(width: width, height: height)
    #expect(try PNG.decode(try PNG.encode(raster)) == raster)
  }

  @Test("the unused high byte of an opaque picture does not matter")
  func highByte() throws {
    let one = Raster(width: 4, height: 4, kind: .opaque, fill: 0x0012_3456)
    let two = Raster(width: 4, height: 4, kind: .opaque, fill: 0xAB12_3456)
    #expect(try PNG.encode(one) == PNG.encode(two))
  }

  @Test("straight alpha comes back the same")
  func straightAlpha() throws {
    var raster = picture(width: 32, height: 8, kind: .alpha)
    for index in raster.pixels.indices { raster.pixels[index] = raster.pixels[index] & 0xFF_FFFF | UInt32(index) << 24 }
    #expect(try PNG.decode(try PNG.encode(raster, isPremultiplied: false)) == raster)
  }

  @Test("premultiplied colours are divided by their alpha")
  func premultiplied() throws {
    let pixels: [UInt32] = [0x8040_2010, 0xFF01_0203, 0x0000_0000, 0x0012_3456, 0x0180_0100]
    let raster = try #require(Raster(width: 5, height: 1, kind: .alpha, pixels: pixels))
    #expect(
      try PNG.decode(try PNG.encode(raster)).pixels
        == [0x8080_4020, 0xFF01_0203, 0x0000_0000, 0x0000_0000, 0x01FF_FF00])
  }

  @Test("a coverage mask becomes black with that alpha")
  func coverage() throws {
    let raster = Raster(width: 3, height: 3, kind: .coverage, fill: 0x7F00_0000)
    #expect(try PNG.decode(try PNG.encode(raster)).pixels == raster.pixels)
  }

  @Test("a grey picture made by another program is read")
  func foreign() throws {
    // 2 by 1 pixels, 8-bit grey, 0 and 255: chunks put together in Python with its zlib.
    let data: [UInt8] = [
      0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52, 0, 0, 0, 2, 0, 0, 0, 1, 8, 0,
      0, 0, 0, 0xD1, 0x49, 0x20, 0x56, 0, 0, 0, 11, 0x49, 0x44, 0x41, 0x54, 0x78, 0xDA, 0x63, 0x60, 0xF8, 0x0F, 0, 1, 2,
      1, 0, 0xD1, 0x1A, 0xCB, 0x8F, 0, 0, 0, 0, 0x49, 0x45, 0x4E, 0x44, 0xAE, 0x42, 0x60, 0x82,
    ]
    #expect(try PNG.decode(data).pixels == [0xFF00_0000, 0xFFFF_FFFF])
  }

  @Test("data that is cut anywhere is refused")
  func truncated() throws {
    let data = try PNG.encode(picture(width: 40, height: 30))
    for count in 0..<(data.count - 12) {
      #expect(throws: MediaError.self) { try PNG.decode(data[..<count]) }
    }
  }

  @Test("what is no PNG is refused in words")
  func noPNG() {
    do {
      _ = try PNG.decode(Array("GIF89a and more".utf8))
      Issue.record("decoded")
    } catch {
      #expect("\(error)".hasPrefix("the PNG data is damaged or not PNG: "))
    }
  }

  @Test("a header that promises too many pixels is refused before memory is taken")
  func bomb() throws {
    // Width and height 100,000; libpng looks at the checksum first.
    let header: [UInt8] = [0x49, 0x48, 0x44, 0x52, 0, 1, 0x86, 0xA0, 0, 1, 0x86, 0xA0, 8, 2, 0, 0, 0]
    let data: [UInt8] =
      [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13] + header + checksum(header)
      + [0, 0, 0, 0, 0x49, 0x44, 0x41, 0x54, 0x35, 0xAF, 0x06, 0x1E]
    #expect(throws: MediaError.tooManyPixels(.png, width: 100_000, height: 100_000, limits: .standard)) {
      try PNG.decode(data)
    }
  }

  @Test("random damage never does worse than an error")
  func mutations() throws {
    let data = try PNG.encode(picture(width: 40, height: 30))
    var randomness = Randomness(seed: 3)
    for round in 0..<1000 { _ = try? PNG.decode(data.mutated(1 + round % 4, using: &randomness)) }
  }

  @Test("an empty raster cannot be encoded")
  func empty() {
    #expect(throws: MediaError.self) { try PNG.encode(Raster(width: 4, height: 0, kind: .opaque)) }
  }

  /// The CRC of PNG, bit by bit.
  private func checksum(_ bytes: [UInt8]) -> [UInt8] {
    var crc: UInt32 = 0xFFFF_FFFF
    for byte in bytes {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? 0xEDB8_8320 ^ crc >> 1 : crc >> 1 }
    }
    return (0..<4).map { UInt8(truncatingIfNeeded: ~crc >> (24 - 8 * $0)) }
  }
}
