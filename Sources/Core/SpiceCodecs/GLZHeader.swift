/// What a GLZ image says of itself: 33 bytes, big-endian (`glz_image_hdr` of spice-gtk).
public struct GLZHeader: Equatable, Sendable {
  /// Bytes of the header.
  public static let size = 33

  /// `rgb16`, `rgb24`, `rgb32` or `rgba`; the wire could say others, which no server sends.
  public var type: LZImageType
  public var width: Int
  public var height: Int
  /// Bytes of a row before compression; decoding needs it not.
  public var stride: Int
  /// False where the first row in the stream is the lowest of the picture.
  public var isTopDown: Bool
  /// Its place in the order of all GLZ images of the session, from 0.
  public var id: UInt64
  /// How many ids before this one the oldest image of the sender's window has; older ones are never referred to again.
  public var windowHeadDistance: UInt32

  public init(
    type: LZImageType, width: Int, height: Int, stride: Int, isTopDown: Bool, id: UInt64, windowHeadDistance: UInt32
  ) {
    self.type = type
    self.width = width
    self.height = height
    self.stride = stride
    self.isTopDown = isTopDown
    self.id = id
    self.windowHeadDistance = windowHeadDistance
  }

  /// Reads the header at the start of `data`.
  ///
  /// Errors: `truncated`; `malformed` with another magic, version or an image type that GLZ has not, or with a window
  /// that begins before id 0; `limit` where a side does not fit an `Int32`.
  public init(of data: ArraySlice<UInt8>) throws(CodecError) {
    guard data.count >= Self.size else {
      throw .truncated(.glz, offset: data.count, needed: Self.size - data.count)
    }
    let magic = bigEndianWord(data, at: 0)
    guard magic == lzMagic else { throw .malformed(.glz, offset: 0, .magic(magic)) }
    let version = bigEndianWord(data, at: 4)
    guard version == lzVersion else { throw .malformed(.glz, offset: 4, .version(version)) }
    let flags = data[data.startIndex + 8]
    switch LZImageType(rawValue: flags & 15) {
    case .some(let known) where known == .rgb16 || known == .rgb24 || known == .rgb32 || known == .rgba: type = known
    default: throw .malformed(.glz, offset: 8, .imageType(UInt32(flags & 15)))
    }
    isTopDown = flags >> 4 != 0
    let width = bigEndianWord(data, at: 9)
    let height = bigEndianWord(data, at: 13)
    guard let narrowWidth = Int32(exactly: width), let narrowHeight = Int32(exactly: height) else {
      throw .limit(.glz, width: Int(clamping: width), height: Int(clamping: height))
    }
    self.width = Int(narrowWidth)
    self.height = Int(narrowHeight)
    stride = Int(clamping: bigEndianWord(data, at: 17))
    id = UInt64(bigEndianWord(data, at: 21)) << 32 | UInt64(bigEndianWord(data, at: 25))
    windowHeadDistance = bigEndianWord(data, at: 29)
    guard UInt64(windowHeadDistance) <= id else {
      throw .malformed(
        .glz, offset: 29, .distance(Int(clamping: windowHeadDistance), available: Int(clamping: id)))
    }
  }

  /// The id of the oldest image that may still be referred to.
  var windowHead: UInt64 { id - UInt64(windowHeadDistance) }
}
