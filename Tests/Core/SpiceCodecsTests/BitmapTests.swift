import SpiceCodecs
import SpicePixels
import Testing

@Suite("Bitmap")
struct BitmapTests {
  private let palette = Palette(id: 0, colors: (0..<16).map { UInt32($0) * 0x11_1111 })

  private func decode(
    _ format: BitmapFormat, _ width: Int, _ height: Int, stride: Int, topDown: Bool = true, palette: Palette? = nil,
    _ rows: [UInt8]
  ) throws(CodecError) -> Raster {
    try Bitmap.decode(
      format: format, width: width, height: height, stride: stride, topDown: topDown, palette: palette,
      rows: rows[...])
  }

  @Test("one-bit pixels come from the lowest bit on, or from the highest")
  func oneBit() throws {
    let two = Palette(id: 0, colors: [10, 20])
    #expect(
      try decode(.index1LE, 9, 1, stride: 2, palette: two, [0b1, 0b1]).pixels == [20, 10, 10, 10, 10, 10, 10, 10, 20])
    #expect(
      try decode(.index1BE, 9, 1, stride: 2, palette: two, [0b1, 0x80]).pixels == [10, 10, 10, 10, 10, 10, 10, 20, 20])
  }

  @Test("one-bit pixels without a palette are black and white")
  func mask() throws {
    #expect(try decode(.index1BE, 3, 1, stride: 1, [0b0100_0000]).pixels == [0, 0xff_ffff, 0])
  }

  @Test("four-bit pixels come low half first, or high half first")
  func fourBit() throws {
    #expect(
      try decode(.index4LE, 3, 1, stride: 2, palette: palette, [0x21, 0x03]).pixels == [
        0x11_1111, 0x22_2222, 0x33_3333,
      ])
    #expect(
      try decode(.index4BE, 3, 1, stride: 2, palette: palette, [0x12, 0x30]).pixels == [
        0x11_1111, 0x22_2222, 0x33_3333,
      ])
  }

  @Test("an index past the palette is black")
  func shortPalette() throws {
    #expect(try decode(.index8, 3, 1, stride: 3, palette: palette, [15, 16, 255]).pixels == [0xff_ffff, 0, 0])
    let one = Palette(id: 0, colors: [7])
    #expect(try decode(.index1LE, 2, 1, stride: 1, palette: one, [2]).pixels == [7, 0])
  }

  @Test("a palette's fourth byte is its pixels', as a surface may take it for alpha")
  func paletteHighByte() throws {
    let palette = Palette(id: 0, colors: [0xff12_3456])
    #expect(try decode(.index8, 1, 1, stride: 1, palette: palette, [0]).pixels == [0xff12_3456])
  }

  @Test("fifteen-bit colours are widened to the full range")
  func fifteenBit() throws {
    let raster = try decode(.rgb555, 4, 1, stride: 8, [0xff, 0x7f, 0x1f, 0, 0x00, 0x7c, 0x10, 0x80])
    #expect(raster.pixels == [0xffff_ffff, 0xff00_00ff, 0xffff_0000, 0xff00_0084])
  }

  @Test("24 bits are blue, green, red")
  func trueColor() throws {
    #expect(try decode(.rgb24, 2, 1, stride: 6, [1, 2, 3, 4, 5, 6]).pixels == [0x03_0201, 0x06_0504])
  }

  @Test("32 bits keep their fourth byte, alpha or not")
  func words() throws {
    let opaque = try decode(.rgb32, 1, 1, stride: 4, [1, 2, 3, 4])
    #expect(opaque.pixels == [0x0403_0201] && opaque.kind == .opaque)
    let alpha = try decode(.rgba, 1, 1, stride: 4, [1, 2, 3, 4])
    #expect(alpha.pixels == [0x0403_0201] && alpha.kind == .alpha)
  }

  @Test("eight bits of alpha are coverage")
  func coverage() throws {
    let raster = try decode(.alpha8, 2, 1, stride: 2, [0, 255])
    #expect(raster.pixels == [0, 0xff00_0000] && raster.kind == .coverage)
  }

  @Test("rows from the lowest up are turned round", arguments: [BitmapFormat.index8, .alpha8, .rgb555])
  func bottomUp(format: BitmapFormat) throws {
    let size = format.rowSize(width: 1)
    let rows = (0..<3).flatMap { row in [UInt8(row)] + [UInt8](repeating: 0, count: size - 1) }
    let down = try decode(format, 1, 3, stride: size, palette: palette, rows)
    let up = try decode(format, 1, 3, stride: size, topDown: false, palette: palette, rows)
    #expect(up == down.flipped())
    #expect(up != down)
  }

  @Test("what a stride adds to a row is skipped, and the last row needs none of it")
  func padding() throws {
    let raster = try decode(.rgb24, 1, 2, stride: 5, [1, 2, 3, 99, 99, 4, 5, 6])
    #expect(raster.pixels == [0x03_0201, 0x06_0504])
  }

  @Test("indices without a palette are refused", arguments: [BitmapFormat.index4LE, .index4BE, .index8])
  func missingPalette(format: BitmapFormat) {
    #expect(throws: CodecError.malformed(.bitmap, offset: 0, .paletteMissing)) {
      try decode(format, 1, 1, stride: 1, [0])
    }
  }

  @Test("rows that are missing are counted")
  func truncated() {
    #expect(throws: CodecError.truncated(.bitmap, offset: 15, needed: 1)) {
      try decode(.rgb32, 2, 2, stride: 8, [UInt8](repeating: 0, count: 15))
    }
  }

  @Test("a stride shorter than a row is refused")
  func shortStride() {
    #expect(throws: CodecError.malformed(.bitmap, offset: 0, .stride(7, needed: 8))) {
      try decode(.rgb32, 2, 1, stride: 7, [UInt8](repeating: 0, count: 64))
    }
  }

  @Test("a stride whose rows overflow is refused")
  func hugeStride() {
    #expect(throws: CodecError.truncated(.bitmap, offset: 4, needed: .max)) {
      try decode(.rgb32, 1, 3, stride: .max, [0, 0, 0, 0])
    }
  }

  @Test("a negative stride is refused")
  func negativeStride() {
    #expect(throws: CodecError.self) { try decode(.rgb32, 1, 2, stride: -4, [UInt8](repeating: 0, count: 64)) }
  }

  @Test("a size past the limits is refused")
  func limit() {
    #expect(throws: CodecError.limit(.bitmap, width: 16_385, height: 1)) {
      try decode(.index1LE, 16_385, 1, stride: 4096, [])
    }
  }

  @Test("no pixels need no rows")
  func empty() throws {
    #expect(try decode(.rgb32, 0, 5, stride: 0, []).pixels.isEmpty)
    #expect(try decode(.index8, 5, 0, stride: 5, []).height == 0)
  }
}
