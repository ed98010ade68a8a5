import SpicePixels

import SpiceCanvas

/// Marsaglia's xorshift64: the same numbers on every machine.
struct Dice: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) {
    state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    for _ in 0..<8 { _ = next() }
  }

  mutating func next() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state
  }

  mutating func one(in count: Int) -> Bool { Int.random(in: 0..<count, using: &self) == 0 }

  mutating func from(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }

  mutating func pick<T>(_ choices: [T]) -> T { choices[Int.random(in: 0..<choices.count, using: &self)] }

  // MARK: Pixels

  mutating func pixel() -> UInt32 {
    let color = UInt32.random(in: 0...0xFF_FFFF, using: &self)
    switch from(0...3) {
    case 0: return UInt32.random(in: 0 ... .max, using: &self)
    case 1: return color | 0xFF00_0000
    case 2:
      let alpha = UInt32.random(in: 0...255, using: &self)
      return alpha << 24 | (color >> 16) * alpha / 255 << 16 | (color >> 8 & 255) * alpha / 255 << 8
        | (color & 255) * alpha / 255
    default: return pick([0, 0xFFFF_FFFF, 0xFF00_0000, 0x00FF_FFFF, 0x8080_8080])
    }
  }

  mutating func raster(width: ClosedRange<Int>, height: ClosedRange<Int>) -> Raster {
    let (width, height) = (from(width), from(height))
    let kind: PixelKind = pick([.opaque, .alpha, .coverage])
    var raster = Raster(width: width, height: height, kind: kind)
    for i in raster.pixels.indices { raster.pixels[i] = kind == .coverage ? pixel() & 0xFF00_0000 : pixel() }
    return raster
  }

  mutating func surface(
    _ format: SurfaceFormat, width: ClosedRange<Int> = 1...36, height: ClosedRange<Int> = 1...16
  ) throws -> Surface {
    var surface = try Surface(width: from(width), height: from(height), format: format)
    let model = Model(surface)
    for i in 0..<model.pixels.count { surface.raster.pixels[i] = model.stored(pixel()) }
    return surface
  }

  // MARK: Geometry

  mutating func coordinate(_ around: ClosedRange<Int>) -> Int32 {
    if one(in: 60) { return pick([.min, .min + 1, -1 << 16, 1 << 16, .max - 1, .max]) }
    return Int32(from(around))
  }

  /// Mostly near the surface, at times of any form.
  mutating func rect(_ size: Size) -> Rect {
    let (left, top) = (from(-6...size.width), from(-6...size.height))
    var rect = Rect(
      left: Int32(left), top: Int32(top), right: Int32(left + from(1...size.width + 8)),
      bottom: Int32(top + from(1...size.height + 8)))
    if one(in: 12) { rect = Rect(size) }
    if one(in: 30) { rect.left = coordinate(-9...50) }
    if one(in: 30) { rect.right = coordinate(-9...50) }
    if one(in: 30) { rect.top = coordinate(-9...50) }
    if one(in: 30) { rect.bottom = coordinate(-9...50) }
    return rect
  }

  mutating func clip(_ size: Size) -> Clip {
    switch from(0...3) {
    case 0, 1: return .none
    case 2: return .rects((0..<from(0...6)).map { _ in rect(size) })
    default: return .rects(Region((0..<from(1...5)).map { _ in rect(size) }).rects)
    }
  }

  mutating func mask() -> Mask? {
    guard one(in: 3) else { return nil }
    var image = raster(width: 1...45, height: 1...30)
    if one(in: 2) { image.pixels = image.pixels.map { _ in pick([0, 0xFFFF_FFFF]) } }
    return Mask(image: image, position: Point(x: coordinate(-6...12), y: coordinate(-6...12)), isInverted: one(in: 2))
  }

  // MARK: Commands

  mutating func operation() -> RasterOperation {
    one(in: 3) ? .put : RasterOperation(rawValue: UInt16(from(0...2047)))
  }

  mutating func brush() -> Brush {
    switch from(0...4) {
    case 0: return .none
    case 1, 2: return .solid(pixel())
    default:
      return .pattern(
        raster(width: 1...12, height: 1...9), origin: Point(x: coordinate(-30...30), y: coordinate(-30...30)))
    }
  }

  mutating func source(for format: SurfaceFormat) throws -> Source {
    switch from(0...3) {
    case 0: return .itself
    case 1: return .surface(try surface(pick([format, format, .xrgb, .argb, .rgb555, .rgb565, .a8, .a1])))
    default: return .image(raster(width: 1...30, height: 1...20))
    }
  }

  /// A part of a source: as large as the box for half of the time, else of any form.
  mutating func area(_ size: Size, for box: Rect) -> Rect {
    guard one(in: 2) else { return rect(size) }
    let at = Point(x: coordinate(-5...size.width), y: coordinate(-5...size.height))
    return Rect(
      left: at.x, top: at.y, right: at.x &+ (box.right &- box.left), bottom: at.y &+ (box.bottom &- box.top))
  }

  mutating func command(_ kind: Int, on surface: Surface) throws -> Command {
    let box = rect(surface.size)
    let source = try source(for: surface.format)
    let area = area(surface.size(of: source), for: box)
    let scaling: ScaleMode = pick([.interpolate, .nearest])
    let made: Command.Kind
    switch kind {
    case 0: made = .fill(brush(), operation())
    case 1: made = pick([.blackness, .whiteness, .inverse])
    case 2: made = .copy(source, area, operation(), scaling)
    case 3: made = .opaque(source, area, brush(), operation(), scaling)
    case 4: made = .transparent(source, area, one(in: 3) ? pixel() : pick(surface.pixels))
    case 5:
      let alpha = pick([0, 1, 128, 255, 255, UInt8(from(0...255))])
      made = .alphaBlend(source, area, alpha, Surface.AlphaFlags(rawValue: UInt8(from(0...3))))
    case 6: made = .copyBits(Point(x: coordinate(-6...30), y: coordinate(-6...20)))
    default: made = .putImage(raster(width: 0...30, height: 0...20), isTopDown: one(in: 2))
    }
    return Command(kind: made, box: box, clip: clip(surface.size), mask: mask())
  }
}
