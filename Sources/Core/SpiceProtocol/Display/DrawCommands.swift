import SpicePixels

/// A draw message without its base: what is drawn, and how.
public enum DrawCommand: Hashable, Sendable {
  case copyBits(from: Point)
  case fill(brush: BrushSource, rop: UInt16, mask: MaskSource)
  case opaque(source: Image, area: Rect, brush: BrushSource, rop: UInt16, scale: ImageScaleMode, mask: MaskSource)
  case copy(source: Image, area: Rect, rop: UInt16, scale: ImageScaleMode, mask: MaskSource)
  case blend(source: Image, area: Rect, rop: UInt16, scale: ImageScaleMode, mask: MaskSource)
  case blackness(mask: MaskSource)
  case whiteness(mask: MaskSource)
  case invert(mask: MaskSource)
  case rop3(source: Image, area: Rect, brush: BrushSource, rop3: UInt8, scale: ImageScaleMode, mask: MaskSource)
  case stroke(
    path: [PathSegment], attributes: LineAttributes, brush: BrushSource, foreMode: UInt16, backMode: UInt16)
  case text(
    string: GlyphString, backArea: Rect, foreBrush: BrushSource, backBrush: BrushSource, foreMode: UInt16,
    backMode: UInt16)
  case transparent(source: Image, area: Rect, sourceColor: UInt32, trueColor: UInt32)
  /// `flags`: `AlphaFlags`.
  case alphaBlend(flags: UInt8, alpha: UInt8, source: Image, area: Rect)
  case composite(Composite)
}

/// `SPICE_ALPHA_FLAGS_*`.
public enum AlphaFlags {
  public static let destinationHasAlpha: UInt8 = 1
  public static let sourceSurfaceHasAlpha: UInt8 = 2
}

/// The parameters of DRAW_COMPOSITE (`SpiceComposite`).
public struct Composite: Hashable, Sendable {
  public static let componentAlpha: UInt32 = 1 << 18
  public static let hasMask: UInt32 = 1 << 19
  public static let hasSourceTransform: UInt32 = 1 << 20
  public static let hasMaskTransform: UInt32 = 1 << 21
  /// The source's alpha counts for nothing.
  public static let sourceOpaque: UInt32 = 1 << 22

  /// Operator, filters, repeats and more, packed (`SPICE_COMPOSITE_*`).
  public var flags: UInt32
  public var source: Image
  /// There exactly where `flags` has `hasMask`.
  public var mask: Image?
  /// The upper two rows of a 3×3 matrix in 16.16 fixed numbers, row by row.
  public var sourceTransform: [UInt32]?
  public var maskTransform: [UInt32]?
  public var sourceX: Int16
  public var sourceY: Int16
  public var maskX: Int16
  public var maskY: Int16

  public init(
    flags: UInt32, source: Image, mask: Image?, sourceTransform: [UInt32]?, maskTransform: [UInt32]?,
    sourceX: Int16, sourceY: Int16, maskX: Int16, maskY: Int16
  ) {
    self.flags = flags
    self.source = source
    self.mask = mask
    self.sourceTransform = sourceTransform
    self.maskTransform = maskTransform
    self.sourceX = sourceX
    self.sourceY = sourceY
    self.maskX = maskX
    self.maskY = maskY
  }
}

extension DrawCommand {
  public var kind: DisplayServerMessage.Kind {
    switch self {
    case .copyBits: .copyBits
    case .fill: .drawFill
    case .opaque: .drawOpaque
    case .copy: .drawCopy
    case .blend: .drawBlend
    case .blackness: .drawBlackness
    case .whiteness: .drawWhiteness
    case .invert: .drawInvert
    case .rop3: .drawROP3
    case .stroke: .drawStroke
    case .text: .drawText
    case .transparent: .drawTransparent
    case .alphaBlend: .drawAlphaBlend
    case .composite: .drawComposite
    }
  }

  /// Nil where `kind` is no draw command.
  init?(_ kind: DisplayServerMessage.Kind, from reader: inout ByteReader) throws(WireError) {
    switch kind {
    case .copyBits: self = .copyBits(from: try Point(from: &reader))
    case .drawFill:
      self = .fill(
        brush: try BrushSource(from: &reader), rop: try reader.u16("rop_descriptor"),
        mask: try MaskSource(from: &reader))
    case .drawOpaque:
      self = .opaque(
        source: try reader.image("src_bitmap"), area: try Rect(from: &reader),
        brush: try BrushSource(from: &reader), rop: try reader.u16("rop_descriptor"),
        scale: try reader.scaleMode(), mask: try MaskSource(from: &reader))
    case .drawCopy:
      self = .copy(
        source: try reader.image("src_bitmap"), area: try Rect(from: &reader), rop: try reader.u16("rop_descriptor"),
        scale: try reader.scaleMode(), mask: try MaskSource(from: &reader))
    case .drawBlend:
      self = .blend(
        source: try reader.image("src_bitmap"), area: try Rect(from: &reader), rop: try reader.u16("rop_descriptor"),
        scale: try reader.scaleMode(), mask: try MaskSource(from: &reader))
    case .drawBlackness: self = .blackness(mask: try MaskSource(from: &reader))
    case .drawWhiteness: self = .whiteness(mask: try MaskSource(from: &reader))
    case .drawInvert: self = .invert(mask: try MaskSource(from: &reader))
    case .drawROP3:
      self = .rop3(
        source: try reader.image("src_bitmap"), area: try Rect(from: &reader),
        brush: try BrushSource(from: &reader), rop3: try reader.u8("rop3"), scale: try reader.scaleMode(),
        mask: try MaskSource(from: &reader))
    case .drawStroke:
      self = .stroke(
        path: try reader.path(), attributes: try reader.lineAttributes(), brush: try BrushSource(from: &reader),
        foreMode: try reader.u16("fore_mode"), backMode: try reader.u16("back_mode"))
    case .drawText:
      self = .text(
        string: try reader.glyphString(), backArea: try Rect(from: &reader),
        foreBrush: try BrushSource(from: &reader), backBrush: try BrushSource(from: &reader),
        foreMode: try reader.u16("fore_mode"), backMode: try reader.u16("back_mode"))
    case .drawTransparent:
      self = .transparent(
        source: try reader.image("src_bitmap"), area: try Rect(from: &reader),
        sourceColor: try reader.u32("src_color"), trueColor: try reader.u32("true_color"))
    case .drawAlphaBlend:
      self = .alphaBlend(
        flags: try reader.u8("alpha_flags"), alpha: try reader.u8("alpha"), source: try reader.image("src_bitmap"),
        area: try Rect(from: &reader))
    case .drawComposite: self = .composite(try Composite(from: &reader))
    default: return nil
    }
  }

  func write(to writer: inout ByteWriter) {
    switch self {
    case .copyBits(let from): from.write(to: &writer)
    case .fill(let brush, let rop, let mask):
      brush.write(to: &writer)
      writer.u16(rop)
      mask.write(to: &writer)
    case .opaque(let source, let area, let brush, let rop, let scale, let mask):
      writer.image(source)
      area.write(to: &writer)
      brush.write(to: &writer)
      writer.u16(rop)
      writer.u8(scale.rawValue)
      mask.write(to: &writer)
    case .copy(let source, let area, let rop, let scale, let mask),
      .blend(let source, let area, let rop, let scale, let mask):
      writer.image(source)
      area.write(to: &writer)
      writer.u16(rop)
      writer.u8(scale.rawValue)
      mask.write(to: &writer)
    case .blackness(let mask), .whiteness(let mask), .invert(let mask): mask.write(to: &writer)
    case .rop3(let source, let area, let brush, let rop3, let scale, let mask):
      writer.image(source)
      area.write(to: &writer)
      brush.write(to: &writer)
      writer.u8(rop3)
      writer.u8(scale.rawValue)
      mask.write(to: &writer)
    case .stroke(let path, let attributes, let brush, let foreMode, let backMode):
      writer.path(path)
      writer.lineAttributes(attributes)
      brush.write(to: &writer)
      writer.u16(foreMode)
      writer.u16(backMode)
    case .text(let string, let backArea, let foreBrush, let backBrush, let foreMode, let backMode):
      writer.glyphString(string)
      backArea.write(to: &writer)
      foreBrush.write(to: &writer)
      backBrush.write(to: &writer)
      writer.u16(foreMode)
      writer.u16(backMode)
    case .transparent(let source, let area, let sourceColor, let trueColor):
      writer.image(source)
      area.write(to: &writer)
      writer.u32(sourceColor)
      writer.u32(trueColor)
    case .alphaBlend(let flags, let alpha, let source, let area):
      writer.u8(flags)
      writer.u8(alpha)
      writer.image(source)
      area.write(to: &writer)
    case .composite(let composite): composite.write(to: &writer)
    }
  }
}

extension Composite: WireStructure {
  public init(from reader: inout ByteReader) throws(WireError) {
    let flags = try reader.u32("flags")
    self.flags = flags
    source = try reader.image("src_bitmap")
    mask = flags & Composite.hasMask != 0 ? try reader.image("mask_bitmap") : nil
    sourceTransform = flags & Composite.hasSourceTransform != 0 ? try reader.transform("src_transform") : nil
    maskTransform = flags & Composite.hasMaskTransform != 0 ? try reader.transform("mask_transform") : nil
    sourceX = try reader.i16("src_origin.x")
    sourceY = try reader.i16("src_origin.y")
    maskX = try reader.i16("mask_origin.x")
    maskY = try reader.i16("mask_origin.y")
  }

  public func write(to writer: inout ByteWriter) {
    writer.u32(flags)
    writer.image(source)
    if flags & Composite.hasMask != 0 { writer.image(mask) }
    if flags & Composite.hasSourceTransform != 0 { writer.transform(sourceTransform) }
    if flags & Composite.hasMaskTransform != 0 { writer.transform(maskTransform) }
    writer.i16(sourceX)
    writer.i16(sourceY)
    writer.i16(maskX)
    writer.i16(maskY)
  }
}

extension ByteReader {
  fileprivate mutating func scaleMode() throws(WireError) -> ImageScaleMode {
    try u8(ImageScaleMode.self, "scale_mode")
  }

  fileprivate mutating func transform(_ field: StaticString) throws(WireError) -> [UInt32] {
    try list(count: 6, stride: 4, field) { (reader) throws(WireError) in try reader.u32(field) }
  }
}

extension ByteWriter {
  fileprivate mutating func transform(_ matrix: [UInt32]?) {
    for place in 0..<6 {
      u32(matrix.flatMap { place < $0.count ? $0[place] : nil } ?? 0)
    }
  }
}
