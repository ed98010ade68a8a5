/// The bounds on what an image or a surface may ask of memory, checked before any is taken.
public struct PixelLimits: Hashable, Sendable {
  /// Longest side in pixels.
  public var side: Int
  /// Most pixels of one image.
  public var area: Int

  public init(side: Int = 16_384, area: Int = 64 << 20) {
    self.side = side
    self.area = area
  }

  public static let standard = PixelLimits()

  /// True where an image of that size may be made. Sizes below 0 are never allowed; 0 is.
  public func allow(width: Int, height: Int) -> Bool {
    guard width >= 0, height >= 0, width <= side, height <= side else { return false }
    let product = width.multipliedReportingOverflow(by: height)
    return !product.overflow && product.partialValue <= area
  }
}
