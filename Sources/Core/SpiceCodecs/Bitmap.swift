import SpicePixels

/// How the pixels of a bitmap stand in memory (`SpiceBitmapFmt`). Channels are little-endian: blue comes first.
public enum BitmapFormat: UInt8, Hashable, Sendable {
  /// Indices of one bit, the first pixel in the lowest.
  case index1LE = 1
  /// Indices of one bit, the first pixel in the highest.
  case index1BE
  /// Indices of four bits, the first pixel in the low half.
  case index4LE
  /// Indices of four bits, the first pixel in the high half.
  case index4BE
  case index8
  /// `0RRRRRGGGGGBBBBB`.
  case rgb555
  case rgb24
  /// The fourth byte is no alpha, but it is kept: a surface may be told later that it is one.
  case rgb32
  /// The fourth byte is alpha.
  case rgba
  /// Alpha alone, of eight bits.
  case alpha8

  public var bitsPerPixel: Int {
    switch self {
    case .index1LE, .index1BE: 1
    case .index4LE, .index4BE: 4
    case .index8, .alpha8: 8
    case .rgb555: 16
    case .rgb24: 24
    case .rgb32, .rgba: 32
    }
  }

  /// Bytes that a row of `width` pixels takes at least.
  public func rowSize(width: Int) -> Int { (width * bitsPerPixel + 7) / 8 }

  /// True where the pixels are indices of a palette.
  public var isIndexed: Bool { indices != nil }

  var indices: IndexPacking? {
    switch self {
    case .index1LE: .one(highFirst: false)
    case .index1BE: .one(highFirst: true)
    case .index4LE: .four(highFirst: false)
    case .index4BE: .four(highFirst: true)
    case .index8: .eight
    default: nil
    }
  }
}

/// Uncompressed images (`SPICE_IMAGE_TYPE_BITMAP`).
public enum Bitmap {
  /// Turns the rows of a bitmap into a raster from top to bottom.
  ///
  /// - Parameters:
  ///   - stride: bytes from one row to the next.
  ///   - topDown: whether `rows` begin with the top one.
  ///   - palette: for indexed formats. Without one, bits are black (0) and white (1), which is what a mask needs; other
  ///     indices are an error. Indices past its end are black.
  ///   - rows: at least `stride` bytes for each row but the last, which may end with its pixels.
  /// - Returns: a raster of kind `alpha` for `rgba`, `coverage` for `alpha8`, else `opaque`.
  ///
  /// Errors: `limit`; `malformed` with a stride shorter than a row or without the palette; `truncated`.
  public static func decode(
    format: BitmapFormat, width: Int, height: Int, stride: Int, topDown: Bool, palette: Palette?,
    rows: ArraySlice<UInt8>, limits: PixelLimits = .standard
  ) throws(CodecError) -> Raster {
    guard limits.allow(width: width, height: height) else {
      throw .limit(.bitmap, width: width, height: height)
    }
    let rowSize = format.rowSize(width: width)
    guard stride >= rowSize else {
      throw .malformed(.bitmap, offset: 0, .stride(UInt32(clamping: stride), needed: rowSize))
    }
    if width == 0 || height == 0 { return Raster(width: width, height: height, kind: format.kind) }
    let before = stride.multipliedReportingOverflow(by: height - 1)
    let needed = before.partialValue.addingReportingOverflow(rowSize)
    guard !before.overflow, !needed.overflow, needed.partialValue <= rows.count else {
      let missing = before.overflow || needed.overflow ? Int.max : needed.partialValue - rows.count
      throw .truncated(.bitmap, offset: rows.count, needed: missing)
    }
    var colors: IndexedColors?
    if let indices = format.indices {
      guard let palette = palette ?? (indices.bits == 1 ? blackAndWhite : nil) else {
        throw .malformed(.bitmap, offset: 0, .paletteMissing)
      }
      colors = IndexedColors(palette, indices, wrapping: false, keepsFourthByte: true)
    }
    return Raster(width: width, height: height, kind: format.kind) { target in
      rows.withUnsafeBufferPointer { rows in
        guard let rows = rows.baseAddress, let target = target.baseAddress else { return }
        if let colors {
          colors.expand(rows, stride: stride, isTopDown: topDown, to: target, width: width, height: height)
          return
        }
        for y in 0..<height {
          let from = rows + (topDown ? y : height &- 1 &- y) &* stride
          convert(from, format, to: target + y &* width, count: width)
        }
      }
    }
  }

  private static var blackAndWhite: Palette { Palette(id: 0, colors: [0, 0xff_ffff]) }

  /// One row of any format but the indexed ones.
  private static func convert(
    _ source: UnsafePointer<UInt8>, _ format: BitmapFormat, to target: UnsafeMutablePointer<UInt32>, count: Int
  ) {
    let bytes = UnsafeRawPointer(source)
    switch format {
    case .rgb555:
      for x in 0..<count {
        let color = UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: x &* 2, as: UInt16.self))
        // Where the reference widens such an image by pixman, the fourth byte becomes 0xff.
        target[x] = widened555(color) | 0xff00_0000
      }
    case .rgb24:
      for x in 0..<count {
        let from = source + x &* 3
        target[x] = UInt32(from[2]) << 16 | UInt32(from[1]) << 8 | UInt32(from[0])
      }
    case .rgb32, .rgba:
      for x in 0..<count {
        target[x] = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: x &* 4, as: UInt32.self))
      }
    default:
      for x in 0..<count { target[x] = UInt32(source[x]) << 24 }
    }
  }
}

extension BitmapFormat {
  var kind: PixelKind {
    switch self {
    case .rgba: .alpha
    case .alpha8: .coverage
    default: .opaque
    }
  }
}
