import SpicePixels

/// What the channels of a QUIC image are (`QuicImageType`); the raw value is the word in the stream.
public enum QuicType: UInt32, Hashable, Sendable {
  /// One plane of eight bits.
  case gray = 1
  /// Red, green and blue of five bits each.
  case rgb16 = 2
  /// Red, green and blue of eight bits each; the stream is the same as that of `rgb32`.
  case rgb24 = 3
  /// Red, green and blue of eight bits each; the sender's fourth byte is not in the stream.
  case rgb32 = 4
  /// As `rgb32`, and after each row of colours the same row of alpha.
  case rgba = 5

  /// What the pixels of a decoded raster mean.
  public var kind: PixelKind { self == .rgba ? .alpha : .opaque }
}

/// The five words that begin a QUIC image: magic, version, type, width, height, each a little-endian `UInt32`.
public struct QuicHeader: Hashable, Sendable {
  public let type: QuicType
  /// In pixels, at least 1 and at most `Int32.max`.
  public let width: Int
  /// In pixels, at least 1 and at most `Int32.max`.
  public let height: Int

  /// Bytes of the header.
  public static let size = 20
  /// "QUIC" as a little-endian word.
  static let magic: UInt32 = 0x4349_5551
  /// Major 0, minor 0: the only version there is.
  static let version: UInt32 = 0

  /// Bytes that must follow the header, whatever the image shows: a symbol takes a bit at least, and runs begin neither
  /// in the first row nor before the fourth pixel of another.
  var leastStreamSize: Int {
    let symbols = type == .gray ? 1 : type == .rgba ? 4 : 3
    return (symbols * (width + (height - 1) * min(width, 3)) + 7) / 8
  }

  /// Reads the header at the start of `data`.
  init(_ data: ArraySlice<UInt8>) throws(CodecError) {
    guard data.count >= Self.size else {
      throw .truncated(.quic, offset: data.count, needed: Self.size - data.count)
    }
    let magic = Self.word(at: 0, of: data)
    guard magic == Self.magic else { throw .malformed(.quic, offset: 0, .magic(magic.byteSwapped)) }
    let version = Self.word(at: 4, of: data)
    guard version == Self.version else { throw .malformed(.quic, offset: 4, .version(version)) }
    let rawType = Self.word(at: 8, of: data)
    guard let type = QuicType(rawValue: rawType) else { throw .malformed(.quic, offset: 8, .imageType(rawType)) }
    let width = Self.word(at: 12, of: data)
    guard width <= Int32.max else { throw .malformed(.quic, offset: 12, .value(width)) }
    let height = Self.word(at: 16, of: data)
    guard height <= Int32.max else { throw .malformed(.quic, offset: 16, .value(height)) }
    self.type = type
    self.width = Int(width)
    self.height = Int(height)
    guard width > 0, height > 0 else {
      throw .malformed(.quic, offset: width > 0 ? 16 : 12, .empty(width: self.width, height: self.height))
    }
  }

  /// The little-endian word at `offset` bytes from the start; `data` must hold it.
  private static func word(at offset: Int, of data: ArraySlice<UInt8>) -> UInt32 {
    let start = data.startIndex + offset
    var word: UInt32 = 0
    for byte in data[start..<start + 4].reversed() { word = word << 8 | UInt32(byte) }
    return word
  }
}
