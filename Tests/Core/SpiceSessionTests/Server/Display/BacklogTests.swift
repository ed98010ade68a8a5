import SpiceCanvas
import SpicePixels
import SpiceSession
import Testing

@Suite("A client's backlog")
struct BacklogTests {
  @Test(
    "whatever happens, operations and then dirty pixels make the newest picture",
    arguments: 1...40 as ClosedRange<UInt64>)
  func invariant(seed: UInt64) {
    var random = FixedRandom(seed: seed)
    var model = BacklogModel(width: 48, height: 40)
    for step in 0..<400 {
      switch Int.random(in: 0..<12, using: &random) {
      case 0...2: model.damage(&random)
      case 3...5: model.fill(&random)
      case 6...8: model.copy(&random)
      default: model.send(&random)
      }
      let difference = model.whatTheClientWouldMiss
      if let difference {
        Issue.record("seed \(seed), step \(step): \(difference)")
        return
      }
      if model.backlog.isEmpty, model.client.raster.pixels != model.screen.raster.pixels {
        Issue.record("seed \(seed), step \(step): the backlog is empty and the pictures differ")
        return
      }
    }
  }

  @Test("everything is dirty at first")
  func begin() {
    #expect(Backlog(size: Size(width: 5, height: 4)).dirty == Region(rect(0, 0, 5, 4)))
  }

  @Test("a fill takes its rectangle out of the dirty region")
  func fillCleans() {
    var backlog = Backlog(size: Size(width: 10, height: 10))
    backlog.fill(rect(0, 0, 10, 6), color: 5)
    #expect(backlog.dirty == Region(rect(0, 6, 10, 4)))
    #expect(backlog.operations == [.fill(rect(0, 0, 10, 6), color: 5)])
  }

  @Test("a copy of what is dirty is dirty, and not copied")
  func copyOfDirty() {
    var backlog = Backlog.clean(10, 10)
    backlog.damage(rect(0, 5, 10, 5))
    backlog.copy(rect(0, 0, 10, 5), from: Point(x: 0, y: 5))
    #expect(backlog.operations.isEmpty)
    #expect(backlog.dirty == Region(rect(0, 0, 10, 10)))
  }

  @Test("a text that scrolls line by line remains one copy", arguments: [2, 10, 20])
  func scrolling(lines: Int32) {
    var backlog = Backlog.clean(80, 100)
    for _ in 0..<lines {
      backlog.copy(rect(0, 0, 80, 96), from: Point(x: 0, y: 4))
      backlog.damage(rect(0, 96, 80, 4))
    }
    let rest = 100 - 4 * lines
    #expect(backlog.operations == [.copy(rect(0, 0, 80, rest), from: Point(x: 0, y: 4 * lines))])
    #expect(backlog.dirty == Region(rect(0, rest, 80, 4 * lines)))
  }

  @Test("a fill of the same place again and again is one operation")
  func repeatedFill() {
    var backlog = Backlog.clean(10, 10)
    for color in 0..<1000 as Range<UInt32> { backlog.fill(rect(1, 1, 4, 4), color: color) }
    #expect(backlog.operations == [.fill(rect(1, 1, 4, 4), color: 999)])
  }

  @Test("what will be painted over is forgotten, unless a copy reads it before")
  func painted() {
    var backlog = Backlog.clean(20, 10)
    backlog.fill(rect(0, 0, 4, 4), color: 1)
    backlog.fill(rect(5, 0, 4, 4), color: 2)
    backlog.copy(rect(10, 0, 4, 4), from: Point(x: 5, y: 0))
    backlog.damage(rect(0, 0, 9, 4))
    #expect(
      backlog.operations == [.fill(rect(5, 0, 4, 4), color: 2), .copy(rect(10, 0, 4, 4), from: Point(x: 5, y: 0))])
  }

  @Test("more operations than the limit become dirty pixels")
  func operationLimit() {
    var backlog = Backlog.clean(2000, 10)
    for x in 0..<Int32(Backlog.operationLimit) { backlog.fill(rect(x * 2, 0, 1, 1), color: 1) }
    #expect(backlog.operations.count == Backlog.operationLimit && backlog.dirty.isEmpty)
    backlog.fill(rect(1999, 0, 1, 1), color: 1)
    #expect(backlog.operations.isEmpty)
    #expect(backlog.dirty.contains(Point(x: 0, y: 0)) && backlog.dirty.contains(Point(x: 1999, y: 0)))
    #expect(!backlog.dirty.contains(Point(x: 1, y: 0)))
  }

  @Test("a dirty region of more rectangles than the limit grows to fewer")
  func rectLimit() {
    var backlog = Backlog.clean(1000, 1000)
    for y in 0..<100 as Range<Int32> {
      for x in 0..<100 as Range<Int32> { backlog.damage(rect(x * 10, y * 10, 3, 3)) }
      #expect(backlog.dirty.rects.count <= Backlog.rectLimit)
    }
    #expect(backlog.dirty.contains(Point(x: 992, y: 992)))
  }

  @Test("rectangles that leave the screen, are reversed or far away do no harm")
  func strangeRects() {
    var backlog = Backlog.clean(10, 10)
    let far = Rect(left: .min, top: .min, right: .max, bottom: .max)
    backlog.damage(Rect(left: 5, top: 5, right: 1, bottom: 1))
    backlog.copy(rect(20, 20, 5, 5), from: Point(x: 0, y: 0))
    #expect(backlog.isEmpty)
    backlog.copy(rect(0, 0, 5, 5), from: Point(x: .min, y: .max))
    #expect(backlog.operations.isEmpty && backlog.dirty == Region(rect(0, 0, 5, 5)))
    backlog.copy(far, from: Point(x: .max, y: 0))
    backlog.damage(far)
    #expect(backlog.dirty == Region(rect(0, 0, 10, 10)))
  }
}

extension Backlog {
  /// Of a client that shows everything.
  fileprivate static func clean(_ width: Int, _ height: Int) -> Backlog {
    var backlog = Backlog(size: Size(width: width, height: height))
    backlog.clean(Rect(backlog.size))
    return backlog
  }
}

/// A screen, a client's copy of it, and the backlog between them.
private struct BacklogModel {
  var screen: Surface
  var client: Surface
  var backlog: Backlog

  init(width: Int, height: Int) {
    let size = Size(width: width, height: height)
    screen = testSurface(size)
    client = screen
    backlog = Backlog(size: size)
  }

  private func place(_ random: inout FixedRandom) -> Rect {
    let left = Int32.random(in: -4..<46, using: &random)
    let top = Int32.random(in: -4..<38, using: &random)
    // Often large, so that operations meet.
    let most: Int32 = Bool.random(using: &random) ? 8 : 44
    return rect(
      left, top, Int32.random(in: 0...most, using: &random), Int32.random(in: 0...most, using: &random))
  }

  mutating func damage(_ random: inout FixedRandom) {
    let rect = place(&random)
    screen.paint(rect, colorsFrom: UInt32.random(in: 0..<0xFFFF, using: &random))
    backlog.damage(rect)
  }

  mutating func fill(_ random: inout FixedRandom) {
    let rect = place(&random)
    let color = UInt32.random(in: 0..<0xFF_FFFF, using: &random)
    screen.drawFill(rect, brush: .solid(color))
    backlog.fill(rect, color: color)
  }

  mutating func copy(_ random: inout FixedRandom) {
    let rect = place(&random)
    // Short ways, as of scrolling, and the same ones often.
    let x = Int32.random(in: -3...3, using: &random) * Int32.random(in: 0...3, using: &random)
    let y = Int32.random(in: -3...3, using: &random) * Int32.random(in: 0...3, using: &random)
    let from = Point(x: rect.left - x, y: rect.top - y)
    screen.copyBits(from: from, to: rect)
    backlog.copy(rect, from: from)
  }

  /// Some operations, and some of the dirty region where none are left.
  mutating func send(_ random: inout FixedRandom) {
    for _ in 0..<Int.random(in: 1...6, using: &random) {
      if let operation = backlog.takeOperation() {
        client.perform(operation)
      } else if let next = backlog.dirty.rects.randomElement(using: &random) {
        client.takeColors(of: screen.raster, in: next)
        backlog.clean(next)
      }
    }
  }

  /// How the client's picture would differ if all were sent now; nil where it would not.
  var whatTheClientWouldMiss: String? {
    var (copy, rest) = (client, backlog)
    while let operation = rest.takeOperation() { copy.perform(operation) }
    for rect in rest.dirty.rects { copy.takeColors(of: screen.raster, in: rect) }
    return difference(copy.raster, screen.raster)
  }
}

extension Surface {
  fileprivate mutating func perform(_ operation: Backlog.Operation) {
    switch operation {
    case .fill(let rect, let color): drawFill(rect, brush: .solid(color))
    case .copy(let rect, let from): copyBits(from: from, to: rect)
    }
  }
}
