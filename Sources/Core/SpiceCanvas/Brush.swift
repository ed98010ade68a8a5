import SpicePixels

/// What an area is painted with (`SpiceBrush`).
public enum Brush: Equatable, Sendable {
  /// Paints as a solid 0, for operations that do not look at it.
  case none
  /// One colour, packed as the wire has it for the surface's format: see `SurfaceFormat.pixel(packed:)`.
  case solid(UInt32)
  /// An image repeated over the whole surface, one copy of it with its top left corner on `origin`.
  case pattern(Raster, origin: Point)
}
