import SpicePixels
import SpiceProtocol

/// What draw messages begin with here: surface 3; top 10, left 20, bottom 40, right 80; no clip. 21 bytes.
private let baseBytes = "03000000  0A000000 14000000 28000000 50000000  00"
private let base = DrawBase(surface: 3, box: Rect(left: 20, top: 10, right: 80, bottom: 40))

/// Source area: top 1, left 2, bottom 31, right 62. 16 bytes.
private let areaBytes = "01000000 02000000 1F000000 3E000000"
private let area = Rect(left: 2, top: 1, right: 62, bottom: 31)

/// No mask: flags, position, no image. 13 bytes.
private let noMask = "00 00000000 00000000 00000000"

/// Surface 7 as an image: 22 bytes.
private let surfaceBytes = "0000000000000000 68 00 40000000 30000000 07000000"
private let surface = Image(id: 0, width: 64, height: 48, content: .surface(7))

/// Image 0xAB of the cache: 18 bytes.
private let cachedBytes = "AB00000000000000 67 00 08000000 08000000"
private let cached = Image(id: 0xAB, width: 8, height: 8, content: .fromCache)

private func draw(_ command: DrawCommand) -> DisplayServerMessage { .draw(base, command) }

extension WireCase {
  static let draws: [WireCase] = [
    WireCase(
      "COPY_BITS with a clip",
      DisplayServerMessage.draw(
        DrawBase(
          surface: 0, box: Rect(left: 0, top: 0, right: 9, bottom: 9),
          clip: .rects([Rect(left: 1, top: 2, right: 3, bottom: 4), Rect(left: -1, top: -2, right: 0, bottom: 0)])),
        .copyBits(from: Point(x: 5, y: -6))), 104,
      "00000000  00000000 00000000 09000000 09000000",
      "01 02000000  02000000 01000000 04000000 03000000  FEFFFFFF FFFFFFFF 00000000 00000000",
      "05000000 FAFFFFFF", isClosed: false),
    WireCase(
      "DRAW_FILL with a colour", draw(.fill(brush: .solid(0x0099_6633), rop: 8, mask: .none)), 302,
      baseBytes, "01 33669900", "0800", noMask, isClosed: false),
    WireCase(
      "DRAW_FILL with no brush", draw(.fill(brush: .none, rop: 0x7FF, mask: .none)), 302, baseBytes, "00", "FF07",
      noMask,
      isClosed: false),
    // Fixed part: 21 + 13 + 2 + 13 = 49 (0x31); the pattern is 22 bytes, so the mask is at 71 (0x47).
    WireCase(
      "DRAW_FILL with a pattern through a mask",
      draw(
        .fill(
          brush: .pattern(surface, origin: Point(x: 1, y: 2)), rop: 8,
          mask: MaskSource(inverted: true, position: Point(x: 3, y: 4), bitmap: cached))), 302,
      baseBytes, "02 31000000 01000000 02000000", "0800", "01 03000000 04000000 47000000", surfaceBytes, cachedBytes,
      isClosed: false),
    // 21 + 4 + 16 + 5 + 2 + 1 + 13 = 62 (0x3E).
    WireCase(
      "DRAW_OPAQUE",
      draw(.opaque(source: cached, area: area, brush: .solid(1), rop: 0x20, scale: .nearest, mask: .none)), 303,
      baseBytes, "3E000000", areaBytes, "01 01000000", "2000", "01", noMask, cachedBytes, isClosed: false),
    // 21 + 4 + 16 + 2 + 1 + 13 = 57 (0x39).
    WireCase(
      "DRAW_COPY", draw(.copy(source: surface, area: area, rop: 8, scale: .interpolate, mask: .none)), 304,
      baseBytes, "39000000", areaBytes, "0800", "00", noMask, surfaceBytes, isClosed: false),
    WireCase(
      "DRAW_BLEND through a mask",
      draw(
        .blend(
          source: cached, area: area, rop: 0x40, scale: .nearest,
          mask: MaskSource(position: Point(x: -1, y: 0), bitmap: surface))), 305,
      baseBytes, "39000000", areaBytes, "4000", "01", "00 FFFFFFFF 00000000 4B000000", cachedBytes, surfaceBytes,
      isClosed: false),
    WireCase("DRAW_BLACKNESS", draw(.blackness(mask: .none)), 306, baseBytes, noMask, isClosed: false),
    WireCase(
      "DRAW_WHITENESS", draw(.whiteness(mask: MaskSource(inverted: true))), 307, baseBytes,
      "01 00000000 00000000 00000000", isClosed: false),
    // 21 + 13 = 34 (0x22).
    WireCase(
      "DRAW_INVERS through a mask", draw(.invert(mask: MaskSource(bitmap: cached))), 308, baseBytes,
      "00 00000000 00000000 22000000", cachedBytes, isClosed: false),
    // 21 + 4 + 16 + 13 + 1 + 1 + 13 = 69 (0x45); the brush's pattern follows the image, at 87 (0x57).
    WireCase(
      "DRAW_ROP3",
      draw(
        .rop3(
          source: cached, area: area, brush: .pattern(surface, origin: Point(x: 0, y: 9)), rop3: 0xCA,
          scale: .interpolate, mask: .none)), 309,
      baseBytes, "45000000", areaBytes, "02 57000000 00000000 09000000", "CA", "00", noMask, cachedBytes, surfaceBytes,
      isClosed: false),
    // 21 + 4 + 6 + 5 + 4 = 40 (0x28): two segments of 5 + 16 and 5 bytes behind their count, then the style at 70 (0x46).
    WireCase(
      "DRAW_STROKE with a style",
      draw(
        .stroke(
          path: [
            PathSegment(
              flags: PathSegment.begin | PathSegment.end, points: [FixedPoint(x: 16, y: -16), FixedPoint(x: 8, y: 0)]),
            PathSegment(flags: PathSegment.bezier, points: []),
          ], attributes: LineAttributes(flags: LineAttributes.styled, style: [32, 16]), brush: .solid(0xFF),
          foreMode: 8,
          backMode: 0x80)), 310,
      baseBytes, "28000000", "08 02 46000000", "01 FF000000", "0800 8000",
      "02000000  03 02000000 10000000 F0FFFFFF 08000000 00000000  10 00000000", "20000000 10000000", isClosed: false),
    // 21 + 4 + 1 + 1 + 4 = 31 (0x1F).
    WireCase(
      "DRAW_STROKE of one plain line",
      draw(.stroke(path: [], attributes: LineAttributes(flags: 0), brush: .none, foreMode: 1, backMode: 2)), 310,
      baseBytes, "1F000000", "00", "00", "0100 0200", "00000000", isClosed: false),
    // 21 + 4 + 16 + 5 + 1 + 4 = 51 (0x33). A glyph of 9×2 in A1 has two bytes a row, one of 3×1 in it one.
    WireCase(
      "DRAW_TEXT",
      draw(
        .text(
          string: GlyphString(
            flags: GlyphString.a1 | GlyphString.topDown,
            glyphs: [
              Glyph(
                renderPosition: Point(x: 1, y: 2), origin: Point(x: 0, y: -9), width: 9, height: 2,
                rows: [0xFF, 0x80, 0x01, 0x00]),
              Glyph(
                renderPosition: Point(x: 3, y: 4), origin: Point(x: 0, y: 0), width: 3, height: 1, rows: [0xE0]),
            ]), backArea: area, foreBrush: .solid(2), backBrush: .none, foreMode: 8, backMode: 0)), 311,
      baseBytes, "33000000", areaBytes, "01 02000000", "00", "0800 0000",
      "0200 09  01000000 02000000 00000000 F7FFFFFF 0900 0200 FF800100",
      "03000000 04000000 00000000 00000000 0300 0100 E0", isClosed: false),
    // 21 + 4 + 16 + 8 = 49 (0x31).
    WireCase(
      "DRAW_TRANSPARENT",
      draw(.transparent(source: cached, area: area, sourceColor: 0x1F, trueColor: 0x00FF_00FF)), 312,
      baseBytes, "31000000", areaBytes, "1F000000 FF00FF00", cachedBytes, isClosed: false),
    // 21 + 2 + 4 + 16 = 43 (0x2B).
    WireCase(
      "DRAW_ALPHA_BLEND",
      draw(.alphaBlend(flags: AlphaFlags.sourceSurfaceHasAlpha, alpha: 0x7F, source: surface, area: area)), 313,
      baseBytes, "02 7F 2B000000", areaBytes, surfaceBytes, isClosed: false),
    // 21 + 4 + 4 + 8 = 37 (0x25).
    WireCase(
      "DRAW_COMPOSITE without a mask",
      draw(
        .composite(
          Composite(
            flags: 3, source: cached, mask: nil, sourceTransform: nil, maskTransform: nil, sourceX: 1, sourceY: -1,
            maskX: 0, maskY: 0))), 318,
      baseBytes, "03000000 25000000", "0100 FFFF 0000 0000", cachedBytes, isClosed: false),
    // 21 + 4 + 4 + 4 + 24 + 24 + 8 = 89 (0x59); the mask at 107 (0x6B).
    WireCase(
      "DRAW_COMPOSITE with a mask and transforms",
      draw(
        .composite(
          Composite(
            flags: Composite.hasMask | Composite.hasSourceTransform | Composite.hasMaskTransform, source: cached,
            mask: surface, sourceTransform: [1, 2, 3, 4, 5, 6], maskTransform: [0x10000, 0, 0, 0, 0x10000, 0],
            sourceX: 0,
            sourceY: 0, maskX: 7, maskY: 8))), 318,
      baseBytes, "00003800 59000000 6B000000",
      "01000000 02000000 03000000 04000000 05000000 06000000",
      "00000100 00000000 00000000 00000000 00000100 00000000", "0000 0000 0700 0800", cachedBytes, surfaceBytes,
      isClosed: false),
  ]
}
