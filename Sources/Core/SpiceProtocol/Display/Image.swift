import SpicePixels

/// A picture as it travels in draw messages (`SpiceImage`): 18 bytes of description, then what its type says.
public struct Image: Hashable, Sendable {
  /// The sender's name for it in the image cache.
  public var id: UInt64
  public var flags: ImageFlags
  /// Pixels.
  public var width: UInt32
  public var height: UInt32
  public var content: ImageContent

  public init(id: UInt64, flags: ImageFlags = [], width: UInt32, height: UInt32, content: ImageContent) {
    self.id = id
    self.flags = flags
    self.width = width
    self.height = height
    self.content = content
  }
}

/// `SPICE_IMAGE_FLAGS_*`.
public struct ImageFlags: OptionSet, Hashable, Sendable {
  public let rawValue: UInt8

  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// Keep it under its id.
  public static let cacheMe = ImageFlags(rawValue: 1)
  /// The fourth byte of each pixel is already 0xff.
  public static let highBitsSet = ImageFlags(rawValue: 2)
  /// A lossless image that replaces the lossy one kept under its id.
  public static let cacheReplaceMe = ImageFlags(rawValue: 4)
}

/// `SPICE_IMAGE_TYPE_*`.
public enum ImageType: UInt8, Hashable, Sendable, CaseIterable {
  case bitmap = 0
  case quic = 1
  case lzPalette = 100
  case lzRGB = 101
  case glzRGB = 102
  case fromCache = 103
  case surface = 104
  case jpeg = 105
  case fromCacheLossless = 106
  case zlibGLZ = 107
  case jpegAlpha = 108
  case lz4 = 109

  public var name: StaticString {
    switch self {
    case .bitmap: "BITMAP"
    case .quic: "QUIC"
    case .lzPalette: "LZ_PLT"
    case .lzRGB: "LZ_RGB"
    case .glzRGB: "GLZ_RGB"
    case .fromCache: "FROM_CACHE"
    case .surface: "SURFACE"
    case .jpeg: "JPEG"
    case .fromCacheLossless: "FROM_CACHE_LOSSLESS"
    case .zlibGLZ: "ZLIB_GLZ_RGB"
    case .jpegAlpha: "JPEG_ALPHA"
    case .lz4: "LZ4"
    }
  }
}

public enum ImageContent: Hashable, Sendable {
  case bitmap(BitmapImage)
  case quic(ArraySlice<UInt8>)
  case lzPalette(LZPaletteImage)
  case lzRGB(ArraySlice<UInt8>)
  case glzRGB(ArraySlice<UInt8>)
  case fromCache
  case surface(UInt32)
  case jpeg(ArraySlice<UInt8>)
  case fromCacheLossless
  /// A zlib stream of `glzSize` bytes of GLZ.
  case zlibGLZ(glzSize: UInt32, ArraySlice<UInt8>)
  /// A JPEG for the colours and an LZ stream for the alpha, whose rows are top-down where the flag says so.
  case jpegAlpha(topDown: Bool, jpeg: ArraySlice<UInt8>, alpha: ArraySlice<UInt8>)
  case lz4(ArraySlice<UInt8>)

  public var type: ImageType {
    switch self {
    case .bitmap: .bitmap
    case .quic: .quic
    case .lzPalette: .lzPalette
    case .lzRGB: .lzRGB
    case .glzRGB: .glzRGB
    case .fromCache: .fromCache
    case .surface: .surface
    case .jpeg: .jpeg
    case .fromCacheLossless: .fromCacheLossless
    case .zlibGLZ: .zlibGLZ
    case .jpegAlpha: .jpegAlpha
    case .lz4: .lz4
    }
  }
}

/// The palette of an indexed image: sent along, or remembered from an earlier one.
public enum PaletteSource: Hashable, Sendable {
  case none
  /// `SPICE_BITMAP_FLAGS_PAL_FROM_CACHE`.
  case cached(UInt64)
  /// `SPICE_BITMAP_FLAGS_PAL_CACHE_ME` where it is to be kept.
  case inline(Palette, cacheMe: Bool)
}

/// Pixels as they are (`SpiceBitmap`).
public struct BitmapImage: Hashable, Sendable {
  /// `SPICE_BITMAP_FMT_*`, judged where it is decoded.
  public var format: UInt8
  /// Rows from the top; otherwise from the bottom.
  public var topDown: Bool
  public var width: UInt32
  public var height: UInt32
  /// Bytes from one row to the next.
  public var stride: UInt32
  public var palette: PaletteSource
  /// `stride * height` bytes.
  public var rows: ArraySlice<UInt8>

  public init(
    format: UInt8, topDown: Bool, width: UInt32, height: UInt32, stride: UInt32, palette: PaletteSource,
    rows: ArraySlice<UInt8>
  ) {
    self.format = format
    self.topDown = topDown
    self.width = width
    self.height = height
    self.stride = stride
    self.palette = palette
    self.rows = rows
  }
}

/// LZ over palette indices.
public struct LZPaletteImage: Hashable, Sendable {
  public var topDown: Bool
  public var palette: PaletteSource
  public var data: ArraySlice<UInt8>

  public init(topDown: Bool, palette: PaletteSource, data: ArraySlice<UInt8>) {
    self.topDown = topDown
    self.palette = palette
    self.data = data
  }
}

private enum BitmapFlags {
  static let paletteCacheMe: UInt8 = 1
  static let paletteFromCache: UInt8 = 2
  static let topDown: UInt8 = 4
}

extension Palette: WireStructure {
  /// Most colours an index of eight bits can choose from.
  public static let colorLimit = 256

  public init(from reader: inout ByteReader) throws(WireError) {
    let id = try reader.u64("palette.unique")
    let before = reader
    let count = try reader.u16("palette.num_ents")
    guard count <= Palette.colorLimit else {
      throw before.error("palette.num_ents", .limit(value: UInt64(count), limit: UInt64(Palette.colorLimit)))
    }
    let colors = try reader.list(count: count, stride: 4, "palette.ents") { (reader) throws(WireError) in
      try reader.u32("palette entry")
    }
    self.init(id: id, colors: colors)
  }

  public func write(to writer: inout ByteWriter) {
    let colors = colors.prefix(Palette.colorLimit)
    writer.u64(id)
    writer.count16(colors.count)
    for color in colors { writer.u32(color) }
  }
}

extension PaletteSource {
  fileprivate init(flags: UInt8, from reader: inout ByteReader) throws(WireError) {
    if flags & BitmapFlags.paletteFromCache != 0 {
      self = .cached(try reader.u64("palette_id"))
    } else if let palette = try reader.pointer("palette", Palette.init(from:)) {
      self = .inline(palette, cacheMe: flags & BitmapFlags.paletteCacheMe != 0)
    } else {
      self = .none
    }
  }

  fileprivate var flags: UInt8 {
    switch self {
    case .none: 0
    case .cached: BitmapFlags.paletteFromCache
    case .inline(_, let cacheMe): cacheMe ? BitmapFlags.paletteCacheMe : 0
    }
  }

  fileprivate func write(to writer: inout ByteWriter) {
    switch self {
    case .none: writer.nullPointer()
    case .cached(let id): writer.u64(id)
    case .inline(let palette, _): writer.pointer { palette.write(to: &$0) }
    }
  }
}

extension Image: WireStructure {
  public init(from reader: inout ByteReader) throws(WireError) {
    id = try reader.u64("image.id")
    let type = try reader.u8(ImageType.self, "image.type")
    flags = ImageFlags(rawValue: try reader.u8("image.flags"))
    width = try reader.u32("image.width")
    height = try reader.u32("image.height")
    content = try ImageContent(type, from: &reader)
  }

  public func write(to writer: inout ByteWriter) {
    writer.u64(id)
    writer.u8(content.type.rawValue)
    writer.u8(flags.rawValue)
    writer.u32(width)
    writer.u32(height)
    content.write(to: &writer)
  }
}

extension ImageContent {
  fileprivate init(_ type: ImageType, from reader: inout ByteReader) throws(WireError) {
    func data() throws(WireError) -> ArraySlice<UInt8> {
      let size = try reader.u32("image.data_size")
      return try reader.bytes(size, "image.data")
    }
    switch type {
    case .bitmap: self = .bitmap(try BitmapImage(from: &reader))
    case .quic: self = .quic(try data())
    case .lzPalette: self = .lzPalette(try LZPaletteImage(from: &reader))
    case .lzRGB: self = .lzRGB(try data())
    case .glzRGB: self = .glzRGB(try data())
    case .fromCache: self = .fromCache
    case .surface: self = .surface(try reader.u32("image.surface_id"))
    case .jpeg: self = .jpeg(try data())
    case .fromCacheLossless: self = .fromCacheLossless
    case .zlibGLZ:
      let glzSize = try reader.u32("image.glz_data_size")
      self = .zlibGLZ(glzSize: glzSize, try data())
    case .jpegAlpha:
      let flags = try reader.u8("image.flags")
      let before = reader
      let jpegSize = try reader.u32("image.jpeg_size")
      let size = try reader.u32("image.data_size")
      guard jpegSize <= size else {
        throw before.error("image.jpeg_size", .limit(value: UInt64(jpegSize), limit: UInt64(size)))
      }
      let jpeg = try reader.bytes(jpegSize, "image.jpeg")
      self = .jpegAlpha(topDown: flags & 1 != 0, jpeg: jpeg, alpha: try reader.bytes(size - jpegSize, "image.alpha"))
    case .lz4: self = .lz4(try data())
    }
  }

  fileprivate func write(to writer: inout ByteWriter) {
    switch self {
    case .bitmap(let bitmap): bitmap.write(to: &writer)
    case .lzPalette(let image): image.write(to: &writer)
    case .quic(let data), .lzRGB(let data), .glzRGB(let data), .jpeg(let data), .lz4(let data):
      writer.count32(data.count)
      writer.append(data)
    case .fromCache, .fromCacheLossless: break
    case .surface(let id): writer.u32(id)
    case .zlibGLZ(let glzSize, let data):
      writer.u32(glzSize)
      writer.count32(data.count)
      writer.append(data)
    case .jpegAlpha(let topDown, let jpeg, let alpha):
      writer.u8(topDown ? 1 : 0)
      writer.count32(jpeg.count)
      writer.count32(jpeg.count + alpha.count)
      writer.append(jpeg)
      writer.append(alpha)
    }
  }
}

extension BitmapImage: WireStructure {
  public init(from reader: inout ByteReader) throws(WireError) {
    format = try reader.u8("bitmap.format")
    let flags = try reader.u8("bitmap.flags")
    topDown = flags & BitmapFlags.topDown != 0
    width = try reader.u32("bitmap.x")
    height = try reader.u32("bitmap.y")
    stride = try reader.u32("bitmap.stride")
    palette = try PaletteSource(flags: flags, from: &reader)
    let size = Int(clamping: UInt64(stride) * UInt64(height))
    rows = try reader.bytes(size, "bitmap.data")
  }

  public func write(to writer: inout ByteWriter) {
    writer.u8(format)
    writer.u8(palette.flags | (topDown ? BitmapFlags.topDown : 0))
    writer.u32(width)
    writer.u32(height)
    writer.u32(stride)
    palette.write(to: &writer)
    writer.append(rows)
  }
}

extension LZPaletteImage: WireStructure {
  public init(from reader: inout ByteReader) throws(WireError) {
    let flags = try reader.u8("lz_plt.flags")
    topDown = flags & BitmapFlags.topDown != 0
    let size = try reader.u32("lz_plt.data_size")
    palette = try PaletteSource(flags: flags, from: &reader)
    data = try reader.bytes(size, "lz_plt.data")
  }

  public func write(to writer: inout ByteWriter) {
    writer.u8(palette.flags | (topDown ? BitmapFlags.topDown : 0))
    writer.count32(data.count)
    palette.write(to: &writer)
    writer.append(data)
  }
}
