import SpiceCanvas
import SpicePixels
import SpiceProtocol

/// A place of the screen that is sent as video.
struct VideoStream: Sendable {
  /// The frame on its way. There is at most one; what changes meanwhile is in the next.
  enum Frame: Sendable {
    case none
    case encoding(job: Int, taken: Moment)
    /// The host has answered.
    case encoded([UInt8], taken: Moment, ready: Moment)
  }

  /// Microseconds without a change after which it is none any more.
  static let quiet: UInt64 = 500_000
  /// Microseconds after which a frame that could not be sent makes room for a newer one.
  static let patience: UInt64 = 100_000
  /// Microseconds after which a frame is sent however late it is: a line that is always slow has a film too.
  static let longestGap: UInt64 = 1_000_000
  /// Changes beside and under the video at once, after which what was drawn over it is taken to be gone.
  static let holeChanges = 10

  let id: UInt32
  let rect: Rect
  /// The parts that something else was drawn over.
  private(set) var holes = Region()
  var frame = Frame.none
  /// The pixels of the frame that was taken last; nil before the first.
  var lastPicture: Raster?
  /// The screen has changed since.
  var hasChanged = true
  var lastChange: Moment
  var lastTaken: Moment?
  /// When a frame was sent last.
  var lastSent: Moment?
  var pace = VideoPace()
  /// The client is to be told of the holes.
  var clipIsDue = false
  var isEnding = false
  private var changesInHoles = 0

  init(id: UInt32, rect: Rect, at now: Moment) {
    self.id = id
    self.rect = rect
    lastChange = now
  }

  /// What of it is video.
  var visible: Region {
    holes.isEmpty ? Region(rect) : Region(rect).subtracting(holes)
  }

  var clip: ClipRects { holes.isEmpty ? .none : .rects(visible.rects) }

  /// Something else is drawn over it. It ends where less than half is left.
  mutating func cover(_ other: Rect) {
    let part = other.intersection(rect)
    guard !part.isEmpty else { return }
    changesInHoles = 0
    guard !holes.covers(part) else { return }
    holes.add(Region(part), limit: 32)
    clipIsDue = true
    if visible.area * 2 < Region(rect).area { isEnding = true }
  }

  /// The holes have changed with the rest; true where they are taken to be video again.
  mutating func noteChangeInHoles() -> Bool {
    changesInHoles += 1
    guard changesInHoles >= VideoStream.holeChanges else { return false }
    changesInHoles = 0
    holes = Region()
    clipIsDue = true
    return true
  }

  /// True where that part of the screen is another than in the last frame.
  func differs(_ screen: RowRaster, in part: Rect) -> Bool {
    guard let lastPicture else { return true }
    let left = Int(part.left - rect.left)
    return !(Int(part.top)..<Int(part.bottom)).allSatisfy { y in
      lastPicture.rowHolds(
        x: left, y: y - Int(rect.top), colorsOf: screen, x: Int(part.left), y: y, count: part.width)
    }
  }

  /// When the next frame may be taken.
  var nextFrame: Moment { lastTaken?.later(by: pace.interval) ?? lastChange }

  var end: Moment { lastChange.later(by: VideoStream.quiet) }
}

/// The videos of one screen.
struct Videos: Sendable {
  static let limit = 4

  var finder = VideoFinder()
  var streams: [VideoStream] = []
  private var lastID: UInt32 = 0
  private var isStalled = false

  /// True where the rectangle touches what is sent as video.
  func meet(_ rect: Rect) -> Bool {
    streams.contains { !$0.rect.intersection(rect).isEmpty && $0.visible.meets(rect) }
  }

  /// True where a message waits for nothing but its turn.
  var haveWork: Bool {
    streams.contains { stream in
      if case .encoded = stream.frame { true } else { stream.isEnding || stream.clipIsDue }
    }
  }

  var areQuiet: Bool { streams.isEmpty }

  var nextDeadline: Moment? {
    streams.lazy.map { stream in
      if case .none = stream.frame, stream.hasChanged { min(stream.nextFrame, stream.end) } else { stream.end }
    }.min()
  }

  /// A new one; ids go round among those that clients take.
  mutating func open(_ rect: Rect, at now: Moment) -> VideoStream {
    repeat {
      lastID = (lastID + 1) % 64
    } while streams.contains { $0.id == lastID }
    let stream = VideoStream(id: lastID, rect: rect, at: now)
    streams.append(stream)
    return stream
  }

  mutating func note(_ report: StreamReport) {
    for place in streams.indices where streams[place].id == report.stream && report.unique == report.stream {
      streams[place].pace.note(report)
    }
  }

  /// There would be a frame now, and the client's acks do not let it pass.
  mutating func noteStall(_ rect: Rect) {
    if meet(rect) { isStalled = true }
  }

  /// Sends less where frames were held up since the last time; how many videos that concerns.
  mutating func slowDownIfStalled() -> Int {
    guard isStalled else { return 0 }
    isStalled = false
    for place in streams.indices { streams[place].pace.noteLateFrame() }
    return streams.count
  }

  mutating func endAll() {
    for place in streams.indices { streams[place].isEnding = true }
    finder = VideoFinder()
  }
}
