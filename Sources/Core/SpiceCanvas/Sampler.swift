import SpicePixels

/// What happens to a source pixel before it meets the destination: what the reference does to a whole image when it
/// converts it to the surface's format.
struct Conversion {
  var setBits: UInt32 = 0
  var precision = Precision.full

  static let none = Conversion()

  var isNone: Bool { setBits == 0 && precision == .full }

  @inline(__always)
  func convert(_ pixel: UInt32) -> UInt32 {
    precision.cut(pixel | setBits)
  }

  func convert(_ row: Kernel.Row, _ count: Int) {
    if setBits != 0 { Kernel.set(row, count, bits: setBits) }
    Kernel.cut(row, count, to: precision)
  }
}

/// Which pixel of the source belongs to a pixel of the surface.
enum Mapping {
  /// Pixel (x - `x`, y - `y`). The stencil was cut to where the source has such pixels.
  case shift(x: Int, y: Int)
  /// Pixel (x + `x`, y + `y`) of an endless repetition; both phases are from 0 to below the source's sides.
  case tile(x: Int, y: Int)
  case nearest(Scale)
  case interpolate(Scale)
}

/// The positions of samples in a scaled source, in pixels of 16.16 fixed point, as pixman's transforms give them.
struct Scale {
  private let corner: Point
  private let startX: Int64
  private let startY: Int64
  let stepX: Int64
  private let stepY: Int64

  /// Nil where nothing can be scaled.
  ///
  /// - Parameters:
  ///   - area: What of the source fills the box. It may lie anywhere; outside of the source all is 0.
  ///   - box: Where it comes on the surface, uncut.
  init?(from area: Rect, to box: Rect) {
    guard !area.isEmpty, !box.isEmpty else { return nil }
    func step(_ from: Int32, _ to: Int32, over start: Int32, _ end: Int32) -> Int64 {
      (Int64(to) - Int64(from)) << 16 / (Int64(end) - Int64(start))
    }
    corner = box.origin
    stepX = step(area.left, area.right, over: box.left, box.right)
    stepY = step(area.top, area.bottom, over: box.top, box.bottom)
    // The middle of the first pixel.
    startX = Int64(area.left) << 16 + (stepX + 1) / 2
    startY = Int64(area.top) << 16 + (stepY + 1) / 2
  }

  /// The same with the source's edge rounded to a whole step: where the reference scales an image aside before it is used
  /// (DRAW_ROP3).
  init?(roundedFrom area: Rect, to box: Rect) {
    guard let scale = Scale(from: area, to: box) else { return nil }
    func edge(_ edge: Int32, _ from: Int32, _ to: Int32, _ length: Int, _ step: Int64) -> Int64 {
      let size = Double(Int64(to) - Int64(from)) / Double(length)
      return step &* Int64(Double(edge) / size + 0.5) + (step + 1) / 2
    }
    // Neither an edge nor a count of steps to it is above 2^62 / 2^31.
    corner = scale.corner
    (stepX, stepY) = (scale.stepX, scale.stepY)
    startX = edge(area.left, area.left, area.right, box.width, stepX)
    startY = edge(area.top, area.top, area.bottom, box.height, stepY)
  }

  /// The products stay below 2^49, as no pixel is farther from the corner than the box is long. (Multiplying 64 bits with
  /// a check takes a function of 128 that WebAssembly's C library has not.)
  @inline(__always) func x(_ x: Int) -> Int64 { startX + stepX &* (Int64(x) - Int64(corner.x)) }
  @inline(__always) func y(_ y: Int) -> Int64 { startY + stepY &* (Int64(y) - Int64(corner.y)) }
}

/// Gives the source's pixels for pieces of the surface's rows.
struct Sampler {
  /// The pixel at the source's top left corner.
  let base: UnsafePointer<UInt32>
  /// Pixels from one row to the next; negative where the source's rows are stored from bottom to top.
  let stride: Int
  let width: Int
  let height: Int
  let mapping: Mapping
  let conversion: Conversion

  /// Most pixels that are asked for at once where `isDirect` is false.
  static let pieceLimit = 256

  /// True where rows of the source are used as they lie in memory.
  var isDirect: Bool {
    if case .shift = mapping { conversion.isNone } else { false }
  }

  /// The source's pixels for `count` pixels of row `y` from `x`: a place in the source itself, or `scratch`, which
  /// must have room for them.
  func row(x: Int, y: Int, count: Int, scratch: Kernel.Row) -> Kernel.SourceRow {
    switch mapping {
    case .shift(let shiftX, let shiftY):
      let source = base + ((y - shiftY) * stride + x - shiftX)
      if conversion.isNone { return source }
      Kernel.copy(scratch, source, count)
      conversion.convert(scratch, count)
    case .tile(let phaseX, let phaseY):
      let source = base + (y + phaseY) % height * stride
      let column = (x + phaseX) % width
      var done = min(count, width - column)
      Kernel.copy(scratch, source + column, done)
      if done < count {
        let rest = min(count - done, column)
        Kernel.copy(scratch + done, source, rest)
        done += rest
      }
      // One period is there; further ones are copied from it, twice as many each time.
      while done < count {
        let run = min(count - done, done - done % width)
        Kernel.copy(scratch + done, scratch + done % width, run)
        done += run
      }
      conversion.convert(scratch, count)
    case .nearest(let scale):
      sampleNearest(x: scale.x(x) - 1, y: scale.y(y) - 1, step: scale.stepX, count: count, into: scratch)
    case .interpolate(let scale):
      let (x, y) = (scale.x(x) - 32768, scale.y(y) - 32768)
      if conversion.isNone {
        interpolate(x: x, y: y, step: scale.stepX, count: count, into: scratch) { $0 }
      } else {
        interpolate(x: x, y: y, step: scale.stepX, count: count, into: scratch, conversion.convert)
      }
    }
    return UnsafePointer(scratch)
  }

  /// The pixel in which each position lies; one on the border of two belongs to the first, hence the caller's `- 1`.
  private func sampleNearest(x: Int64, y: Int64, step: Int64, count: Int, into scratch: Kernel.Row) {
    let row = y >> 16
    let inside = samples(from: x, step: step, count: count, inside: Int64(width) << 16)
    guard row >= 0, row < height, !inside.isEmpty else { return Kernel.fill(scratch, count, with: 0) }
    let source = base + Int(row) * stride
    Kernel.fill(scratch, inside.lowerBound, with: 0)
    var position = x + step &* Int64(inside.lowerBound)
    for i in inside {
      scratch[i] = source[Int(position >> 16)]
      position &+= step
    }
    conversion.convert(scratch + inside.lowerBound, inside.count)
    Kernel.fill(scratch + inside.upperBound, count - inside.upperBound, with: 0)
  }

  /// Which of `count` positions, `step` apart, are from 0 to below `end`.
  private func samples(from start: Int64, step: Int64, count: Int, inside end: Int64) -> Range<Int> {
    func firstSample(at position: Int64) -> Int {
      if start >= position { return 0 }
      let distance = position - start
      // A step of 0 never gets there; any other gets there rounded up.
      return step == 0 ? count : Int(min(Int64(count), (distance + step - 1) / step))
    }
    let first = firstSample(at: 0)
    return first..<max(first, firstSample(at: end))
  }

  /// The mean of the four pixels around each position, weighted in 1/128 for columns and rows. Outside of the source
  /// pixels are 0.
  @inline(__always)
  private func interpolate(
    x: Int64, y: Int64, step: Int64, count: Int, into scratch: Kernel.Row, _ convert: (UInt32) -> UInt32
  ) {
    let (top, bottom) = (y >> 16, y >> 16 + 1)
    let below = UInt64(truncatingIfNeeded: y >> 9 & 127)
    let upper = top >= 0 && top < height ? base + Int(top) * stride : nil
    let lower = bottom >= 0 && bottom < height ? base + Int(bottom) * stride : nil
    /// The four channels of a column between the two rows, 16 bits apart, times 128.
    func column(_ column: Int64) -> UInt64 {
      guard column >= 0, column < width else { return 0 }
      func channels(_ row: UnsafePointer<UInt32>?) -> UInt64 {
        guard let row else { return 0 }
        let pixel = UInt64(convert(row[Int(column)]))
        return (pixel | pixel << 24) & 0x00FF_00FF_00FF_00FF
      }
      return channels(upper) &* (128 &- below) &+ channels(lower) &* below
    }
    var position = x
    var left = position >> 16
    var (before, after) = (column(left), column(left + 1))
    for i in 0..<count {
      if position >> 16 != left {
        before = position >> 16 == left + 1 ? after : column(position >> 16)
        left = position >> 16
        after = column(left + 1)
      }
      let weight = UInt64(truncatingIfNeeded: position >> 9 & 127)
      // Products of a channel need 22 bits now: two at a time, 32 bits apart.
      let mask: UInt64 = 0x0000_FFFF_0000_FFFF
      let blueAndGreen = (before & mask) &* (128 &- weight) &+ (after & mask) &* weight
      let redAndAlpha = (before >> 16 & mask) &* (128 &- weight) &+ (after >> 16 & mask) &* weight
      let pixel =
        blueAndGreen >> 14 & 0x0000_00FF | blueAndGreen >> 38 & 0x0000_FF00
        | redAndAlpha << 2 & 0x00FF_0000 | redAndAlpha >> 22 & 0xFF00_0000
      scratch[i] = UInt32(truncatingIfNeeded: pixel)
      position &+= step
    }
  }
}
