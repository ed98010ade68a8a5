import SpicePixels
import Testing

import SpiceCanvas

/// Thousands of commands of each kind on surfaces of each format, against the model.
@Suite struct RandomCommandTests {
  private static let formats: [SurfaceFormat] = [.xrgb, .argb, .rgb565, .rgb555, .a8, .a1]

  private func check(_ kind: Int, _ format: SurfaceFormat, seed: UInt64, count: Int = 250) throws {
    var dice = Dice(seed: seed &* 1000 &+ UInt64(format.rawValue))
    var changed = 0
    for round in 0..<count {
      var surface = try dice.surface(format)
      let command = try dice.command(kind, on: surface)
      var model = Model(surface)
      let before = surface.pixels
      model.draw(command)
      command.draw(on: &surface)
      guard surface.pixels == model.pixels else {
        let at = surface.pixels.indices.first { surface.pixels[$0] != model.pixels[$0] } ?? 0
        Issue.record(
          """
          seed \(seed), round \(round), pixel \(at % model.width), \(at / model.width) of \(surface.size): drawn \
          \(String(surface.pixels[at], radix: 16)), expected \(String(model.pixels[at], radix: 16)); \(command.box)
          """)
        return
      }
      guard surface.pixels != before else { continue }
      changed += 1
      // Undo what was damaged, and nothing must have changed.
      var rest = surface.pixels
      for rect in surface.damage.rects {
        for y in Int(rect.top)..<Int(rect.bottom) {
          for i in y * model.width + Int(rect.left)..<y * model.width + Int(rect.right) { rest[i] = before[i] }
        }
      }
      guard rest == before else {
        Issue.record("seed \(seed), round \(round): not all that changed is in \(surface.damage.rects)")
        return
      }
    }
    #expect(changed > count / 8)
  }

  @Test("a fill is what the model says, with its damage", arguments: formats)
  func fill(_ format: SurfaceFormat) throws { try check(0, format, seed: 11) }

  @Test("blackness, whiteness and inverse are what the model says, with their damage", arguments: formats)
  func constants(_ format: SurfaceFormat) throws { try check(1, format, seed: 12) }

  @Test("a copy is what the model says, with its damage", arguments: formats)
  func copy(_ format: SurfaceFormat) throws { try check(2, format, seed: 13, count: 500) }

  @Test("an opaque draw is what the model says, with its damage", arguments: formats)
  func opaque(_ format: SurfaceFormat) throws { try check(3, format, seed: 14) }

  @Test("a transparent draw is what the model says, with its damage", arguments: formats)
  func transparent(_ format: SurfaceFormat) throws { try check(4, format, seed: 15) }

  @Test("an alpha blend is what the model says, with its damage", arguments: formats)
  func alphaBlend(_ format: SurfaceFormat) throws { try check(5, format, seed: 16, count: 500) }

  @Test("a copy of bits is what the model says, with its damage", arguments: formats)
  func copyBits(_ format: SurfaceFormat) throws { try check(6, format, seed: 17) }

  @Test("a frame is what the model says, with its damage", arguments: formats)
  func putImage(_ format: SurfaceFormat) throws { try check(7, format, seed: 18) }
}
