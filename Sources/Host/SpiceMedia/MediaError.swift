import SpicePixels
import SpiceProtocol

/// Why a picture or compressed bytes cannot be read or made.
public enum MediaError: Error, Sendable, Hashable {
  /// The codec's library cannot go on; its own words.
  case damaged(Format, reason: String)
  /// More pixels than are allowed, found in the header before any memory was taken.
  case tooManyPixels(Format, width: Int, height: Int, limits: PixelLimits)
  /// More bytes than the caller allows, before any memory was taken.
  case tooManyBytes(Format, count: Int, limit: Int)
  /// The bytes end before the data does.
  case truncated(Format)
  /// Inflated, the data has another length than was announced; `found` is nil where it has more.
  case wrongLength(expected: Int, found: Int?)
  /// The format cannot hold a raster of that size.
  case unencodable(Format, width: Int, height: Int, reason: String)

  public enum Format: Sendable, Hashable {
    case jpeg
    case png
    case ppm
    case zlib
    case video(VideoCodec)
  }
}

extension MediaError.Format: CustomStringConvertible {
  public var description: String {
    switch self {
    case .jpeg: "JPEG"
    case .png: "PNG"
    case .ppm: "PPM"
    case .zlib: "zlib"
    case .video(let codec): "\(codec.name)"
    }
  }
}

extension MediaError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .damaged(let format, let reason): "the \(format) data is damaged or not \(format): \(reason)"
    case .tooManyPixels(let format, let width, let height, let limits):
      "the \(format) picture is \(width) by \(height) pixels; at most \(limits.side) a side and \(limits.area) together "
        + "are allowed"
    case .tooManyBytes(let format, let count, let limit):
      "the \(format) data would take \(count) bytes; at most \(limit) are allowed"
    case .truncated(let format): "the \(format) data ends before it is complete"
    case .wrongLength(let expected, let found?): "inflated, the data has \(found) bytes; \(expected) were announced"
    case .wrongLength(let expected, nil): "inflated, the data has more than the \(expected) bytes that were announced"
    case .unencodable(let format, let width, let height, let reason):
      "a raster of \(width) by \(height) pixels cannot be written as \(format): \(reason)"
    }
  }
}

/// Gives `body` the bytes in one piece, copied only where they are not.
func withBytes<Output>(
  _ data: some Collection<UInt8>, _ body: (UnsafeBufferPointer<UInt8>) throws(MediaError) -> Output
) throws(MediaError) -> Output {
  // The standard library's own closures throw untyped errors or none.
  func run(_ bytes: UnsafeBufferPointer<UInt8>) -> Result<Output, MediaError> {
    Result { () throws(MediaError) in try body(bytes) }
  }
  let outcome = data.withContiguousStorageIfAvailable(run) ?? Array(data).withUnsafeBufferPointer(run)
  return try outcome.get()
}
