import SpicePixels

/// A convex polygon around a dash or a join: few corners, each side a line `x * dy - y * dx = k`.
struct LinePolygon {
  /// From the place it is filled at.
  var vertices: [(x: Double, y: Double)]
  /// The side from each vertex to the next.
  var slopes: [(dx: Int64, dy: Int64, k: Double)]

  // MARK: Dashes: vertices 0 and 3 are at the begin of one, 1 and 2 at its end

  /// Moves the end on.
  mutating func advance(_ x: Double, _ y: Double, _ dx: Int64, _ dy: Int64) {
    vertices[1] = (vertices[1].x + x, vertices[1].y + y)
    vertices[2] = (vertices[2].x + x, vertices[2].y + y)
    slopes[1].k = vertices[1].x * Double(dx) + vertices[1].y * Double(dy)
  }

  /// The next begins where this ends.
  mutating func beginHere() {
    vertices[0] = vertices[1]
    vertices[3] = vertices[2]
    slopes[3].k = -slopes[1].k
  }

  /// The last of a segment: from here on, all counts from the segment's end.
  mutating func endAt(_ acrossX: Double, _ acrossY: Double, _ dx: Int64, _ dy: Int64) {
    vertices[0] = (vertices[0].x - Double(dx), vertices[0].y - Double(dy))
    vertices[3] = (vertices[3].x - Double(dx), vertices[3].y - Double(dy))
    vertices[1] = (acrossY, -acrossX)
    vertices[2] = (-acrossY, acrossX)
    slopes[1].k = 0
    slopes[3].k += Double(dx &* dx &+ dy &* dy)
  }

  // MARK: Filling

  /// A side that goes down from row `top`.
  private struct Side {
    let top: Int64
    let dx: Int64
    let dy: Int64
    let k: Int64

    init(_ vertex: (x: Double, y: Double), _ slope: (dx: Int64, dy: Int64, k: Double)) {
      let isUpward = slope.dy < 0
      (dx, dy) = isUpward ? (-slope.dx, -slope.dy) : (slope.dx, slope.dy)
      k = Int64((isUpward ? -slope.k : slope.k).rounded(.up))
      top = Int64(vertex.y.rounded(.up))
    }

    /// The first pixel of a row that is not left of the side.
    func x(_ row: Int64) -> Int64 {
      let place = k &+ row &* dx
      return place > 0 ? (place - 1) / dy + 1 : -(-place / dy)
    }
  }

  func fill(at origin: Pixel, _ pen: Pen) {
    var (top, bottom) = (0, 0)
    for i in vertices.indices.dropFirst() {
      if vertices[i].y < vertices[top].y { top = i }
      if vertices[i].y >= vertices[bottom].y { bottom = i }
    }
    let previous = step(top, -1)
    let isClockwise =
      Double(slopes[previous].dy) * Double(slopes[top].dx) <= Double(slopes[top].dy) * Double(slopes[previous].dx)
    let right = sides(from: top, to: bottom, forward: isClockwise)
    let left = sides(from: top, to: bottom, forward: !isClockwise)
    guard let start = right.first?.top, !left.isEmpty else { return }
    let end = Int64(vertices[bottom].y.rounded(.up))
    let low = max(start, Int64(pen.area.top) - origin.y)
    let high = min(end, Int64(pen.area.bottom) - origin.y)
    var row = low
    while row < high {
      let (from, to) = (side(of: left, at: row).x(row), side(of: right, at: row).x(row))
      if from < to { pen.run(origin.y + row, origin.x + from, origin.x + to) }
      row += 1
    }
  }

  private func step(_ index: Int, _ step: Int) -> Int {
    let next = index + step
    return next < 0 ? vertices.count - 1 : next == vertices.count ? 0 : next
  }

  private func sides(from top: Int, to bottom: Int, forward: Bool) -> [Side] {
    var sides: [Side] = []
    var index = top
    while index != bottom {
      // The side that leaves a vertex backwards is the one before it.
      let slope = slopes[forward ? index : step(index, -1)]
      if slope.dy != 0 { sides.append(Side(vertices[index], slope)) }
      index = step(index, forward ? 1 : -1)
    }
    return sides
  }

  private func side(of sides: [Side], at row: Int64) -> Side {
    var found = sides[0]
    for side in sides.dropFirst() where side.top <= row { found = side }
    return found
  }
}
