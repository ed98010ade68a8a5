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
    streams[value.id] = Stream(
      target: StreamTarget(
        surface: value.surface, destination: value.destination, clip: value.clip,
        isTopDown: value.flags & StreamCreate.topDown != 0),
      codec: value.codec,
      size: Size(width: Int(clamping: value.streamWidth), height: Int(clamping: value.streamHeight)))
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
    guard streams.removeValue(forKey: id) != nil else { throw fault(.unknownStream(id), serial) }
  }

  mutating func draw(
    _ frame: StreamFrame, _ serial: UInt64, _ store: inout DisplayStore
  ) throws(SessionError) {
    guard let stream = streams[frame.id] else { throw fault(.unknownStream(frame.id), serial) }
    statistics.frames += 1
    guard stream.codec == .mjpeg else {
      statistics.lostFrames += 1
      return
    }
    var target = stream.target
    var size = stream.size
    if let sizing = frame.sizing {
      target.destination = sizing.destination
      size = Size(width: Int(clamping: sizing.width), height: Int(clamping: sizing.height))
    }
    guard channel.setup.limits.pixels.allow(width: size.width, height: size.height) else {
      throw fault(.imageSize(width: UInt32(clamping: size.width), height: UInt32(clamping: size.height)), serial)
    }
    let image = resolveFrame(frame.data, size: size, serial: serial, &store)
    let slots = if case .pending(let slot) = image { [slot] } else { [Int]() }
    try enqueue(QueuedStep(serial: serial, action: .frame(target, image), slots: slots))
  }

  /// A frame that did not decode leaves the picture as it was.
  mutating func loseFrame(_ slot: Int) {
    statistics.lostFrames += 1
    slots[slot]?.state = .ready(Raster(width: 0, height: 0, kind: .opaque))
  }

  mutating func show(_ frame: Raster?, _ target: StreamTarget) {
    guard let frame, frame.width > 0, frame.height > 0 else { return }
    surfaces[target.surface]?.putImage(
      frame, isTopDown: target.isTopDown, to: target.destination, clip: Clip(target.clip))
  }
}
