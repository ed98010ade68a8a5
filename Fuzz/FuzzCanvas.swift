// Reads the input as draw commands on small surfaces and runs them.
//
// swiftc -sanitize=fuzzer,address -parse-as-library -O, with the modules SpicePixels and SpiceCanvas.

import SpiceCanvas
import SpicePixels

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzCanvas(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  var script = Script(bytes: UnsafeBufferPointer(start: start, count: count))
  let formats: [SurfaceFormat] = [.xrgb, .argb, .rgb565, .rgb555, .a8, .a1]
  var surfaces: [UInt32: Surface] = [:]
  for id: UInt32 in 0..<3 {
    let format = script.pick(formats)
    let (width, height) = (script.below(70) + 1, script.below(20) + 1)
    guard let surface = try? Surface(width: width, height: height, format: format) else { return 0 }
    surfaces[id] = surface
  }
  while !script.isAtEnd {
    let id = UInt32(script.below(3))
    script.draw(on: id, of: &surfaces)
    guard let surface = surfaces[id] else { return 0 }
    check(surface)
    if script.below(8) == 0 { surfaces[id]?.damage.removeAll() }
  }
  return 0
}

/// What must hold after any command.
private func check(_ surface: Surface) {
  precondition(surface.pixels.count == surface.size.width * surface.size.height)
  precondition(surface.damage.rects.count <= Damage.limit)
  precondition(Rect(surface.size).contains(surface.damage.bounds))
  let unused: UInt32
  switch surface.format {
  case .xrgb, .argb: unused = 0
  case .rgb555, .rgb565: unused = 0xFF00_0000
  case .a8, .a1: unused = 0x00FF_FFFF
  }
  for pixel in surface.pixels {
    precondition(pixel & unused == 0)
    if surface.format == .a1 { precondition(pixel == 0 || pixel == 0xFF00_0000) }
    if surface.format == .rgb565 || surface.format == .rgb555 {
      precondition(pixel & 0x070007 == pixel >> 5 & 0x070007)
    }
  }
}

/// The input, read as choices; zeros where it has ended.
private struct Script {
  let bytes: UnsafeBufferPointer<UInt8>
  var at = 0

  var isAtEnd: Bool { at >= bytes.count }

  mutating func byte() -> UInt8 {
    guard at < bytes.count else { return 0 }
    at += 1
    return bytes[at - 1]
  }

  mutating func below(_ limit: Int) -> Int { Int(byte()) % limit }

  mutating func pick<T>(_ choices: [T]) -> T { choices[below(choices.count)] }

  mutating func word() -> UInt32 {
    UInt32(byte()) | UInt32(byte()) << 8 | UInt32(byte()) << 16 | UInt32(byte()) << 24
  }

  /// Near the surface for most first bytes, and anywhere for the last few.
  mutating func coordinate() -> Int32 {
    let first = byte()
    switch first {
    case 250...: return Int32(bitPattern: word())
    case 248: return .min
    case 249: return .max
    default: return Int32(first) - 60
    }
  }

  mutating func point() -> Point { Point(x: coordinate(), y: coordinate()) }

  mutating func rect() -> Rect {
    let (left, top) = (coordinate(), coordinate())
    if below(2) == 0 { return Rect(left: left, top: top, right: coordinate(), bottom: coordinate()) }
    return Rect(
      left: left, top: top, right: left.addingClamped(Int32(byte())), bottom: top.addingClamped(Int32(byte())))
  }

  mutating func clip() -> Clip {
    let count = below(8)
    if count == 0 { return .none }
    var rects: [Rect] = []
    for _ in 1..<count { rects.append(rect()) }
    return .rects(below(2) == 0 ? rects : Region(rects).rects)
  }

  mutating func raster() -> Raster {
    let (width, height) = (below(40), below(20))
    let kind: PixelKind = pick([.opaque, .alpha, .coverage])
    var raster = Raster(width: width, height: height, kind: kind, fill: word())
    for i in 0..<min(width * height, below(16)) { raster.pixels[i] = word() }
    return raster
  }

  mutating func mask() -> Mask? {
    below(3) == 0 ? Mask(image: raster(), position: point(), isInverted: below(2) == 0) : nil
  }

  mutating func brush() -> Brush {
    switch below(3) {
    case 0: .none
    case 1: .solid(word())
    default: .pattern(raster(), origin: point())
    }
  }

  mutating func operation() -> RasterOperation {
    RasterOperation(rawValue: UInt16(byte()) | UInt16(byte()) << 8)
  }

  mutating func source(_ id: UInt32, _ surfaces: [UInt32: Surface]) -> Source {
    switch below(3) {
    case 0: return .image(raster())
    case 1: return .itself
    default:
      let other = UInt32(below(3))
      // A program may well pass a surface to itself; it costs a copy and must be right.
      guard let surface = surfaces[other] else { return .itself }
      return .surface(surface)
    }
  }

  mutating func text() -> GlyphRun {
    let depth: GlyphRun.Depth = pick([.one, .four, .eight])
    var run = GlyphRun(depth: depth, isTopDown: below(2) == 0, glyphs: [])
    for _ in 0..<below(5) {
      let (width, height) = (below(20), below(20))
      let size = (width * depth.rawValue + 7) / 8 * height
      let rows = (0..<(below(8) == 0 ? size / 2 : size)).map { UInt8(truncatingIfNeeded: $0 &* 37) }
      run.glyphs.append(RasterGlyph(corner: point(), width: width, height: height, rows: rows[...]))
    }
    return run
  }

  mutating func stroke() -> Stroke {
    var stroke = Stroke(segments: [])
    for _ in 0..<below(4) {
      let flags = Stroke.Segment.Flags(rawValue: byte())
      let count = below(6)
      // Sixteenths of a pixel.
      stroke.segments.append(
        Stroke.Segment(
          flags: flags,
          points: (0..<count).map { _ in
            let place = point()
            return Point(x: place.x &* 16 &+ Int32(below(16)), y: place.y &* 16)
          }))
    }
    for _ in 0..<below(5) { stroke.dashes.append(Int32(below(40)) &* 8) }
    stroke.startsWithGap = below(2) == 0
    return stroke
  }

  mutating func layer(_ source: Source) -> CompositeLayer {
    func number(_ script: inout Script) -> Int32 {
      script.below(4) == 0 ? Int32(bitPattern: script.word()) : script.coordinate() &* 1024
    }
    var layer = CompositeLayer(
      source, origin: Point(x: Int32(Int16(truncatingIfNeeded: coordinate())), y: coordinate() % 40000))
    if below(2) == 0 {
      layer.transform = CompositeLayer.Transform(
        xx: number(&self), xy: number(&self), x0: number(&self), yx: number(&self), yy: number(&self),
        y0: number(&self))
    }
    layer.filter = below(2) == 0 ? .nearest : .bilinear
    layer.extent = pick([.none, .tiled, .padded, .reflected])
    layer.isOpaque = below(2) == 0
    return layer
  }

  mutating func draw(on id: UInt32, of surfaces: inout [UInt32: Surface]) {
    let scaling: ScaleMode = below(2) == 0 ? .nearest : .interpolate
    let (command, box, clip, mask) = (below(14), rect(), clip(), mask())
    let source = source(id, surfaces)
    let area = below(2) == 0 ? rect() : box
    switch command {
    case 0: surfaces[id]?.drawFill(box, clip: clip, mask: mask, brush: brush(), operation: operation())
    case 1: surfaces[id]?.drawBlackness(box, clip: clip, mask: mask)
    case 2: surfaces[id]?.drawWhiteness(box, clip: clip, mask: mask)
    case 3: surfaces[id]?.drawInverse(box, clip: clip, mask: mask)
    case 4:
      surfaces[id]?.drawCopy(
        source, area: area, to: box, clip: clip, mask: mask, operation: operation(), scaling: scaling)
    case 5:
      surfaces[id]?.drawOpaque(
        source, area: area, to: box, clip: clip, mask: mask, brush: brush(), operation: operation(), scaling: scaling)
    case 6: surfaces[id]?.drawTransparent(source, area: area, to: box, clip: clip, leavingOut: word())
    case 7:
      surfaces[id]?.drawAlphaBlend(
        source, area: area, to: box, clip: clip, alpha: byte(), flags: Surface.AlphaFlags(rawValue: byte()))
    case 8: surfaces[id]?.copyBits(from: point(), to: box, clip: clip)
    case 9:
      surfaces[id]?.drawROP3(
        source, area: area, to: box, clip: clip, mask: mask, brush: brush(),
        function: TernaryFunction(rawValue: byte()), scaling: scaling)
    case 10:
      surfaces[id]?.drawText(text(), in: box, clip: clip, backArea: area, back: brush(), brush: brush())
    case 11: surfaces[id]?.drawStroke(stroke(), in: box, clip: clip, brush: brush(), operation: operation())
    case 12:
      let picture = layer(source)
      let mask = below(2) == 0 ? layer(self.source(id, surfaces)) : nil
      surfaces[id]?.drawComposite(
        pick(CompositeOperator.allCases), picture, mask: mask, hasComponentAlpha: below(2) == 0, to: box, clip: clip)
    default: surfaces[id]?.putImage(raster(), isTopDown: below(2) == 0, to: box, clip: clip)
    }
  }
}
