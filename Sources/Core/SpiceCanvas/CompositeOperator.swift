/// How DRAW_COMPOSITE combines a source with what is there. Raw values are the wire's, which are pixman's.
///
/// The first twelve are Porter and Duff's; disjoint and conjoint ones are the X Render extension's, for shapes that never
/// or always overlap; the rest are PDF's blend modes.
public enum CompositeOperator: UInt8, Hashable, Sendable, CaseIterable {
  case clear = 0
  case source, destination, over, overReverse, `in`, inReverse, out, outReverse, atop, atopReverse, xor, add, saturate
  case disjointClear = 0x10
  case disjointSource, disjointDestination, disjointOver, disjointOverReverse, disjointIn, disjointInReverse
  case disjointOut, disjointOutReverse, disjointAtop, disjointAtopReverse, disjointXor
  case conjointClear = 0x20
  case conjointSource, conjointDestination, conjointOver, conjointOverReverse, conjointIn, conjointInReverse
  case conjointOut, conjointOutReverse, conjointAtop, conjointAtopReverse, conjointXor
  case multiply = 0x30
  case screen, overlay, darken, lighten, colorDodge, colorBurn, hardLight, softLight, difference, exclusion
  case hue, saturation, color, luminosity

  /// The operator that pixman takes for it, which is the same whatever the pixels are.
  ///
  /// - Parameter isOpaque: Asked where it matters: whether picture and mask are opaque all over. Then pixman saturates in bytes.
  func simplified(_ isOpaque: () -> Bool) -> CompositeOperator {
    switch self {
    case .saturate: isOpaque() ? .overReverse : self
    case .disjointClear, .conjointClear: .clear
    case .disjointSource, .conjointSource: .source
    case .disjointDestination, .conjointDestination: .destination
    default: self
    }
  }

  /// True where pixman reckons in floating point, as the operator divides: from sampling to the result.
  var isWide: Bool {
    switch rawValue {
    case 0x0D, 0x10...0x2B, 0x35, 0x36, 0x38, 0x3B...0x3E: true
    default: false
    }
  }
}
