import SpicePixels

// The commands that bring an image or a part of a surface somewhere. All note the damage they do.
extension Surface {
  /// Draws a part of a source (DRAW_COPY, and DRAW_BLEND, which differs in name only).
  ///
  /// - Parameters:
  ///   - area: The part of the source that fills the box. Where it is not as large as the box, it is scaled.
  ///   - scaling: How; between its pixels and the outside of a source a scaled picture runs into zeros.
  ///   - operation: Its source is the image.
  public mutating func drawCopy(
    _ source: Source, area: Rect, to box: Rect, clip: Clip = .none, mask: Mask? = nil,
    operation: RasterOperation = .put, scaling: ScaleMode = .interpolate
  ) {
    guard let stencil = stencil(box, clip, mask) else { return }
    let function = operation.function(inverting: .invertSource, .invertDestination)
    copy(source, area, to: box, through: stencil, function, scaling)
  }

  /// Draws a part of a source and paints over it with a brush (DRAW_OPAQUE).
  ///
  /// - Parameter operation: Combines the brush with the image; what was on the surface counts for nothing. Where the
  ///   source has no pixel, the brush meets the surface.
  public mutating func drawOpaque(
    _ source: Source, area: Rect, to box: Rect, clip: Clip = .none, mask: Mask? = nil,
    brush: Brush, operation: RasterOperation = .put, scaling: ScaleMode = .interpolate
  ) {
    guard let stencil = stencil(box, clip, mask) else { return }
    copy(source, area, to: box, through: stencil, .source, scaling)
    fill(stencil, brush, operation.function(inverting: .invertBrush, .invertSource))
  }

  /// Draws the pixels of a part of a source that are not of one colour (DRAW_TRANSPARENT).
  ///
  /// - Parameter color: The colour that is left out, `0x00RRGGBB` (`true_color`), cut to the surface's precision like
  ///   the image. A surface of coverage leaves out what covers nothing.
  public mutating func drawTransparent(
    _ source: Source, area: Rect, to box: Rect, clip: Clip = .none, leavingOut color: UInt32
  ) {
    guard var stencil = stencil(box, clip),
      let mapping = mapping(of: source, area, to: box, through: &stencil, .nearest)
    else { return }
    let isCoverage = format.kind == .coverage
    let key = isCoverage ? 0 : format.precision.cut(color) & 0x00FF_FFFF
    let mask: UInt32 = isCoverage ? 0xFF00_0000 : 0x00FF_FFFF
    let paint = Paint(
      mapping: mapping, conversion: conversion(from: source), operation: .replaceExcept(mask: mask, key: key),
      precision: format.precision)
    draw(source, through: stencil, paint)
  }

  private mutating func copy(
    _ source: Source, _ area: Rect, to box: Rect, through stencil: Stencil, _ function: BitwiseFunction,
    _ scaling: ScaleMode
  ) {
    var stencil = stencil
    guard let mapping = mapping(of: source, area, to: box, through: &stencil, scaling) else { return }
    var conversion = conversion(from: source)
    if format == .argb, function == .source, mapping.isScaled, kind(of: source) != .alpha {
      // Pixels are moved as they are where nothing scales them, whatever their high byte is; a scaled one is a colour
      // that pixman writes, and it knows that such an image has no alpha.
      conversion.setBits = 0xFF00_0000
    }
    let paint = Paint(mapping: mapping, conversion: conversion, function: function, precision: format.precision)
    draw(source, through: stencil, paint)
  }

  /// Where the pixels of the box come from: scaled where `area` is not as large. Leaves of the stencil what the source
  /// has pixels for where it is not scaled; nil where there is nothing to draw.
  func mapping(
    of source: Source, _ area: Rect, to box: Rect, through stencil: inout Stencil, _ scaling: ScaleMode
  ) -> Mapping? {
    guard area.isSameSize(as: box) else {
      guard let scale = Scale(from: area, to: box) else { return nil }
      return scaling == .nearest ? .nearest(scale) : .interpolate(scale)
    }
    let x = Int64(box.left) - Int64(area.left)
    let y = Int64(box.top) - Int64(area.top)
    guard stencil.cut(to: Rect(size(of: source)).moved(x: x, y: y)) else { return nil }
    // What is left of the stencil is on the surface and has a pixel in the source, so these are small now.
    return .shift(x: Int(x), y: Int(y))
  }
}

extension Surface {
  package func size(of source: Source) -> Size {
    switch source {
    case .image(let image): image.size
    case .surface(let surface): surface.size
    case .itself: size
    }
  }

  func kind(of source: Source) -> PixelKind {
    switch source {
    case .image(let image): image.kind
    case .surface(let surface): surface.format.kind
    case .itself: format.kind
    }
  }

  /// How a source's pixels are brought to the surface's format. Between 32-bit formats they stay as they are, whether
  /// their high byte means anything or not.
  func conversion(from source: Source) -> Conversion {
    switch source {
    case .itself: return .none
    case .surface(let surface) where surface.format == format: return .none
    case .surface, .image: break
    }
    let isFull = format.kind == .coverage && kind(of: source) == .opaque
    return Conversion(setBits: isFull ? 0xFF00_0000 : 0, precision: format.precision)
  }
}

extension Mapping {
  fileprivate var isScaled: Bool {
    switch self {
    case .shift, .tile: false
    case .nearest, .interpolate: true
    }
  }
}
