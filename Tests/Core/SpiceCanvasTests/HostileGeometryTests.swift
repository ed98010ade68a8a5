import SpicePixels
import Testing

import SpiceCanvas

/// Coordinates that no honest server sends. Nothing may trap, and nothing may be drawn that was not asked for.
@Suite struct HostileGeometryTests {
  private static let coordinates: [Int32] = [.min, -65536, -1, 0, 1, 3, .max - 1, .max]

  private static func rects() -> [Rect] {
    var result: [Rect] = []
    for a in coordinates {
      for b in coordinates {
        result.append(Rect(left: a, top: b, right: b, bottom: a))
        result.append(Rect(left: a, top: a, right: b, bottom: b))
        result.append(Rect(left: 0, top: a, right: 3, bottom: b))
        result.append(Rect(left: a, top: 0, right: b, bottom: 3))
      }
    }
    return result
  }

  @Test("boxes at the ends of the range are what the model says for every command")
  func boxes() throws {
    var dice = Dice(seed: 20)
    for box in Self.rects() {
      for kind in 0..<8 {
        var surface = try dice.surface(dice.pick([.xrgb, .argb, .rgb565]), width: 1...9, height: 1...7)
        var command = try dice.command(kind, on: surface)
        command.box = box
        var model = Model(surface)
        model.draw(command)
        command.draw(on: &surface)
        #expect(surface.pixels == model.pixels)
      }
    }
  }

  @Test("areas, clips, masks and origins at the ends of the range are what the model says")
  func others() throws {
    var dice = Dice(seed: 21)
    let source = Raster(width: 3, height: 3, kind: .alpha, fill: 0x8011_2233)
    for (i, area) in Self.rects().enumerated() {
      var surface = try dice.surface(.xrgb, width: 1...9, height: 1...7)
      let point = Point(x: area.left, y: area.bottom)
      let box = i % 2 == 0 ? Rect(surface.size) : dice.rect(surface.size)
      let commands = [
        Command(kind: .copy(.image(source), area, .xor, i % 3 == 0 ? .nearest : .interpolate), box: box),
        Command(kind: .copy(.itself, area, .put, .interpolate), box: box),
        Command(kind: .alphaBlend(.image(source), area, 200, []), box: box),
        Command(kind: .transparent(.itself, area, 0), box: box),
        Command(kind: .copyBits(point), box: box, clip: .rects([area, box])),
        Command(kind: .fill(.pattern(source, origin: point), .xor), box: box, clip: .rects([area])),
        Command(kind: .inverse, box: box, clip: .rects([box, area]), mask: Mask(image: source, position: point)),
      ]
      for command in commands {
        var model = Model(surface)
        model.draw(command)
        command.draw(on: &surface)
        #expect(surface.pixels == model.pixels)
      }
    }
  }

  @Test("a clip of very many rectangles that cross each other is drawn on once")
  func crossingClip() throws {
    var surface = try Surface(width: 300, height: 300, format: .xrgb)
    var rects: [Rect] = []
    for i in 0..<20_000 {
      let at = Int32(i % 300)
      rects.append(Rect(left: at, top: 0, right: at + 1, bottom: 300))
      rects.append(Rect(left: 0, top: at, right: 300, bottom: at + 1))
    }
    surface.drawFill(Rect(surface.size), clip: .rects(rects), brush: .solid(0xFFFFFF), operation: .xor)
    #expect(surface.pixels.allSatisfy { $0 == 0xFFFFFF })
    #expect(surface.damage.rects.count <= Damage.limit)
  }

  @Test("sources without pixels draw nothing where they are not scaled")
  func emptySources() throws {
    for (width, height) in [(0, 0), (0, 5), (5, 0)] {
      let empty = Raster(width: width, height: height, kind: .opaque)
      var surface = try Surface(width: 4, height: 4, format: .xrgb)
      surface.drawWhiteness(Rect(surface.size))
      let before = surface.pixels
      let box = Rect(left: 0, top: 0, right: 4, bottom: 4)
      surface.drawCopy(.image(empty), area: box, to: box)
      surface.drawAlphaBlend(.image(empty), area: box, to: box, alpha: 255)
      surface.putImage(empty, to: box)
      surface.drawFill(box, mask: Mask(image: empty, position: Point(x: 0, y: 0)), brush: .solid(0))
      #expect(surface.pixels == before)
    }
  }

  @Test("a composite's picture or mask without pixels is transparent, whatever it is repeated as")
  func emptyLayers() throws {
    let box = Rect(left: 0, top: 0, right: 4, bottom: 4)
    let full = CompositeLayer(.image(Raster(width: 4, height: 4, kind: .opaque, fill: 5)), origin: Point(x: 0, y: 0))
    for (width, height) in [(0, 0), (0, 5), (5, 0)] {
      for filter in [CompositeLayer.Filter.nearest, .bilinear] {
        for extent in [CompositeLayer.Extent.none, .tiled, .padded, .reflected] {
          let empty = CompositeLayer(
            .image(Raster(width: width, height: height, kind: .opaque)), origin: Point(x: -2, y: 3), filter: filter,
            extent: extent)
          for (picture, mask) in [(empty, nil), (empty, full), (full, empty)] {
            var surface = try Surface(width: 4, height: 4, format: .argb)
            surface.drawWhiteness(box)
            surface.drawComposite(.source, picture, mask: mask, to: box)
            #expect(surface.pixels.allSatisfy { $0 == 0 })
            surface.drawComposite(.saturate, picture, mask: mask, to: box)
            #expect(surface.pixels.allSatisfy { $0 == 0 })
          }
        }
      }
    }
  }
}
