import SpicePixels

/// SPICE's LZ4 images (`SPICE_IMAGE_TYPE_LZ4`): u8 top-down, u8 bitmap format, then blocks of rows, each a big-endian
/// u32 size and an LZ4 block whose references reach into the blocks before it.
public enum LZ4Image {
  /// Decodes an image whose size the message says.
  ///
  /// The rows are those of a bitmap of any format but the indexed ones, padded to four bytes or not at all.
  ///
  /// Errors: `limit`; `truncated`; `malformed` with a format that may not stand here (`value`), too many bytes
  /// (`overrun`) or too few (`incomplete`) for the size, and those of `LZ4.decodeBlock`.
  public static func decode(
    _ data: ArraySlice<UInt8>, width: Int, height: Int, limits: PixelLimits = .standard
  ) throws(CodecError) -> Raster {
    guard limits.allow(width: width, height: height) else {
      throw .limit(.lz4, width: width, height: height)
    }
    guard data.count >= 2 else { throw .truncated(.lz4, offset: data.count, needed: 2 - data.count) }
    let isTopDown = data[data.startIndex] != 0
    let number = data[data.startIndex + 1]
    guard let format = BitmapFormat(rawValue: number), !format.isIndexed else {
      throw .malformed(.lz4, offset: 1, .value(UInt32(number)))
    }
    // A byte of a block stands for at most 255: refuses what cannot be complete before memory is taken for it.
    let rowSize = format.rowSize(width: width)
    let least = (rowSize * height + 254) / 255
    guard data.count - 2 >= least else {
      throw .truncated(.lz4, offset: data.count, needed: least - (data.count - 2))
    }
    if format.bitsPerPixel == 32 {
      return try decodeWords(data, width: width, height: height, format: format, isTopDown: isTopDown)
    }
    let padded = (rowSize + 3) / 4 * 4
    let rows = try decodeRows(data, limit: padded * height)
    guard rows.count == padded * height || rows.count == rowSize * height else {
      throw .malformed(.lz4, offset: data.count, .incomplete(missing: max(0, padded * height - rows.count)))
    }
    return try Bitmap.decode(
      format: format, width: width, height: height, stride: rows.count == padded * height ? padded : rowSize,
      topDown: isTopDown, palette: nil, rows: rows[...], limits: limits)
  }

  /// Pixels of four bytes need no rows of their own: the blocks decode to where they stay.
  private static func decodeWords(
    _ data: ArraySlice<UInt8>, width: Int, height: Int, format: BitmapFormat, isTopDown: Bool
  ) throws(CodecError) -> Raster {
    try Raster(width: width, height: height, kind: format.kind) { pixels throws(CodecError) in
      guard let target = pixels.baseAddress else { return }
      let size = pixels.count * 4
      let written = try UnsafeMutableRawPointer(target).withMemoryRebound(to: UInt8.self, capacity: size) {
        bytes throws(CodecError) in
        try decodeBlocks(data, into: UnsafeMutableBufferPointer(start: bytes, count: size))
      }
      guard written == size else {
        throw .malformed(.lz4, offset: data.count, .incomplete(missing: size - written))
      }
      for index in 0..<pixels.count { target[index] = UInt32(littleEndian: target[index]) }
      if !isTopDown { flipRows(target, width: width, height: height) }
    }
  }

  private static func decodeRows(_ data: ArraySlice<UInt8>, limit: Int) throws(CodecError) -> [UInt8] {
    var failure: CodecError?
    let rows = [UInt8](unsafeUninitializedCapacity: limit) { target, initialized in
      do throws(CodecError) {
        initialized = try decodeBlocks(data, into: UnsafeMutableBufferPointer(rebasing: target[..<limit]))
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return rows
  }

  /// Decodes all blocks, one after the other, and returns how many bytes they gave.
  private static func decodeBlocks(
    _ data: ArraySlice<UInt8>, into target: UnsafeMutableBufferPointer<UInt8>
  ) throws(CodecError) -> Int {
    try data.withUnsafeBufferPointer { bytes throws(CodecError) in
      var offset = 2
      var written = 0
      while offset < bytes.count {
        guard bytes.count - offset >= 4 else {
          throw .truncated(.lz4, offset: bytes.count, needed: 4 - (bytes.count - offset))
        }
        let size = Int(clamping: bigEndianWord(data, at: offset))
        offset += 4
        guard size <= bytes.count - offset else {
          throw .truncated(.lz4, offset: bytes.count, needed: size - (bytes.count - offset))
        }
        written = try LZ4.expand(bytes, at: offset, count: size, into: target, from: written)
        offset += size
      }
      return written
    }
  }
}
