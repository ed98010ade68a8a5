import SpicePixels

/// What a server says on a display channel (`SPICE_MSG_DISPLAY_*`).
public enum DisplayServerMessage: Sendable, Hashable {
  case mode(width: UInt32, height: UInt32, bits: UInt32)
  /// The first picture is complete: show it.
  case mark
  case reset
  case invalidateList([CachedResource])
  case invalidateAllPixmaps([ChannelWait])
  case invalidatePalette(UInt64)
  case invalidateAllPalettes
  case streamCreate(StreamCreate)
  case streamData(StreamFrame)
  case streamClip(id: UInt32, clip: ClipRects)
  case streamDestroy(UInt32)
  case streamDestroyAll
  case draw(DrawBase, DrawCommand)
  case surfaceCreate(SurfaceCreate)
  case surfaceDestroy(UInt32)
  case monitorsConfig([MonitorHead], maximum: UInt16)
  case streamActivateReport(StreamActivateReport)
  case glScanoutUnix(GLScanout)
  case glDraw(x: UInt32, y: UInt32, width: UInt32, height: UInt32)
  case qualityIndicator(ArraySlice<UInt8>)

  public enum Kind: UInt16, CaseIterable, Sendable {
    case mode = 101
    case mark = 102
    case reset = 103
    case copyBits = 104
    case invalidateList = 105
    case invalidateAllPixmaps = 106
    case invalidatePalette = 107
    case invalidateAllPalettes = 108
    case streamCreate = 122
    case streamData = 123
    case streamClip = 124
    case streamDestroy = 125
    case streamDestroyAll = 126
    case drawFill = 302
    case drawOpaque = 303
    case drawCopy = 304
    case drawBlend = 305
    case drawBlackness = 306
    case drawWhiteness = 307
    case drawInvert = 308
    case drawROP3 = 309
    case drawStroke = 310
    case drawText = 311
    case drawTransparent = 312
    case drawAlphaBlend = 313
    case surfaceCreate = 314
    case surfaceDestroy = 315
    case streamDataSized = 316
    case monitorsConfig = 317
    case drawComposite = 318
    case streamActivateReport = 319
    case glScanoutUnix = 320
    case glDraw = 321
    /// In the headers; its layout was never published, so its bytes are passed on as they are.
    case qualityIndicator = 322

    public var name: StaticString {
      switch self {
      case .mode: "MODE"
      case .mark: "MARK"
      case .reset: "RESET"
      case .copyBits: "COPY_BITS"
      case .invalidateList: "INVAL_LIST"
      case .invalidateAllPixmaps: "INVAL_ALL_PIXMAPS"
      case .invalidatePalette: "INVAL_PALETTE"
      case .invalidateAllPalettes: "INVAL_ALL_PALETTES"
      case .streamCreate: "STREAM_CREATE"
      case .streamData: "STREAM_DATA"
      case .streamClip: "STREAM_CLIP"
      case .streamDestroy: "STREAM_DESTROY"
      case .streamDestroyAll: "STREAM_DESTROY_ALL"
      case .drawFill: "DRAW_FILL"
      case .drawOpaque: "DRAW_OPAQUE"
      case .drawCopy: "DRAW_COPY"
      case .drawBlend: "DRAW_BLEND"
      case .drawBlackness: "DRAW_BLACKNESS"
      case .drawWhiteness: "DRAW_WHITENESS"
      case .drawInvert: "DRAW_INVERS"
      case .drawROP3: "DRAW_ROP3"
      case .drawStroke: "DRAW_STROKE"
      case .drawText: "DRAW_TEXT"
      case .drawTransparent: "DRAW_TRANSPARENT"
      case .drawAlphaBlend: "DRAW_ALPHA_BLEND"
      case .surfaceCreate: "SURFACE_CREATE"
      case .surfaceDestroy: "SURFACE_DESTROY"
      case .streamDataSized: "STREAM_DATA_SIZED"
      case .monitorsConfig: "MONITORS_CONFIG"
      case .drawComposite: "DRAW_COMPOSITE"
      case .streamActivateReport: "STREAM_ACTIVATE_REPORT"
      case .glScanoutUnix: "GL_SCANOUT_UNIX"
      case .glDraw: "GL_DRAW"
      case .qualityIndicator: "QUALITY_INDICATOR"
      }
    }
  }
}

/// Something the client may forget (`SpiceResourceID`); type 1 is an image.
public struct CachedResource: Hashable, Sendable {
  public static let pixmap: UInt8 = 1

  public var type: UInt8
  public var id: UInt64

  public init(type: UInt8 = CachedResource.pixmap, id: UInt64) {
    self.type = type
    self.id = id
  }
}

/// What a client says on a display channel (`SPICE_MSGC_DISPLAY_*`).
public enum DisplayClientMessage: Sendable, Hashable {
  case initialize(DisplayInit)
  case streamReport(StreamReport)
  case preferredCompression(ImageCompression)
  case glDrawDone
  /// Best first.
  case preferredVideoCodecs([VideoCodec])

  public enum Kind: UInt16, CaseIterable, Sendable {
    case initialize = 101
    case streamReport = 102
    case preferredCompression = 103
    case glDrawDone = 104
    case preferredVideoCodecs = 105

    public var name: StaticString {
      switch self {
      case .initialize: "INIT"
      case .streamReport: "STREAM_REPORT"
      case .preferredCompression: "PREFERRED_COMPRESSION"
      case .glDrawDone: "GL_DRAW_DONE"
      case .preferredVideoCodecs: "PREFERRED_VIDEO_CODEC_TYPE"
      }
    }
  }
}

extension DisplayServerMessage: ChannelMessage {
  public var type: UInt16 { kind.rawValue }

  public var kind: Kind {
    switch self {
    case .mode: .mode
    case .mark: .mark
    case .reset: .reset
    case .invalidateList: .invalidateList
    case .invalidateAllPixmaps: .invalidateAllPixmaps
    case .invalidatePalette: .invalidatePalette
    case .invalidateAllPalettes: .invalidateAllPalettes
    case .streamCreate: .streamCreate
    case .streamData(let frame): frame.sizing == nil ? .streamData : .streamDataSized
    case .streamClip: .streamClip
    case .streamDestroy: .streamDestroy
    case .streamDestroyAll: .streamDestroyAll
    case .draw(_, let command): command.kind
    case .surfaceCreate: .surfaceCreate
    case .surfaceDestroy: .surfaceDestroy
    case .monitorsConfig: .monitorsConfig
    case .streamActivateReport: .streamActivateReport
    case .glScanoutUnix: .glScanoutUnix
    case .glDraw: .glDraw
    case .qualityIndicator: .qualityIndicator
    }
  }

  public init(type: UInt16, body: ArraySlice<UInt8>, fields: FieldLog?) throws(WireError) {
    guard let kind = Kind(rawValue: type) else { throw unknownMessage(type, "display channel server message") }
    var reader = ByteReader(body, structure: kind.name, fields: fields)
    switch kind {
    case .mode:
      self = .mode(
        width: try reader.u32("x_res"), height: try reader.u32("y_res"), bits: try reader.u32("bits"))
    case .mark: self = .mark
    case .reset: self = .reset
    case .invalidateList:
      let count = try reader.u16("count")
      self = .invalidateList(
        try reader.list(count: count, stride: 9, "resources") { (reader) throws(WireError) in
          CachedResource(type: try reader.u8("type"), id: try reader.u64("id"))
        })
    case .invalidateAllPixmaps: self = .invalidateAllPixmaps(try reader.channelWaits())
    case .invalidatePalette: self = .invalidatePalette(try reader.u64("id"))
    case .invalidateAllPalettes: self = .invalidateAllPalettes
    case .streamCreate: self = .streamCreate(try StreamCreate(from: &reader))
    case .streamData, .streamDataSized:
      self = .streamData(try StreamFrame(sized: kind == .streamDataSized, from: &reader))
    case .streamClip: self = .streamClip(id: try reader.u32("id"), clip: try ClipRects(from: &reader))
    case .streamDestroy: self = .streamDestroy(try reader.u32("id"))
    case .streamDestroyAll: self = .streamDestroyAll
    case .surfaceCreate: self = .surfaceCreate(try SurfaceCreate(from: &reader))
    case .surfaceDestroy: self = .surfaceDestroy(try reader.u32("surface_id"))
    case .monitorsConfig:
      let count = try reader.u16("count")
      let maximum = try reader.u16("max_allowed")
      self = .monitorsConfig(
        try reader.list(count: count, stride: 28, "heads") { (reader) throws(WireError) in
          try MonitorHead(from: &reader)
        }, maximum: maximum)
    case .streamActivateReport: self = .streamActivateReport(try StreamActivateReport(from: &reader))
    case .glScanoutUnix: self = .glScanoutUnix(try GLScanout(from: &reader))
    case .glDraw:
      self = .glDraw(
        x: try reader.u32("x"), y: try reader.u32("y"), width: try reader.u32("w"), height: try reader.u32("h"))
    case .qualityIndicator: self = .qualityIndicator(reader.rest())
    case .copyBits, .drawFill, .drawOpaque, .drawCopy, .drawBlend, .drawBlackness, .drawWhiteness, .drawInvert,
      .drawROP3, .drawStroke, .drawText, .drawTransparent, .drawAlphaBlend, .drawComposite:
      let base = try DrawBase(from: &reader)
      guard let command = try DrawCommand(kind, from: &reader) else {
        throw unknownMessage(type, "display channel server message")
      }
      self = .draw(base, command)
      return  // offsets lead into the tail
    }
    try reader.finish()
  }

  public func write(to writer: inout ByteWriter) {
    switch self {
    case .mode(let width, let height, let bits):
      writer.u32(width)
      writer.u32(height)
      writer.u32(bits)
    case .mark, .reset, .invalidateAllPalettes, .streamDestroyAll: break
    case .invalidateList(let resources):
      let resources = resources.prefix(Int(UInt16.max))
      writer.count16(resources.count)
      for resource in resources {
        writer.u8(resource.type)
        writer.u64(resource.id)
      }
    case .invalidateAllPixmaps(let waits): writer.channelWaits(waits)
    case .invalidatePalette(let id): writer.u64(id)
    case .streamCreate(let value): value.write(to: &writer)
    case .streamData(let frame): frame.write(to: &writer)
    case .streamClip(let id, let clip):
      writer.u32(id)
      clip.write(to: &writer)
    case .streamDestroy(let id), .surfaceDestroy(let id): writer.u32(id)
    case .draw(let base, let command):
      base.write(to: &writer)
      command.write(to: &writer)
    case .surfaceCreate(let value): value.write(to: &writer)
    case .monitorsConfig(let heads, let maximum):
      let heads = heads.prefix(Int(UInt16.max))
      writer.count16(heads.count)
      writer.u16(maximum)
      for head in heads { head.write(to: &writer) }
    case .streamActivateReport(let value): value.write(to: &writer)
    case .glScanoutUnix(let value): value.write(to: &writer)
    case .glDraw(let x, let y, let width, let height):
      writer.u32(x)
      writer.u32(y)
      writer.u32(width)
      writer.u32(height)
    case .qualityIndicator(let data): writer.append(data)
    }
  }
}

extension StreamFrame {
  fileprivate init(sized: Bool, from reader: inout ByteReader) throws(WireError) {
    id = try reader.u32("id")
    multimediaTime = try reader.u32("multi_media_time")
    sizing =
      sized
      ? Sizing(
        width: try reader.u32("width"), height: try reader.u32("height"), destination: try Rect(from: &reader)) : nil
    let size = try reader.u32("data_size")
    data = try reader.bytes(size, "data")
  }

  fileprivate func write(to writer: inout ByteWriter) {
    writer.u32(id)
    writer.u32(multimediaTime)
    if let sizing {
      writer.u32(sizing.width)
      writer.u32(sizing.height)
      sizing.destination.write(to: &writer)
    }
    writer.count32(data.count)
    writer.append(data)
  }
}

extension DisplayClientMessage: ChannelMessage {
  public var type: UInt16 { kind.rawValue }

  var kind: Kind {
    switch self {
    case .initialize: .initialize
    case .streamReport: .streamReport
    case .preferredCompression: .preferredCompression
    case .glDrawDone: .glDrawDone
    case .preferredVideoCodecs: .preferredVideoCodecs
    }
  }

  public init(type: UInt16, body: ArraySlice<UInt8>, fields: FieldLog?) throws(WireError) {
    guard let kind = Kind(rawValue: type) else { throw unknownMessage(type, "display channel client message") }
    var reader = ByteReader(body, structure: kind.name, fields: fields)
    switch kind {
    case .initialize: self = .initialize(try DisplayInit(from: &reader))
    case .streamReport: self = .streamReport(try StreamReport(from: &reader))
    case .preferredCompression:
      self = .preferredCompression(try reader.u8(ImageCompression.self, "image_compression"))
    case .glDrawDone: self = .glDrawDone
    case .preferredVideoCodecs:
      let count = try reader.u8("num_of_codecs")
      self = .preferredVideoCodecs(
        try reader.list(count: count, stride: 1, "codecs") { (reader) throws(WireError) in
          try reader.u8(VideoCodec.self, "codec")
        })
    }
    try reader.finish()
  }

  public func write(to writer: inout ByteWriter) {
    switch self {
    case .initialize(let value): value.write(to: &writer)
    case .streamReport(let value): value.write(to: &writer)
    case .preferredCompression(let compression): writer.u8(compression.rawValue)
    case .glDrawDone: break
    case .preferredVideoCodecs(let codecs):
      let codecs = codecs.prefix(Int(UInt8.max))
      writer.count8(codecs.count)
      for codec in codecs { writer.u8(codec.rawValue) }
    }
  }
}
