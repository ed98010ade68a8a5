import SpicePixels

extension Surface {
  /// Draws letters with a brush over an area painted with another (DRAW_TEXT). Notes the damage they do.
  ///
  /// - Parameters:
  ///   - box: Nothing is drawn outside of it.
  ///   - backArea: What is painted first, with `back`; where it is empty, nothing is.
  ///   - brush: The letters' own. A pattern lies with its origin on the top left corner of the smallest rectangle around
  ///     all letters, and an image's alpha counts, as in the reference client. With none, no letter is drawn.
  public mutating func drawText(
    _ text: GlyphRun, in box: Rect, clip: Clip = .none, backArea: Rect, back: Brush, brush: Brush
  ) {
    guard var stencil = stencil(box, clip) else { return }
    if !backArea.isEmpty {
      var below = stencil
      if below.cut(to: backArea) { fill(below, back, .source) }
    }
    guard let bounds = text.bounds, stencil.cut(to: bounds), let paint = glyphPaint(brush, bounds) else { return }
    note(stencil)
    let (tile, mapping, conversion, alphaBits) = paint
    let area = stencil.area
    let (isXRGB, precision) = (format == .xrgb, format.precision)
    tile.pixels.withUnsafeBufferPointer { tilePixels in
      withMutableRows(in: stencil.area) { rows in
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: area.width * area.height) { coverage in
          guard let tileBase = tilePixels.baseAddress, let coverage = coverage.baseAddress else { return }
          coverage.initialize(repeating: 0, count: area.width * area.height)
          text.draw(in: area, coverage)
          let sampler = Sampler(
            base: tileBase, stride: tile.width, width: tile.width, height: tile.height, mapping: mapping,
            conversion: conversion)
          withUnsafeTemporaryAllocation(of: UInt32.self, capacity: Sampler.pieceLimit) { scratch in
            guard let scratch = scratch.baseAddress else { return }
            stencil.forEachPiece { x, y, count in
              let row = rows[y] + x
              let source = sampler.row(x: x, y: y, count: count, scratch: scratch)
              let covers = coverage + ((y - Int(area.top)) * area.width + x - Int(area.left))
              for i in 0..<count where covers[i] != 0 {
                let pixel = Channels.over(Channels.times(source[i] | alphaBits, UInt32(covers[i])), row[i])
                row[i] = precision.cut(isXRGB ? pixel & 0x00FF_FFFF : pixel)
              }
            }
          }
        }
      }
    }
  }

  /// The brush's pixels, and what they have set of alpha; nil where it paints nothing.
  private func glyphPaint(_ brush: Brush, _ bounds: Rect) -> (Raster, Mapping, Conversion, UInt32)? {
    switch brush {
    case .none: return nil
    case .solid(let color):
      let pixel = Raster(width: 1, height: 1, kind: .opaque, fill: glyphColor(color))
      return (pixel, .tile(x: 0, y: 0), .none, 0xFF00_0000)
    case .pattern(let tile, let origin):
      let place = Point(x: bounds.left.addingClamped(origin.x), y: bounds.top.addingClamped(origin.y))
      guard let mapping = Mapping(repeating: tile.size, from: place) else { return nil }
      // In the surface's own format, 16-bit images have lost their alpha; those of 32 bits keep it.
      let hasAlpha = format.kind == .coverage || (format == .xrgb || format == .argb) && tile.kind == .alpha
      return (tile, mapping, conversion(from: .image(tile)), hasAlpha ? 0 : 0xFF00_0000)
    }
  }

  /// The reference takes a letter's colour for 15 bits on every 16-bit surface, and for 24 on all others.
  private func glyphColor(_ color: UInt32) -> UInt32 {
    switch format {
    case .rgb555, .rgb565: widened555(UInt16(truncatingIfNeeded: color))
    case .a1, .a8, .xrgb, .argb: color & 0x00FF_FFFF
    }
  }
}
