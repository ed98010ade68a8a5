/// The inner loops. Each works on `count` pixels of one row; the caller has checked that source and destination hold
/// as many. Source and destination do not meet, except where a kernel says that they may.
enum Kernel {
  typealias Row = UnsafeMutablePointer<UInt32>
  typealias SourceRow = UnsafePointer<UInt32>

  @inline(__always)
  static func fill(_ row: Row, _ count: Int, with pixel: UInt32) {
    row.update(repeating: pixel, count: count)
  }

  /// Fills `rows` rows of `columns` pixels, `stride` pixels from one to the next.
  static func fillRows(_ target: Row, _ stride: Int, columns: Int, rows: Int, with pixel: UInt32) {
    if pixel == pixel << 8 | pixel >> 24 {
      // Black, white and grey are one byte over and over, for which every C library has its fastest loop.
      let (columns, rows) = columns == stride ? (columns &* rows, 1) : (columns, rows)
      for y in 0..<rows {
        let row = UnsafeMutableRawPointer(target + y * stride)
        row.initializeMemory(as: UInt8.self, repeating: UInt8(truncatingIfNeeded: pixel), count: columns &* 4)
      }
    } else if rows > 0 {
      // Copies of the first row are faster than more of the same work: that loop, too, knows its processor.
      fill(target, columns, with: pixel)
      for y in 1..<rows { copy(target + y * stride, target, columns) }
    }
  }

  /// The rows may meet.
  @inline(__always)
  static func copy(_ row: Row, _ source: SourceRow, _ count: Int) {
    UnsafeMutableRawPointer(row).copyMemory(from: source, byteCount: count &* 4)
  }

  /// Copies `rows` rows of `columns` pixels; the strides are in pixels. The areas do not meet.
  static func copyRows(
    _ target: Row, _ targetStride: Int, _ source: SourceRow, _ sourceStride: Int, columns: Int, rows: Int
  ) {
    if columns == targetStride && columns == sourceStride { return copy(target, source, columns &* rows) }
    for y in 0..<rows { copy(target + y * targetStride, source + y * sourceStride, columns) }
  }

  /// `row = row & keep ^ flip`: what each of the sixteen functions becomes where its source is the same everywhere.
  static func combine(_ row: Row, _ count: Int, keep: UInt32, flip: UInt32) {
    for i in 0..<count { row[i] = row[i] & keep ^ flip }
  }

  static func combine(_ row: Row, _ source: SourceRow, _ count: Int, by function: BitwiseFunction) {
    let (constant, onlySource, onlyDestination, both) = function.coefficients
    for i in 0..<count {
      let (s, d) = (source[i], row[i])
      row[i] = constant ^ (s & onlySource) ^ (d & onlyDestination) ^ (s & d & both)
    }
  }

  /// Copies pixels but those that have `key` in the bits of `mask`.
  static func copy(_ row: Row, _ source: SourceRow, _ count: Int, exceptWhere mask: UInt32, is key: UInt32) {
    for i in 0..<count {
      let s = source[i]
      row[i] = s & mask == key ? row[i] : s
    }
  }

  /// Porter and Duff's OVER on premultiplied pixels, all four channels alike.
  static func over(_ row: Row, _ source: SourceRow, _ count: Int) {
    forEachVector(row, source, count) { over($0, $1) }
  }

  /// OVER of the source times `alpha / 255`.
  static func over(_ row: Row, _ source: SourceRow, _ count: Int, alpha: UInt32) {
    let factor = Pixels(repeating: alpha)
    forEachVector(row, source, count) { over(times($0, factor), $1) }
  }

  static func cut(_ row: Row, _ count: Int, to precision: Precision) {
    switch precision {
    case .full: return
    case .color: for i in 0..<count { row[i] = Precision.color.cut(row[i]) }
    case .color555: for i in 0..<count { row[i] = Precision.color555.cut(row[i]) }
    case .color565: for i in 0..<count { row[i] = Precision.color565.cut(row[i]) }
    case .coverage: for i in 0..<count { row[i] = Precision.coverage.cut(row[i]) }
    case .coverageBit: for i in 0..<count { row[i] = Precision.coverageBit.cut(row[i]) }
    }
  }

  /// Sets each bit of `bits` in each pixel.
  static func set(_ row: Row, _ count: Int, bits: UInt32) {
    for i in 0..<count { row[i] |= bits }
  }
}

// Arithmetic on eight pixels at once. A 16-bit half of a lane has one channel in its low byte, so that a product has
// room; `even` channels are blue and red, `odd` ones green and alpha.
extension Kernel {
  typealias Pixels = SIMD8<UInt32>
  private typealias Halves = SIMD16<UInt16>

  /// Replaces the row by what `operation` makes of source and destination, in vectors and then a last, partial one.
  @inline(__always)
  private static func forEachVector(
    _ row: Row, _ source: SourceRow, _ count: Int, _ operation: (Pixels, Pixels) -> Pixels
  ) {
    let lanes = Pixels.scalarCount
    let (to, from) = (UnsafeMutableRawPointer(row), UnsafeRawPointer(source))
    let whole = count / lanes * lanes
    var i = 0
    while i < whole {
      let s = from.loadUnaligned(fromByteOffset: i &* 4, as: Pixels.self)
      let d = to.loadUnaligned(fromByteOffset: i &* 4, as: Pixels.self)
      to.storeBytes(of: operation(s, d), toByteOffset: i &* 4, as: Pixels.self)
      i &+= lanes
    }
    guard i < count else { return }
    var (s, d) = (Pixels.zero, Pixels.zero)
    for lane in 0..<count - whole { (s[lane], d[lane]) = (source[whole + lane], row[whole + lane]) }
    let result = operation(s, d)
    for lane in 0..<count - whole { row[whole + lane] = result[lane] }
  }

  /// Each byte of `pixels` times `factor / 255`, rounded: the `t = a * b + 128; (t + t / 256) / 256` of Blinn's "Three
  /// Wrongs Make a Right", which is exact for bytes.
  @inline(__always)
  private static func times(_ pixels: Pixels, _ factor: Pixels) -> Pixels {
    let factors = unsafeBitCast(factor | factor &<< 16, to: Halves.self)
    var even = unsafeBitCast(pixels & 0x00FF_00FF, to: Halves.self) &* factors &+ 128
    even = (even &+ even &>> 8) &>> 8
    var odd = unsafeBitCast(pixels &>> 8 & 0x00FF_00FF, to: Halves.self) &* factors &+ 128
    odd = odd &+ odd &>> 8
    return unsafeBitCast(even, to: Pixels.self) | unsafeBitCast(odd, to: Pixels.self) & 0xFF00_FF00
  }

  @inline(__always)
  private static func over(_ source: Pixels, _ destination: Pixels) -> Pixels {
    let under = times(destination, 255 &- source &>> 24)
    // A sum can exceed a byte only where the source was not premultiplied after all; it stays at 255.
    var even = (source & 0x00FF_00FF) &+ (under & 0x00FF_00FF)
    even |= 0x0100_0100 &- (even &>> 8 & 0x00FF_00FF)
    var odd = (source &>> 8 & 0x00FF_00FF) &+ (under &>> 8 & 0x00FF_00FF)
    odd |= 0x0100_0100 &- (odd &>> 8 & 0x00FF_00FF)
    return even & 0x00FF_00FF | (odd & 0x00FF_00FF) &<< 8
  }
}
