import SpicePixels

// The browser's pixels are bytes R, G, B, A with colours not premultiplied; the core's are words 0xAARRGGBB.

/// An opaque pixel, whatever its high byte is.
@inline(__always)
func opaqueRGBA(_ pixel: UInt32) -> UInt32 {
  0xff00_0000 | (pixel & 0xff) << 16 | pixel & 0xff00 | pixel >> 16 & 0xff
}

/// A pixel whose colours were multiplied by its alpha.
func straightRGBA(_ pixel: UInt32) -> UInt32 {
  let alpha = pixel >> 24
  if alpha == 0xff { return opaqueRGBA(pixel) }
  if alpha == 0 { return 0 }
  func straight(_ channel: UInt32) -> UInt32 { min(255, (channel * 255 + alpha / 2) / alpha) }
  return alpha << 24 | straight(pixel & 0xff) << 16 | straight(pixel >> 8 & 0xff) << 8 | straight(pixel >> 16 & 0xff)
}

extension Raster {
  /// The raster of `width * height` pixels as bytes R, G, B, A; alpha is left out. The size has passed a limit.
  init(width: Int, height: Int, rgba: UnsafeRawPointer) {
    self.init(width: width, height: height, kind: .opaque) { target in
      for index in target.indices {
        let pixel = UInt32(littleEndian: rgba.loadUnaligned(fromByteOffset: index * 4, as: UInt32.self))
        target[index] = opaqueRGBA(pixel) & 0xff_ffff
      }
    }
  }

  /// Writes the part that `rect`, which lies within the raster, covers as bytes R, G, B and 255, row by row.
  func paint(_ rect: Rect, onto target: UnsafeMutablePointer<UInt32>) {
    let (columns, left) = (rect.width, Int(rect.left))
    pixels.withUnsafeBufferPointer { pixels in
      var to = target
      for y in Int(rect.top)..<Int(rect.bottom) {
        let row = UnsafeBufferPointer(rebasing: pixels[(y * width + left)..<(y * width + left + columns)])
        for x in 0..<columns { to[x] = opaqueRGBA(row[x]) }
        to += columns
      }
    }
  }
}
