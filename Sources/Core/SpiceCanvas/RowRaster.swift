import SpicePixels

/// What a screen shows, in rows that can stand anywhere in memory: where something scrolls over the whole width, rows stay
/// where they are and only their numbers change. High bytes of pixels are kept; rectangles are cut to the raster.
package struct RowRaster: PixelRows, Sendable {
  package let size: Size
  private var pixels: [UInt32]
  /// Where in `pixels` each row begins: the multiples of the width, in some order.
  private var starts: [Int]

  package init(_ raster: Raster) {
    size = raster.size
    pixels = raster.pixels
    starts = (0..<raster.height).map { $0 * raster.width }
  }

  package func withRows<Result>(_ body: (Rows) -> Result) -> Result? {
    pixels.withUnsafeBufferPointer { pixels in
      starts.withUnsafeBufferPointer { starts in
        pixels.baseAddress.map { body(Rows(pixels: $0, width: size.width, starts: starts.baseAddress)) }
      }
    }
  }

  /// Takes over the colours of a raster of the same size; high bytes become 0.
  package mutating func takeColors(of other: Raster, in rect: Rect) {
    let part = rect.intersection(Rect(size))
    guard size == other.size, !part.isEmpty else { return }
    withMutableRows { row in
      other.withRows { source in
        for y in Int(part.top)..<Int(part.bottom) {
          Kernel.copyColors(row(y) + Int(part.left), source[y] + Int(part.left), part.width)
        }
      }
    }
  }

  /// Sets all pixels of the rectangle, high bytes too.
  package mutating func fill(_ rect: Rect, with pixel: UInt32) {
    let part = rect.intersection(Rect(size))
    guard !part.isEmpty else { return }
    withMutableRows { row in
      for y in Int(part.top)..<Int(part.bottom) { Kernel.fill(row(y) + Int(part.left), part.width, with: pixel) }
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
    withMutableRows { row in
      for to in move.rows { Kernel.copy(row(to) + Int(target.left), row(to - y) + move.sourceLeft, target.width) }
    }
  }

  /// Lets each of the rows show what is shown `distance` rows above it; negative: below it. Only the rows at one end that
  /// are read and not written are copied, into the memory of those at the other end which nobody sees any more.
  private mutating func renumber(_ rows: Range<Int>, by distance: Int) {
    let count = abs(distance)
    let first = min(rows.lowerBound, rows.lowerBound - distance)
    let before = Array(starts[first..<(first + rows.count + count)])
    for y in rows { starts[y] = before[y - distance - first] }
    let kept = distance > 0 ? first : rows.upperBound
    let unseen = distance > 0 ? rows.upperBound - count : rows.lowerBound
    for step in 0..<count { starts[kept + step] = before[unseen + step - first] }
    let width = size.width
    pixels.withUnsafeMutableBufferPointer { pixels in
      guard let pixels = pixels.baseAddress else { return }
      for step in 0..<count {
        Kernel.copy(pixels + before[unseen + step - first], pixels + before[kept + step - first], width)
      }
    }
  }

  /// `body` gets what gives the memory of each row. There must be pixels.
  private mutating func withMutableRows(_ body: ((Int) -> Kernel.Row) -> Void) {
    pixels.withUnsafeMutableBufferPointer { pixels in
      starts.withUnsafeBufferPointer { starts in
        guard let first = pixels.baseAddress, let starts = starts.baseAddress else { return }
        body { first + starts[$0] }
      }
    }
  }
}

/// What moves to where within a raster.
struct RasterMove {
  let target: Rect
  /// By how much each pixel moves, right and down.
  let x: Int
  let y: Int

  /// The target's rows, in an order in which none is written before it was read.
  var rows: StrideTo<Int> {
    let (top, bottom) = (Int(target.top), Int(target.bottom))
    return y > 0 ? stride(from: bottom - 1, to: top - 1, by: -1) : stride(from: top, to: bottom, by: 1)
  }

  var sourceLeft: Int { Int(target.left) - x }
}

extension RasterMove {
  /// The part of the rectangle that comes from inside of a raster of that size; nil where nothing is left of it.
  init?(to rect: Rect, from: Point, within size: Size) {
    let bounds = Rect(size)
    let x = Int32(clamping: Int64(rect.left) - Int64(from.x))
    let y = Int32(clamping: Int64(rect.top) - Int64(from.y))
    self.init(
      target: rect.intersection(bounds).intersection(bounds.offset(x: x, y: y)), x: Int(x), y: Int(y))
    if target.isEmpty { return nil }
  }
}
