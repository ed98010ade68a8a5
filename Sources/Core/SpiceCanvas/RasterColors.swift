import SpicePixels

// Colours of one raster against those of another: what a server asks to learn what its client does not show yet. The
// high byte of a screen's pixels means nothing, so the "colour" of a pixel is its lower 24 bits. Rectangles are cut to
// the rasters.
extension Raster {
  /// The colours of the part that `rect` covers; high bytes are 0.
  package func colors(in rect: Rect) -> Raster {
    let part = rect.intersection(Rect(size))
    guard !part.isEmpty else { return Raster(width: 0, height: 0, kind: .opaque) }
    return Raster(width: part.width, height: part.height, kind: .opaque) { target in
      pixels.withUnsafeBufferPointer { pixels in
        guard let source = pixels.baseAddress, let target = target.baseAddress else { return }
        for y in 0..<part.height {
          let (to, from) = (target + y * part.width, source + ((y + Int(part.top)) * width + Int(part.left)))
          Kernel.copyColors(to, from, part.width)
        }
      }
    }
  }

  /// Takes over the colours of a raster of the same size; high bytes become 0.
  package mutating func takeColors(of other: Raster, in rect: Rect) {
    let part = rect.intersection(Rect(size))
    guard size == other.size, !part.isEmpty else { return }
    let width = width
    pixels.withUnsafeMutableBufferPointer { target in
      other.pixels.withUnsafeBufferPointer { source in
        guard let target = target.baseAddress, let source = source.baseAddress else { return }
        for y in Int(part.top)..<Int(part.bottom) {
          let first = y * width + Int(part.left)
          Kernel.copyColors(target + first, source + first, part.width)
        }
      }
    }
  }

  /// Sets all pixels of the rectangle, high bytes too.
  package mutating func fill(_ rect: Rect, with pixel: UInt32) {
    let part = rect.intersection(Rect(size))
    guard !part.isEmpty else { return }
    let width = width
    pixels.withUnsafeMutableBufferPointer { target in
      guard let target = target.baseAddress else { return }
      Kernel.fillRows(
        target + (Int(part.top) * width + Int(part.left)), width, columns: part.width, rows: part.height, with: pixel)
    }
  }

  /// Moves what is at `from` to the rectangle, as if all were read before anything is written. What would come from
  /// outside of the raster stays as it is.
  package mutating func move(to rect: Rect, from: Point) {
    if let move = RasterMove(to: rect, from: from, within: size) { perform(move) }
  }

  /// Target and source must lie within the raster.
  mutating func perform(_ move: RasterMove) {
    let (target, width) = (move.target, width)
    pixels.withUnsafeMutableBufferPointer { pixels in
      guard let pixels = pixels.baseAddress else { return }
      if target.width == width {
        let first = pixels + Int(target.top) * width
        return Kernel.copy(first, first - move.y * width, width * target.height)
      }
      for y in move.rows {
        let (to, from) = (y * width + Int(target.left), (y - move.y) * width + move.sourceLeft)
        Kernel.copy(pixels + to, pixels + from, target.width)
      }
    }
  }

  /// The colour that all pixels have; nil where they differ, and where there are none.
  package var onlyColor: UInt32? {
    guard let first = pixels.first else { return nil }
    let color = first & 0x00FF_FFFF
    return pixels.allSatisfy { $0 & 0x00FF_FFFF == color } ? color : nil
  }
}
