import SpicePixels

// The commands that paint without a source image. All note the damage they do.
extension Surface {
  /// Paints with a brush (DRAW_FILL). The operation's source is the brush.
  public mutating func drawFill(
    _ box: Rect, clip: Clip = .none, mask: Mask? = nil, brush: Brush, operation: RasterOperation = .put
  ) {
    guard let stencil = stencil(box, clip, mask) else { return }
    fill(stencil, brush, operation.function(inverting: .invertBrush, .invertDestination))
  }

  /// Sets all bits to 0 (DRAW_BLACKNESS), the high byte too.
  public mutating func drawBlackness(_ box: Rect, clip: Clip = .none, mask: Mask? = nil) {
    guard let stencil = stencil(box, clip, mask) else { return }
    fillSolid(stencil, 0, .source)
  }

  /// Sets all bits to 1 (DRAW_WHITENESS), the high byte too.
  public mutating func drawWhiteness(_ box: Rect, clip: Clip = .none, mask: Mask? = nil) {
    guard let stencil = stencil(box, clip, mask) else { return }
    fillSolid(stencil, format.precision.cut(~0), .source)
  }

  /// Inverts all bits (DRAW_INVERS), those of the high byte too.
  public mutating func drawInverse(_ box: Rect, clip: Clip = .none, mask: Mask? = nil) {
    guard let stencil = stencil(box, clip, mask) else { return }
    fillSolid(stencil, 0, .destination.inverted)
  }

  /// Paints what the stencil lets through with a brush as the function's source.
  mutating func fill(_ stencil: Stencil, _ brush: Brush, _ function: BitwiseFunction) {
    switch brush {
    case .none:
      fillSolid(stencil, 0, function)
    case .solid(let color):
      fillSolid(stencil, format.pixel(packed: color), function)
    case .pattern(let tile, let origin):
      guard let mapping = Mapping(repeating: tile.size, from: origin) else { return }
      let paint = Paint(
        mapping: mapping, conversion: conversion(from: .image(tile)), function: function, precision: format.precision)
      draw(.image(tile), through: stencil, paint)
    }
  }

  /// - Parameter pixel: A pixel that the surface's format can hold.
  private mutating func fillSolid(_ stencil: Stencil, _ pixel: UInt32, _ function: BitwiseFunction) {
    note(stencil)
    // With the same source everywhere, each function is the destination with some bits dropped and some flipped.
    let (constant, source, destination, both) = function.coefficients
    let keep = destination ^ (both & pixel)
    let flip = constant ^ (source & pixel)
    let precision = format.precision
    withMutableRows(in: stencil.area) { rows in
      stencil.forEachRect { rect in
        if keep == 0 { return rows.fill(rect, with: precision.cut(flip)) }
        for y in Int(rect.top)..<Int(rect.bottom) {
          let row = rows[y] + Int(rect.left)
          Kernel.combine(row, rect.width, keep: keep, flip: flip)
          Kernel.cut(row, rect.width, to: precision)
        }
      }
    }
  }
}

extension Mapping {
  /// Nil where there is nothing to repeat.
  init?(repeating tile: Size, from origin: Point) {
    guard tile.width > 0, tile.height > 0 else { return nil }
    func phase(_ origin: Int32, _ side: Int) -> Int {
      let remainder = Int(-Int64(origin) % Int64(side))
      return remainder < 0 ? remainder + side : remainder
    }
    self = .tile(x: phase(origin.x, tile.width), y: phase(origin.y, tile.height))
  }
}
