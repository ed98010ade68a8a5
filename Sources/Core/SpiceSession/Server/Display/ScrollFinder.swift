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

  /// Copying the pixels at `from` to `target` makes all of `target` right.
  package struct Scroll: Equatable {
    package var target: Rect
    package var from: Point
  }

  private struct Strip {
    var columns: Range<Int32>
    var old: [UInt64]
    var new: [UInt64]
  }

  private let old: Raster
  private let new: Raster
  /// Where it looks: around what has changed.
  private let area: Rect

  /// - Parameters:
  ///   - old: What the client shows; pixels with a high byte are not known.
  ///   - new: The screen, of the same size.
  ///   - changed: Where they differ.
  package static func find(old: Raster, new: Raster, changed: Region) -> Scroll? {
    let area = changed.bounds
    guard area.height >= 2 * leastRows, area.width >= 16, changed.area >= leastGain else { return nil }
    return ScrollFinder(old: old, new: new, area: area).find()
  }

  private func find() -> Scroll? {
    let strips = strips()
    guard let (distance, votes) = distance(strips), let columns = columns(strips, distance, votes),
      let rows = bestRows(columns, distance)
    else { return nil }
    let target = widened(
      Rect(left: columns.lowerBound, top: rows.lowerBound, right: columns.upperBound, bottom: rows.upperBound), distance
    )
    return Scroll(target: target, from: Point(x: target.left, y: target.top - distance))
  }

  private func strips() -> [Strip] {
    var strips: [Strip] = []
    var left = area.left
    while left < area.right {
      // The last one takes in what would be too narrow for one of its own.
      let right = area.right - left < 2 * ScrollFinder.strip ? area.right : left + ScrollFinder.strip
      let rect = Rect(left: left, top: area.top, right: right, bottom: area.bottom)
      strips.append(
        Strip(
          columns: left..<right, old: old.rowHashes(in: rect, mask: ~0),
          new: new.rowHashes(in: rect, mask: 0x00FF_FFFF)))
      left = right
    }
    return strips
  }

  /// The distance for which most rows vote, positive downwards, and the votes for it of each strip.
  private func distance(_ strips: [Strip]) -> (Int32, [Int])? {
    var total: [Int: Int] = [:]
    var ballots: [[Int: Int]] = []
    for strip in strips {
      var ballot: [Int: Int] = [:]
      // Only rows that are unlike all others say where they come from.
      var places: [UInt64: Int] = [:]
      for (row, hash) in strip.old.enumerated() { places[hash] = places[hash] == nil ? row : -1 }
      for (row, hash) in strip.new.enumerated() where strip.old[row] != hash {
        if let place = places[hash], place >= 0 { ballot[row - place, default: 0] += 1 }
      }
      for (distance, votes) in ballot { total[distance, default: 0] += votes }
      ballots.append(ballot)
    }
    var best: (distance: Int, votes: Int)?
    for (distance, votes) in total {
      // Of as many votes the shorter way, and upwards: any order of a dictionary gives the same.
      let isBetter =
        best.map { best in
          (votes, -abs(distance), -distance) > (best.votes, -abs(best.distance), -best.distance)
        } ?? true
      if isBetter { best = (distance, votes) }
    }
    guard let best, best.votes >= ScrollFinder.leastRows / 2 else { return nil }
    return (Int32(truncatingIfNeeded: best.distance), ballots.map { $0[best.distance] ?? 0 })
  }

  /// Neighbouring strips that have moved together, around the one with most votes.
  private func columns(_ strips: [Strip], _ distance: Int32, _ votes: [Int]) -> Range<Int32>? {
    guard let center = votes.indices.max(by: { votes[$0] < votes[$1] }) else { return nil }
    let moved = Int(distance)
    func fits(_ strip: Strip, _ row: Int) -> Bool {
      strip.old.indices.contains(row - moved) && strip.new[row] == strip.old[row - moved]
    }
    let rows = strips[center].new.indices.filter { fits(strips[center], $0) }
    func agrees(_ strip: Strip) -> Bool {
      rows.count { fits(strip, $0) } * 8 >= rows.count * 7
    }
    var (first, last) = (center, center)
    while first > 0, agrees(strips[first - 1]) { first -= 1 }
    while last + 1 < strips.count, agrees(strips[last + 1]) { last += 1 }
    return strips[first].columns.lowerBound..<strips[last].columns.upperBound
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
