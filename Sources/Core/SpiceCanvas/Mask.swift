import SpicePixels

/// A bitmap that says which pixels of its box a draw command may touch (`SpiceQMask`).
///
/// spice-common looks for a mask's pixels in the wrong place where none of its first 32 columns is in use. That is not
/// imitated here.
public struct Mask: Equatable, Sendable {
  /// The decoded bitmap. A pixel is set where its colour is not black or, in a raster of coverage, where it covers
  /// half and more: a one of a 1-bit bitmap, whichever way that was decoded.
  public var image: Raster
  /// The pixel of the bitmap that lies on the box's top left corner.
  public var position: Point
  /// Draw where pixels are clear and not where they are set (`SPICE_MASK_FLAGS_INVERS`). Outside of the bitmap nothing
  /// is drawn either way.
  public var isInverted: Bool

  public init(image: Raster, position: Point, isInverted: Bool = false) {
    self.image = image
    self.position = position
    self.isInverted = isInverted
  }

  /// Calls `draw` with the runs of pixels of `rect` that the mask lets through, each one row high.
  ///
  /// - Parameters:
  ///   - rect: A part of the surface.
  ///   - corner: The top left corner of the box, on which `position` lies.
  func forEachRun(in rect: Rect, corner: Point, _ draw: (Rect) -> Void) {
    // From a pixel of the surface to one of the bitmap; either may be anywhere.
    let shiftX = Int64(position.x) - Int64(corner.x)
    let shiftY = Int64(position.y) - Int64(corner.y)
    let part = rect.intersection(Rect(image.size).moved(x: -shiftX, y: -shiftY))
    guard !part.isEmpty else { return }
    let setBits: UInt32 = image.kind == .coverage ? 0x8000_0000 : 0x00FF_FFFF
    image.pixels.withUnsafeBufferPointer { pixels in
      for y in part.top..<part.bottom {
        let row = Int(Int64(y) + shiftY) * image.width
        var x = part.left
        var start: Int32?
        while x < part.right {
          let isSet = pixels[row + Int(Int64(x) + shiftX)] & setBits != 0
          if isSet != isInverted {
            if start == nil { start = x }
          } else if let left = start {
            draw(Rect(left: left, top: y, right: x, bottom: y + 1))
            start = nil
          }
          x += 1
        }
        if let left = start { draw(Rect(left: left, top: y, right: part.right, bottom: y + 1)) }
      }
    }
  }
}
