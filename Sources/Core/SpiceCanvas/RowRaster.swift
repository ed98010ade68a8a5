import SpicePixels

/// What a screen shows, in rows that can stand anywhere in memory: where something scrolls, rows stay where they are and only
/// their numbers change. Of one part of the screen at a time: a terminal's text, say, in the middle of other windows. High
/// bytes of pixels are kept; rectangles are cut to the raster.
package struct RowRaster: MutablePixelRows, Sendable {
  private var storage: Raster
  /// The part that has scrolled; empty where each pixel stands where the raster has it.
  private var scrolled = Rect(left: 0, top: 0, right: 0, bottom: 0)
  /// Where in the raster's pixels each row begins, in the columns that have scrolled: the multiples of the width, outside of
  /// the rows that have scrolled in their order.
  private var starts: [Int] = []
  /// Pixels that were copied where another part scrolled, since this one last did.
  private var copied = 0

  package var size: Size { storage.size }

  package init(_ raster: Raster) {
    storage = raster
  }

  /// The same as a raster, which shares its memory where the rows stand in order; where they do not, it is a copy.
  /// To change it puts the rows in order first.
  var raster: Raster {
    get {
      if scrolled.isEmpty { return storage }
      var copy = self
      return copy.inOrder()
    }
    _modify {
      putInOrder()
      yield &storage
    }
  }

  /// Puts the rows in order, where they stand.
  mutating func putInOrder() {
    if scrolled.isEmpty { return }
    let (width, columns, left) = (storage.width, scrolled.width, Int(scrolled.left))
    let rows = Int(scrolled.top)..<Int(scrolled.bottom)
    var places = starts
    (starts, scrolled) = ([], Rect(left: 0, top: 0, right: 0, bottom: 0))
    storage.pixels.withUnsafeMutableBufferPointer { pixels in
      withUnsafeTemporaryAllocation(of: UInt32.self, capacity: columns) { spare in
        guard let pixels = pixels.baseAddress.map({ $0 + left }), let spare = spare.baseAddress else { return }
        for first in rows where places[first] != first * width {
          // What stands where a row belongs goes aside; then each row comes to the place that has become free.
          Kernel.copy(spare, pixels + first * width, columns)
          var free = first
          while places[free] != first * width {
            let from = places[free]
            Kernel.copy(pixels + free * width, pixels + from, columns)
            places[free] = free * width
            free = from / width
          }
          Kernel.copy(pixels + free * width, spare, columns)
          places[free] = free * width
        }
      }
    }
  }

  /// The same as a raster, which shares its memory. What is in another order is put in order first.
  package mutating func inOrder() -> Raster {
    putInOrder()
    return storage
  }

  /// To look at a rectangle that crosses an edge of what has scrolled copies the raster.
  package func withRows<Result>(in rect: Rect, _ body: (Rows) -> Result) -> Result? {
    switch standing(of: rect) {
    case .inOrder: return storage.withRows(in: rect, body)
    case .mixed: return raster.withRows(in: rect, body)
    case .renumbered:
      return storage.pixels.withUnsafeBufferPointer { pixels in
        starts.withUnsafeBufferPointer { starts in
          pixels.baseAddress.map { body(Rows(pixels: $0, width: storage.width, starts: starts.baseAddress)) }
        }
      }
    }
  }

  package mutating func withMutableRows(in rect: Rect, _ body: (MutableRows) -> Void) {
    let standing = standing(of: rect)
    if standing == .mixed { putInOrder() }
    guard standing == .renumbered else { return storage.withMutableRows(in: rect, body) }
    let width = storage.width
    storage.pixels.withUnsafeMutableBufferPointer { pixels in
      starts.withUnsafeBufferPointer { starts in
        if let pixels = pixels.baseAddress {
          body(MutableRows(pixels: pixels, width: width, starts: starts.baseAddress))
        }
      }
    }
  }

  private enum Standing { case inOrder, renumbered, mixed }

  /// Where the rows of a rectangle stand.
  private func standing(of rect: Rect) -> Standing {
    if scrolled.isEmpty || scrolled.intersection(rect).isEmpty { return .inOrder }
    return scrolled.left <= rect.left && rect.right <= scrolled.right ? .renumbered : .mixed
  }
}

// MARK: Moving

extension RowRaster {
  /// Moves what is at `from` to the rectangle, as if all were read before anything is written. What would come from
  /// outside of the raster stays as it is.
  ///
  /// Only where all the width scrolls do rows change their numbers: to look at any part of it copies nothing.
  package mutating func move(to rect: Rect, from: Point) {
    guard let move = RasterMove(to: rect, from: from, within: size) else { return }
    perform(move, renumbersParts: false)
  }

  /// Target and source must lie within the raster.
  mutating func perform(_ move: RasterMove, renumbersParts: Bool = true) {
    let isScroll = move.x == 0 && move.y != 0 && abs(move.y) < move.target.height
    if isScroll, renumbersParts || move.target.width == size.width, makeRoom(for: move) { return renumber(move) }
    withMutableRows(in: move.reach) { rows in
      for to in move.rows {
        Kernel.copy(rows[to] + Int(move.target.left), rows[to - move.y] + move.sourceLeft, move.target.width)
      }
    }
  }

  /// Fewer pixels are copied in less time than it takes to find their rows' new numbers.
  private static var worthwhileArea: Int { 1 << 13 }

  /// True where the rows of those columns can be renumbered: nothing else has scrolled, or what has is put in order, as by
  /// now more was copied beside it than that costs.
  private mutating func makeRoom(for move: RasterMove) -> Bool {
    let area = move.target.width * move.target.height
    if area < RowRaster.worthwhileArea, move.target.width < size.width { return false }
    if !scrolled.isEmpty, scrolled.left != move.target.left || scrolled.right != move.target.right {
      copied += area
      guard copied > scrolled.width * scrolled.height else { return false }
      putInOrder()
    }
    copied = 0
    return true
  }

  /// Lets each of the rows show what is shown `move.y` rows above it; negative: below it. Only the rows at one end that
  /// are read and not written are copied, into the memory of those at the other end which nobody sees any more.
  private mutating func renumber(_ move: RasterMove) {
    let (target, distance) = (move.target, move.y)
    if scrolled.isEmpty { starts = (0..<storage.height).map { $0 * storage.width } }
    scrolled = scrolled.union(move.reach)
    let (rows, all) = (Int(target.top)..<Int(target.bottom), Int(move.reach.top)..<Int(move.reach.bottom))
    let kept = distance > 0 ? all.lowerBound..<rows.lowerBound : rows.upperBound..<all.upperBound
    starts.rotate(all, by: distance)
    withMutableRows(in: move.reach) { rows in
      for y in kept {
        Kernel.copy(rows[y] + Int(target.left), rows[y + distance] + Int(target.left), target.width)
      }
    }
  }
}

extension [Int] {
  /// Moves each element of the range so many places on, and what leaves it at one end to the other end.
  fileprivate mutating func rotate(_ range: Range<Int>, by distance: Int) {
    let moved = distance > 0 ? range.count - distance : -distance
    withUnsafeMutableBufferPointer { all in
      withUnsafeTemporaryAllocation(of: Int.self, capacity: range.count) { spare in
        guard let all = all.baseAddress.map({ $0 + range.lowerBound }), let spare = spare.baseAddress else { return }
        spare.initialize(from: all + moved, count: range.count - moved)
        (spare + (range.count - moved)).initialize(from: all, count: moved)
        all.update(from: spare, count: range.count)
      }
    }
  }
}
