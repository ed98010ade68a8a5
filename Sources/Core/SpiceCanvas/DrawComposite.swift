import SpicePixels

extension Surface {
  /// Combines a picture, through a mask where there is one, with what is there (DRAW_COMPOSITE), as pixman does it. Notes
  /// its damage.
  ///
  /// - Parameters:
  ///   - hasComponentAlpha: Each channel of the mask counts for that of the picture; else its alpha for all.
  public mutating func drawComposite(
    _ operation: CompositeOperator, _ picture: CompositeLayer, mask: CompositeLayer? = nil,
    hasComponentAlpha: Bool = false, to box: Rect, clip: Clip = .none
  ) {
    guard let stencil = stencil(box, clip) else { return }
    let image = raster(of: picture.picture)
    let maskImage = mask.map { raster(of: $0.picture) }
    image.pixels.withUnsafeBufferPointer { pixels in
      guard let base = pixels.baseAddress else { return }
      let source = reader(picture, base, image)
      guard source.reaches(box.size) else { return }
      guard let mask, let maskImage else {
        let operation = operation.simplified { source.isOpaque(over: box.size) }
        return composite(stencil, box.origin, Compositor(operation, source, mask: nil, hasComponentAlpha: false))
      }
      maskImage.pixels.withUnsafeBufferPointer { pixels in
        guard let base = pixels.baseAddress else { return }
        let reader = reader(mask, base, maskImage)
        guard reader.reaches(box.size) else { return }
        // A mask with an alpha for each channel is never called opaque.
        let operation = operation.simplified {
          !hasComponentAlpha && source.isOpaque(over: box.size) && reader.isOpaque(over: box.size)
        }
        composite(
          stencil, box.origin, Compositor(operation, source, mask: reader, hasComponentAlpha: hasComponentAlpha))
      }
    }
  }

  /// Images are brought to the surface's format first, though their alpha is kept; surfaces are taken as they are.
  private func reader(_ layer: CompositeLayer, _ base: UnsafePointer<UInt32>, _ image: Raster) -> LayerReader {
    var conversion = Conversion.none
    var format = format
    switch layer.picture {
    case .itself: break
    case .surface(let surface): format = surface.format
    case .image(let image):
      conversion = self.conversion(from: layer.picture)
      // A surface without alpha takes an image with alpha as it is.
      if format == .xrgb || format == .argb { format = image.kind == .alpha ? .argb : .xrgb }
    }
    let isOpaque = format.kind == .opaque || format == .argb && layer.isOpaque
    return LayerReader(
      base: base, width: image.width, height: image.height, layer: layer, conversion: conversion,
      setBits: isOpaque ? 0xFF00_0000 : 0, depths: isOpaque && format == .argb ? (0, 8, 8, 8) : format.depths)
  }

  private mutating func composite(_ stencil: Stencil, _ corner: Point, _ compositor: Compositor) {
    note(stencil)
    let format = format
    let setBits: UInt32 = format.kind == .opaque ? 0xFF00_0000 : 0
    let clearBits: UInt32 = format.kind == .opaque ? 0x00FF_FFFF : ~0
    withMutableRows(in: stencil.area) { rows in
      compositor.withScratch { compositor, scratch in
        stencil.forEachPiece { x, y, count in
          let row = rows[y] + x
          Kernel.set(row, count, bits: setBits)
          compositor.combine(
            row, count, x: Int(Int64(x) - Int64(corner.x)), y: Int(Int64(y) - Int64(corner.y)), format.depths, scratch)
          Kernel.cut(row, count, to: format.precision)
          if clearBits != ~0 { for i in 0..<count { row[i] &= clearBits } }
        }
      }
    }
  }
}

/// An operator with its picture and mask.
private struct Compositor {
  struct Scratch {
    let source: Kernel.Row
    let mask: Kernel.Row
    let wideSource: UnsafeMutablePointer<WidePixel>
    let wideMask: UnsafeMutablePointer<WidePixel>
  }

  let operation: CompositeOperator
  let source: LayerReader
  let mask: LayerReader?
  let hasComponentAlpha: Bool

  init(_ operation: CompositeOperator, _ source: LayerReader, mask: LayerReader?, hasComponentAlpha: Bool) {
    (self.operation, self.source, self.mask) = (operation, source, mask)
    self.hasComponentAlpha = hasComponentAlpha
  }

  func withScratch(_ body: (Compositor, Scratch) -> Void) {
    let count = Sampler.pieceLimit
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 2 * count) { narrow in
      withUnsafeTemporaryAllocation(of: WidePixel.self, capacity: 2 * count) { wide in
        guard let narrow = narrow.baseAddress, let wide = wide.baseAddress else { return }
        body(self, Scratch(source: narrow, mask: narrow + count, wideSource: wide, wideMask: wide + count))
      }
    }
  }

  /// - Parameters:
  ///   - row: `count` pixels of the surface, with alpha.
  ///   - x: The first of them, from the box's corner; so `y`.
  func combine(
    _ row: Kernel.Row, _ count: Int, x: Int, y: Int, _ depths: (Int, Int, Int, Int), _ scratch: Scratch
  ) {
    if operation.isWide {
      source.read(x: x, y: y, count: count, into: scratch.wideSource)
      mask?.read(x: x, y: y, count: count, into: scratch.wideMask)
      let combiner = WideCombiner(operation: operation, hasComponentAlpha: hasComponentAlpha)
      for i in 0..<count {
        let maskPixel = mask == nil ? nil : scratch.wideMask[i]
        row[i] = combiner.combine(scratch.wideSource[i], maskPixel, WidePixel.expanded(row[i], depths)).contracted
      }
      return
    }
    source.read(x: x, y: y, count: count, into: scratch.source)
    let combiner = NarrowCombiner(operation: operation)
    guard let mask else {
      for i in 0..<count { row[i] = combiner.combine(scratch.source[i], mask: ~0, row[i]) }
      return
    }
    mask.read(x: x, y: y, count: count, into: scratch.mask)
    if hasComponentAlpha {
      for i in 0..<count { row[i] = combiner.combine(scratch.source[i], componentMask: scratch.mask[i], row[i]) }
    } else {
      for i in 0..<count { row[i] = combiner.combine(scratch.source[i], mask: scratch.mask[i], row[i]) }
    }
  }
}

extension SurfaceFormat {
  /// Bits of alpha, red, green and blue.
  var depths: (Int, Int, Int, Int) {
    switch self {
    case .a1: (1, 0, 0, 0)
    case .a8: (8, 0, 0, 0)
    case .rgb555: (0, 5, 5, 5)
    case .rgb565: (0, 5, 6, 5)
    case .xrgb: (0, 8, 8, 8)
    case .argb: (8, 8, 8, 8)
    }
  }
}
