import SpicePixels

extension Surface {
  /// Shows a frame of a video stream, scaled to the nearest pixel where it is not as large as the box.
  ///
  /// - Parameters:
  ///   - frame: The decoded frame; its high bytes count for nothing.
  ///   - isTopDown: False where its rows are stored from bottom to top (`SPICE_STREAM_FLAGS_TOP_DOWN` is not set).
  public mutating func putImage(_ frame: Raster, isTopDown: Bool = true, to box: Rect, clip: Clip = .none) {
    guard let stencil = stencil(box, clip) else { return }
    var conversion = Conversion(precision: format.precision)
    if format != .xrgb { conversion.setBits = 0xFF00_0000 }
    let area = Rect(frame.size)
    let mapping: Mapping
    if area.isSameSize(as: box) {
      mapping = .shift(x: Int(box.left), y: Int(box.top))
    } else if let scale = Scale(from: area, to: box) {
      mapping = .nearest(scale)
    } else {
      return
    }
    let paint = Paint(mapping: mapping, conversion: conversion, operation: .replace, precision: format.precision)
    draw(.image(frame), through: stencil, paint, isBottomUp: !isTopDown)
  }
}
