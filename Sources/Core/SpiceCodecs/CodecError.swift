/// The image formats of this module, as an error names them.
public enum Codec: UInt8, Hashable, Sendable {
  case bitmap
  case quic
  case lz
  case glz
  case lz4

  public var name: StaticString {
    switch self {
    case .bitmap: "bitmap"
    case .quic: "QUIC"
    case .lz: "LZ"
    case .glz: "GLZ"
    case .lz4: "LZ4"
    }
  }
}

/// Why compressed pixels could not be decoded (or encoded): always the sender's bytes, never the state of this process.
///
/// Offsets count bytes from the start of the compressed data.
public enum CodecError: Error, Equatable, Sendable {
  /// The data end at `offset`, and at least `needed` more bytes had to follow there.
  case truncated(Codec, offset: Int, needed: Int)
  /// The byte or word at `offset` cannot be what it has to be.
  case malformed(Codec, offset: Int, Problem)
  /// An image of that size may not be made (`PixelLimits`).
  case limit(Codec, width: Int, height: Int)

  /// What a decoder can find wrong at a place in the data.
  public enum Problem: Equatable, Sendable {
    /// The first four bytes are not the codec's magic but these (big-endian).
    case magic(UInt32)
    /// The version, major in the upper and minor in the lower 16 bits, is none that is known.
    case version(UInt32)
    /// The image type is none of the codec's, or not one that may stand here.
    case imageType(UInt32)
    /// A row of `needed` bytes does not fit the header's stride.
    case stride(UInt32, needed: Int)
    /// Indexed pixels came without a palette.
    case paletteMissing
    /// A reference reaches `distance` pixels (or bytes) back where only `available` precede.
    case distance(Int, available: Int)
    /// A run of `length` does not fit: `available` pixels (or bytes) are left to write.
    case overrun(length: Int, available: Int)
    /// The data ended with `missing` pixels (or bytes) not written.
    case incomplete(missing: Int)
    /// The image referred to is no longer (or can never be) in the dictionary.
    case imageGone(UInt64)
    /// Alpha for an image of another size.
    case sizeMismatch(width: Int, height: Int)
    /// An image without pixels, for which the format has no form.
    case empty(width: Int, height: Int)
    /// The number is out of the range that this field allows.
    case value(UInt32)
  }
}

extension CodecError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .truncated(let codec, let offset, let needed):
      "the \(codec.name.description) data end at offset \(offset) where \(needed) more bytes are needed"
    case .malformed(let codec, let offset, let problem):
      "the \(codec.name.description) data are wrong at offset \(offset): \(problem.description)"
    case .limit(let codec, let width, let height):
      "the \(codec.name.description) image is \(width)x\(height) pixels, more than the limits allow"
    }
  }
}

extension CodecError.Problem: CustomStringConvertible {
  public var description: String {
    switch self {
    case .magic(let seen):
      "the magic is \(seen) (big-endian), so this is another format"
    case .version(let seen):
      "the version is \(seen >> 16).\(seen & 0xffff), which is not known"
    case .imageType(let seen):
      "image type \(seen) is not known or may not stand here"
    case .stride(let seen, let needed):
      "the stride is \(seen) bytes and a row needs \(needed)"
    case .paletteMissing:
      "the pixels are indices and no palette came with them"
    case .distance(let distance, let available):
      "a reference goes \(distance) back and only \(available) precede it"
    case .overrun(let length, let available):
      "a run of \(length) is longer than the \(available) left to fill"
    case .incomplete(let missing):
      "the data end with \(missing) still to be filled"
    case .imageGone(let id):
      "image \(id), which it refers to, is not in the dictionary and will not come"
    case .sizeMismatch(let width, let height):
      "this part is \(width)x\(height) pixels and the image it belongs to is not"
    case .empty(let width, let height):
      "an image of \(width)x\(height) pixels has none"
    case .value(let seen):
      "the value \(seen) is out of range"
    }
  }
}
