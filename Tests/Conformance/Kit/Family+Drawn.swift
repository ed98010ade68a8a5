import SpiceCanvas
import SpicePixels
import SpiceProtocol

extension CaseMaker {
  mutating func stroke(_ box: Rect, isDashed: Bool) -> DrawCommand {
    func fixed(_ point: Point, _ chance: inout Chance) -> FixedPoint {
      let isWhole = chance.once(in: 2)
      return FixedPoint(
        x: point.x * 16 + (isWhole ? 0 : chance.coordinate(-15...15)),
        y: point.y * 16 + (isWhole ? 0 : chance.coordinate(-15...15)))
    }
    var segments: [PathSegment] = []
    for index in 0..<chance.within(1...3) {
      var flags: UInt8 = 0
      if index == 0 || chance.once(in: 2) { flags |= PathSegment.begin }
      if chance.once(in: 3) { flags |= PathSegment.end | (chance.once(in: 2) ? PathSegment.close : 0) }
      let isCurve = chance.once(in: 3)
      if isCurve { flags |= PathSegment.bezier }
      var count = isCurve ? 3 * chance.within(1...2) : chance.within(1...5)
      if flags & PathSegment.begin != 0 { count += 1 }
      let points = (0..<count).map { _ in
        fixed(Point(x: chance.coordinate(-8...40), y: chance.coordinate(-8...32)), &chance)
      }
      segments.append(PathSegment(flags: flags, points: points))
      // What follows an end begins anew.
      if flags & PathSegment.end != 0, chance.once(in: 1) { break }
    }
    var attributes = LineAttributes(flags: 0)
    if isDashed {
      attributes.flags = LineAttributes.styled | (chance.once(in: 2) ? LineAttributes.startWithGap : 0)
      attributes.style = (0..<2 * chance.within(1...3)).map { _ in chance.coordinate(1...9) * 16 }
    }
    return .stroke(path: segments, attributes: attributes, brush: brush(box), foreMode: rop(), backMode: rop())
  }

  mutating func text(_ box: Rect) -> DrawCommand {
    let kind: UInt8 = chance.pick([GlyphString.a1, GlyphString.a4])
    var string = GlyphString(flags: kind, glyphs: [])
    for _ in 0..<chance.within(1...5) {
      let (width, height) = (chance.within(1...11), chance.within(1...10))
      let size = (width * string.bitsPerPixel + 7) / 8 * height
      string.glyphs.append(
        Glyph(
          renderPosition: Point(x: chance.coordinate(-4...30), y: chance.coordinate(-2...26)),
          origin: Point(x: chance.coordinate(-3...3), y: chance.coordinate(-8...0)), width: UInt16(width),
          height: UInt16(height),
          rows: (0..<size).map { _ in chance.once(in: 3) ? chance.pick([0, 255]) : UInt8(chance.below(256)) }[...]))
    }
    var back = Rect(left: 0, top: 0, right: 0, bottom: 0)
    if chance.once(in: 2) { back = box }
    return .text(
      string: string, backArea: back, foreBrush: brush(box), backBrush: brush(box),
      foreMode: RasterOperation.put.rawValue, backMode: rop())
  }

  mutating func composite(_ box: Rect) -> DrawCommand {
    // PIXMAN_OP_CLEAR to _ADD, _SATURATE, the disjoint and conjoint ones, the blend modes.
    let operators = Array(0...13) + Array(16...27) + Array(32...43) + Array(48...62)
    let simple = chance.once(in: 2)
    var flags = UInt32(simple ? chance.pick([1, 3, 12, 5, 7]) : chance.pick(operators))
    let formats: [SurfaceFormat] = [.xrgb, .argb, .argb, .rgb555, .rgb565, .a8]
    func size(_ chance: inout Chance) -> Size {
      Size(width: chance.within(1...40), height: chance.within(1...30))
    }
    func part(_ maker: inout CaseMaker) -> Image {
      let size = size(&maker.chance)
      if maker.chance.once(in: 2) { return maker.other(size, maker.chance.pick(formats)) }
      return maker.picture(size)
    }
    func transform(_ chance: inout Chance) -> [UInt32] {
      func number(_ range: ClosedRange<Int>) -> UInt32 { UInt32(bitPattern: chance.coordinate(range)) }
      let one = UInt32(65536)
      switch chance.below(5) {
      case 0: return [one, 0, number(-9...9) << 16, 0, one, number(-9...9) << 16]
      case 1: return [one, 0, number(-300_000...300_000), 0, one, number(-300_000...300_000)]
      case 2:
        return [
          number(9000...200_000), 0, number(-300_000...300_000), 0, number(9000...200_000), number(-300_000...300_000),
        ]
      case 3: return [0, one, 0, 0 &- one, 0, number(0...30) << 16]
      default: return (0..<6).map { $0 % 3 == 2 ? number(-900_000...900_000) : number(-140_000...140_000) }
      }
    }
    flags |= UInt32(chance.below(5)) << 8 | UInt32(chance.below(4)) << 14
    let source = part(&self)
    var composite = Composite(
      flags: flags, source: source, mask: nil, sourceTransform: nil, maskTransform: nil,
      sourceX: Int16(chance.within(-5...9)), sourceY: Int16(chance.within(-5...9)), maskX: Int16(chance.within(-5...9)),
      maskY: Int16(chance.within(-5...9)))
    if chance.once(in: 2) {
      composite.flags |= Composite.hasSourceTransform
      composite.sourceTransform = transform(&chance)
    }
    // Through a mask pixman's modes of hue and saturation count green twice and blue not at all.
    if composite.flags & 0xFF < 0x3B, chance.once(in: 2) {
      composite.flags |= Composite.hasMask | UInt32(chance.below(5)) << 11 | UInt32(chance.below(4)) << 16
      if chance.once(in: 2) { composite.flags |= 1 << 18 }
      composite.mask = part(&self)
      if chance.once(in: 3) {
        composite.flags |= Composite.hasMaskTransform
        composite.maskTransform = transform(&chance)
      }
    }
    return .composite(composite)
  }
}
