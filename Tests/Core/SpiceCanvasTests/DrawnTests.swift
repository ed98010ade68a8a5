import SpiceCanvas
import SpicePixels
import Testing

/// Three-way operations, text and composites in small: that all of them are the reference's pixels is what the
/// conformance suite shows.
@Suite struct DrawnTests {
  private func surface(_ pixels: [UInt32], format: SurfaceFormat = .argb) throws -> Surface {
    var surface = try Surface(width: pixels.count, height: 1, format: format)
    let image = try #require(Raster(width: pixels.count, height: 1, kind: .alpha, pixels: pixels))
    surface.drawCopy(.image(image), area: Rect(image.size), to: Rect(image.size))
    return surface
  }

  @Test("each of the 256 three-way codes is its truth table, on every bit")
  func ternary() throws {
    let source = try #require(Raster(width: 1, height: 1, kind: .alpha, pixels: [0xCCCC_CCCC]))
    for code in UInt8.min...UInt8.max {
      var solid = try surface([0xAAAA_AAAA])
      let box = Rect(solid.size)
      let function = TernaryFunction(rawValue: code)
      solid.drawROP3(.image(source), area: box, to: box, brush: .solid(0xF0F0_F0F0), function: function)
      #expect(solid.pixels == [UInt32(code) * 0x0101_0101])
      var tiled = try surface([0xAAAA_AAAA])
      let tile = Raster(width: 3, height: 2, kind: .alpha, fill: 0xF0F0_F0F0)
      tiled.drawROP3(
        .image(source), area: box, to: box, brush: .pattern(tile, origin: Point(x: -7, y: 5)), function: function)
      #expect(tiled.pixels == solid.pixels)
    }
  }

  @Test("a three-way operation of a surface with itself reads all before it writes")
  func ternaryItself() throws {
    var surface = try surface([1, 2, 3, 4])
    surface.drawROP3(
      .itself, area: Rect(left: 0, top: 0, right: 3, bottom: 1), to: Rect(left: 1, top: 0, right: 4, bottom: 1),
      brush: .none, function: TernaryFunction(rawValue: 0xCC))
    #expect(surface.pixels == [1, 1, 2, 3])
  }

  @Test("letters cover by their bits, from the bottom row up unless they are top-down")
  func letters() throws {
    for isTopDown in [false, true] {
      var surface = try Surface(width: 3, height: 2, format: .xrgb)
      let glyph = RasterGlyph(corner: Point(x: 0, y: 0), width: 3, height: 2, rows: [0b1010_0000, 0b0100_0000])
      surface.drawText(
        GlyphRun(depth: .one, isTopDown: isTopDown, glyphs: [glyph]), in: Rect(surface.size),
        backArea: Rect(left: 0, top: 0, right: 3, bottom: 1), back: .solid(9), brush: .solid(1))
      #expect(surface.pixels == (isTopDown ? [1, 9, 1, 0, 1, 0] : [9, 1, 9, 1, 0, 1]))
    }
  }

  @Test("half covered, a letter is half its colour")
  func halfCovered() throws {
    var surface = try surface([0xFF00_0000, 0xFF00_0000])
    let glyph = RasterGlyph(corner: Point(x: 0, y: 0), width: 2, height: 1, rows: [0x80, 0xFF])
    surface.drawText(
      GlyphRun(depth: .eight, isTopDown: true, glyphs: [glyph]), in: Rect(surface.size),
      backArea: Rect(left: 0, top: 0, right: 0, bottom: 0), back: .none, brush: .solid(0xFF_FFFF))
    #expect(surface.pixels == [0xFF80_8080, 0xFFFF_FFFF])
  }

  @Test("a brush that is none draws no letter")
  func noBrush() throws {
    var surface = try surface([0x0102_0304])
    let glyph = RasterGlyph(corner: Point(x: 0, y: 0), width: 1, height: 1, rows: [0xFF])
    surface.drawText(
      GlyphRun(depth: .eight, isTopDown: true, glyphs: [glyph]), in: Rect(surface.size),
      backArea: Rect(left: 0, top: 0, right: 0, bottom: 0), back: .none, brush: .none)
    #expect(surface.pixels == [0x0102_0304])
  }

  @Test("a composite through a mask counts its alpha, or each of its channels")
  func masked() throws {
    let picture = try surface([0xFFFF_FFFF])
    let mask = try surface([0x8040_2010])
    for (hasComponentAlpha, expected) in [(false, UInt32(0x8080_8080)), (true, 0x8040_2010)] {
      var target = try surface([0])
      target.drawComposite(
        .source, CompositeLayer(.surface(picture), origin: Point(x: 0, y: 0)),
        mask: CompositeLayer(.surface(mask), origin: Point(x: 0, y: 0)), hasComponentAlpha: hasComponentAlpha,
        to: Rect(target.size))
      #expect(target.pixels == [expected])
    }
  }

  @Test(
    "outside of its picture a composite has nothing, copies, its edge or a mirror",
    arguments: [
      (CompositeLayer.Extent.none, [0, 0, 1, 2, 3, 0, 0, 0] as [UInt32]), (.tiled, [2, 3, 1, 2, 3, 1, 2, 3]),
      (.padded, [1, 1, 1, 2, 3, 3, 3, 3]), (.reflected, [2, 1, 1, 2, 3, 3, 2, 1]),
    ])
  func extents(_ extent: CompositeLayer.Extent, _ expected: [UInt32]) throws {
    let picture = try surface([1, 2, 3])
    var target = try surface([UInt32](repeating: 7, count: 8))
    target.drawComposite(
      .source, CompositeLayer(.surface(picture), origin: Point(x: -2, y: 0), extent: extent), to: Rect(target.size))
    #expect(target.pixels == expected)
  }

  @Test("a transform turns and scales the picture")
  func transformed() throws {
    let picture = try surface([1, 2, 3])
    var target = try surface([0, 0, 0])
    let mirror = CompositeLayer.Transform(xx: -65536, xy: 0, x0: 3 << 16, yx: 0, yy: 65536, y0: 0)
    target.drawComposite(
      .source, CompositeLayer(.surface(picture), origin: Point(x: 0, y: 0), transform: mirror, filter: .bilinear),
      to: Rect(target.size))
    #expect(target.pixels == [3, 2, 1])
  }

  @Test("operators that divide give pixman's rounding")
  func wide() throws {
    let picture = try surface([0x8080_0000])
    var target = try surface([0xC000_C000])
    target.drawComposite(
      .saturate, CompositeLayer(.surface(picture), origin: Point(x: 0, y: 0)), to: Rect(target.size))
    #expect(target.pixels == [0xFF3F_C000])
  }
}
