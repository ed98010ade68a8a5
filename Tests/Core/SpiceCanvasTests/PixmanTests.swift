import SpicePixels
import Testing

import SpiceCanvas

/// Numbers printed by a C program around libpixman 0.42.2 (Debian 12, x86-64), called as spice-common's `sw_canvas.c`
/// calls it: `pixman_image_composite32` with `PIXMAN_OP_SRC` and a scaling transform, or `PIXMAN_OP_OVER` with a solid
/// mask for the constant alpha.
@Suite struct PixmanTests {
  /// 4 by 3 pixels, premultiplied but for the last.
  private static let source: [UInt32] = [
    0xFF10_2030, 0xFF80_C0FF, 0x8040_0020, 0x0000_0000,
    0xFFFF_FFFF, 0x4010_1010, 0xFF00_0000, 0xC0A0_8060,
    0x0101_0000, 0xFF00_FF00, 0xFFFE_7F01, 0x7F3F_5F7F,
  ]

  private func scaled(
    _ area: Rect, to width: Int, _ height: Int, _ scaling: ScaleMode, kind: PixelKind = .alpha
  ) throws -> [UInt32] {
    let image = try #require(Raster(width: 4, height: 3, kind: kind, pixels: Self.source))
    var surface = try Surface(width: width, height: height, format: .argb)
    surface.drawCopy(.image(image), area: area, to: Rect(surface.size), scaling: scaling)
    return surface.pixels
  }

  private let whole = Rect(left: 0, top: 0, right: 4, bottom: 3)

  @Test("an interpolated image that grows has pixman's pixels")
  func interpolatedUp() throws {
    #expect(
      try scaled(whole, to: 7, 5, .interpolate) == [
        0x9E09_131D, 0xCB2C_4660, 0xCB5F_8FBE, 0x984C_4C72, 0x5E2F_0017, 0x2412_0009, 0x0000_0000,
        0xC756_5E65, 0xE465_798C, 0xB855_799D, 0xB23C_3C59, 0xAB28_0314, 0x7136_201F, 0x3C32_281E,
        0xC7C5_C5C5, 0xBCAA_AAAA, 0x5023_2324, 0x9F08_0809, 0xF90B_0806, 0xD565_513D, 0x967D_644B,
        0x5151_5050, 0x8145_7A45, 0xAB0E_990E, 0xD84E_7403, 0xF793_4D08, 0xBD77_6049, 0x7950_555A,
        0x0000_0000, 0x4800_4800, 0xBD00_BD00, 0xCD66_9900, 0xC5C1_6407, 0x8B69_5541, 0x5028_3C50,
      ])
  }

  @Test("an image that grows by its nearest pixels has pixman's")
  func nearestUp() throws {
    #expect(
      try scaled(whole, to: 7, 5, .nearest) == [
        0xFF10_2030, 0xFF10_2030, 0xFF80_C0FF, 0xFF80_C0FF, 0x8040_0020, 0x0000_0000, 0x0000_0000,
        0xFF10_2030, 0xFF10_2030, 0xFF80_C0FF, 0xFF80_C0FF, 0x8040_0020, 0x0000_0000, 0x0000_0000,
        0xFFFF_FFFF, 0xFFFF_FFFF, 0x4010_1010, 0x4010_1010, 0xFF00_0000, 0xC0A0_8060, 0xC0A0_8060,
        0x0101_0000, 0x0101_0000, 0xFF00_FF00, 0xFF00_FF00, 0xFFFE_7F01, 0x7F3F_5F7F, 0x7F3F_5F7F,
        0x0101_0000, 0x0101_0000, 0xFF00_FF00, 0xFF00_FF00, 0xFFFE_7F01, 0x7F3F_5F7F, 0x7F3F_5F7F,
      ])
  }

  @Test("an interpolated image that shrinks has pixman's pixels")
  func interpolatedDown() throws {
    #expect(
      try scaled(whole, to: 3, 2, .interpolate) == [
        0xF74F_6173, 0xB74A_4A6D, 0x4329_1A18,
        0x5736_5535, 0xE761_9102, 0xA268_6562,
      ])
  }

  @Test("an image without alpha is opaque where it is scaled onto a surface with alpha")
  func interpolatedOpaque() throws {
    #expect(
      try scaled(whole, to: 3, 2, .interpolate, kind: .opaque) == [
        0xFF4F_6173, 0xFF4A_4A6D, 0xFF29_1A18,
        0xFF36_5535, 0xFF61_9102, 0xFF68_6562,
      ])
  }

  @Test("a part of an image is interpolated with the pixels around it")
  func interpolatedPart() throws {
    #expect(
      try scaled(Rect(left: 1, top: 1, right: 3, bottom: 3), to: 5, 3, .interpolate) == [
        0x9159_626A, 0x6D20_2934, 0xA317_171F, 0xDB0D_040A, 0xD32F_1F1B,
        0x952D_842D, 0xA713_7E07, 0xCD41_6204, 0xF571_4501, 0xE279_4D21,
        0x9400_9400, 0xD513_CB00, 0xD568_A000, 0xD5BE_7500, 0xB5A4_6220,
      ])
  }

  @Test("what is scaled from outside of an image is 0")
  func outside() throws {
    #expect(
      try scaled(Rect(left: 2, top: 1, right: 6, bottom: 5), to: 3, 3, .nearest) == [
        0xFF00_0000, 0xC0A0_8060, 0,
        0xFFFE_7F01, 0x7F3F_5F7F, 0,
        0, 0, 0,
      ])
  }

  private static let destination: [UInt32] = [
    0xFF00_0000, 0xFFFF_FFFF, 0x8080_8080, 0x00FF_FFFF, 0xFF12_3456, 0x7F7F_7F7F, 0x0000_0000, 0xFFC0_FFEE,
    0xFF80_8080, 0x1020_3040, 0xFF01_0203, 0xFEDC_BA98,
  ]

  private func blended(_ source: [UInt32], onto destination: [UInt32], alpha: UInt8) throws -> [UInt32] {
    let count = source.count
    let image = try #require(Raster(width: count, height: 1, kind: .alpha, pixels: source))
    var surface = try Surface(width: count, height: 1, format: .argb)
    surface.raster.pixels = destination
    surface.drawAlphaBlend(.image(image), area: Rect(image.size), to: Rect(image.size), alpha: alpha)
    return surface.pixels
  }

  @Test("OVER has pixman's rounding")
  func over() throws {
    #expect(
      try blended(Self.source, onto: Self.destination, alpha: 255) == [
        0xFF10_2030, 0xFF80_C0FF, 0xC080_4060, 0x00FF_FFFF, 0xFFFF_FFFF, 0x9F6F_6F6F, 0xFF00_0000, 0xFFCF_BF9B,
        0xFF80_7F7F, 0xFF00_FF00, 0xFFFE_7F01, 0xFEAD_BCCB,
      ])
  }

  @Test("OVER with a constant alpha has pixman's rounding")
  func overWithAlpha() throws {
    #expect(
      try blended(Self.source, onto: Self.destination, alpha: 128) == [
        0xFF08_1018, 0xFFBF_DFFF, 0xA080_6070, 0x00FF_FFFF, 0xFF89_9AAB, 0x8F77_7777, 0x8000_0000, 0xFFC8_DFC4,
        0xFF80_7F7F, 0x8810_9820, 0xFF7F_4102, 0xFEC5_BBB2,
      ])
    #expect(
      try blended(Self.source, onto: Self.destination, alpha: 1) == [
        0xFF00_0000, 0xFFFF_FFFF, 0x807F_7F7F, 0x00FF_FFFF, 0xFF13_3557, 0x7F7F_7F7F, 0x0100_0000, 0xFFC0_FFED,
        0xFF80_8080, 0x1120_3140, 0xFF02_0203, 0xFEDC_BA98,
      ])
  }

  @Test("channels of an image that is not premultiplied stop at 255")
  func saturation() throws {
    let source: [UInt32] = [0x00FF_FFFF, 0x40FF_80C0, 0x10FF_F0FF, 0x80FF_00FF]
    let destination: [UInt32] = [0xFFFF_FFFF, 0x80FF_FFFF, 0xFF00_FF80, 0xFFFF_FFFF]
    #expect(
      try blended(source, onto: destination, alpha: 255) == [
        0xFFFF_FFFF, 0xA0FF_FFFF, 0xFFFF_FFFF, 0xFFFF_7FFF,
      ])
  }

  @Test("OVER onto a surface of 16 bits has pixman's pixels")
  func over565() throws {
    let before: [UInt16] = [
      0, 0xFFFF, 0x8410, 0x1234, 0xF800, 0x07E0, 0x001F, 0xAAAA, 0x5555, 0xFFFE, 0x0841, 0x7BEF,
    ]
    let after: [UInt16] = [
      0x1106, 0x861F, 0x820C, 0x1234, 0xFFFF, 0x1662, 0x0000, 0xCCAE, 0x5555, 0x07E0, 0xFBE0, 0x7CF7,
    ]
    let image = try #require(Raster(width: 12, height: 1, kind: .alpha, pixels: Self.source))
    var surface = try Surface(width: 12, height: 1, format: .rgb565)
    surface.raster.pixels = before.map(widened565)
    surface.drawAlphaBlend(.image(image), area: Rect(image.size), to: Rect(image.size), alpha: 255)
    #expect(surface.pixels == after.map(widened565))
  }
}
