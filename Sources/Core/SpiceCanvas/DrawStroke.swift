import SpicePixels

extension Surface {
  /// Draws lines and curves, one pixel wide, with a brush (DRAW_STROKE). The operation's source is the brush. Notes the
  /// damage of the box.
  ///
  /// Lines are those of the X server's sample code, which the reference client draws: Bresenham's where they are unbroken,
  /// polygons of a pixel's width where they are dashed. A line's last pixel is not its own, so that lines which follow
  /// each other share none.
  public mutating func drawStroke(
    _ stroke: Stroke, in box: Rect, clip: Clip = .none, brush: Brush, operation: RasterOperation = .put
  ) {
    guard let stencil = stencil(box, clip) else { return }
    let function = operation.function(inverting: .invertBrush, .invertDestination)
    if function == .destination { return }
    var (tile, origin) = (Raster(width: 0, height: 0, kind: .opaque), Point(x: 0, y: 0))
    var conversion = Conversion.none
    switch brush {
    case .none: tile = Raster(width: 1, height: 1, kind: format.kind, fill: 0)
    case .solid(let color): tile = Raster(width: 1, height: 1, kind: format.kind, fill: format.pixel(packed: color))
    case .pattern(let pattern, let place):
      (tile, origin) = (pattern, place)
      conversion = self.conversion(from: .image(pattern))
    }
    guard let mapping = Mapping(repeating: tile.size, from: origin) else { return }
    note(stencil)
    let precision = format.precision
    let clip = RunClip(stencil)
    tile.pixels.withUnsafeBufferPointer { pixels in
      withMutableRows(in: stencil.area) { rows in
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: Sampler.pieceLimit) { scratch in
          guard let tileBase = pixels.baseAddress, let scratch = scratch.baseAddress else { return }
          let sampler = Sampler(
            base: tileBase, stride: tile.width, width: tile.width, height: tile.height, mapping: mapping,
            conversion: conversion)
          let pen = Pen(area: stencil.area) { y, start, end in
            clip.forEachPart(y, start, end) { left, right in
              var x = left
              while x < right {
                let count = min(right - x, Sampler.pieceLimit)
                let row = rows[y] + x
                Kernel.combine(row, sampler.row(x: x, y: y, count: count, scratch: scratch), count, by: function)
                Kernel.cut(row, count, to: precision)
                x += count
              }
            }
          }
          pen.draw(stroke, function)
        }
      }
    }
  }
}

/// The rows of a stencil without a mask.
private struct RunClip {
  private let area: Rect
  /// In bands; nil where the whole area counts.
  private let rects: [Rect]?

  init(_ stencil: Stencil) {
    area = stencil.area
    switch stencil.clip {
    case .none: rects = nil
    case .rects(let given) where given.areBanded: rects = given
    case .rects(let given):
      var parts: [Rect] = []
      given.forEachRectOfUnion(in: stencil.area) { parts.append($0) }
      rects = parts
    }
  }

  /// Calls `draw` with the parts of `start..<end` of row `y` that are in the clip. The run is in the area.
  @inline(__always)
  func forEachPart(_ y: Int, _ start: Int, _ end: Int, _ draw: (Int, Int) -> Void) {
    guard let rects else { return draw(start, end) }
    // The first rectangle of the band that may hold the row, or of the next one.
    var (low, high) = (0, rects.count)
    while low < high {
      let middle = (low + high) / 2
      let rect = rects[middle]
      let isBefore = Int(rect.bottom) <= y || Int(rect.top) <= y && Int(rect.right) <= start
      if isBefore { low = middle + 1 } else { high = middle }
    }
    while low < rects.count, Int(rects[low].top) <= y, Int(rects[low].left) < end {
      let (left, right) = (max(start, Int(rects[low].left)), min(end, Int(rects[low].right)))
      if left < right { draw(left, right) }
      low += 1
    }
  }
}

/// Draws lines as runs of pixels in rows.
struct Pen {
  /// Nothing is drawn outside of it.
  let area: Rect
  /// Paints `start..<end` of row `y`, which is in the area.
  let paint: (_ y: Int, _ start: Int, _ end: Int) -> Void

  func draw(_ stroke: Stroke, _ function: BitwiseFunction) {
    let dashes = Dashes(stroke)
    stroke.forEachLine { line in
      if let dashes {
        drawDashed(line, dashes, function)
      } else {
        for (from, to) in zip(line, line.dropFirst()) { drawThin(from, to) }
      }
    }
  }

  /// Paints what of a run is in the area.
  func run(_ y: Int64, _ start: Int64, _ end: Int64) {
    guard y >= Int64(area.top), y < Int64(area.bottom) else { return }
    let (left, right) = (max(start, Int64(area.left)), min(end, Int64(area.right)))
    if left < right { paint(Int(y), Int(left), Int(right)) }
  }

  /// Bresenham's line, without its last pixel. Where it runs through the middle between two pixels, lines to the right or
  /// down take the one farther on, all others the nearer one.
  private func drawThin(_ from: Pixel, _ to: Pixel) {
    let (width, height) = (abs(to.x - from.x), abs(to.y - from.y))
    if width > height {
      let isBackward = to.x < from.x
      let steps = steps(from.x, isBackward, width, Int64(area.left), Int64(area.right))
      let slope = ThinSlope(length: width, rise: height, isBackward: isBackward)
      var at = steps.lowerBound
      while at < steps.upperBound {
        let rise = slope.rise(at: at)
        let end = min(slope.firstStep(above: rise), steps.upperBound)
        let y = to.y < from.y ? from.y - rise : from.y + rise
        if isBackward { run(y, from.x - end + 1, from.x - at + 1) } else { run(y, from.x + at, from.x + end) }
        at = end
      }
    } else if height > 0 {
      let isBackward = to.y < from.y
      let slope = ThinSlope(length: height, rise: width, isBackward: isBackward)
      for at in steps(from.y, isBackward, height, Int64(area.top), Int64(area.bottom)) {
        let rise = slope.rise(at: at)
        let x = to.x < from.x ? from.x - rise : from.x + rise
        run(isBackward ? from.y - at : from.y + at, x, x + 1)
      }
    }
  }

  /// The steps from `start` on that are within `low..<high`.
  private func steps(_ start: Int64, _ isBackward: Bool, _ count: Int64, _ low: Int64, _ high: Int64) -> Range<Int64> {
    let first = max(0, isBackward ? start - high + 1 : low - start)
    let end = min(count, isBackward ? start - low + 1 : high - start)
    return first..<max(first, end)
  }
}

/// How far a line has risen after so many steps along its longer side.
private struct ThinSlope {
  let length: Int64
  let rise: Int64
  let bias: Int64

  init(length: Int64, rise: Int64, isBackward: Bool) {
    (self.length, self.rise) = (length, rise)
    bias = isBackward ? 1 : 0
  }

  // No length is above 2^29, so no product is above 2^60. (Multiplying 64 bits with a check takes a function that
  // WebAssembly's C library has not.)
  func rise(at step: Int64) -> Int64 { ((step &* rise) << 1 + length - bias) / (length << 1) }

  /// The first step at which it has risen farther.
  func firstStep(above current: Int64) -> Int64 {
    if rise == 0 { return .max }
    let needed = (length &* (current + 1)) << 1 - length + bias
    return (needed + rise << 1 - 1) / (rise << 1)
  }
}
