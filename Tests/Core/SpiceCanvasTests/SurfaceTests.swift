import SpicePixels
import Testing

import SpiceCanvas

/// Facts that can be told without a calculation.
@Suite struct SurfaceTests {
  private func rect(_ left: Int32, _ top: Int32, _ right: Int32, _ bottom: Int32) -> Rect {
    Rect(left: left, top: top, right: right, bottom: bottom)
  }

  /// A surface whose pixel at x, y is `y * 16 + x`.
  private func numbered(_ width: Int, _ height: Int, _ format: SurfaceFormat = .xrgb) throws -> Surface {
    var surface = try Surface(width: width, height: height, format: format)
    for i in 0..<width * height { surface.raster.pixels[i] = UInt32(i / width * 16 + i % width) }
    return surface
  }

  // MARK: Surfaces

  @Test("a new surface is all zeros and undamaged")
  func new() throws {
    let surface = try Surface(width: 3, height: 2, format: .argb)
    #expect(surface.pixels == [0, 0, 0, 0, 0, 0])
    #expect(surface.damage.isEmpty)
  }

  @Test("in order, its pixels are its own memory, drawn on or not")
  func ownMemory() throws {
    var surface = try Surface(width: 3, height: 2, format: .argb)
    surface.putInOrder()
    let (one, other) = (surface.raster, surface.raster)
    func place(_ raster: Raster) -> UnsafePointer<UInt32>? { raster.pixels.withUnsafeBufferPointer { $0.baseAddress } }
    #expect(place(one) == place(other))
  }

  @Test("a surface without pixels or past the limits is refused with its size and theirs")
  func refusal() {
    let limits = PixelLimits(side: 100, area: 1000)
    for (width, height) in [(0, 5), (5, -1), (101, 1), (50, 50), (.max, .max)] {
      let error = #expect(throws: CanvasError.self) {
        try Surface(width: width, height: height, format: .xrgb, limits: limits)
      }
      #expect(error == .surfaceSizeRefused(width: width, height: height, limits: limits))
      #expect(error?.description.contains("\(width) x \(height)") == true)
    }
  }

  @Test("formats have the numbers of the protocol")
  func rawValues() {
    #expect(SurfaceFormat(rawValue: 32) == .xrgb)
    #expect(SurfaceFormat(rawValue: 96) == .argb)
    #expect(SurfaceFormat(rawValue: 16) == .rgb555)
    #expect(SurfaceFormat(rawValue: 80) == .rgb565)
    #expect(SurfaceFormat(rawValue: 8) == .a8)
    #expect(SurfaceFormat(rawValue: 1) == .a1)
    #expect(SurfaceFormat(rawValue: 24) == nil)
  }

  @Test("a snapshot is the part of the rectangle that is on the surface")
  func snapshot() throws {
    let surface = try numbered(4, 3)
    let part = surface.snapshot(of: rect(2, 1, 9, 9))
    #expect(part.size == Size(width: 2, height: 2))
    #expect(part.pixels == [0x12, 0x13, 0x22, 0x23])
    #expect(surface.snapshot(of: rect(9, 9, 2, 2)).pixels.isEmpty)
    #expect(surface.snapshot(of: rect(.min, .min, .max, .max)) == surface.raster)
  }

  // MARK: Fill

  @Test("a fill changes its box and nothing else, and notes it")
  func fill() throws {
    var surface = try Surface(width: 4, height: 3, format: .xrgb)
    surface.drawFill(rect(1, 1, 3, 9), brush: .solid(0x112233))
    #expect(surface.pixels == [0, 0, 0, 0, 0, 0x112233, 0x112233, 0, 0, 0x112233, 0x112233, 0])
    #expect(surface.damage.rects == [rect(1, 1, 3, 3)])
  }

  @Test("a colour on a 16-bit surface is packed as its pixels are")
  func packedColors() throws {
    var surface = try Surface(width: 1, height: 1, format: .rgb565)
    surface.drawFill(rect(0, 0, 1, 1), brush: .solid(0xF800))
    #expect(surface.pixels == [0xFF0000])
    surface = try Surface(width: 1, height: 1, format: .rgb555)
    surface.drawFill(rect(0, 0, 1, 1), brush: .solid(0x7C00 | 0x8000))
    #expect(surface.pixels == [0xFF0000])
    surface = try Surface(width: 1, height: 1, format: .a8)
    surface.drawFill(rect(0, 0, 1, 1), brush: .solid(0x1234))
    #expect(surface.pixels == [0x3400_0000])
  }

  @Test("a fill that inverts twice leaves what was there")
  func xorTwice() throws {
    var surface = try numbered(4, 4)
    let before = surface.pixels
    for _ in 0..<2 { surface.drawFill(rect(0, 0, 4, 4), brush: .solid(0xFFFF_FFFF), operation: .xor) }
    #expect(surface.pixels == before)
  }

  @Test("overlapping rectangles of a clip are drawn on once")
  func overlappingClip() throws {
    var surface = try Surface(width: 3, height: 1, format: .xrgb)
    surface.drawFill(
      rect(0, 0, 3, 1), clip: .rects([rect(1, 0, 3, 1), rect(0, 0, 2, 1)]), brush: .solid(0xFF), operation: .xor)
    #expect(surface.pixels == [0xFF, 0xFF, 0xFF])
  }

  @Test("a clip without rectangles lets nothing through")
  func emptyClip() throws {
    var surface = try Surface(width: 2, height: 2, format: .xrgb)
    surface.drawFill(rect(0, 0, 2, 2), clip: .rects([]), brush: .solid(1))
    surface.drawFill(rect(0, 0, 2, 2), clip: .rects([rect(2, 2, 0, 0)]), brush: .solid(1))
    #expect(surface.pixels == [0, 0, 0, 0])
    #expect(surface.damage.isEmpty)
  }

  @Test("a pattern repeats from its origin in both directions")
  func pattern() throws {
    let tile = try #require(Raster(width: 2, height: 2, kind: .opaque, pixels: [1, 2, 3, 4]))
    var surface = try Surface(width: 5, height: 3, format: .xrgb)
    surface.drawFill(rect(0, 0, 5, 3), brush: .pattern(tile, origin: Point(x: 1, y: -1)))
    #expect(surface.pixels == [4, 3, 4, 3, 4, 2, 1, 2, 1, 2, 4, 3, 4, 3, 4])
  }

  @Test("a pattern wider than what is drawn at once repeats without a seam")
  func widePattern() throws {
    let tile = Raster(width: 301, height: 1, kind: .opaque) { target in
      for x in 0..<301 { target[x] = UInt32(x) }
    }
    var surface = try Surface(width: 1000, height: 1, format: .xrgb)
    surface.drawFill(rect(0, 0, 1000, 1), brush: .pattern(tile, origin: Point(x: 7, y: 0)))
    for x in 0..<1000 { #expect(surface.raster[x, 0] == UInt32((x + 301 - 7) % 301)) }
  }

  @Test("a pattern without pixels paints nothing")
  func emptyPattern() throws {
    var surface = try Surface(width: 2, height: 1, format: .xrgb)
    surface.drawFill(
      rect(0, 0, 2, 1), brush: .pattern(Raster(width: 0, height: 4, kind: .opaque), origin: Point(x: 0, y: 0)))
    #expect(surface.pixels == [0, 0])
  }

  @Test(
    "whiteness is all that the format can hold",
    arguments: [
      (SurfaceFormat.xrgb, UInt32(0xFFFF_FFFF)), (.argb, 0xFFFF_FFFF), (.rgb565, 0x00FF_FFFF), (.rgb555, 0x00FF_FFFF),
      (.a8, 0xFF00_0000), (.a1, 0xFF00_0000),
    ])
  func whiteness(_ format: SurfaceFormat, _ pixel: UInt32) throws {
    var surface = try Surface(width: 1, height: 1, format: format)
    surface.drawWhiteness(rect(0, 0, 1, 1))
    #expect(surface.pixels == [pixel])
    surface.drawInverse(rect(0, 0, 1, 1))
    #expect(surface.pixels == [0])
  }

  // MARK: Masks

  @Test("a mask's position lies on the corner of the box")
  func maskPosition() throws {
    let bits = try #require(Raster(width: 3, height: 1, kind: .coverage, pixels: [0, 0xFF00_0000, 0]))
    var surface = try Surface(width: 5, height: 1, format: .xrgb)
    surface.drawFill(rect(2, 0, 5, 1), mask: Mask(image: bits, position: Point(x: 1, y: 0)), brush: .solid(7))
    #expect(surface.pixels == [0, 0, 7, 0, 0])
  }

  @Test("outside of its bitmap a mask lets nothing through, inverted or not")
  func maskOutside() throws {
    let bits = try #require(Raster(width: 2, height: 1, kind: .opaque, pixels: [0xFFFFFF, 0]))
    var surface = try Surface(width: 4, height: 1, format: .xrgb)
    let mask = Mask(image: bits, position: Point(x: 0, y: 0), isInverted: true)
    surface.drawFill(rect(0, 0, 4, 1), mask: mask, brush: .solid(7))
    #expect(surface.pixels == [0, 7, 0, 0])
  }

  // MARK: Copies

  @Test("an image's high bytes come along with it, onto a surface with alpha and without")
  func rawCopy() throws {
    for format in [SurfaceFormat.xrgb, .argb] {
      for kind in [PixelKind.opaque, .alpha] {
        let image = try #require(Raster(width: 2, height: 1, kind: kind, pixels: [0x1234_5678, 0x00AB_CDEF]))
        var surface = try Surface(width: 2, height: 1, format: format)
        surface.drawCopy(.image(image), area: rect(0, 0, 2, 1), to: rect(0, 0, 2, 1))
        #expect(surface.pixels == [0x1234_5678, 0x00AB_CDEF])
      }
    }
  }

  @Test("where the source has no pixel the surface stays")
  func shortSource() throws {
    let image = Raster(width: 2, height: 1, kind: .opaque, fill: 9)
    var surface = try Surface(width: 4, height: 1, format: .xrgb)
    surface.drawCopy(.image(image), area: rect(-1, 0, 3, 1), to: rect(0, 0, 4, 1))
    #expect(surface.pixels == [0, 9, 9, 0])
    #expect(surface.damage.rects == [rect(1, 0, 3, 1)])
  }

  @Test("an image is cut to the precision of a 16-bit surface")
  func narrowing() throws {
    let image = Raster(width: 1, height: 1, kind: .alpha, fill: 0x8087_8787)
    var surface = try Surface(width: 1, height: 1, format: .rgb565)
    surface.drawCopy(.image(image), area: rect(0, 0, 1, 1), to: rect(0, 0, 1, 1))
    #expect(surface.pixels == [0x0084_8684])
  }

  @Test("an opaque draw lets the brush meet the image and not the surface")
  func opaque() throws {
    let image = Raster(width: 1, height: 1, kind: .opaque, fill: 0x00F0)
    var surface = try Surface(width: 1, height: 1, format: .xrgb)
    surface.drawWhiteness(rect(0, 0, 1, 1))
    surface.drawOpaque(
      .image(image), area: rect(0, 0, 1, 1), to: rect(0, 0, 1, 1), brush: .solid(0xFF00), operation: .or)
    #expect(surface.pixels == [0xFFF0])
  }

  @Test("pixels of the transparent colour are left out, whatever their high byte")
  func colorKey() throws {
    let image = try #require(
      Raster(width: 3, height: 1, kind: .opaque, pixels: [0xAA00_00FF, 0x0000_00FE, 0x0000_00FF]))
    var surface = try Surface(width: 3, height: 1, format: .xrgb)
    surface.drawTransparent(.image(image), area: rect(0, 0, 3, 1), to: rect(0, 0, 3, 1), leavingOut: 0x5500_00FF)
    #expect(surface.pixels == [0, 0xFE, 0])
  }

  @Test("a frame from bottom to top is shown upright")
  func frames() throws {
    let frame = try #require(Raster(width: 1, height: 2, kind: .opaque, pixels: [1, 2]))
    var surface = try Surface(width: 1, height: 4, format: .xrgb)
    surface.putImage(frame, isTopDown: false, to: rect(0, 0, 1, 2))
    #expect(surface.pixels == [2, 1, 0, 0])
    surface.putImage(frame, isTopDown: true, to: rect(0, 0, 1, 4))
    #expect(surface.pixels == [1, 1, 2, 2])
  }

  @Test("a frame is opaque on a surface with alpha")
  func opaqueFrame() throws {
    var surface = try Surface(width: 1, height: 1, format: .argb)
    surface.putImage(Raster(width: 1, height: 1, kind: .opaque, fill: 0x123456), to: rect(0, 0, 1, 1))
    #expect(surface.pixels == [0xFF12_3456])
  }

  // MARK: Alpha

  @Test("flags say whether the high bytes of surfaces without alpha are alpha after all")
  func alphaFlags() throws {
    var source = try Surface(width: 1, height: 1, format: .xrgb)
    source.raster.pixels = [0x8040_4040]
    func blended(_ flags: Surface.AlphaFlags) throws -> UInt32 {
      var surface = try Surface(width: 1, height: 1, format: .xrgb)
      surface.raster.pixels = [0x4000_0000]
      surface.drawAlphaBlend(.surface(source), area: rect(0, 0, 1, 1), to: rect(0, 0, 1, 1), alpha: 255, flags: flags)
      return surface.pixels[0]
    }
    #expect(try blended([]) == 0x0040_4040)
    #expect(try blended(.destinationHasAlpha) == 0xFF40_4040)
    #expect(try blended([.destinationHasAlpha, .sourceSurfaceHasAlpha]) == 0xA040_4040)
    #expect(try blended(.sourceSurfaceHasAlpha) == 0x0040_4040)
  }

  @Test("an alpha of 0 draws nothing")
  func noAlpha() throws {
    var surface = try numbered(2, 1)
    let image = Raster(width: 2, height: 1, kind: .opaque, fill: 0xFFFFFF)
    surface.drawAlphaBlend(.image(image), area: rect(0, 0, 2, 1), to: rect(0, 0, 2, 1), alpha: 0)
    #expect(surface.pixels == [0, 1])
    #expect(surface.damage.isEmpty)
  }

  // MARK: Copies within a surface

  @Test(
    "bits that are copied onto a part of themselves arrive as they were", arguments: [-2, -1, 0, 1, 2], [-1, 0, 1])
  func overlap(_ dx: Int32, _ dy: Int32) throws {
    var surface = try numbered(6, 5)
    let before = surface
    surface.copyBits(from: Point(x: 2 - dx, y: 1 - dy), to: rect(2, 1, 5, 4))
    for y: Int32 in 0..<5 {
      for x: Int32 in 0..<6 {
        let isMoved = rect(2, 1, 5, 4).contains(Point(x: x, y: y)) && x - dx < 6
        let (fromX, fromY) = isMoved ? (x - dx, y - dy) : (x, y)
        #expect(surface.raster[Int(x), Int(y)] == before.raster[Int(fromX), Int(fromY)])
      }
    }
  }

  @Test("a copy from the surface itself is the same as copied bits")
  func copyFromItself() throws {
    var (one, other) = (try numbered(8, 8), try numbered(8, 8))
    one.copyBits(from: Point(x: 0, y: 1), to: rect(1, 2, 7, 8))
    other.drawCopy(.itself, area: rect(0, 1, 6, 7), to: rect(1, 2, 7, 8))
    #expect(one.pixels == other.pixels)
  }

  @Test("a surface that scrolls is drawn on as any other", arguments: 1...30 as ClosedRange<UInt64>)
  func scrolls(seed: UInt64) throws {
    var random = Dice(seed: seed)
    // On the larger ones a part that scrolls is worth renumbering.
    let (width, height): (Int32, Int32) = seed % 2 == 0 ? (24, 20) : (160, 130)
    var (one, other) = (try numbered(Int(width), Int(height)), try numbered(Int(width), Int(height)))
    var columns = [0..<width]
    if width > 24 { columns += [5..<150, 5..<150, 5..<120, 20..<100] }
    var stamp = Raster(width: 9, height: 7, kind: .opaque)
    for place in stamp.pixels.indices { stamp.pixels[place] = UInt32(place) &* 0x01_0305 & 0xFF_FFFF }
    for _ in 0..<80 {
      let place = Point(
        x: .random(in: -4...width - 4, using: &random), y: .random(in: -4...height - 2, using: &random))
      let box = rect(place.x, place.y, place.x + 9, place.y + 7)
      func draw(_ surface: inout Surface, _ kind: Int) {
        switch kind {
        case 0: surface.drawFill(box, brush: .solid(0x12_3456))
        case 1: surface.drawFill(box, brush: .solid(0xFF), operation: .xor)
        case 2: surface.drawCopy(.image(stamp), area: Rect(stamp.size), to: box)
        case 3: surface.drawCopy(.itself, area: rect(0, 0, 9, 7), to: box)
        case 4: surface.drawAlphaBlend(.itself, area: rect(2, 1, 11, 8), to: box, alpha: 77)
        default: surface.drawInverse(box, clip: .rects([rect(0, 0, 12, 9), rect(3, 10, 24, 13)]))
        }
      }
      let kind = Int.random(in: 0..<9, using: &random)
      if kind < 6 {
        draw(&one, kind)
        draw(&other, kind)
      } else {
        let (top, bottom) = (
          Int32.random(in: 0...9, using: &random), Int32.random(in: height - 9...height, using: &random)
        )
        let y = Int32.random(in: -6...6, using: &random)
        let x = columns.randomElement(using: &random) ?? 0..<width
        let part = rect(x.lowerBound, top, x.upperBound, bottom)
        let target = part.intersection(rect(0, y, width, height + y))
        one.copyBits(from: Point(x: x.lowerBound, y: top - y), to: part)
        // The same by way of an image.
        let image = other.snapshot(of: target.offset(x: 0, y: -y))
        other.drawCopy(.image(image), area: Rect(image.size), to: target)
      }
      if Int.random(in: 0..<8, using: &random) == 0 { one.putInOrder() }
      try #require(one.pixels == other.pixels)
      #expect(one.snapshot(of: box) == other.snapshot(of: box))
    }
  }

  @Test("no pixels are copied aside to draw from a surface onto another or onto itself")
  func storageStays() throws {
    var surfaces: [UInt32: Surface] = [:]
    for id: UInt32 in 1...2 { surfaces[id] = try Surface(width: 64, height: 64, format: .xrgb) }
    func place() -> UInt? {
      surfaces[1]?.raster.pixels.withUnsafeBufferPointer { UInt(bitPattern: $0.baseAddress) }
    }
    let before = place()
    let source = try #require(surfaces[2])
    surfaces[1]?.drawCopy(.surface(source), area: rect(0, 0, 64, 64), to: rect(0, 0, 64, 64))
    surfaces[1]?.drawCopy(.itself, area: rect(0, 0, 60, 60), to: rect(4, 4, 64, 64))
    surfaces[1]?.copyBits(
      from: Point(x: 0, y: 0), to: rect(0, 1, 64, 64), clip: .rects([rect(0, 0, 9, 9), rect(20, 0, 30, 9)]))
    surfaces[1]?.drawAlphaBlend(.itself, area: rect(0, 0, 32, 32), to: rect(32, 32, 64, 64), alpha: 99)
    #expect(place() == before)
  }
}
