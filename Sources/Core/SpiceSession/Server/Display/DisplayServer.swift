import SpiceCanvas
import SpicePixels
import SpiceProtocol

/// News from the server's side of a display channel.
public enum DisplayServerEvent: Sendable {
  case notice(ServerNotice)
  /// The client has said what it has room for; from now on it is sent pictures.
  case ready
}

/// One display channel of a server, for one client: sends what changes on a screen at the client's own pace.
///
/// ```swift
/// var display = DisplayServer(link, size: screen.size)
/// display.start(at: now, &store)
/// display.note(.damage(rect), at: now)              // whenever the screen changes
/// while display.wantsToProduce, connectionHasRoom {  // whenever there is room: after changes, acks, written bytes
///   display.produce(from: screen, at: now, room: bytes, &store)
///   while let effect = display.next() { … }          // send, encode
/// }
/// // and at `display.nextDeadline`, if nothing else came before
/// ```
///
/// Changes cost next to nothing while a client is slow: they are kept as a `Backlog`, and the pixels that are sent are
/// those of the newest screen. Where the program does not say exactly what it draws, what the client shows is remembered as a
/// picture, so that what did not really change is not sent, and what only moved is copied.
///
/// **Order.** A lossless picture is a message at once. A lossy one is encoded by the host, and until its answer comes
/// nothing else is drawn.
public struct DisplayServer: ServerEngine {
  enum Stage: Sendable {
    /// The client speaks first; whatever happens to the screen before is part of its first picture.
    case awaitingInit
    case open(DisplayInit)
  }

  /// What the client calls its screen.
  static let surface: UInt32 = 0

  /// What this server can do on a display channel, for its link reply.
  public static let capabilities = Capabilities([
    DisplayCapability.monitorsConfig, .streamReport, .preferredCompression, .preferredVideoCodecType,
  ])

  public var channel: ServerChannel
  public let options: DisplayServerOptions
  public internal(set) var statistics = DisplayServerStatistics()
  /// What the client has not been sent.
  public internal(set) var backlog: Backlog

  var stage = Stage.awaitingInit
  var heads: [Rect]
  var preferredCompression: ImageCompression?
  /// The size of the primary surface that the client has; nil while it has none.
  var surfaceSize: Size?
  /// The client is to get a new surface, or to lose the one it has.
  var surfaceIsDue = true
  var headsAreDue = true
  /// What the client's new surface was not sent at all yet; with the last of it, MARK says that it can be shown.
  var unshown = Region()
  var markIsDue = false
  /// What the client shows, to compare with; nil while the program says exactly what it draws.
  var picture: ClientPicture?
  /// The part of the dirty region that is to be compared with the client's picture.
  var unexamined = Region()
  /// The part of it in which nothing but a video is looked for.
  var drawn = Region()
  /// Exact changes since something was compared.
  private var exactChanges = 0
  /// The row where the next piece is looked for, so that a busy place at the top does not starve the bottom.
  var cursor: Int32 = 0
  var lossy = LossyPictures()
  var videos = Videos()
  var events = Queue<DisplayServerEvent>()
  var jobs = Queue<EncodeJob>()
  var lastJob = 0

  /// - Parameters:
  ///   - size: Of the screen. Nothing is shown of one without pixels, or past the limits of a surface.
  ///   - heads: Monitors that look at it; none: one that looks at all of it.
  public init(
    _ link: AcceptedLink, size: Size, heads: [Rect] = [], options: DisplayServerOptions = .standard,
    limits: SessionLimits = .standard
  ) {
    channel = ServerChannel(link, limits: limits)
    self.options = options
    self.heads = heads
    let size = DisplayServer.shown(size, limits)
    backlog = Backlog(size: size)
    picture = ClientPicture(size: size)
  }

  // MARK: Engine

  /// Says nothing: on this channel it is the client that speaks first.
  public mutating func start(at now: Moment, _ store: inout DisplayServerStore) {}

  public mutating func process(at now: Moment, _ store: inout DisplayServerStore) throws(SessionError) {
    while let raw = try channel.nextMessage(at: now) {
      guard DisplayClientMessage.Kind(rawValue: raw.type) != nil else {
        channel.passOver(raw)
        continue
      }
      switch try channel.decode(DisplayClientMessage.self, raw) {
      case .initialize(let value): open(value, &store)
      case .preferredCompression(let compression): preferredCompression = compression
      case .streamReport(let report): videos.note(report)
      case .glDrawDone: break  // Nothing was drawn by GL.
      case .preferredVideoCodecs: break  // There is MJPEG, whatever comes first.
      }
    }
  }

  public mutating func next() -> ServerEffect<DisplayServerEvent>? {
    if let bytes = channel.takeOutput() { return .send(bytes) }
    if let job = jobs.popFirst() { return .encode(job) }
    if let notice = channel.takeNotice() { return .event(.notice(notice)) }
    if let event = events.popFirst() { return .event(event) }
    return nil
  }

  /// The host's answer to an effect `encode`; nil or nothing where its encoder failed. An answer to a job that is no
  /// longer of interest is passed over.
  public mutating func complete(
    _ job: Int, _ bytes: [UInt8]?, at now: Moment, _ store: inout DisplayServerStore
  ) throws(SessionError) {
    let bytes = bytes.flatMap { $0.isEmpty ? nil : $0 }
    if !lossy.complete(job, bytes) { completeFrame(job, bytes, at: now) }
  }

  /// The first INIT counts; a client has no reason to say another.
  private mutating func open(_ value: DisplayInit, _ store: inout DisplayServerStore) {
    guard case .awaitingInit = stage else { return }
    stage = .open(value)
    if options.ackWindow > 0 { channel.requestAcks(window: options.ackWindow) }
    store.join(channel.id, value)
    events.append(.ready)
  }

  // MARK: The screen

  /// What has happened to the screen, which `produce` will be given.
  public mutating func note(_ change: ScreenChange, at now: Moment) {
    switch change {
    case .damage(let rect): damage(rect, isExact: false, at: now)
    case .drawn(let rect): damage(rect, isExact: true, at: now)
    case .fill(let rect, let color):
      cover(rect)
      backlog.fill(rect, color: color)
    case .copy(let rect, let from):
      // What a client has of a video is not what was on the screen.
      if videos.meet(rect) || videos.meet(rect.moved(to: from)) {
        return damage(rect, isExact: false, at: now)
      }
      backlog.copy(rect, from: from)
      // What is dirty now and was not compared comes from what is dirty elsewhere.
      if !unexamined.isEmpty { leaveUnexamined(rect.intersection(Rect(backlog.size))) }
    case .resize(let size, let heads): resize(size, heads)
    case .heads(let heads):
      self.heads = heads
      headsAreDue = true
    }
    lossy.lastChange = now
  }

  private mutating func damage(_ rect: Rect, isExact: Bool, at now: Moment) {
    let rect = rect.intersection(Rect(backlog.size))
    guard !rect.isEmpty else { return }
    backlog.damage(rect)
    if isExact {
      noteExact(rect)
    } else {
      leaveUnexamined(rect)
    }
    if options.streaming { videos.finder.note(rect, at: now) }
    if !channel.mayPush { videos.noteStall(rect) }
    lossy.lastChange = now
  }

  /// Who always says exactly what is drawn needs nothing to compare with, neither its memory nor the work of keeping it.
  private mutating func noteExact(_ rect: Rect) {
    exactChanges += 1
    if exactChanges > DisplayServer.exactLimit { picture = nil }
    if options.streaming { drawn.add(Region(rect)) }
  }

  /// Exact changes in a row after which the client's picture is given up.
  private static var exactLimit: Int { 16 }

  /// The part of `part` in which the client shows something else than the screen, as far as that is known.
  mutating func compared(with screen: RowRaster, in part: Region) -> Region {
    exactChanges = 0
    if picture == nil {
      var unsent = backlog.dirty.union(lossy.region)
      for stream in videos.streams { unsent.formUnion(stream.rect) }
      picture = ClientPicture(of: screen, but: unsent)
    }
    return Region(picture?.rows.changes(to: screen, in: part.rects) ?? [])
  }

  private mutating func leaveUnexamined(_ rect: Rect) {
    unexamined.add(Region(rect))
  }

  mutating func resize(_ size: Size, _ heads: [Rect]) {
    let size = DisplayServer.shown(size, channel.limits)
    self.heads = heads
    backlog = Backlog(size: size)
    if picture != nil { picture = ClientPicture(size: size) }
    unexamined = Region()
    drawn = Region()
    cursor = 0
    surfaceIsDue = true
    headsAreDue = true
    lossy.forgetAll()
    videos.endAll()
  }

  /// Clients refuse a surface without pixels, and one past their limits: such a screen is not shown.
  private static func shown(_ size: Size, _ limits: SessionLimits) -> Size {
    size.width > 0 && size.height > 0 && limits.pixels.allow(width: size.width, height: size.height)
      ? size : Size(width: 0, height: 0)
  }

  // MARK: For the host

  /// True where `produce` has something to do that the client's acks admit.
  public var wantsToProduce: Bool {
    guard case .open = stage, channel.mayPush else { return false }
    return hasWork
  }

  /// True where the client has been sent everything, no encoder is at work for it, and nothing is a video. What it shows
  /// is the screen then, but for lossy pictures that are not refined yet: these have a deadline.
  public var isIdle: Bool {
    guard case .open = stage else { return false }
    return !hasWork && !lossy.isWaiting && videos.areQuiet
  }

  /// When `produce` wants to be called though nothing has happened; nil: not before something does, such as an ack.
  public var nextDeadline: Moment? {
    guard case .open = stage, channel.mayPush else { return nil }
    guard backlog.isEmpty, let lossy = lossy.deadline(options) else { return videos.nextDeadline }
    return min(lossy, videos.nextDeadline ?? lossy)
  }

  private var hasWork: Bool {
    if surfaceIsDue { return true }
    guard surfaceSize != nil else { return false }
    if headsAreDue || markIsDue || videos.haveWork { return true }
    return lossy.isEncoding ? false : lossy.isWaiting || !backlog.isEmpty
  }
}
