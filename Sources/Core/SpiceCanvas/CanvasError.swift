import SpicePixels

/// Why a surface could not be made.
public enum CanvasError: Error, Equatable, Sendable {
  /// The sides that were asked for are not allowed.
  case surfaceSizeRefused(width: Int, height: Int, limits: PixelLimits)
}

extension CanvasError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .surfaceSizeRefused(let width, let height, let limits):
      """
      a surface of \(width) x \(height) pixels was refused: a side may have 1 to \(limits.side) pixels and all of it \
      \(limits.area); raise the limits if the peer is to be trusted with more
      """
    }
  }
}
