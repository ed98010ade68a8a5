import SpiceCanvas
import SpiceCodecs
import SpicePixels
import SpiceProtocol

/// What is drawn: each family makes cases of one command with parameters by chance.
public enum Family: String, CaseIterable, Sendable {
  case fill, copy, blend, opaque, blackness, whiteness, invert, transparent
  case alphaBlend = "alpha-blend"
  case copyBits = "copy-bits"
  case rop3, stroke, dashes, text, composite
  case images

  /// The case of that number.
  public func makeCase(seed: UInt64) -> Case {
    var maker = CaseMaker(self, seed: seed)
    return maker.make()
  }

  /// `count` cases, the same for the same seed.
  public func cases(_ count: Int, seed: UInt64) -> [Case] {
    var chance = Chance(seed: seed ^ rawValue.utf8.reduce(0) { $0 &* 31 &+ UInt64($1) })
    return (0..<count).map { _ in makeCase(seed: chance.next()) }
  }
}

/// Makes one case by chance.
///
/// Some things are left out, since the reference reads memory that is not the picture's, or gives up, where they are
/// asked: `Documentation/conformance.md` lists them.
struct CaseMaker {
  let family: Family
  let seed: UInt64
  var chance: Chance
  var one: Case

  init(_ family: Family, seed: UInt64) {
    self.family = family
    self.seed = seed
    chance = Chance(seed: seed)
    one = Case("\(family.rawValue) \(seed)", .xrgb, .solid(0))
  }

  mutating func make() -> Case {
    one.format = format()
    one.ground = .noise(seed: chance.next())
    if family == .images {
      one.draws = imageDraws()
      return one
    }
    let box = self.box()
    let command = command(box)
    one.draws.append(Case.Draw(box: box, clip: clip(), command: command))
    return one
  }

  /// The format of what is drawn on.
  private mutating func format() -> SurfaceFormat {
    switch family {
    case .blackness, .whiteness: chance.pick([.xrgb, .argb, .rgb555, .rgb565, .a8, .a1])
    case .composite, .alphaBlend: chance.pick([.xrgb, .xrgb, .argb, .argb, .rgb555, .rgb565, .a8])
    case .rop3: chance.pick([.xrgb, .xrgb, .argb, .rgb555, .rgb565])
    default: chance.pick([.xrgb, .xrgb, .argb, .rgb555, .rgb565, .a8])
    }
  }

  // MARK: Geometry

  private mutating func box() -> Rect {
    let (width, height) = (Case.size.width, Case.size.height)
    let mayLeave = family != .rop3 && family != .composite && chance.once(in: 4)
    let (left, top) = mayLeave ? (-6, -5) : (0, 0)
    let x = chance.coordinate(left...width - 4)
    let y = chance.coordinate(top...height - 4)
    let (right, bottom) = mayLeave ? (width + 8, height + 7) : (width, height)
    if chance.once(in: 3), !mayLeave { return Rect(Case.size) }
    return Rect(
      left: x, top: y, right: chance.coordinate(Int(x) + 1...right), bottom: chance.coordinate(Int(y) + 1...bottom))
  }

  private mutating func clip() -> ClipRects {
    guard chance.once(in: 3) else { return .none }
    var rects: [Rect] = []
    for _ in 0..<chance.within(1...(chance.once(in: 10) ? 60 : 4)) {
      let (x, y) = (chance.coordinate(-2...30), chance.coordinate(-2...22))
      rects.append(
        Rect(left: x, top: y, right: x + chance.coordinate(1...18), bottom: y + chance.coordinate(1...12)))
    }
    if family == .stroke || family == .dashes {
      // The reference cuts a line's runs in place, and loses some where one falls into two.
      var bands: [Rect] = []
      for rect in Region(rects).rects where rect.top >= bands.last?.bottom ?? .min { bands.append(rect) }
      return .rects(bands)
    }
    // Servers send banded rectangles; the reference takes any.
    return .rects(chance.once(in: 2) ? Region(rects).rects : rects)
  }

  /// The part of a source that fills the box: of its size, or scaled.
  mutating func area(_ box: Rect, of size: Size, mayScale: Bool = true) -> Rect {
    if mayScale, chance.once(in: 3) {
      let left = chance.coordinate(0...max(0, size.width - 2))
      let top = chance.coordinate(0...max(0, size.height - 2))
      return Rect(
        left: left, top: top, right: chance.coordinate(Int(left) + 1...size.width),
        bottom: chance.coordinate(Int(top) + 1...size.height))
    }
    let left = chance.coordinate(0...max(0, size.width - box.width))
    let top = chance.coordinate(0...max(0, size.height - box.height))
    return Rect(left: left, top: top, right: left + Int32(box.width), bottom: top + Int32(box.height))
  }

  // MARK: Parts

  mutating func rop() -> UInt16 {
    if chance.once(in: 4) { return RasterOperation.put.rawValue }
    let operation = chance.pick([
      RasterOperation.put, .or, .and, .xor, .blackness, .whiteness, .invert, [],
    ])
    return operation.rawValue | UInt16(chance.below(8)) | (chance.once(in: 2) ? 1024 : 0)
  }

  mutating func mask(_ box: Rect) -> MaskSource {
    guard chance.once(in: 3) else { return .none }
    let size = Size(width: chance.within(8...40), height: chance.within(6...30))
    let format: BitmapFormat = chance.once(in: 2) ? .index1LE : .index1BE
    let image = Image.indexed(
      size, format: format, topDown: chance.once(in: 2), palette: .none, colors: 2, &chance)
    // The reference looks in the wrong place where none of a mask's first 32 columns is in use.
    return MaskSource(
      inverted: chance.once(in: 2), position: Point(x: chance.coordinate(0...4), y: chance.coordinate(0...4)),
      bitmap: image)
  }

  mutating func brush(_ box: Rect) -> BrushSource {
    switch chance.below(5) {
    case 0, 1: return .solid(color())
    case 2: return .none
    default:
      let size = Size(width: chance.within(1...12), height: chance.within(1...9))
      let origin = Point(
        x: chance.coordinate(-20...Int(max(0, box.left))), y: chance.coordinate(-20...Int(max(0, box.top))))
      return .pattern(picture(size), origin: origin)
    }
  }

  /// A brush that has a colour: what the reference takes for one where there is none is not told.
  private mutating func colors(_ box: Rect) -> BrushSource {
    let brush = brush(box)
    return brush == .none ? .solid(color()) : brush
  }

  /// A function of three inputs: the reference gives up where a code does not look at all three.
  private mutating func ternary() -> UInt8 {
    while true {
      let code = UInt8(chance.below(256))
      let looksAtAll =
        code >> 4 != code & 0x0F && code >> 2 & 0x33 != code & 0x33 && code >> 1 & 0x55 != code & 0x55
      if looksAtAll { return code }
    }
  }

  /// As wide as the surface has it.
  mutating func color() -> UInt32 {
    let color = chance.color()
    switch one.format {
    case .rgb555: return color & 0x7FFF
    case .rgb565: return color & 0xFFFF
    case .a8: return color & 0xFF
    case .a1: return color & 1
    case .xrgb, .argb: return color
    }
  }

  /// An image, or another surface of as many bits.
  mutating func source(_ size: Size) -> Image {
    if chance.once(in: 4) {
      switch one.format {
      case .xrgb, .argb: return other(size, chance.pick([.xrgb, .argb]))
      default: return other(size, one.format)
      }
    }
    return picture(size)
  }

  mutating func other(_ size: Size, _ format: SurfaceFormat) -> Image {
    one.others.append(Case.Other(format: format, size: size, ground: .noise(seed: chance.next())))
    return .surface(Case.firstOther + UInt32(one.others.count - 1), size)
  }

  /// An image that travels in the command.
  mutating func picture(_ size: Size) -> Image {
    let formats: [BitmapFormat]
    switch one.format {
    case .a8: formats = [.alpha8, .rgba]
    default: formats = [.rgb32, .rgb32, .rgba, .rgb24, .rgb555]
    }
    let format = chance.pick(formats)
    let kind: PixelKind = format == .rgba ? .alpha : format == .alpha8 ? .coverage : .opaque
    let ground = Ground.noise(seed: chance.next())
    return .bitmap(
      ground.raster(size, kind: kind), format: format, topDown: chance.once(in: 2),
      padding: chance.once(in: 4) ? 8 : 0)
  }

  // MARK: Commands

  private mutating func command(_ box: Rect) -> DrawCommand {
    let size = Size(width: box.width + chance.below(6), height: box.height + chance.below(6))
    let scale: ImageScaleMode = chance.once(in: 2) ? .nearest : .interpolate
    switch family {
    case .fill: return .fill(brush: brush(box), rop: rop(), mask: mask(box))
    case .copy:
      return .copy(source: source(size), area: area(box, of: size), rop: rop(), scale: scale, mask: mask(box))
    case .blend:
      return .blend(source: source(size), area: area(box, of: size), rop: rop(), scale: scale, mask: mask(box))
    case .opaque:
      return .opaque(
        source: source(size), area: area(box, of: size), brush: brush(box), rop: rop(), scale: scale, mask: mask(box))
    case .blackness: return .blackness(mask: mask(box))
    case .whiteness: return .whiteness(mask: mask(box))
    case .invert: return .invert(mask: mask(box))
    case .transparent:
      return .transparent(
        source: source(size), area: area(box, of: size), sourceColor: 0,
        trueColor: chance.pick([0, 0xFFFFFF, 0xFF0000, 0x00FF00]))
    case .alphaBlend:
      let source = chance.once(in: 3) ? other(size, chance.pick([.xrgb, .argb, .rgb555, .rgb565, .a8])) : source(size)
      return .alphaBlend(
        flags: UInt8(chance.below(4)), alpha: chance.once(in: 2) ? 255 : UInt8(chance.below(256)), source: source,
        area: area(box, of: size))
    case .copyBits:
      return .copyBits(from: Point(x: box.left + chance.coordinate(-9...9), y: box.top + chance.coordinate(-7...7)))
    case .rop3:
      return .rop3(
        source: source(size), area: area(box, of: size), brush: colors(box), rop3: ternary(), scale: scale,
        mask: mask(box))
    case .stroke: return stroke(box, isDashed: false)
    case .dashes: return stroke(box, isDashed: true)
    case .text: return text(box)
    case .composite, .images: return composite(box)
    }
  }
}
