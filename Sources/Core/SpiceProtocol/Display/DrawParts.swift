import SpicePixels

/// Where a draw command acts: what every one of them begins with (`SpiceMsgDisplayBase`).
public struct DrawBase: Hashable, Sendable {
  public var surface: UInt32
  public var box: Rect
  public var clip: ClipRects

  public init(surface: UInt32, box: Rect, clip: ClipRects = .none) {
    self.surface = surface
    self.box = box
    self.clip = clip
  }
}

/// `SpiceClip`.
public enum ClipRects: Hashable, Sendable {
  case none
  case rects([Rect])
}

/// `SpiceBrush`.
public enum BrushSource: Hashable, Sendable {
  case none
  /// `0x00RRGGBB` on 32-bit surfaces, `0RRRRRGGGGGBBBBB` on 16-bit ones.
  case solid(UInt32)
  case pattern(Image, origin: Point)
}

/// `SpiceQMask`.
public struct MaskSource: Hashable, Sendable {
  public var inverted: Bool
  public var position: Point
  /// Nil: no mask at all.
  public var bitmap: Image?

  public init(inverted: Bool = false, position: Point = Point(x: 0, y: 0), bitmap: Image? = nil) {
    self.inverted = inverted
    self.position = position
    self.bitmap = bitmap
  }

  public static let none = MaskSource()
}

/// `SPICE_IMAGE_SCALE_MODE_*`.
public enum ImageScaleMode: UInt8, Hashable, Sendable { case interpolate, nearest }

/// One run of points of a path (`SpicePathSeg`).
public struct PathSegment: Hashable, Sendable {
  public static let begin: UInt8 = 1
  public static let end: UInt8 = 2
  public static let close: UInt8 = 8
  public static let bezier: UInt8 = 16

  public var flags: UInt8
  public var points: [FixedPoint]

  public init(flags: UInt8, points: [FixedPoint]) {
    self.flags = flags
    self.points = points
  }
}

/// A point in 28.4 fixed numbers: sixteenths of a pixel (`SpicePointFix`).
public struct FixedPoint: Hashable, Sendable {
  public var x: Int32
  public var y: Int32

  public init(x: Int32, y: Int32) {
    self.x = x
    self.y = y
  }
}

/// `SpiceLineAttr`.
public struct LineAttributes: Hashable, Sendable {
  public static let startWithGap: UInt8 = 4
  public static let styled: UInt8 = 8

  public var flags: UInt8
  /// Lengths of dash, gap, dash, … in 28.4 fixed numbers.
  public var style: [Int32]

  public init(flags: UInt8, style: [Int32] = []) {
    self.flags = flags
    self.style = style
  }
}

/// Letters as small pictures (`SpiceString`).
public struct GlyphString: Hashable, Sendable {
  public static let a1: UInt8 = 1
  public static let a4: UInt8 = 2
  public static let a8: UInt8 = 4
  public static let topDown: UInt8 = 8

  public var flags: UInt8
  public var glyphs: [Glyph]

  public init(flags: UInt8, glyphs: [Glyph]) {
    self.flags = flags
    self.glyphs = glyphs
  }

  /// Bits a pixel of the glyphs' rows.
  public var bitsPerPixel: Int {
    if flags & GlyphString.a1 != 0 { return 1 }
    return flags & GlyphString.a4 != 0 ? 4 : 8
  }
}

/// `SpiceRasterGlyph`.
public struct Glyph: Hashable, Sendable {
  public var renderPosition: Point
  public var origin: Point
  public var width: UInt16
  public var height: UInt16
  /// `ceil(width * bits / 8) * height` bytes.
  public var rows: ArraySlice<UInt8>

  public init(renderPosition: Point, origin: Point, width: UInt16, height: UInt16, rows: ArraySlice<UInt8>) {
    self.renderPosition = renderPosition
    self.origin = origin
    self.width = width
    self.height = height
    self.rows = rows
  }
}

extension DrawBase: WireStructure {
  public init(from reader: inout ByteReader) throws(WireError) {
    surface = try reader.u32("surface_id")
    box = try Rect(from: &reader)
    clip = try ClipRects(from: &reader)
  }

  public func write(to writer: inout ByteWriter) {
    writer.u32(surface)
    box.write(to: &writer)
    clip.write(to: &writer)
  }
}

extension ClipRects: WireStructure {
  public init(from reader: inout ByteReader) throws(WireError) {
    let before = reader
    switch try reader.u8("clip.type") {
    case 0: self = .none
    case 1:
      let count = try reader.u32("clip.num_rects")
      self = .rects(
        try reader.list(count: count, stride: 16, "clip.rects") { (reader) throws(WireError) in
          try Rect(from: &reader)
        })
    case let other: throw before.error("clip.type", .unknown(value: UInt64(other)))
    }
  }

  public func write(to writer: inout ByteWriter) {
    switch self {
    case .none: writer.u8(0)
    case .rects(let rects):
      writer.u8(1)
      writer.count32(rects.count)
      for rect in rects { rect.write(to: &writer) }
    }
  }
}

extension BrushSource: WireStructure {
  public init(from reader: inout ByteReader) throws(WireError) {
    let before = reader
    switch try reader.u8("brush.type") {
    case 0: self = .none
    case 1: self = .solid(try reader.u32("brush.color"))
    case 2:
      let image = try reader.requiredPointer("brush.pattern", Image.init(from:))
      self = .pattern(image, origin: try Point(from: &reader))
    case let other: throw before.error("brush.type", .unknown(value: UInt64(other)))
    }
  }

  public func write(to writer: inout ByteWriter) {
    switch self {
    case .none: writer.u8(0)
    case .solid(let color):
      writer.u8(1)
      writer.u32(color)
    case .pattern(let image, let origin):
      writer.u8(2)
      writer.pointer { image.write(to: &$0) }
      origin.write(to: &writer)
    }
  }
}

extension MaskSource: WireStructure {
  public init(from reader: inout ByteReader) throws(WireError) {
    inverted = try reader.u8("mask.flags") & 1 != 0
    position = try Point(from: &reader)
    bitmap = try reader.pointer("mask.bitmap", Image.init(from:))
  }

  public func write(to writer: inout ByteWriter) {
    writer.u8(inverted ? 1 : 0)
    position.write(to: &writer)
    writer.image(bitmap)
  }
}

extension ByteWriter {
  mutating func image(_ image: Image?) {
    if let image {
      pointer { image.write(to: &$0) }
    } else {
      nullPointer()
    }
  }
}

extension ByteReader {
  mutating func image(_ field: StaticString) throws(WireError) -> Image {
    try requiredPointer(field, Image.init(from:))
  }

  mutating func path() throws(WireError) -> [PathSegment] {
    try requiredPointer("path") { (reader) throws(WireError) in
      let count = try reader.u32("path.num_segments")
      return try reader.list(count: count, stride: 5, "path.segments") { (reader) throws(WireError) in
        let flags = try reader.u8("segment.flags")
        let points = try reader.u32("segment.count")
        return PathSegment(
          flags: flags,
          points: try reader.list(count: points, stride: 8, "segment.points") { (reader) throws(WireError) in
            FixedPoint(x: try reader.i32("point.x"), y: try reader.i32("point.y"))
          })
      }
    }
  }

  mutating func lineAttributes() throws(WireError) -> LineAttributes {
    let flags = try u8("attr.flags")
    guard flags & LineAttributes.styled != 0 else { return LineAttributes(flags: flags) }
    let count = try u8("attr.style_nseg")
    let style = try pointer("attr.style") { (reader) throws(WireError) in
      try reader.list(count: count, stride: 4, "attr.style") { (reader) throws(WireError) in
        try reader.i32("attr.style")
      }
    }
    return LineAttributes(flags: flags, style: style ?? [])
  }

  mutating func glyphString() throws(WireError) -> GlyphString {
    try requiredPointer("str") { (reader) throws(WireError) in
      let count = try reader.u16("str.length")
      var string = GlyphString(flags: try reader.u8("str.flags"), glyphs: [])
      let bits = string.bitsPerPixel
      string.glyphs = try reader.list(count: count, stride: 20, "str.glyphs") { (reader) throws(WireError) in
        let position = try Point(from: &reader)
        let origin = try Point(from: &reader)
        let width = try reader.u16("glyph.width")
        let height = try reader.u16("glyph.height")
        let size = UInt32((Int(width) * bits + 7) / 8) * UInt32(height)
        return Glyph(
          renderPosition: position, origin: origin, width: width, height: height,
          rows: try reader.bytes(size, "glyph.data"))
      }
      return string
    }
  }
}

extension ByteWriter {
  mutating func path(_ segments: [PathSegment]) {
    pointer { writer in
      writer.count32(segments.count)
      for segment in segments {
        writer.u8(segment.flags)
        writer.count32(segment.points.count)
        for point in segment.points {
          writer.i32(point.x)
          writer.i32(point.y)
        }
      }
    }
  }

  mutating func lineAttributes(_ attributes: LineAttributes) {
    u8(attributes.flags)
    guard attributes.flags & LineAttributes.styled != 0 else { return }
    let style = attributes.style.prefix(Int(UInt8.max))
    count8(style.count)
    // What nothing stands behind would point to the end of the message.
    if style.isEmpty { return nullPointer() }
    pointer { writer in
      for length in style { writer.i32(length) }
    }
  }

  mutating func glyphString(_ string: GlyphString) {
    pointer { writer in
      let glyphs = string.glyphs.prefix(Int(UInt16.max))
      writer.count16(glyphs.count)
      writer.u8(string.flags)
      for glyph in glyphs {
        glyph.renderPosition.write(to: &writer)
        glyph.origin.write(to: &writer)
        writer.u16(glyph.width)
        writer.u16(glyph.height)
        writer.append(glyph.rows)
      }
    }
  }
}
