import SpicePixels

/// SPICE's LZ images (`SPICE_IMAGE_TYPE_LZ_RGB`, `LZ_PLT`, and the alpha part of `JPEG_ALPHA`).
///
/// A header of seven big-endian words is followed by one pass over the pixels, for `RGBA` by a second one over their
/// alpha. Palette images are compressed as the bytes that hold their indices. The format is spice-common's `lz.c`.
public enum LZ {
  /// Bytes of the header.
  public static let headerSize = 28

  /// What an LZ image says of itself.
  public struct Header: Equatable, Sendable {
    public var type: LZImageType
    public var width: Int
    public var height: Int
    /// Bytes of a row before compression; it counts only for palette images.
    public var stride: Int
    /// False where the first row in the stream is the lowest of the picture.
    public var isTopDown: Bool

    public init(type: LZImageType, width: Int, height: Int, stride: Int, isTopDown: Bool) {
      self.type = type
      self.width = width
      self.height = height
      self.stride = stride
      self.isTopDown = isTopDown
    }
  }

  /// Reads the header at the start of `data`.
  ///
  /// Errors: `truncated`, `malformed` with another magic, version or an image type that is none; `limit` where the
  /// size does not fit an `Int32`.
  public static func header(of data: ArraySlice<UInt8>) throws(CodecError) -> Header {
    guard data.count >= headerSize else {
      throw .truncated(.lz, offset: data.count, needed: headerSize - data.count)
    }
    let magic = bigEndianWord(data, at: 0)
    guard magic == lzMagic else { throw .malformed(.lz, offset: 0, .magic(magic)) }
    let version = bigEndianWord(data, at: 4)
    guard version == lzVersion else { throw .malformed(.lz, offset: 4, .version(version)) }
    let typeNumber = bigEndianWord(data, at: 8)
    guard let type = UInt8(exactly: typeNumber).flatMap(LZImageType.init(rawValue:)) else {
      throw .malformed(.lz, offset: 8, .imageType(typeNumber))
    }
    let width = bigEndianWord(data, at: 12)
    let height = bigEndianWord(data, at: 16)
    guard let narrowWidth = Int32(exactly: width), let narrowHeight = Int32(exactly: height) else {
      throw .limit(.lz, width: Int(clamping: width), height: Int(clamping: height))
    }
    return Header(
      type: type, width: Int(narrowWidth), height: Int(narrowHeight),
      stride: Int(clamping: bigEndianWord(data, at: 20)), isTopDown: bigEndianWord(data, at: 24) != 0)
  }

  /// Decodes an image of any type.
  ///
  /// - Parameters:
  ///   - palette: for indexed types; colours past its end are black, but 4-bit indices count round it.
  ///   - limits: on the size that the header may ask for.
  /// - Returns: a raster from top to bottom: `alpha` for `RGBA`, `coverage` for `XXXA` and `A8`, else `opaque`.
  ///
  /// Bytes after the last pixel are ignored. Errors: those of `header(of:)`; `limit`; `truncated`; `malformed` with
  /// the offset of the reference that leaves the image, with a stride too short, or where the palette is missing.
  public static func decode(
    _ data: ArraySlice<UInt8>, palette: Palette? = nil, limits: PixelLimits = .standard
  ) throws(CodecError) -> Raster {
    let header = try header(of: data)
    guard limits.allow(width: header.width, height: header.height) else {
      throw .limit(.lz, width: header.width, height: header.height)
    }
    switch header.type {
    case .rgb24, .rgb32: return try decodeColors(ColorForm.self, data, header, kind: .opaque)
    case .rgb16: return try decodeColors(HighColorForm.self, data, header, kind: .opaque)
    case .rgba: return try decodeColors(ColorForm.self, data, header, kind: .alpha)
    case .xxxa, .a8: return try decodeCoverage(data, header)
    case .palette1LE, .palette1BE, .palette4LE, .palette4BE, .palette8:
      guard let palette else { throw .malformed(.lz, offset: 8, .paletteMissing) }
      return try decodeIndices(data, header, palette)
    }
  }

  /// Decodes the alpha of a JPEG with alpha (`SPICE_IMAGE_TYPE_JPEG_ALPHA`) onto its decoded colours.
  ///
  /// `data` is an `XXXA` or `A8` image of the raster's size. On return the raster's kind is `alpha`; on error it is as
  /// it was. Errors: those of `decode`, and `malformed` with another type or size.
  public static func decodeAlpha(_ data: ArraySlice<UInt8>, onto raster: inout Raster) throws(CodecError) {
    let header = try header(of: data)
    guard header.type == .xxxa || header.type == .a8 else {
      throw .malformed(.lz, offset: 8, .imageType(UInt32(header.type.rawValue)))
    }
    guard header.width == raster.width, header.height == raster.height else {
      throw .malformed(.lz, offset: 12, .sizeMismatch(width: header.width, height: header.height))
    }
    let count = raster.pixels.count
    let (alpha, _) = try bytes(data, from: headerSize, count: count)
    raster.pixels.withUnsafeMutableBufferPointer { pixels in
      guard let pixels = pixels.baseAddress else { return }
      alpha.withUnsafeBufferPointer { alpha in
        if let alpha = alpha.baseAddress { mergeAlpha(alpha, header, onto: pixels) }
      }
    }
    raster.kind = .alpha
  }
}

extension LZ {
  /// One pass for the colours, and for `RGBA` one for the alpha.
  private static func decodeColors<Form: LZForm>(
    _ form: Form.Type, _ data: ArraySlice<UInt8>, _ header: Header, kind: PixelKind
  ) throws(CodecError) -> Raster where Form.Element == UInt32 {
    try checkPlausible(data, count: header.width &* header.height)
    return try Raster(width: header.width, height: header.height, kind: kind) { pixels throws(CodecError) in
      guard let target = pixels.baseAddress else { return }
      let end = try expand(form, data, from: headerSize, into: target, count: pixels.count)
      if !header.isTopDown { flipRows(target, width: header.width, height: header.height) }
      if kind == .alpha {
        let (alpha, _) = try bytes(data, from: end, count: pixels.count)
        alpha.withUnsafeBufferPointer { alpha in
          if let alpha = alpha.baseAddress { mergeAlpha(alpha, header, onto: target) }
        }
      }
    }
  }

  private static func decodeCoverage(_ data: ArraySlice<UInt8>, _ header: Header) throws(CodecError) -> Raster {
    let (alpha, _) = try bytes(data, from: headerSize, count: header.width &* header.height)
    var raster = Raster(width: header.width, height: header.height, kind: .coverage)
    raster.pixels.withUnsafeMutableBufferPointer { pixels in
      guard let pixels = pixels.baseAddress else { return }
      alpha.withUnsafeBufferPointer { alpha in
        if let alpha = alpha.baseAddress { mergeAlpha(alpha, header, onto: pixels) }
      }
    }
    return raster
  }

  private static func decodeIndices(
    _ data: ArraySlice<UInt8>, _ header: Header, _ palette: Palette
  ) throws(CodecError) -> Raster {
    let indices = header.type.indices
    let needed = indices.rowSize(width: header.width)
    // spice-common's encoder takes no row that is longer, by more than the byte that the last pixels begin.
    guard header.stride >= needed, header.stride <= needed + 1 else {
      throw .malformed(.lz, offset: 20, .stride(UInt32(clamping: header.stride), needed: needed))
    }
    let (packed, _) = try bytes(data, from: headerSize, count: header.stride &* header.height)
    let colors = IndexedColors(palette, indices, wrapping: indices.bits == 4)
    return Raster(width: header.width, height: header.height, kind: .opaque) { target in
      packed.withUnsafeBufferPointer { packed in
        guard let packed = packed.baseAddress, let target = target.baseAddress else { return }
        colors.expand(
          packed, stride: header.stride, isTopDown: header.isTopDown, to: target, width: header.width,
          height: header.height)
      }
    }
  }

  /// A pass of single bytes, and where it ends.
  private static func bytes(
    _ data: ArraySlice<UInt8>, from start: Int, count: Int
  ) throws(CodecError) -> (bytes: [UInt8], end: Int) {
    try checkPlausible(data, count: count)
    var failure: CodecError?
    var end = start
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { target, initialized in
      guard let target = target.baseAddress else { return }
      do throws(CodecError) {
        end = try expand(ByteForm.self, data, from: start, into: target, count: count)
        initialized = count
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return (bytes, end)
  }

  /// No byte stands for more than 255 elements: refuses what cannot be complete before memory is taken for it.
  private static func checkPlausible(_ data: ArraySlice<UInt8>, count: Int) throws(CodecError) {
    let least = (count + 254) / 255
    if data.count - headerSize < least {
      throw .truncated(.lz, offset: data.count, needed: least - (data.count - headerSize))
    }
  }

  private static func expand<Form: LZForm>(
    _ form: Form.Type, _ data: ArraySlice<UInt8>, from start: Int, into target: UnsafeMutablePointer<Form.Element>,
    count: Int
  ) throws(CodecError) -> Int {
    try data.withUnsafeBufferPointer { data throws(CodecError) -> Int in
      do throws(LZInterruption) {
        return try expandLZ(form, LocalDialect(), data: data, from: start, into: target, count: count)
      } catch {
        switch error {
        case .broken(let error): throw error
        case .waiting(let id): throw .malformed(.lz, offset: start, .imageGone(id))
        }
      }
    }
  }

  /// Puts `width * height` alphas, in the order of the stream, above the colours of `pixels`.
  private static func mergeAlpha(
    _ alpha: UnsafePointer<UInt8>, _ header: Header, onto pixels: UnsafeMutablePointer<UInt32>
  ) {
    for y in 0..<header.height {
      let row = pixels + (header.isTopDown ? y : header.height &- 1 &- y) &* header.width
      let values = alpha + y &* header.width
      for x in 0..<header.width { row[x] = row[x] & 0xff_ffff | UInt32(values[x]) &<< 24 }
    }
  }
}

/// LZ's references: 13 bits of distance, or 13 bits set and 16 more.
struct LocalDialect: LZDialect {
  @inline(__always) static var codec: Codec { .lz }

  @inline(__always)
  static func readReference(control: Int, _ source: inout UnsafePointer<UInt8>) -> LZReference {
    var offset = (control & 31) &<< 8 | Int(source[0])
    source += 1
    if offset == 8191 {
      offset &+= Int(source[0]) &<< 8 | Int(source[1])
      source += 2
    }
    return LZReference(imageDistance: 0, offset: offset &+ 1)
  }

  @inline(__always)
  func copyFromImage<Form: LZForm>(
    _ reference: LZReference, form: Form.Type, to target: UnsafeMutablePointer<Form.Element>, count: Int, at offset: Int
  ) throws(LZInterruption) {}
}
