import SpicePixels

/// How the pixels of a source come onto a surface: the one way that all commands with a source are drawn in.
struct Paint {
  var mapping: Mapping
  var conversion: Conversion
  var operation: Operation
  /// What is kept of the result.
  var precision: Precision

  enum Operation: Equatable {
    case replace
    case combine(BitwiseFunction)
    /// Porter and Duff's OVER, the source times `alpha / 255`.
    case over(alpha: UInt8)
    /// Replaces but where the source has `key` in the bits of `mask`.
    case replaceExcept(mask: UInt32, key: UInt32)
  }

  /// `.replace` for the function that gives its source.
  init(mapping: Mapping, conversion: Conversion, function: BitwiseFunction, precision: Precision) {
    self.init(
      mapping: mapping, conversion: conversion, operation: function == .source ? .replace : .combine(function),
      precision: precision)
  }

  init(mapping: Mapping, conversion: Conversion, operation: Operation, precision: Precision) {
    self.mapping = mapping
    self.conversion = conversion
    self.operation = operation
    self.precision = precision
  }

  /// True where rows are moved as they are.
  var isPlainCopy: Bool {
    if case .shift = mapping { operation == .replace && conversion.isNone } else { false }
  }
}

extension Surface {
  /// Paints what the stencil lets through.
  ///
  /// - Parameter isBottomUp: The rows of an image are stored the other way round.
  mutating func draw(_ source: Source, through stencil: Stencil, _ paint: Paint, isBottomUp: Bool = false) {
    note(stencil)
    switch source {
    case .itself:
      guard case .shift(let x, let y) = paint.mapping else {
        // Samples lie anywhere: look at a copy.
        return draw(raster, through: stencil, paint, isBottomUp: false)
      }
      let from = stencil.area.moved(x: -Int64(x), y: -Int64(y))
      if paint.isPlainCopy, stencil.mask == nil {
        moveWithin(stencil, x: x, y: y)
      } else if from.intersection(stencil.area).isEmpty {
        drawFromItself(through: stencil, paint)
      } else {
        draw(raster, through: stencil, paint, isBottomUp: false)
      }
    case .surface(let surface):
      draw(surface.raster, through: stencil, paint, isBottomUp: false)
    case .image(let image):
      draw(image, through: stencil, paint, isBottomUp: isBottomUp)
    }
  }

  private mutating func draw(_ image: Raster, through stencil: Stencil, _ paint: Paint, isBottomUp: Bool) {
    // All of it onto all of the surface: nothing can be shifted then.
    if image.size == size, !isBottomUp, paint.isPlainCopy, stencil.isEverything(of: size) { return become(image) }
    image.pixels.withUnsafeBufferPointer { pixels in
      guard let first = pixels.baseAddress, image.width > 0, image.height > 0 else { return }
      let sampler = Sampler(
        base: isBottomUp ? first + (image.height - 1) * image.width : first,
        stride: isBottomUp ? -image.width : image.width, width: image.width, height: image.height,
        mapping: paint.mapping, conversion: paint.conversion)
      withMutableRows(in: stencil.area) { paint.run(from: sampler, onto: $0, through: stencil) }
    }
  }

  /// Source and destination are in the same memory, in pixels that do not meet.
  private mutating func drawFromItself(through stencil: Stencil, _ paint: Paint) {
    putInOrder()
    let size = size
    withMutableRows(in: Rect(size)) { rows in
      let sampler = Sampler(
        base: UnsafePointer(rows.pixels), stride: size.width, width: size.width, height: size.height,
        mapping: paint.mapping, conversion: paint.conversion)
      paint.run(from: sampler, onto: rows, through: stencil)
    }
  }
}

extension Paint {
  /// - Parameter rows: Of a surface in which the stencil lies.
  fileprivate func run(from sampler: Sampler, onto rows: MutableRows, through stencil: Stencil) {
    if isPlainCopy, case .shift(let x, let y) = mapping {
      stencil.forEachRect { rect in
        let from = sampler.base + ((Int(rect.top) - y) * sampler.stride + Int(rect.left) - x)
        rows.copy(rect, from, stride: sampler.stride)
      }
      return
    }
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: Sampler.pieceLimit) { buffer in
      guard let scratch = buffer.baseAddress else { return }
      let limit = sampler.isDirect ? Int.max : Sampler.pieceLimit
      stencil.forEachRect { rect in
        for y in Int(rect.top)..<Int(rect.bottom) {
          var x = Int(rect.left)
          while x < Int(rect.right) {
            let count = min(Int(rect.right) - x, limit)
            let source = sampler.row(x: x, y: y, count: count, scratch: scratch)
            apply(to: rows[y] + x, source, count)
            x += count
          }
        }
      }
    }
  }

  private func apply(to row: Kernel.Row, _ source: Kernel.SourceRow, _ count: Int) {
    switch operation {
    case .replace: Kernel.copy(row, source, count)
    case .combine(let function): Kernel.combine(row, source, count, by: function)
    case .over(255): Kernel.over(row, source, count)
    case .over(let alpha): Kernel.over(row, source, count, alpha: UInt32(alpha))
    case .replaceExcept(let mask, let key): Kernel.copy(row, source, count, exceptWhere: mask, is: key)
    }
    Kernel.cut(row, count, to: precision)
  }
}
