import SpicePixels
import SpiceProtocol

/// An image in DRAW_COPY, whose fixed part is 57 bytes (0x39); the image's 18 bytes of description follow at once.
private func copy(_ name: String, _ image: Image, _ lines: String...) -> WireCase {
  let message = DisplayServerMessage.draw(
    DrawBase(surface: 0, box: Rect(left: 0, top: 0, right: 4, bottom: 2)),
    .copy(source: image, area: Rect(left: 0, top: 0, right: 4, bottom: 2), rop: 8, scale: .interpolate, mask: .none))
  return WireCase(
    name, message, 304,
    "00000000  00000000 00000000 02000000 04000000  00  39000000",
    "00000000 00000000 02000000 04000000  0800 00  00 00000000 00000000 00000000", lines.joined(), isClosed: false)
}

private func image(_ content: ImageContent, _ flags: ImageFlags = []) -> Image {
  Image(id: 0x0102_0304_0506_0708, flags: flags, width: 4, height: 2, content: content)
}

extension WireCase {
  static let images: [WireCase] = [
    copy(
      "BITMAP of 32 bits, from the top, to be cached",
      image(
        .bitmap(
          BitmapImage(
            format: 8, topDown: true, width: 1, height: 2, stride: 4, palette: .none, rows: [1, 2, 3, 0, 4, 5, 6, 0])),
        [.cacheMe, .highBitsSet]),
      "0807060504030201 00 03 04000000 02000000",
      "08 04 01000000 02000000 04000000 00000000  01020300 04050600"),
    // 57 + 18 + 18 + 4 = 97 (0x61) is where the palette stands, behind the rows.
    copy(
      "BITMAP of 8 bits with a palette to be cached",
      image(
        .bitmap(
          BitmapImage(
            format: 5, topDown: false, width: 4, height: 1, stride: 4,
            palette: .inline(Palette(id: 0x55, colors: [0x00FF_0000, 0x0000_00FF]), cacheMe: true), rows: [0, 1, 1, 0]))
      ),
      "0807060504030201 00 00 04000000 02000000",
      "05 01 04000000 01000000 04000000 61000000  00010100",
      "5500000000000000 0200 0000FF00 FF000000"),
    copy(
      "BITMAP of 1 bit with a palette of the cache",
      image(
        .bitmap(
          BitmapImage(
            format: 2, topDown: true, width: 4, height: 2, stride: 1, palette: .cached(0x99), rows: [0xF0, 0x0F]))),
      "0807060504030201 00 00 04000000 02000000",
      "02 06 04000000 02000000 01000000 9900000000000000  F00F"),
    copy("QUIC", image(.quic([1, 2, 3])), "0807060504030201 01 00 04000000 02000000  03000000 010203"),
    // 57 + 18 + 9 + 2 = 86 (0x56).
    copy(
      "LZ_PLT with a palette",
      image(
        .lzPalette(
          LZPaletteImage(
            topDown: true, palette: .inline(Palette(id: 1, colors: [7]), cacheMe: false), data: [0xAA, 0xBB])), .cacheMe
      ),
      "0807060504030201 64 01 04000000 02000000  04 02000000 56000000 AABB  0100000000000000 0100 07000000"),
    copy(
      "LZ_PLT with a palette of the cache",
      image(.lzPalette(LZPaletteImage(topDown: false, palette: .cached(2), data: [0xCC]))),
      "0807060504030201 64 00 04000000 02000000  02 01000000 0200000000000000 CC"),
    copy("LZ_RGB", image(.lzRGB([9])), "0807060504030201 65 00 04000000 02000000  01000000 09"),
    copy("GLZ_RGB", image(.glzRGB([])), "0807060504030201 66 00 04000000 02000000  00000000"),
    copy("FROM_CACHE", image(.fromCache), "0807060504030201 67 00 04000000 02000000"),
    copy("SURFACE", image(.surface(0x0A0B)), "0807060504030201 68 00 04000000 02000000  0B0A0000"),
    copy(
      "JPEG that is replaced later", image(.jpeg([0xFF, 0xD8]), .cacheMe),
      "0807060504030201 69 01 04000000 02000000  02000000 FFD8"),
    copy("FROM_CACHE_LOSSLESS", image(.fromCacheLossless), "0807060504030201 6A 00 04000000 02000000"),
    copy(
      "ZLIB_GLZ_RGB", image(.zlibGLZ(glzSize: 300, [0x78, 0x9C]), .cacheReplaceMe),
      "0807060504030201 6B 04 04000000 02000000  2C010000 02000000 789C"),
    copy(
      "JPEG_ALPHA", image(.jpegAlpha(topDown: true, jpeg: [1, 2, 3], alpha: [4, 5])),
      "0807060504030201 6C 00 04000000 02000000  01 03000000 05000000 010203 0405"),
    copy("LZ4", image(.lz4([1, 8, 0])), "0807060504030201 6D 00 04000000 02000000  03000000 010800"),
  ]
}
