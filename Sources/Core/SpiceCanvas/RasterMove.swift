import SpicePixels

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

  /// Around all that is read and written.
  var reach: Rect { target.union(target.moved(x: -Int64(x), y: -Int64(y))) }
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
