import SpicePixels

/// What the pixels of a surface are (`SPICE_SURFACE_FMT_*`; raw values are the wire's).
///
/// Whatever its format, a surface is kept as 32 bits a pixel. Formats of fewer bits hold colours widened to eight bits
/// a channel, and never a value that the format itself could not hold.
public enum SurfaceFormat: UInt32, Hashable, Sendable {
  /// One bit of coverage, kept as `0x00000000` or `0xFF000000`.
  case a1 = 1
  /// Eight bits of coverage, kept as `0xAA000000`.
  case a8 = 8
  /// Five bits a channel, kept widened with a high byte of 0.
  case rgb555 = 16
  /// Five, six and five bits, kept widened with a high byte of 0.
  case rgb565 = 80
  /// `0xXXRRGGBB`. The high byte is kept as drawn: a later draw may be told to take it for alpha.
  case xrgb = 32
  /// `0xAARRGGBB`, premultiplied.
  case argb = 96

  /// What a pixel of such a surface means where it is drawn elsewhere.
  public var kind: PixelKind {
    switch self {
    case .a1, .a8: .coverage
    case .rgb555, .rgb565, .xrgb: .opaque
    case .argb: .alpha
    }
  }

  /// The pixel for a colour of a brush, which the wire gives packed as the surface itself is: 16 bits on a 16-bit
  /// surface, all 32 bits on a 32-bit one.
  public func pixel(packed color: UInt32) -> UInt32 {
    switch self {
    case .a1: color & 1 == 0 ? 0 : 0xFF00_0000
    case .a8: color << 24
    case .rgb555: widened555(UInt16(truncatingIfNeeded: color))
    case .rgb565: widened565(UInt16(truncatingIfNeeded: color))
    case .xrgb, .argb: color
    }
  }

  /// How a 32-bit pixel must be cut before it is stored.
  var precision: Precision {
    switch self {
    case .a1: .coverageBit
    case .a8: .coverage
    case .rgb555: .color555
    case .rgb565: .color565
    case .xrgb, .argb: .full
    }
  }
}

/// The part of a 32-bit pixel that is kept when it is stored.
enum Precision {
  case full
  /// All but the high byte.
  case color
  case color555
  case color565
  case coverage
  /// Half coverage and more counts as all, less as none.
  case coverageBit

  @inline(__always)
  func cut(_ pixel: UInt32) -> UInt32 {
    switch self {
    case .full:
      return pixel
    case .color:
      return pixel & 0x00FF_FFFF
    case .color555:
      let high = pixel & 0x00F8_F8F8
      return high | (high >> 5) & 0x0007_0707
    case .color565:
      let high = pixel & 0x00F8_FCF8
      return high | (high >> 5) & 0x0007_0007 | (high >> 6) & 0x0000_0300
    case .coverage:
      return pixel & 0xFF00_0000
    case .coverageBit:
      return (pixel >> 31) &* 0xFF00_0000
    }
  }
}
