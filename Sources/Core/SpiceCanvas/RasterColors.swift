import SpicePixels

// Colours of one raster against those of another: what a server asks to learn what its client does not show yet. The
// high byte of a screen's pixels means nothing, so the "colour" of a pixel is its lower 24 bits. Rectangles are cut to
// the rasters.
extension Raster {
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
