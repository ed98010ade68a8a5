import SpicePixels

extension Surface {
  /// Combines a brush, a part of a source and what is on the surface bit by bit (DRAW_ROP3). Notes its damage.
  ///
  /// - Parameter area: The part of the source that fills the box. Where it is not as large as the box, it is scaled; its
  ///   edge is then rounded to a pixel of the scaled image, as in the reference client.
  public mutating func drawROP3(
    _ source: Source, area: Rect, to box: Rect, clip: Clip = .none, mask: Mask? = nil, brush: Brush,
    function: TernaryFunction, scaling: ScaleMode = .interpolate
  ) {
    guard var stencil = stencil(box, clip, mask) else { return }
    let sourceMapping: Mapping
    if area.isSameSize(as: box) {
      guard let shift = mapping(of: source, area, to: box, through: &stencil, scaling) else { return }
      sourceMapping = shift
    } else {
      guard let scale = Scale(roundedFrom: area, to: box) else { return }
      sourceMapping = scaling == .nearest ? .nearest(scale) : .interpolate(scale)
    }
    // A place that is filled alike everywhere: one pixel, repeated.
    var (tile, origin) = (Raster(width: 0, height: 0, kind: .opaque), Point(x: 0, y: 0))
    switch brush {
    case .none: tile = Raster(width: 1, height: 1, kind: format.kind, fill: 0)
    case .solid(let color): tile = Raster(width: 1, height: 1, kind: format.kind, fill: format.pixel(packed: color))
    case .pattern(let pattern, let place): (tile, origin) = (pattern, place)
    }
    guard let brushMapping = Mapping(repeating: tile.size, from: origin) else { return }
    var brushConversion = Conversion.none
    if case .pattern = brush { brushConversion = conversion(from: .image(tile)) }
    note(stencil)
    // Both share their storage with what they are taken from; a surface that draws from itself is copied by the first
    // write, so that all is read as it was before.
    let image = raster(of: source)
    let sourceConversion = conversion(from: source)
    image.pixels.withUnsafeBufferPointer { sourcePixels in
      tile.pixels.withUnsafeBufferPointer { brushPixels in
        guard let sourceBase = sourcePixels.baseAddress, let brushBase = brushPixels.baseAddress else { return }
        let sourceSampler = Sampler(
          base: sourceBase, stride: image.width, width: image.width, height: image.height, mapping: sourceMapping,
          conversion: sourceConversion)
        let brushSampler = Sampler(
          base: brushBase, stride: tile.width, width: tile.width, height: tile.height, mapping: brushMapping,
          conversion: brushConversion)
        combine(stencil, sourceSampler, brushSampler, function)
      }
    }
  }

  private mutating func combine(
    _ stencil: Stencil, _ source: Sampler, _ brush: Sampler, _ function: TernaryFunction
  ) {
    let precision = format.precision
    let coefficients = function.coefficients
    withMutableRows(in: stencil.area) { rows in
      withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 2 * Sampler.pieceLimit) { scratch in
        guard let scratch = scratch.baseAddress else { return }
        stencil.forEachPiece { x, y, count in
          let row = rows[y] + x
          let s = source.row(x: x, y: y, count: count, scratch: scratch)
          let p = brush.row(x: x, y: y, count: count, scratch: scratch + Sampler.pieceLimit)
          for i in 0..<count { row[i] = coefficients.result(p[i], s[i], row[i]) }
          Kernel.cut(row, count, to: precision)
        }
      }
    }
  }
}

extension Surface {
  /// The pixels of a source, sharing their storage.
  func raster(of source: Source) -> Raster {
    switch source {
    case .image(let image): image
    case .surface(let surface): surface.raster
    case .itself: raster
    }
  }
}

extension Stencil {
  /// Calls `draw` with the first pixel and the length of pieces of rows, none longer than `Sampler.pieceLimit`.
  @inline(__always)
  func forEachPiece(_ draw: (_ x: Int, _ y: Int, _ count: Int) -> Void) {
    forEachRect { rect in
      for y in Int(rect.top)..<Int(rect.bottom) {
        var x = Int(rect.left)
        while x < Int(rect.right) {
          let count = min(Int(rect.right) - x, Sampler.pieceLimit)
          draw(x, y, count)
          x += count
        }
      }
    }
  }
}
