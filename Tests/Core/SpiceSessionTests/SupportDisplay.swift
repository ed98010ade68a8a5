import SpiceCanvas
import SpicePixels
import SpiceProtocol
import SpiceSession
import Testing

typealias Display = Bench<DisplayEngine>

extension Bench where Engine == DisplayEngine {
  /// A linked display channel that has greeted; `store` is what it shares with others.
  static func display(
    _ id: UInt8 = 0, videoCodecs: [VideoCodec] = [], limits: SessionLimits = .standard, header: HeaderKind = .mini,
    store: DisplayStore? = nil
  ) throws(SessionError) -> Display {
    var bench = try linked(
      DisplayEngine(connectionID: 1, id: id, videoCodecs: videoCodecs, hasPassword: false, limits: limits),
      store ?? DisplayStore(limits: limits), header: header)
    _ = bench.takeBytes()
    return bench
  }

  /// With a primary surface 0 of that size.
  static func screen(
    _ width: UInt32 = 4, _ height: UInt32 = 4, videoCodecs: [VideoCodec] = [], limits: SessionLimits = .standard
  ) throws(SessionError) -> Display {
    var bench = try display(videoCodecs: videoCodecs, limits: limits)
    try bench.say(create(0, width, height))
    _ = bench.takeEvents()
    return bench
  }

  /// The colours of a surface, without what their fourth byte carries.
  func colors(_ surface: UInt32 = 0) -> [UInt32] {
    engine.surfaces[surface]?.pixels.map { $0 & 0xFF_FFFF } ?? []
  }

  /// The colour of a surface's first pixel.
  func color(_ surface: UInt32 = 0) -> UInt32? { colors(surface).first }

  /// The host's answer: a picture of one colour, of the size that was announced.
  mutating func paint(_ job: DecodeJob, _ color: UInt32) throws(SessionError) {
    guard case .jpeg(_, let width, let height) = job.work else { return }
    try complete(job.id, .pixels(Raster(width: width, height: height, kind: .opaque, fill: color)))
  }
}

func rect(_ left: Int32, _ top: Int32, _ width: Int32, _ height: Int32) -> Rect {
  Rect(left: left, top: top, right: left + width, bottom: top + height)
}

// MARK: Messages

func create(
  _ id: UInt32, _ width: UInt32 = 4, _ height: UInt32 = 4, format: UInt32 = SurfaceFormat.xrgb.rawValue,
  flags: UInt32? = nil
) -> DisplayServerMessage {
  .surfaceCreate(
    SurfaceCreate(
      id: id, width: width, height: height, format: format, flags: flags ?? (id == 0 ? SurfaceCreate.primary : 0)))
}

func destroy(_ id: UInt32) -> DisplayServerMessage { .surfaceDestroy(id) }

func draw(_ command: DrawCommand, on surface: UInt32 = 0, _ box: Rect = rect(0, 0, 4, 4)) -> DisplayServerMessage {
  .draw(DrawBase(surface: surface, box: box), command)
}

func fill(_ color: UInt32, on surface: UInt32 = 0, _ box: Rect = rect(0, 0, 4, 4)) -> DisplayServerMessage {
  draw(.fill(brush: .solid(color), rop: RasterOperation.put.rawValue, mask: .none), on: surface, box)
}

/// Copies an image onto the upper left corner of a surface.
func copy(_ image: Image, on surface: UInt32 = 0) -> DisplayServerMessage {
  let box = rect(0, 0, Int32(image.width), Int32(image.height))
  return draw(
    .copy(source: image, area: box, rop: RasterOperation.put.rawValue, scale: .interpolate, mask: .none), on: surface,
    box)
}

func stream(
  _ id: UInt32 = 1, surface: UInt32 = 0, codec: VideoCodec = .mjpeg, _ width: UInt32 = 2, _ height: UInt32 = 2,
  to destination: Rect = rect(0, 0, 2, 2), flags: UInt8 = StreamCreate.topDown, clip: ClipRects = .none
) -> DisplayServerMessage {
  .streamCreate(
    StreamCreate(
      surface: surface, id: id, flags: flags, codec: codec, stamp: 0, streamWidth: width, streamHeight: height,
      sourceWidth: width, sourceHeight: height, destination: destination, clip: clip))
}

/// A frame for that multimedia millisecond.
func frame(
  _ id: UInt32 = 1, at time: UInt32 = 0, sizing: StreamFrame.Sizing? = nil, data: [UInt8] = [1]
) -> DisplayServerMessage {
  .streamData(StreamFrame(id: id, multimediaTime: time, sizing: sizing, data: data[...]))
}

// MARK: Images

/// A plain bitmap of one pixel.
func bitmap(_ color: UInt32, id: UInt64 = 0, _ flags: ImageFlags = []) -> Image {
  Image(
    id: id, flags: flags, width: 1, height: 1,
    content: .bitmap(
      BitmapImage(
        format: 8, topDown: true, width: 1, height: 1, stride: 4, palette: .none,
        rows: [UInt8(color & 0xFF), UInt8(color >> 8 & 0xFF), UInt8(color >> 16 & 0xFF), 0])))
}

/// A bitmap of one pixel of eight bits.
func indexed(_ index: UInt8, _ palette: PaletteSource) -> Image {
  Image(
    id: 0, width: 1, height: 1,
    content: .bitmap(
      BitmapImage(
        format: 5, topDown: true, width: 1, height: 1, stride: 1, palette: palette, rows: [index])))
}

func jpeg(id: UInt64 = 0, _ flags: ImageFlags = [], width: UInt32 = 1, height: UInt32 = 1, data: [UInt8] = [0xFF])
  -> Image
{
  Image(id: id, flags: flags, width: width, height: height, content: .jpeg(data[...]))
}

func fromCache(_ id: UInt64) -> Image { Image(id: id, width: 1, height: 1, content: .fromCache) }

func fromCacheLossless(_ id: UInt64) -> Image { Image(id: id, width: 1, height: 1, content: .fromCacheLossless) }

func surface(_ id: UInt32, _ width: UInt32 = 4, _ height: UInt32 = 4) -> Image {
  Image(id: 0, width: width, height: height, content: .surface(id))
}

/// A GLZ image of one pixel, written out: its colour, or a reference to an image so many before it.
func glzBytes(_ id: UInt8, color: UInt32? = nil, copying distance: UInt8 = 0, windowHead: UInt8 = 0) -> [UInt8] {
  let header =
    hex("20205A4C 00010001 18 00000001 00000001 00000004 00000000000000") + [id] + hex("000000") + [id - windowHead]
  if let color {
    return header + [0x00, UInt8(color & 0xFF), UInt8(color >> 8 & 0xFF), UInt8(color >> 16 & 0xFF)]
  }
  return header + [0x20, 0x00, distance]
}

func glz(_ bytes: [UInt8], id: UInt64 = 0, _ flags: ImageFlags = []) -> Image {
  Image(id: id, flags: flags, width: 1, height: 1, content: .glzRGB(bytes[...]))
}

func zlibGLZ(_ size: UInt32, _ data: [UInt8] = [0x78]) -> Image {
  Image(id: 0, width: 1, height: 1, content: .zlibGLZ(glzSize: size, data[...]))
}

/// The fault that the body ends in.
func displayFault(_ body: () throws(SessionError) -> Void) -> DisplayFault? {
  guard case .display(_, _, let fault) = sessionError(body) else { return nil }
  return fault
}
