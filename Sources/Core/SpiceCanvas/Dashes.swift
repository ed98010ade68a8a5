import SpicePixels

/// The lengths of dashes and gaps, in pixels: those of even index are drawn.
struct Dashes {
  let lengths: [Int]
  let period: Int
  /// Where a line begins.
  let start: State

  struct State {
    var index: Int
    /// What is left of the current dash or gap; above 0, or all are of no length.
    var left: Int
  }

  /// Nil for an unbroken line, and where no dash has any length.
  init?(_ stroke: Stroke) {
    // The reference keeps eight bits of each length.
    var lengths = stroke.dashes.map { Int(UInt8(truncatingIfNeeded: Pixel(Point(x: $0, y: 0)).x)) }
    if stroke.startsWithGap, let first = lengths.first {
      lengths.removeFirst()
      lengths.append(first)
    }
    period = lengths.reduce(0, +)
    guard period > 0, let first = lengths.first else { return nil }
    self.lengths = lengths
    var state = State(index: 0, left: first)
    if stroke.startsWithGap {
      // It skips its first length, and all of none behind it.
      repeat { state.index = (state.index + 1) % lengths.count } while lengths[state.index] == 0
      state.left = lengths[state.index]
    }
    start = state
  }

  func next(_ state: State) -> State {
    let index = state.index + 1 == lengths.count ? 0 : state.index + 1
    return State(index: index, left: lengths[index])
  }
}

extension Pen {
  /// A dashed line: each dash is a rectangle one pixel wide, and pixels whose middle is in it are drawn.
  ///
  /// An operation that would undo itself where dashes meet is done once for each pixel of a line.
  func drawDashed(_ line: [Pixel], _ dashes: Dashes, _ function: BitwiseFunction) {
    guard line.count > 2, function.dependsOnItself else {
      var painter = DashPainter(pen: self, dashes: dashes, joinsAlways: false)
      return painter.draw(line)
    }
    var runs: [(y: Int, start: Int, end: Int)] = []
    withoutActuallyEscaping({ y, start, end in runs.append((y, start, end)) }) { collect in
      let collector = Pen(area: area, paint: collect)
      var painter = DashPainter(pen: collector, dashes: dashes, joinsAlways: true)
      painter.draw(line)
    }
    runs.sort { $0.y != $1.y ? $0.y < $1.y : $0.start < $1.start }
    var last: (y: Int, end: Int)?
    for run in runs {
      var start = run.start
      if let last, last.y == run.y { start = max(start, last.end) }
      if start < run.end {
        paint(run.y, start, run.end)
        last = (run.y, run.end)
      }
    }
  }
}

extension BitwiseFunction {
  /// Done twice, it does not give what it gives once.
  fileprivate var dependsOnItself: Bool {
    // For each source bit: the results for destination 0 and 1 are exchanged.
    table & 0b0011 == 0b0001 || table & 0b1100 == 0b0100
  }
}

/// One end of a line's segment, for the join with the next.
private struct LineFace {
  var x: Int64
  var y: Int64
  var dx: Int64
  var dy: Int64
  /// The outer corner, from (x, y).
  var cornerX: Double
  var cornerY: Double
  var k: Double
}

private struct DashPainter {
  let pen: Pen
  let dashes: Dashes
  /// Joins are drawn though a line may have drawn their pixel.
  let joinsAlways: Bool
  private var state: Dashes.State

  init(pen: Pen, dashes: Dashes, joinsAlways: Bool) {
    (self.pen, self.dashes, self.joinsAlways) = (pen, dashes, joinsAlways)
    state = dashes.start
  }

  mutating func draw(_ line: [Pixel]) {
    let isClosed = line.first == line.last
    var before: (face: LineFace, isDrawn: Bool)?
    var firstFace: LineFace?
    for (from, to) in zip(line, line.dropFirst()) where from != to {
      let startsDrawn = state.index & 1 == 0
      let (left, right) = draw(from, to)
      let isAtStart = state.left == dashes.lengths[state.index]
      let endsDrawn = (state.index & 1 == 1) == isAtStart
      if startsDrawn {
        if let before, before.isDrawn {
          join(left, before.face)
        } else if before == nil, isClosed {
          firstFace = left
        }
      }
      before = (right, endsDrawn)
    }
    if let before, before.isDrawn, let firstFace { join(firstFace, before.face) }
  }

  /// Draws the dashes of one segment.
  private mutating func draw(_ from: Pixel, _ to: Pixel) -> (left: LineFace, right: LineFace) {
    let (dx, dy) = (to.x - from.x, to.y - from.y)
    let (width, height) = (Double(dx), Double(dy))
    let length = dx == 0 || dy == 0 ? abs(width + height) : (width * width + height * height).squareRoot()
    let half = 0.5 / length
    let (acrossX, acrossY) = dx == 0 || dy == 0 ? (width.sign * 0.5, height.sign * 0.5) : (half * width, half * height)
    let k = 0.5 * length
    var polygon = LinePolygon(
      vertices: [(acrossY, -acrossX), (acrossY, -acrossX), (-acrossY, acrossX), (-acrossY, acrossX)],
      slopes: [(dx, dy, k), (-dy, dx, 0), (-dx, -dy, k), (dy, -dx, 0)])
    var left = length
    let visible = visibleDistances(from, width / length, height / length)
    while left > Double(state.left) {
      let skipped = periods(toSkipAt: length - left, left, visible)
      if skipped > 0 {
        let distance = skipped * Double(dashes.period)
        polygon.advance(distance * width / length, distance * height / length, dx, dy)
        polygon.beginHere()
        left -= distance
        continue
      }
      let step = Double(state.left)
      polygon.advance(step * width / length, step * height / length, dx, dy)
      if state.index & 1 == 0 { polygon.fill(at: from, pen) }
      left -= step
      state = dashes.next(state)
      polygon.beginHere()
    }
    if state.index & 1 == 0 {
      polygon.endAt(acrossX, acrossY, dx, dy)
      polygon.fill(at: to, pen)
    }
    state.left = Int(Double(state.left) - left)
    if state.left == 0 { state = dashes.next(state) }
    return (
      LineFace(x: from.x, y: from.y, dx: dx, dy: dy, cornerX: acrossY, cornerY: -acrossX, k: k),
      LineFace(x: to.x, y: to.y, dx: -dx, dy: -dy, cornerX: -acrossY, cornerY: acrossX, k: k)
    )
  }

  /// The distances from `from` between which a line in that direction may be seen.
  private func visibleDistances(_ from: Pixel, _ x: Double, _ y: Double) -> ClosedRange<Double> {
    var (low, high) = (0.0, Double.greatestFiniteMagnitude)
    func limit(_ start: Int64, _ step: Double, _ first: Int32, _ last: Int32) {
      let (near, far) = (Double(first) - 4 - Double(start), Double(last) + 4 - Double(start))
      if step == 0 {
        if near > 0 || far < 0 { high = -1 }
        return
      }
      low = max(low, min(near / step, far / step))
      high = min(high, max(near / step, far / step))
    }
    limit(from.x, x, pen.area.left, pen.area.right)
    limit(from.y, y, pen.area.top, pen.area.bottom)
    return low <= high ? low...high : -1 ... -1
  }

  /// Whole periods of dashes that nobody sees, from a distance on.
  private func periods(toSkipAt distance: Double, _ left: Double, _ visible: ClosedRange<Double>) -> Double {
    let period = Double(dashes.period)
    let unseen =
      distance < visible.lowerBound
      ? min(visible.lowerBound - distance, left) : distance > visible.upperBound ? left : 0
    // One period stays: what is left over must be as much as without the leap.
    return max(0, (unseen / period).rounded(.down) - 2)
  }

  // MARK: Joins

  /// The corner between the end of one segment and the begin of the next: a mitre, or where that is too long, a bevel.
  private func join(_ left: LineFace, _ right: LineFace) {
    var (left, right) = (left, right)
    if !joinsAlways {
      // One of the two has drawn the pixel already.
      if left.dx > 0 || left.dx == 0 && left.dy > 0 { return }
      if right.dx > 0 || right.dx == 0 && right.dy > 0 { return }
    }
    let (ldx, ldy, rdx, rdy) = (Double(left.dx), Double(left.dy), Double(right.dx), Double(right.dy))
    let turn = -ldx * rdy + rdx * ldy
    if turn == 0 { return }
    func turned(_ face: LineFace) -> LineFace {
      LineFace(
        x: face.x, y: face.y, dx: -face.dx, dy: -face.dy, cornerX: -face.cornerX, cornerY: -face.cornerY, k: face.k)
    }
    if turn > 0 { left = turned(left) } else { right = turned(right) }
    let sign: Double = turn > 0 ? 1 : -1
    var polygon = LinePolygon(
      vertices: [(right.cornerX, right.cornerY), (0, 0), (left.cornerX, left.cornerY)],
      slopes: [(-right.dy, right.dx, 0), (left.dy, -left.dx, 0)])
    let (a, b) = (left, right)
    let (adx, ady, bdx, bdy) = (Double(a.dx), Double(a.dy), Double(b.dx), Double(b.dy))
    let y =
      (ady * (b.cornerX * bdy - b.cornerY * bdx) - bdy * (a.cornerX * ady - a.cornerY * adx)) / turn
    let x =
      a.dy != 0
      ? a.cornerX + (y - a.cornerY) * adx / ady : b.cornerX + (y - b.cornerY) * bdx / bdy
    guard x.isFinite, y.isFinite else { return }
    // A mitre of eleven degrees, as X11 has it.
    if (x * x + y * y) * 4 > 108.856472512142 {
      let (wide, high) = (b.cornerX - a.cornerX, b.cornerY - a.cornerY)
      let scale = max(abs(wide), abs(high))
      guard scale > 0 else { return }
      let (sx, sy) = (Int64(wide * 65536 / scale), Int64(high * 65536 / scale))
      let k = ((a.cornerX + b.cornerX) * Double(sy) - (a.cornerY + b.cornerY) * Double(sx)) / 2
      polygon.slopes.append((sx, sy, k))
    } else {
      let way = Int64(sign)
      polygon.slopes.append((way &* a.dx, way &* a.dy, sign * a.k))
      polygon.vertices.append((x, y))
      polygon.slopes.append((way &* b.dx, way &* b.dy, sign * b.k))
    }
    polygon.fill(at: Pixel(x: left.x, y: left.y), pen)
  }
}

extension Double {
  fileprivate var sign: Double { self > 0 ? 1 : self < 0 ? -1 : 0 }
}
