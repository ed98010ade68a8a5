import SpicePixels

extension Surface {
  /// Which high bytes DRAW_ALPHA_BLEND takes for alpha (`SPICE_ALPHA_FLAGS_*`; raw values are the wire's).
  public struct AlphaFlags: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) {
      self.rawValue = rawValue
    }

    /// That of an `xrgb` surface which is drawn on.
    public static let destinationHasAlpha = AlphaFlags(rawValue: 1)
    /// That of an `xrgb` surface which is drawn. An image tells by its kind.
    public static let sourceSurfaceHasAlpha = AlphaFlags(rawValue: 2)
  }

  /// Draws a part of a source over what is there (DRAW_ALPHA_BLEND): `source * alpha / 255 OVER destination`, its
  /// colours premultiplied. Where `area` is not as large as the box, it is scaled to the nearest pixel.
  ///
  /// The high byte of an `xrgb` surface becomes 0 where it is not taken for alpha. (The reference client leaves there
  /// what its processor's kernels happen to write; nobody may look at it.)
  public mutating func drawAlphaBlend(
    _ source: Source, area: Rect, to box: Rect, clip: Clip = .none, alpha: UInt8, flags: AlphaFlags = []
  ) {
    guard alpha > 0, var stencil = stencil(box, clip),
      let mapping = mapping(of: source, area, to: box, through: &stencil, .nearest)
    else { return }
    var conversion = Conversion.none
    if !hasAlpha(source, flags) { conversion.setBits = 0xFF00_0000 }
    let dropsAlpha = format == .xrgb && !flags.contains(.destinationHasAlpha)
    let paint = Paint(
      mapping: mapping, conversion: conversion, operation: .over(alpha: alpha),
      precision: dropsAlpha ? .color : format.precision)
    draw(source, through: stencil, paint)
  }

  private func hasAlpha(_ source: Source, _ flags: AlphaFlags) -> Bool {
    let isMarked: Bool
    switch source {
    case .image: isMarked = false
    case .surface(let surface): isMarked = surface.format == .xrgb && flags.contains(.sourceSurfaceHasAlpha)
    case .itself: isMarked = format == .xrgb && flags.contains(.sourceSurfaceHasAlpha)
    }
    return isMarked || kind(of: source) != .opaque
  }
}
