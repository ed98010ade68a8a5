import SpiceCanvas
import SpicePixels
import SpiceProtocol

/// Where a stream's frames go.
struct StreamTarget: Sendable {
  var surface: UInt32
  var destination: Rect
  var clip: ClipRects
  var isTopDown: Bool
}

/// A region that is shown as video.
struct Stream: Sendable {
  var target: StreamTarget
  let codec: VideoCodec
  let size: Size
  /// Its decoder's number; nil where each frame stands for itself, and where nobody here decodes it.
  let video: Int?
  /// Frames whose time has not come, in the order they came in.
  var waiting: [WaitingFrame] = []
  /// Nil where the server asked for none.
  var report: ReportLedger?

  func size(of frame: StreamFrame) -> Size {
    frame.sizing.map { Size(width: Int(clamping: $0.width), height: Int(clamping: $0.height)) } ?? size
  }

  func destination(of frame: StreamFrame) -> Rect { frame.sizing?.destination ?? target.destination }
}

/// The frames of one stream on their way through a decoder that remembers: one at a time.
struct VideoQueue: Sendable {
  let codec: VideoCodec
  var isBusy = false
  var isOver = false
  var waiting: [(slot: Int, data: ArraySlice<UInt8>)] = []
}

extension VideoCodec {
  var capability: DisplayCapability {
    switch self {
    case .mjpeg: .codecMJPEG
    case .vp8: .codecVP8
    case .h264: .codecH264
    case .vp9: .codecVP9
    case .h265: .codecH265
    }
  }
}

extension ClipRects {
  /// Rectangles it has.
  var count: Int { if case .rects(let rects) = self { rects.count } else { 0 } }
}

extension DisplayEngine {
  mutating func openStream(_ value: StreamCreate, _ serial: UInt64) throws(SessionError) {
    guard streams[value.id] == nil else { throw fault(.streamExists(value.id), serial) }
    let limit = channel.setup.limits.streams
    guard streams.count < limit else { throw fault(.tooManyStreams(limit: limit), serial) }
    try check(value.clip, serial)
    statistics.count(value.codec)
    var video: Int?
    if videoCodecs.contains(value.codec) {
      video = nextVideo
      videos[nextVideo] = VideoQueue(codec: value.codec)
      nextVideo &+= 1
    }
    streams[value.id] = Stream(
      target: StreamTarget(
        surface: value.surface, destination: value.destination, clip: value.clip,
        isTopDown: value.flags & StreamCreate.topDown != 0),
      codec: value.codec,
      size: Size(width: Int(clamping: value.streamWidth), height: Int(clamping: value.streamHeight)), video: video)
  }

  mutating func clipStream(_ id: UInt32, _ clip: ClipRects, _ serial: UInt64) throws(SessionError) {
    guard streams[id] != nil else { throw fault(.unknownStream(id), serial) }
    try check(clip, serial)
    streams[id]?.target.clip = clip
  }

  /// A stream keeps its clip, and there may be many streams.
  private func check(_ clip: ClipRects, _ serial: UInt64) throws(SessionError) {
    let limit = channel.setup.limits.clipRects
    if clip.count > limit { throw fault(.clipTooLong(clip.count, limit: limit), serial) }
  }

  mutating func closeStream(_ id: UInt32, _ serial: UInt64) throws(SessionError) {
    guard let stream = streams.removeValue(forKey: id) else { throw fault(.unknownStream(id), serial) }
    end(stream)
  }

  mutating func closeStreams() {
    for stream in streams.values { end(stream) }
    streams = [:]
  }

  private mutating func end(_ stream: Stream) {
    dropFrames(of: stream)
    endVideo(of: stream)
  }

  mutating func take(
    _ frame: StreamFrame, _ serial: UInt64, at now: Moment, _ store: DisplayStore
  ) throws(SessionError) {
    guard let stream = streams[frame.id] else { throw fault(.unknownStream(frame.id), serial) }
    statistics.frames += 1
    guard stream.codec == .mjpeg || stream.video != nil else {
      statistics.lostFrames += 1
      return
    }
    let size = stream.size(of: frame)
    guard channel.setup.limits.pixels.allow(width: size.width, height: size.height) else {
      throw fault(.imageSize(width: UInt32(clamping: size.width), height: UInt32(clamping: size.height)), serial)
    }
    keep(frame, serial, at: now, store)
  }

  /// A frame whose time has come is shown; one that is late is not, but a decoder that remembers needs it all the same.
  mutating func release(
    _ waiting: WaitingFrame, isLate: Bool, _ store: inout DisplayStore
  ) throws(SessionError) {
    let frame = waiting.frame
    guard let stream = streams[frame.id] else { return }
    if isLate {
      statistics.lateFrames += 1
      streams[frame.id]?.report?.drop()
      if stream.video == nil { return }
    }
    let image = resolveFrame(
      frame.data, size: stream.size(of: frame), video: stream.video, serial: waiting.serial, &store)
    if isLate { return }
    var target = stream.target
    target.destination = stream.destination(of: frame)
    let slots = if case .pending(let slot) = image { [slot] } else { [Int]() }
    // It takes its turn now, behind all that was handled while it waited.
    try enqueue(QueuedStep(serial: channel.handledSerial + 1, action: .frame(target, image), slots: slots))
  }

  /// A frame that did not decode leaves the picture as it was.
  mutating func loseFrame(_ slot: Int) {
    statistics.lostFrames += 1
    passOverFrame(slot)
  }

  /// So does one that is not shown.
  mutating func passOverFrame(_ slot: Int) {
    slots[slot]?.state = .ready(Raster(width: 0, height: 0, kind: .opaque))
  }

  // MARK: Decoders that remember

  /// Gives a frame to its stream's decoder when that has answered the one before.
  mutating func decodeVideo(_ video: Int, _ data: ArraySlice<UInt8>, slot: Int) {
    videos[video]?.waiting.append((slot, data))
    if videos[video]?.isBusy == false { goOn(withVideo: video) }
  }

  /// The decoder is free: for the next frame, or for good.
  mutating func goOn(withVideo video: Int) {
    guard let queue = videos[video] else { return }
    if let first = queue.waiting.first {
      videos[video]?.waiting.removeFirst()
      videos[video]?.isBusy = true
      jobs.append(DecodeJob(id: first.slot, work: .video(first.data, queue.codec, stream: video)))
    } else if queue.isOver {
      videos[video] = nil
      endedVideos.append(video)
    } else {
      videos[video]?.isBusy = false
    }
  }

  private mutating func endVideo(of stream: Stream) {
    guard let video = stream.video, let queue = videos[video] else { return }
    videos[video]?.isOver = true
    if !queue.isBusy { goOn(withVideo: video) }
  }

  mutating func show(_ frame: Raster?, _ target: StreamTarget) {
    guard let frame, frame.width > 0, frame.height > 0 else { return }
    surfaces[target.surface]?.putImage(
      frame, isTopDown: target.isTopDown, to: target.destination, clip: Clip(target.clip))
  }
}
