import DemoDesktop
import SpicePixels
import Testing

/// People and strangers at random, on screens of every size.
@Suite struct RandomPlayTests {
  private static let sizes = [(320, 200), (640, 480), (800, 600), (1280, 800), (97, 61), (1, 1)]

  private func input(_ dice: inout SplitMix, _ viewer: Viewer) -> DemoDesktop.Input {
    let desktop = viewer.desktop
    func near(_ rect: Rect) -> DemoDesktop.Input {
      .position(
        x: rect.left + Int32(dice.from(-3...max(1, rect.width + 3))),
        y: rect.top + Int32(dice.from(-3...max(1, rect.height + 3))))
    }
    switch dice.from(0...15) {
    case 0, 1: return near(desktop.titleBar(of: dice.pick(DemoDesktop.Part.windows)))
    case 2: return near(Rect(desktop.picture.size))
    case 3: return .motion(dx: Int32(dice.from(-90...90)), dy: Int32(dice.from(-60...60)))
    case 4: return .motion(dx: dice.pick([.min, .max, 0, 5]), dy: dice.pick([.min, .max, -1, 7]))
    case 5: return .position(x: dice.pick([.min, -1, .max, 99_999]), y: dice.pick([.min, 40, .max]))
    case 6, 7: return .press(.left)
    case 8: return .release(.left)
    case 9: return dice.from(0...1) == 0 ? .press(dice.pick(DemoDesktop.Button.allCases)) : .release(.right)
    case 10: return .wheel(dice.pick([1, -1, .max, .min]))
    case 11: return .locks(DemoDesktop.Locks(rawValue: UInt16(dice.from(0...0xFFFF))))
    case 12: return .key(UInt32(truncatingIfNeeded: dice.from(0...0xFFFF_FFFF)))
    case 13: return near(dice.from(0...1) == 0 ? desktop.videoButton : desktop.toneButton)
    default: return .key(UInt32(dice.from(0...0xFF)) << (dice.from(0...3) == 0 ? 8 : 0) | UInt32(dice.pick([0, 0xE0])))
    }
  }

  @Test("the changes of every step make the picture, and nothing on it is out of date", arguments: sizes, 1...2)
  func play(_ size: (Int, Int), seed: Int) throws {
    var dice = SplitMix(seed: UInt64(seed * 7_919 + size.0))
    var viewer = try Viewer(width: size.0, height: size.1)
    for step in 0..<150 {
      for _ in 0..<dice.from(0...6) { viewer.desktop.handle(input(&dice, viewer)) }
      if dice.from(0...9) == 0 { viewer.desktop.show("line \(step)") }
      if dice.from(0...50) == 0 {
        try viewer.desktop.resize(to: Size(width: dice.from(1...900), height: dice.from(1...700)))
      }
      viewer.advance(by: dice.pick([0, 0.001, 0.02, 0.04, 0.3, 1, 9]))
      if let difference = viewer.difference {
        Issue.record("seed \(seed), step \(step): a client has at \(difference)")
        return
      }
      if let difference = firstDifference(viewer.desktop.picture, viewer.desktop.repainted()) {
        Issue.record("seed \(seed), step \(step): out of date at \(difference)")
        return
      }
    }
  }

  @Test("the same inputs at the same times make the same picture") func deterministic() throws {
    func picture() throws -> Raster {
      var dice = SplitMix(seed: 5)
      var viewer = try Viewer(width: 640, height: 480)
      for _ in 0..<60 {
        viewer.desktop.handle(input(&dice, viewer))
        viewer.advance(by: 0.05)
      }
      return viewer.desktop.picture
    }
    #expect(try firstDifference(picture(), picture()) == nil)
  }
}

/// Steele's SplitMix64: the same numbers on every machine.
struct SplitMix: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }

  mutating func from(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }

  mutating func pick<T>(_ choices: [T]) -> T { choices[from(0...choices.count - 1)] }
}
