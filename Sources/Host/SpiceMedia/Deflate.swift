import CZlib

/// Compressed bytes in zlib's format (RFC 1950).
public enum Deflate {
  /// Inflates data whose length was announced.
  ///
  /// - Parameters:
  ///   - expectedSize: bytes that must come out, no more and no fewer.
  ///   - limit: most bytes that may be announced.
  /// - Throws: `.tooManyBytes` before memory is taken; `.truncated`, `.wrongLength`, `.damaged` with zlib's words.
  public static func inflate(
    _ data: some Collection<UInt8>, expectedSize: Int, limit: Int = 256 << 20
  ) throws(MediaError) -> [UInt8] {
    guard expectedSize >= 0, expectedSize <= min(limit, Int(UInt32.max)) else {
      throw .tooManyBytes(.zlib, count: expectedSize, limit: limit)
    }
    return try withBytes(data) { (bytes) throws(MediaError) in
      try inflate(bytes: bytes, expectedSize: expectedSize)
    }
  }

  /// Deflates.
  ///
  /// - Parameter level: 1, fast, to 9, small; clamped.
  public static func deflate(_ data: some Collection<UInt8>, level: Int = 6) throws(MediaError) -> [UInt8] {
    try withBytes(data) { (bytes) throws(MediaError) in
      try deflate(bytes: bytes, level: min(max(level, 1), 9))
    }
  }

  private static func inflate(
    bytes: UnsafeBufferPointer<UInt8>, expectedSize: Int
  ) throws(MediaError) -> [UInt8] {
    guard let inputCount = UInt32(exactly: bytes.count) else {
      throw .tooManyBytes(.zlib, count: bytes.count, limit: Int(UInt32.max))
    }
    var stream = z_stream()
    guard inflateInit_(&stream, ZLIB_VERSION, CInt(MemoryLayout<z_stream>.size)) == Z_OK else {
      throw .damaged(.zlib, reason: "zlib does not start")
    }
    defer { inflateEnd(&stream) }
    stream.next_in = UnsafeMutablePointer(mutating: bytes.baseAddress)
    stream.avail_in = inputCount

    var status: CInt = 0
    let output = [UInt8](unsafeUninitializedCapacity: max(1, expectedSize)) { target, count in
      stream.next_out = target.baseAddress
      stream.avail_out = UInt32(expectedSize)
      status = CZlib.inflate(&stream, Z_FINISH)
      count = expectedSize - Int(stream.avail_out)
    }
    switch status {
    case Z_STREAM_END where output.count == expectedSize: return output
    case Z_STREAM_END: throw .wrongLength(expected: expectedSize, found: output.count)
    case Z_OK, Z_BUF_ERROR:
      throw stream.avail_in == 0 ? .truncated(.zlib) : .wrongLength(expected: expectedSize, found: nil)
    case Z_NEED_DICT: throw .damaged(.zlib, reason: "it wants a dictionary")
    default: throw .damaged(.zlib, reason: stream.msg.map { String(cString: $0) } ?? "error \(status)")
    }
  }

  static func deflate(
    bytes: UnsafeBufferPointer<UInt8>, level: Int
  ) throws(MediaError) -> [UInt8] {
    guard let inputCount = UInt32(exactly: bytes.count), inputCount < UInt32.max - (1 << 20) else {
      throw .tooManyBytes(.zlib, count: bytes.count, limit: Int(UInt32.max) - (1 << 20))
    }
    var stream = z_stream()
    guard deflateInit_(&stream, CInt(level), ZLIB_VERSION, CInt(MemoryLayout<z_stream>.size)) == Z_OK else {
      throw .damaged(.zlib, reason: "zlib does not start")
    }
    defer { deflateEnd(&stream) }
    stream.next_in = UnsafeMutablePointer(mutating: bytes.baseAddress)
    stream.avail_in = inputCount
    let capacity = Int(deflateBound(&stream, UInt(inputCount)))

    var status: CInt = 0
    let output = [UInt8](unsafeUninitializedCapacity: capacity) { target, count in
      stream.next_out = target.baseAddress
      stream.avail_out = UInt32(clamping: capacity)
      status = CZlib.deflate(&stream, Z_FINISH)
      count = capacity - Int(stream.avail_out)
    }
    guard status == Z_STREAM_END else { throw .damaged(.zlib, reason: "zlib stopped with \(status)") }
    return output
  }
}
