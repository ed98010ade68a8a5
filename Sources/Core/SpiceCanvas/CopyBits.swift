import SpicePixels

extension Surface {
  /// Copies a part of the surface to another place on it (COPY_BITS), as if all were read before anything is written.
  ///
  /// - Parameter source: The top left corner of what fills the box. What of the box would come from outside of the
  ///   surface stays as it is.
  public mutating func copyBits(from source: Point, to box: Rect, clip: Clip = .none) {
    guard var stencil = stencil(box, clip), source != box.origin else { return }
    let x = Int64(box.left) - Int64(source.x)
    let y = Int64(box.top) - Int64(source.y)
    guard stencil.cut(to: Rect(size).moved(x: x, y: y)) else { return }
    let mapping = Mapping.shift(x: Int(x), y: Int(y))
    let paint = Paint(mapping: mapping, conversion: .none, operation: .replace, precision: .full)
    draw(.itself, through: stencil, paint)
  }

  /// Moves what the stencil lets through by `x` and `y` pixels from where it is, which may be partly within it. The
  /// stencil has no mask.
  ///
  /// Nothing is copied aside: rectangles, and rows in them, are taken in the order in which none is overwritten before
  /// it was read.
  mutating func moveWithin(_ stencil: Stencil, x: Int, y: Int) {
    var rects: [Rect] = []
    switch stencil.clip {
    case .none:
      return perform(RasterMove(target: stencil.area, x: x, y: y))
    case .rects(let given) where given.areBanded:
      rects = given
    case .rects(let given):
      given.forEachRectOfUnion(in: stencil.area) { rects.append($0) }
    }
    rects.forEachBandedRect(in: stencil.area, lastBandFirst: y > 0, lastInBandFirst: x > 0) {
      perform(RasterMove(target: $0, x: x, y: y))
    }
  }
}
