import SpiceCodecs
import SpicePixels
import Testing

@Suite("LZ encoding")
struct LZEncoderTests {
  static let sizes = [(0, 0), (1, 1), (2, 1), (3, 1), (1, 7), (33, 17), (640, 200)]
  static let kinds: [PixelKind] = [.opaque, .alpha, .coverage]

  @Test("what is encoded decodes to itself", arguments: sizes, kinds)
  func roundTrip(size: (Int, Int), kind: PixelKind) throws {
    for raster in [
      Pictures.page(width: size.0, height: size.1, kind: kind),
      Pictures.noise(width: size.0, height: size.1, kind: kind),
      Pictures.plain(width: size.0, height: size.1, kind: kind),
    ] {
      let data = LZ.encode(raster)
      #expect(try LZ.decode(data[...]) == raster)
      #expect(raster.pixels.isEmpty || SlowLZ.decode(data) == raster.pixels)
    }
  }

  @Test("repetition beyond the near distance is found")
  func farMatch() throws {
    let row = Pictures.noise(width: 9000, height: 1, kind: .opaque)
    let raster = try #require(Raster(width: 9000, height: 2, kind: .opaque, pixels: row.pixels + row.pixels))
    let data = LZ.encode(raster)
    #expect(data.count < 9000 * 3 + 400)
    #expect(try LZ.decode(data[...]) == raster)
  }

  @Test("alpha alone decodes onto the colours it came from")
  func alpha() throws {
    let raster = Pictures.page(width: 50, height: 40, kind: .alpha)
    var colors = raster
    colors.kind = .opaque
    for index in colors.pixels.indices { colors.pixels[index] &= 0xff_ffff }
    try LZ.decodeAlpha(LZ.encodeAlpha(raster)[...], onto: &colors)
    #expect(colors == raster)
  }

  @Test("sixteen bits keep the upper five of each channel")
  func highColor() throws {
    let raster = Pictures.page(width: 70, height: 30, kind: .opaque)
    let decoded = try LZ.decode(LZ.encodeHighColor(raster)[...])
    for (pixel, original) in zip(decoded.pixels, raster.pixels) {
      #expect(pixel & 0xf8_f8f8 == original & 0xf8_f8f8)
      #expect(pixel & 0x07_0707 == pixel >> 5 & 0x07_0707)
    }
  }

  @Test("indices decode through their palette")
  func indices() throws {
    let indices = (0..<600).map { UInt8($0 * $0 % 7) }
    let colors: [UInt32] = [1, 22, 333, 4444, 55_555, 666_666, 7_777_777]
    let data = try #require(LZ.encode(indices: indices, width: 30, height: 20))
    let raster = try LZ.decode(data[...], palette: Palette(id: 0, colors: colors))
    #expect(raster.pixels == indices.map { colors[Int($0)] })
  }

  @Test("indices that do not fill the size are refused")
  func indexCount() {
    #expect(LZ.encode(indices: [1, 2, 3], width: 2, height: 2) == nil)
  }
}
