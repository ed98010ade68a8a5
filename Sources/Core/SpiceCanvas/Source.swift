import SpicePixels

/// Where a draw command takes its pixels from.
///
/// Images and surfaces share their storage with the caller's, so that none is copied to be drawn. A surface that draws
/// from itself must say `itself`: given as `surface`, its own storage would be shared for the time of the draw and had
/// to be copied before the first write.
public enum Source: Sendable {
  case image(Raster)
  case surface(Surface)
  case itself
}

/// How an image becomes larger or smaller (`SPICE_IMAGE_SCALE_MODE_*`; raw values are the wire's).
public enum ScaleMode: UInt8, Hashable, Sendable {
  /// Between the four nearest pixels, in steps of 1/128.
  case interpolate = 0
  case nearest = 1
}
