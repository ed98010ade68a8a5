import SpiceCanvas
import SpicePixels

/// Finds what has moved up or down on a screen whose program said no more than that something changed.
///
/// Rows are known by hashes, each over a strip of columns; strips vote for the distance by which their rows have moved,
/// and what the votes suggest is then compared pixel by pixel: what is found is exact.
package struct ScrollFinder {
  /// Columns that vote together.
  static let strip: Int32 = 64
  /// Fewer changed pixels put right are not worth a message and the look of it.
  static let leastGain = 2048
  static let leastRows = 8
  /// What is lower than this is a line of text, or two: it has not scrolled.
  private static let leastHeight = 5 * leastRows
  /// Changes that lie closer to each other than this may have come of one scroll.
  package static let gap: Int32 = 64
  /// Where less than this part of what lies between the changes has changed, nothing has scrolled there.
  private static let leastChanged: Int64 = 8

  /// Copying the pixels at `from` to `target` makes all of `target` right.
  package struct Scroll: Equatable {
    package var target: Rect
    package var from: Point
  }

  private let old: RowRaster
  private let new: RowRaster
  /// Where it looks: around what has changed.
  private let area: Rect

  /// - Parameters:
  ///   - old: What the client shows; pixels with a high byte are not known.
  ///   - new: The screen, of the same size.
  ///   - changed: Where they differ.
  package static func find(old: RowRaster, new: RowRaster, changed: Region) -> Scroll? {
    let area = changed.bounds
    guard old.size == new.size, Rect(old.size).contains(area), area.height >= leastHeight, area.width >= 16,
      changed.area >= leastGain, changed.area * leastChanged >= Int64(area.width) * Int64(area.height)
    else { return nil }
    return ScrollFinder(old: old, new: new, area: area).find()
  }

  private func find() -> Scroll? {
    let strips = ScrollStrips(old: old, new: new, area: area)
    guard let (distance, votes) = distance(strips), let columns = strips.columns(distance, votes),
      let rows = bestRows(columns, distance)
    else { return nil }
    let target = widened(
      Rect(left: columns.lowerBound, top: rows.lowerBound, right: columns.upperBound, bottom: rows.upperBound), distance
    )
    return Scroll(target: target, from: Point(x: target.left, y: target.top - distance))
  }

  /// The distance for which most rows vote, positive downwards, and the votes for it of each strip.
  private func distance(_ strips: ScrollStrips) -> (Int32, [Int])? {
    let votes = strips.votes()
    var best = (distance: 0, votes: 0)
    for distance in (1 - strips.rows)..<strips.rows {
      let sum = votes.reduce(0) { $0 + Int($1[distance + strips.rows - 1]) }
      // Of as many votes the shorter way, and upwards.
      let isBetter = sum > best.votes || sum == best.votes && abs(distance) < abs(best.distance)
      if sum > 0, isBetter { best = (distance, sum) }
    }
    guard best.votes >= ScrollFinder.leastRows / 2 else { return nil }
    return (
      Int32(truncatingIfNeeded: best.distance), votes.map { Int($0[best.distance + strips.rows - 1]) }
    )
  }

  /// The rows in one piece, each of them exactly what was `distance` rows above, among which most were wrong.
  private func bestRows(_ columns: Range<Int32>, _ distance: Int32) -> Range<Int32>? {
    let (x, count) = (Int(columns.lowerBound), columns.count)
    var best: (rows: Range<Int32>, wrong: Int)?
    var start: Int32?
    var wrong = 0
    for y in area.top...area.bottom {
      let row = Int(y)
      let source = row - Int(distance)
      if y < area.bottom, old.rowHolds(x: x, y: source, colorsOf: new, x: x, y: row, count: count) {
        if start == nil { (start, wrong) = (y, 0) }
        if !old.rowHolds(x: x, y: row, colorsOf: new, x: x, y: row, count: count) { wrong += 1 }
      } else if let first = start {
        if wrong > best?.wrong ?? 0 { best = (first..<y, wrong) }
        start = nil
      }
    }
    guard let best, best.wrong >= ScrollFinder.leastRows, best.wrong * count >= ScrollFinder.leastGain else {
      return nil
    }
    return best.rows
  }

  /// With the columns beside it that have moved too: strips end anywhere.
  private func widened(_ rect: Rect, _ distance: Int32) -> Rect {
    func columnFits(_ x: Int32) -> Bool {
      (Int(rect.top)..<Int(rect.bottom)).allSatisfy { y in
        old.rowHolds(x: Int(x), y: y - Int(distance), colorsOf: new, x: Int(x), y: y, count: 1)
      }
    }
    var rect = rect
    let most = ScrollFinder.strip
    let (left, right) = (max(area.left, rect.left - most), min(area.right, rect.right + most))
    while rect.left > left, columnFits(rect.left - 1) { rect.left -= 1 }
    while rect.right < right, columnFits(rect.right) { rect.right += 1 }
    return rect
  }
}
