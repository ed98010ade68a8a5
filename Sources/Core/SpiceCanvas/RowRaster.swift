import SpicePixels

/// What a screen shows, in rows that can stand anywhere in memory: where something scrolls over the whole width, rows stay
/// where they are and only their numbers change. High bytes of pixels are kept; rectangles are cut to the raster.
package struct RowRaster: MutablePixelRows, Sendable {
  private var storage: Raster
  /// Where in the raster's pixels each row begins: the multiples of the width, in some order. Empty: in theirs.
  private var starts: [Int] = []

  package var size: Size { storage.size }

  package init(_ raster: Raster) {
    storage = raster
  }

  /// The same as a raster, which shares its memory where the rows stand in order; where they do not, it is a copy.
  /// To change it puts the rows in order first.
  var raster: Raster {
    get { starts.isEmpty ? storage : pixels(in: Rect(size), kind: storage.kind) }
    _modify {
      putInOrder()
      yield &storage
    }
  }

  /// Puts the rows in order, where they stand.
  mutating func putInOrder() {
    if starts.isEmpty { return }
    var places = starts
    starts = []
    let width = storage.width
    storage.pixels.withUnsafeMutableBufferPointer { pixels in
      withUnsafeTemporaryAllocation(of: UInt32.self, capacity: width) { spare in
        guard let pixels = pixels.baseAddress, let spare = spare.baseAddress else { return }
        for first in places.indices where places[first] != first * width {
          // What stands where a row belongs goes aside; then each row comes to the place that has become free.
          Kernel.copy(spare, pixels + first * width, width)
          var free = first
          while places[free] != first * width {
            let from = places[free]
            Kernel.copy(pixels + free * width, pixels + from, width)
            places[free] = free * width
            free = from / width
          }
          Kernel.copy(pixels + free * width, spare, width)
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

  package func withRows<Result>(_ body: (Rows) -> Result) -> Result? {
    if starts.isEmpty { return storage.withRows(body) }
    return storage.pixels.withUnsafeBufferPointer { pixels in
      starts.withUnsafeBufferPointer { starts in
        pixels.baseAddress.map { body(Rows(pixels: $0, width: storage.width, starts: starts.baseAddress)) }
      }
    }
  }

  package mutating func withMutableRows(_ body: (MutableRows) -> Void) {
    if starts.isEmpty { return storage.withMutableRows(body) }
    let width = storage.width
    storage.pixels.withUnsafeMutableBufferPointer { pixels in
      starts.withUnsafeBufferPointer { starts in
        if let pixels = pixels.baseAddress {
          body(MutableRows(pixels: pixels, width: width, starts: starts.baseAddress))
        }
      }
    }
  }

  /// Moves what is at `from` to the rectangle, as if all were read before anything is written. What would come from
  /// outside of the raster stays as it is.
  package mutating func move(to rect: Rect, from: Point) {
    if let move = RasterMove(to: rect, from: from, within: size) { perform(move) }
  }

  /// Target and source must lie within the raster.
  mutating func perform(_ move: RasterMove) {
    let (target, y) = (move.target, move.y)
    if target.width == size.width, abs(y) < target.height {
      return renumber(Int(target.top)..<Int(target.bottom), by: y)
    }
    withMutableRows { rows in
      for to in move.rows { Kernel.copy(rows[to] + Int(target.left), rows[to - y] + move.sourceLeft, target.width) }
    }
  }

  /// Lets each of the rows show what is shown `distance` rows above it; negative: below it. Only the rows at one end that
  /// are read and not written are copied, into the memory of those at the other end which nobody sees any more.
  private mutating func renumber(_ rows: Range<Int>, by distance: Int) {
    guard distance != 0 else { return }
    if starts.isEmpty { starts = (0..<storage.height).map { $0 * storage.width } }
    let all = min(rows.lowerBound, rows.lowerBound - distance)..<max(rows.upperBound, rows.upperBound - distance)
    let kept = distance > 0 ? all.lowerBound..<rows.lowerBound : rows.upperBound..<all.upperBound
    starts.rotate(all, by: distance)
    withMutableRows { rows in
      for y in kept { Kernel.copy(rows[y], rows[y + distance], rows.width) }
    }
  }
}

extension [Int] {
  /// Moves each element of the range so many places on, and what leaves it at one end to the other end.
  fileprivate mutating func rotate(_ range: Range<Int>, by distance: Int) {
    let middle = distance > 0 ? range.upperBound - distance : range.lowerBound - distance
    reverse(range.lowerBound..<middle)
    reverse(middle..<range.upperBound)
    reverse(range)
  }

  /// Not that of the slice, which would be copied.
  private mutating func reverse(_ range: Range<Int>) {
    var (low, high) = (range.lowerBound, range.upperBound - 1)
    while low < high {
      swapAt(low, high)
      (low, high) = (low + 1, high - 1)
    }
  }
}
