import SpicePixels

/// What of its box a draw command may touch (`SpiceClip`).
public enum Clip: Hashable, Sendable {
  /// All of it.
  case none
  /// What at least one of these covers. Empty and reversed rectangles cover nothing; no rectangle, no pixel.
  case rects([Rect])

  /// Calls `draw` with rectangles inside `area` that never meet and together are what the clip leaves of it.
  @inline(__always)
  func forEachRect(in area: Rect, _ draw: (Rect) -> Void) {
    switch self {
    case .none:
      draw(area)
    case .rects(let rects):
      if rects.areBanded {
        for rect in rects {
          let part = rect.intersection(area)
          if !part.isEmpty { draw(part) }
        }
      } else {
        rects.forEachRectOfUnion(in: area, draw)
      }
    }
  }
}

extension Array where Element == Rect {
  /// True where no rectangle is empty and they stand in the order of a `Region`: in bands of equal top and bottom from
  /// top to bottom, from left to right in a band. Such rectangles never meet, and servers send no others.
  package var areBanded: Bool {
    guard var last = first else { return true }
    if last.isEmpty { return false }
    for rect in dropFirst() {
      let followsInBand = rect.top == last.top && rect.bottom == last.bottom && rect.left >= last.right
      if rect.isEmpty || !(followsInBand || rect.top >= last.bottom) { return false }
      last = rect
    }
    return true
  }

  /// Visits banded rectangles, cut to `area`, such that what a rectangle's pixels are moved onto is visited before it:
  /// the last bands first for a move downwards, the last of a band first for a move to the right.
  func forEachBandedRect(in area: Rect, lastBandFirst: Bool, lastInBandFirst: Bool, _ draw: (Rect) -> Void) {
    var done = 0
    while done < count {
      var band = lastBandFirst ? count - done - 1..<count - done : done..<done + 1
      let top = self[band.lowerBound].top
      if lastBandFirst {
        while band.lowerBound > 0, self[band.lowerBound - 1].top == top { band = band.lowerBound - 1..<band.upperBound }
      } else {
        while band.upperBound < count, self[band.upperBound].top == top { band = band.lowerBound..<band.upperBound + 1 }
      }
      for step in 0..<band.count {
        let part = self[lastInBandFirst ? band.upperBound - 1 - step : band.lowerBound + step].intersection(area)
        if !part.isEmpty { draw(part) }
      }
      done += band.count
    }
  }

  /// Visits each pixel of `area` that any of the rectangles covers once, in any order of rectangles given.
  ///
  /// Works down the edges of the rectangles and counts how many cover each column. That takes memory for a row and
  /// time for `count * log(count)` and the pixels of `area`, however the rectangles overlap; building a `Region` of
  /// them could take their square.
  func forEachRectOfUnion(in area: Rect, _ draw: (Rect) -> Void) {
    var starts: [Rect] = []
    for rect in self {
      let part = rect.intersection(area)
      if !part.isEmpty { starts.append(part) }
    }
    var ends = starts
    starts.sort { $0.top < $1.top }
    ends.sort { $0.bottom < $1.bottom }
    // How many more rectangles cover a column than the one left of it.
    var steps = [Int32](repeating: 0, count: area.width + 1)
    var (nextStart, nextEnd) = (0, 0)
    while nextEnd < ends.count {
      var y = ends[nextEnd].bottom
      if nextStart < starts.count { y = Swift.min(y, starts[nextStart].top) }
      while nextStart < starts.count, starts[nextStart].top == y {
        steps[Int(starts[nextStart].left - area.left)] += 1
        steps[Int(starts[nextStart].right - area.left)] -= 1
        nextStart += 1
      }
      while nextEnd < ends.count, ends[nextEnd].bottom == y {
        steps[Int(ends[nextEnd].left - area.left)] -= 1
        steps[Int(ends[nextEnd].right - area.left)] += 1
        nextEnd += 1
      }
      guard nextEnd < ends.count else { return }
      var below = ends[nextEnd].bottom
      if nextStart < starts.count { below = Swift.min(below, starts[nextStart].top) }
      var covering: Int32 = 0
      var left: Int32?
      for (column, step) in steps.enumerated() where step != 0 {
        covering += step
        let x = area.left + Int32(truncatingIfNeeded: column)
        if covering > 0, left == nil {
          left = x
        } else if covering == 0, let start = left {
          draw(Rect(left: start, top: y, right: x, bottom: below))
          left = nil
        }
      }
    }
  }
}
