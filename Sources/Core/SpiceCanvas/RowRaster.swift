import SpicePixels

/// What a screen shows, in rows that can stand anywhere in memory: where something scrolls over the whole width, rows stay
/// where they are and only their numbers change. High bytes of pixels are kept; rectangles are cut to the raster.
package struct RowRaster: MutablePixelRows, Sendable {
  private var raster: Raster
  /// Where in the raster's pixels each row begins: the multiples of the width, in some order. Empty: in theirs.
  private var starts: [Int] = []

  package var size: Size { raster.size }

  package init(_ raster: Raster) {
    self.raster = raster
  }

  /// The same as a raster, which shares its memory. What is in another order is put in order first.
  package mutating func inOrder() -> Raster {
    if !starts.isEmpty {
      raster = Raster(width: raster.width, height: raster.height, kind: raster.kind) { target in
        guard let target = target.baseAddress else { return }
        _ = withRows { rows in
          for y in 0..<raster.height { Kernel.copy(target + y * raster.width, rows[y], raster.width) }
        }
      }
      starts = []
    }
    return raster
  }

  package func withRows<Result>(_ body: (Rows) -> Result) -> Result? {
    if starts.isEmpty { return raster.withRows(body) }
    return raster.pixels.withUnsafeBufferPointer { pixels in
      starts.withUnsafeBufferPointer { starts in
        pixels.baseAddress.map { body(Rows(pixels: $0, width: raster.width, starts: starts.baseAddress)) }
      }
    }
  }

  package mutating func withMutableRows(_ body: (MutableRows) -> Void) {
    if starts.isEmpty { return raster.withMutableRows(body) }
    let width = raster.width
    raster.pixels.withUnsafeMutableBufferPointer { pixels in
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
    guard let move = RasterMove(to: rect, from: from, within: size) else { return }
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
    if starts.isEmpty { starts = (0..<raster.height).map { $0 * raster.width } }
    let count = abs(distance)
    let first = min(rows.lowerBound, rows.lowerBound - distance)
    let before = Array(starts[first..<(first + rows.count + count)])
    for y in rows { starts[y] = before[y - distance - first] }
    let kept = distance > 0 ? first : rows.upperBound
    let unseen = distance > 0 ? rows.upperBound - count : rows.lowerBound
    for step in 0..<count { starts[kept + step] = before[unseen + step - first] }
    let width = size.width
    raster.pixels.withUnsafeMutableBufferPointer { pixels in
      guard let pixels = pixels.baseAddress else { return }
      for step in 0..<count {
        Kernel.copy(pixels + before[unseen + step - first], pixels + before[kept + step - first], width)
      }
    }
  }
}
