import SpicePixels

/// `SpiceMsgSurfaceCreate`.
public struct SurfaceCreate: Hashable, Sendable, WireStructure {
  public static let primary: UInt32 = 1
  public static let streamingMode: UInt32 = 2

  public var id: UInt32
  public var width: UInt32
  public var height: UInt32
  /// `SPICE_SURFACE_FMT_*`.
  public var format: UInt32
  public var flags: UInt32

  public init(id: UInt32, width: UInt32, height: UInt32, format: UInt32, flags: UInt32) {
    self.id = id
    self.width = width
    self.height = height
    self.format = format
    self.flags = flags
  }

  public init(from reader: inout ByteReader) throws(WireError) {
    id = try reader.u32("surface_id")
    width = try reader.u32("width")
    height = try reader.u32("height")
    format = try reader.u32("format")
    flags = try reader.u32("flags")
  }

  public func write(to writer: inout ByteWriter) {
    writer.u32(id)
    writer.u32(width)
    writer.u32(height)
    writer.u32(format)
    writer.u32(flags)
  }
}

/// `SPICE_VIDEO_CODEC_TYPE_*`.
public enum VideoCodec: UInt8, Hashable, Sendable, CaseIterable {
  case mjpeg = 1
  case vp8, h264, vp9, h265

  public var name: StaticString {
    switch self {
    case .mjpeg: "MJPEG"
    case .vp8: "VP8"
    case .h264: "H264"
    case .vp9: "VP9"
    case .h265: "H265"
    }
  }
}

/// A region that becomes video (`SpiceMsgDisplayStreamCreate`).
public struct StreamCreate: Hashable, Sendable, WireStructure {
  public static let topDown: UInt8 = 1

  public var surface: UInt32
  public var id: UInt32
  public var flags: UInt8
  public var codec: VideoCodec
  public var stamp: UInt64
  public var streamWidth: UInt32
  public var streamHeight: UInt32
  public var sourceWidth: UInt32
  public var sourceHeight: UInt32
  public var destination: Rect
  public var clip: ClipRects

  public init(
    surface: UInt32, id: UInt32, flags: UInt8, codec: VideoCodec, stamp: UInt64, streamWidth: UInt32,
    streamHeight: UInt32, sourceWidth: UInt32, sourceHeight: UInt32, destination: Rect, clip: ClipRects
  ) {
    self.surface = surface
    self.id = id
    self.flags = flags
    self.codec = codec
    self.stamp = stamp
    self.streamWidth = streamWidth
    self.streamHeight = streamHeight
    self.sourceWidth = sourceWidth
    self.sourceHeight = sourceHeight
    self.destination = destination
    self.clip = clip
  }

  public init(from reader: inout ByteReader) throws(WireError) {
    surface = try reader.u32("surface_id")
    id = try reader.u32("id")
    flags = try reader.u8("flags")
    codec = try reader.u8(VideoCodec.self, "codec_type")
    stamp = try reader.u64("stamp")
    streamWidth = try reader.u32("stream_width")
    streamHeight = try reader.u32("stream_height")
    sourceWidth = try reader.u32("src_width")
    sourceHeight = try reader.u32("src_height")
    destination = try Rect(from: &reader)
    clip = try ClipRects(from: &reader)
  }

  public func write(to writer: inout ByteWriter) {
    writer.u32(surface)
    writer.u32(id)
    writer.u8(flags)
    writer.u8(codec.rawValue)
    writer.u64(stamp)
    writer.u32(streamWidth)
    writer.u32(streamHeight)
    writer.u32(sourceWidth)
    writer.u32(sourceHeight)
    destination.write(to: &writer)
    clip.write(to: &writer)
  }
}

/// One frame of a stream (`SpiceMsgDisplayStreamData`, `…DataSized`).
public struct StreamFrame: Hashable, Sendable {
  public struct Sizing: Hashable, Sendable {
    public var width: UInt32
    public var height: UInt32
    public var destination: Rect

    public init(width: UInt32, height: UInt32, destination: Rect) {
      self.width = width
      self.height = height
      self.destination = destination
    }
  }

  public var id: UInt32
  /// When to show it, on the multimedia clock in milliseconds.
  public var multimediaTime: UInt32
  /// A size and place of its own, in sized frames.
  public var sizing: Sizing?
  public var data: ArraySlice<UInt8>

  public init(id: UInt32, multimediaTime: UInt32, sizing: Sizing?, data: ArraySlice<UInt8>) {
    self.id = id
    self.multimediaTime = multimediaTime
    self.sizing = sizing
    self.data = data
  }
}

/// `SpiceMsgDisplayStreamActivateReport`.
public struct StreamActivateReport: Hashable, Sendable, WireStructure {
  public var stream: UInt32
  public var unique: UInt32
  /// Frames a report may cover at the most.
  public var maximumWindow: UInt32
  /// Milliseconds a report may cover at the most.
  public var timeout: UInt32

  public init(stream: UInt32, unique: UInt32, maximumWindow: UInt32, timeout: UInt32) {
    self.stream = stream
    self.unique = unique
    self.maximumWindow = maximumWindow
    self.timeout = timeout
  }

  public init(from reader: inout ByteReader) throws(WireError) {
    stream = try reader.u32("stream_id")
    unique = try reader.u32("unique_id")
    maximumWindow = try reader.u32("max_window_size")
    timeout = try reader.u32("timeout_ms")
  }

  public func write(to writer: inout ByteWriter) {
    writer.u32(stream)
    writer.u32(unique)
    writer.u32(maximumWindow)
    writer.u32(timeout)
  }
}

/// How a stream arrives (`SpiceMsgcDisplayStreamReport`).
public struct StreamReport: Hashable, Sendable, WireStructure {
  public var stream: UInt32
  public var unique: UInt32
  public var startFrameTime: UInt32
  public var endFrameTime: UInt32
  public var frames: UInt32
  public var drops: UInt32
  /// Milliseconds the last frame came before its time; negative: after.
  public var lastFrameDelay: Int32
  /// Milliseconds of audio waiting; `UInt32.max` where there is none.
  public var audioDelay: UInt32

  public init(
    stream: UInt32, unique: UInt32, startFrameTime: UInt32, endFrameTime: UInt32, frames: UInt32, drops: UInt32,
    lastFrameDelay: Int32, audioDelay: UInt32
  ) {
    self.stream = stream
    self.unique = unique
    self.startFrameTime = startFrameTime
    self.endFrameTime = endFrameTime
    self.frames = frames
    self.drops = drops
    self.lastFrameDelay = lastFrameDelay
    self.audioDelay = audioDelay
  }

  public init(from reader: inout ByteReader) throws(WireError) {
    stream = try reader.u32("stream_id")
    unique = try reader.u32("unique_id")
    startFrameTime = try reader.u32("start_frame_mm_time")
    endFrameTime = try reader.u32("end_frame_mm_time")
    frames = try reader.u32("num_frames")
    drops = try reader.u32("num_drops")
    lastFrameDelay = try reader.i32("last_frame_delay")
    audioDelay = try reader.u32("audio_delay")
  }

  public func write(to writer: inout ByteWriter) {
    writer.u32(stream)
    writer.u32(unique)
    writer.u32(startFrameTime)
    writer.u32(endFrameTime)
    writer.u32(frames)
    writer.u32(drops)
    writer.i32(lastFrameDelay)
    writer.u32(audioDelay)
  }
}

/// One monitor of a display channel (`SpiceHead`): a part of a surface.
public struct MonitorHead: Hashable, Sendable, WireStructure {
  public var id: UInt32
  public var surface: UInt32
  public var width: UInt32
  public var height: UInt32
  public var x: UInt32
  public var y: UInt32
  public var flags: UInt32

  public init(id: UInt32, surface: UInt32, width: UInt32, height: UInt32, x: UInt32, y: UInt32, flags: UInt32 = 0) {
    self.id = id
    self.surface = surface
    self.width = width
    self.height = height
    self.x = x
    self.y = y
    self.flags = flags
  }

  public init(from reader: inout ByteReader) throws(WireError) {
    id = try reader.u32("monitor_id")
    surface = try reader.u32("surface_id")
    width = try reader.u32("width")
    height = try reader.u32("height")
    x = try reader.u32("x")
    y = try reader.u32("y")
    flags = try reader.u32("flags")
  }

  public func write(to writer: inout ByteWriter) {
    writer.u32(id)
    writer.u32(surface)
    writer.u32(width)
    writer.u32(height)
    writer.u32(x)
    writer.u32(y)
    writer.u32(flags)
  }
}

/// A picture that stays on the graphics card (`SpiceMsgDisplayGlScanoutUnix`). Its file descriptor travels beside the
/// stream of a Unix socket, not in it.
public struct GLScanout: Hashable, Sendable, WireStructure {
  public var width: UInt32
  public var height: UInt32
  public var stride: UInt32
  public var fourcc: UInt32
  public var flags: UInt32

  public init(width: UInt32, height: UInt32, stride: UInt32, fourcc: UInt32, flags: UInt32) {
    self.width = width
    self.height = height
    self.stride = stride
    self.fourcc = fourcc
    self.flags = flags
  }

  public init(from reader: inout ByteReader) throws(WireError) {
    width = try reader.u32("width")
    height = try reader.u32("height")
    stride = try reader.u32("stride")
    fourcc = try reader.u32("drm_fourcc_format")
    flags = try reader.u32("flags")
  }

  public func write(to writer: inout ByteWriter) {
    writer.u32(width)
    writer.u32(height)
    writer.u32(stride)
    writer.u32(fourcc)
    writer.u32(flags)
  }
}

/// The client's first message on a display channel (`SpiceMsgcDisplayInit`); a server is silent until it comes.
public struct DisplayInit: Hashable, Sendable, WireStructure {
  public var pixmapCacheID: UInt8
  /// Pixels.
  public var pixmapCacheSize: Int64
  public var glzDictionaryID: UInt8
  /// Pixels.
  public var glzWindowSize: Int32

  public init(pixmapCacheID: UInt8, pixmapCacheSize: Int64, glzDictionaryID: UInt8, glzWindowSize: Int32) {
    self.pixmapCacheID = pixmapCacheID
    self.pixmapCacheSize = pixmapCacheSize
    self.glzDictionaryID = glzDictionaryID
    self.glzWindowSize = glzWindowSize
  }

  public init(from reader: inout ByteReader) throws(WireError) {
    pixmapCacheID = try reader.u8("pixmap_cache_id")
    pixmapCacheSize = try reader.i64("pixmap_cache_size")
    glzDictionaryID = try reader.u8("glz_dictionary_id")
    glzWindowSize = try reader.i32("glz_dictionary_window_size")
  }

  public func write(to writer: inout ByteWriter) {
    writer.u8(pixmapCacheID)
    writer.i64(pixmapCacheSize)
    writer.u8(glzDictionaryID)
    writer.i32(glzWindowSize)
  }
}

/// `SPICE_IMAGE_COMPRESSION_*`: what a client may prefer.
public enum ImageCompression: UInt8, Hashable, Sendable, CaseIterable {
  case off = 1
  case autoGLZ, autoLZ, quic, glz, lz, lz4
}
