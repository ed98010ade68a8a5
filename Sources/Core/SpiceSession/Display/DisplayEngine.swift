import SpiceCanvas
import SpicePixels
import SpiceProtocol

/// News from a display channel.
public enum DisplayEvent: Sendable {
  case notice(ChannelNotice)
  /// The surface that is shown has been made anew.
  case primaryCreated(id: UInt32, Size)
  case primaryDestroyed(id: UInt32)
  /// The server says that its first picture is complete.
  case marked
  /// The monitors on the primary surface.
  case monitors([MonitorHead], maximum: Int)
  /// The primary surface has changed; its damage says where. Told once until the damage is taken.
  case changed
}

/// One display channel of a client: surfaces, caches, video streams and the draw commands that change them.
public struct DisplayEngine: ClientEngine {
  public var channel: ClientChannel
  public internal(set) var surfaces: [UInt32: Surface] = [:]
  /// The surface that is shown; nil before it is created and after it is destroyed.
  public internal(set) var primary: UInt32?
  public private(set) var monitors: [MonitorHead] = []
  public internal(set) var statistics = DisplayStatistics()
  /// True from MARK on, while there is a primary surface: what it shows is a whole picture.
  public internal(set) var isMarked = false

  let preferredCompression: ImageCompression?
  var palettes: [UInt64: Palette] = [:]
  var streams: [UInt32: Stream] = [:]
  /// The decoders of those streams that have one, by their numbers: longer there than the streams, while frames wait.
  var videos: [Int: VideoQueue] = [:]
  var nextVideo = 0
  var endedVideos = Queue<Int>()
  let videoCodecs: [VideoCodec]
  let hasDecodingThreads: Bool
  private let pausesToAnswer: Bool
  public private(set) var isPaused = false
  /// Frames that wait for their time, in all streams, and their bytes.
  var waitingFrames = 0
  var waitingFrameBytes = 0
  public internal(set) var alarm: Moment?
  var slots: [Int: ImageSlot] = [:]
  var nextSlot = 0
  var jobs = Queue<DecodeJob>()
  var queue: [QueuedStep] = []
  /// By the steps in the queue.
  var held = HeldAreas()
  /// Bytes, packed and unpacked, of slots and queue. In 64 bits: an `Int` of 32 would not hold what a peer can claim.
  var waitingSize: Int64 = 0
  var events = Queue<DisplayEvent>()
  var surfacePixels = 0
  private var greeted = false
  /// True while INVAL_ALL_PIXMAPS waits for other channels.
  private var clearsCache = false
  private var toldChange = false

  /// - Parameters:
  ///   - videoCodecs: What the host decodes besides MJPEG, the most welcome first; the server is told.
  ///   - hasDecodingThreads: Whether the host decodes large images of SPICE's own codecs too, on threads of its own.
  ///   - pausesToAnswer: Whether the host asks `isPaused` when it has drained the engine. Then acks leave between two messages
  ///     that came together, as the server waits for them: what it says next is on its way while those are drawn.
  public init(
    connectionID: UInt32, id: UInt8 = 0, preferredCompression: ImageCompression? = nil, videoCodecs: [VideoCodec] = [],
    hasDecodingThreads: Bool = false, pausesToAnswer: Bool = false, hasPassword: Bool, limits: SessionLimits = .standard
  ) {
    self.hasDecodingThreads = hasDecodingThreads
    self.pausesToAnswer = pausesToAnswer
    self.videoCodecs = videoCodecs.filter { $0 != .mjpeg }
    var capabilities: [DisplayCapability] = [
      .sizedStream, .monitorsConfig, .composite, .a8Surface, .streamReport, .lz4Compression, .preferredCompression,
      .codecMJPEG,
    ]
    if !self.videoCodecs.isEmpty {
      capabilities += [.multiCodec, .preferredVideoCodecType] + self.videoCodecs.map { $0.capability }
    }
    channel = ClientChannel(
      ChannelSetup(
        channel: ChannelID(.display, id), connectionID: connectionID, specific: Capabilities(capabilities),
        hasPassword: hasPassword, limits: limits))
    self.preferredCompression = preferredCompression
  }

  public mutating func process(at now: Moment, _ store: inout DisplayStore) throws(SessionError) {
    let isOpen = try channel.link(at: now)
    greet()
    // From now on its pictures may come, and those of other channels that refer to them.
    if greeted { store.join(channel.id) }
    guard isOpen else { return }
    if clearsCache, channel.waits.isEmpty {
      clearsCache = false
      store.images.removeAll()
    }
    var wasFull: Bool
    isPaused = pausesToAnswer && channel.hasOutput
    repeat {
      while !isPaused, hasRoom, let raw = try channel.nextMessage(at: now) {
        if DisplayServerMessage.Kind(rawValue: raw.type) == nil {
          channel.passOver(raw)
        } else {
          try handle(try channel.decode(DisplayServerMessage.self, raw), raw.serial, at: now, &store)
        }
        isPaused = pausesToAnswer && channel.hasOutput
      }
      wasFull = !hasRoom
      try releaseFrames(at: now, &store)
      // Another channel may have brought what images here wait for; then what came behind them goes on at once.
      if !queue.isEmpty || !slots.isEmpty { try runQueue(&store) }
    } while wasFull && hasRoom && !isPaused
  }

  public mutating func next() -> Effect<DisplayEvent>? {
    if let bytes = channel.takeOutput() { return .send(bytes) }
    if let key = channel.takeKey() { return .encryptTicket(publicKey: key) }
    if let notice = channel.takeNotice() { return .event(.notice(notice)) }
    if let job = jobs.popFirst() { return .decode(job) }
    if let video = endedVideos.popFirst() { return .endVideo(stream: video) }
    if let event = events.popFirst() { return .event(event) }
    if !toldChange, let primary, surfaces[primary]?.damage.isEmpty == false {
      toldChange = true
      return .event(.changed)
    }
    return nil
  }

  public mutating func complete(
    _ job: Int, _ result: consuming DecodeResult, at now: Moment, _ store: inout DisplayStore
  ) throws(SessionError) {
    guard let slot = slots[job], case .decoding(let afterwards) = slot.state else {
      throw fault(.unknownJob(job), 0)
    }
    switch (slot.isFrame, consume result) {
    case (true, .failed): loseFrame(job)
    case (true, .nothing): passOverFrame(job)
    case (_, let result): try settle(job, afterwards, result, &store)
    }
    if let video = slot.video { goOn(withVideo: video) }
    try process(at: now, &store)
  }

  public var wantsInput: Bool { channel.waits.isEmpty && hasRoom }

  /// For more images that can be decoded at the same time; draws that wait for an image cost more than draws that follow it.
  public var readsAhead: Bool { wantsInput && waitingSize < 2 << 20 && queue.count < 64 }

  public var handledSerial: UInt64 {
    guard let first = queue.first else { return channel.handledSerial }
    return min(channel.handledSerial, first.serial - min(1, first.serial))
  }

  /// True where nothing that has come is still waiting for a decoder or another channel.
  public var isSettled: Bool { queue.isEmpty }

  /// What has changed on the primary surface since the last call.
  public mutating func takeDamage() -> [Rect] {
    toldChange = false
    guard let primary else { return [] }
    return surfaces[primary]?.damage.take() ?? []
  }

  /// Lets the pixels of the primary surface be had without copying until it scrolls.
  package mutating func putPrimaryInOrder() {
    if let primary { surfaces[primary]?.putInOrder() }
  }

  private var hasRoom: Bool {
    if queue.isEmpty && waitingFrames == 0 { return true }
    // What comes next may be the order to forget the image that another channel still owes.
    if slots.values.contains(where: { $0.isAwaitingCache }) { return false }
    let limits = channel.setup.limits
    return queue.count + waitingFrames < limits.waitingDraws
      && waitingSize + Int64(waitingFrameBytes) < limits.waitingBytes
  }

  /// A server says nothing on a display channel before it has read this. libspice-server looks for it every ten
  /// milliseconds, from its yes on: so it goes out with the ticket.
  private mutating func greet() {
    guard !greeted, let agreement = channel.agreement else { return }
    greeted = true
    let limits = channel.setup.limits
    channel.sendAhead(
      DisplayClientMessage.initialize(
        DisplayInit(
          pixmapCacheID: 1, pixmapCacheSize: Int64(limits.imageCache), glzDictionaryID: 1,
          glzWindowSize: Int32(clamping: limits.glzWindow))))
    if let preferredCompression, agreement.specific.contains(.preferredCompression) {
      channel.sendAhead(DisplayClientMessage.preferredCompression(preferredCompression))
    }
    if !videoCodecs.isEmpty, agreement.specific.contains(.preferredVideoCodecType) {
      channel.sendAhead(DisplayClientMessage.preferredVideoCodecs(videoCodecs + [.mjpeg]))
    }
  }

  private mutating func handle(
    _ message: DisplayServerMessage, _ serial: UInt64, at now: Moment, _ store: inout DisplayStore
  ) throws(SessionError) {
    // A frame whose time has come is shown before what is drawn after it.
    if case .streamData = message {} else { try releaseFrames(at: now, &store) }
    switch message {
    case .draw(let base, let command): try draw(base, command, serial, &store)
    case .mode(let width, let height, let bits):
      try enqueue(QueuedStep(serial: serial, action: .mode(width: width, height: height, bits: bits), slots: []))
    case .mark: try enqueue(QueuedStep(serial: serial, action: .mark, slots: []))
    case .reset:
      // Palettes are looked up as messages come, not as they are drawn.
      palettes = [:]
      try enqueue(QueuedStep(serial: serial, action: .reset, slots: []))
    case .surfaceCreate(let value): try enqueue(QueuedStep(serial: serial, action: .create(value), slots: []))
    case .surfaceDestroy(let id): try enqueue(QueuedStep(serial: serial, action: .destroy(id), slots: []))
    case .invalidateList(let resources):
      for resource in resources where resource.type == CachedResource.pixmap { store.images.remove(resource.id) }
    case .invalidateAllPixmaps(let waits):
      channel.wait(for: waits)
      clearsCache = !channel.waits.isEmpty
      if !clearsCache { store.images.removeAll() }
    case .invalidatePalette(let id): palettes[id] = nil
    case .invalidateAllPalettes: palettes = [:]
    case .streamCreate(let value): try openStream(value, serial)
    case .streamData(let frame): try take(frame, serial, at: now, store)
    case .streamClip(let id, let clip): try clipStream(id, clip, serial)
    case .streamDestroy(let id): try closeStream(id, serial)
    case .streamDestroyAll: closeStreams()
    case .streamActivateReport(let request): streams[request.stream]?.report = ReportLedger(request)
    case .monitorsConfig(let heads, let maximum):
      monitors = heads
      events.append(.monitors(heads, maximum: Int(maximum)))
    case .glScanoutUnix, .glDraw, .qualityIndicator:
      break  // Only sent to clients that advertise what this one does not.
    }
  }

  /// Resolves the images of a draw command and gives it its place in the order.
  private mutating func draw(
    _ base: DrawBase, _ command: DrawCommand, _ serial: UInt64, _ store: inout DisplayStore
  ) throws(SessionError) {
    statistics.count(command.kind)
    var images = DrawImages()
    if let image = command.sourceImage { images.source = try resolve(image, serial: serial, &store) }
    if case .pattern(let image, _) = command.brush { images.pattern = try resolve(image, serial: serial, &store) }
    if let image = command.maskSource?.bitmap { images.mask = try resolve(image, serial: serial, &store) }
    if case .text(_, _, _, .pattern(let image, _), _, _) = command {
      images.back = try resolve(image, serial: serial, &store)
    }
    let slots = images.slots
    if slots.isEmpty, held.areFree(of: base, command, images) { return try perform(base, command, images, serial) }
    wait(
      with: QueuedStep(
        serial: serial, action: .draw(base, command, images), slots: slots,
        size: images.size + base.clip.count * MemoryLayout<Rect>.stride))
  }
}

extension DrawCommand {
  var sourceImage: Image? {
    switch self {
    case .opaque(let source, _, _, _, _, _), .copy(let source, _, _, _, _), .blend(let source, _, _, _, _),
      .rop3(let source, _, _, _, _, _), .transparent(let source, _, _, _), .alphaBlend(_, _, let source, _):
      source
    case .composite(let composite): composite.source
    case .copyBits, .fill, .blackness, .whiteness, .invert, .stroke, .text: nil
    }
  }

  var brush: BrushSource {
    switch self {
    case .fill(let brush, _, _), .opaque(_, _, let brush, _, _, _), .rop3(_, _, let brush, _, _, _),
      .stroke(_, _, let brush, _, _), .text(_, _, let brush, _, _, _):
      brush
    default: .none
    }
  }

  var maskSource: MaskSource? {
    switch self {
    case .fill(_, _, let mask), .opaque(_, _, _, _, _, let mask), .copy(_, _, _, _, let mask),
      .blend(_, _, _, _, let mask), .blackness(let mask), .whiteness(let mask), .invert(let mask),
      .rop3(_, _, _, _, _, let mask):
      mask
    case .composite(let composite):
      composite.mask.map { MaskSource(inverted: false, position: Point(x: 0, y: 0), bitmap: $0) }
    default: nil
    }
  }
}
