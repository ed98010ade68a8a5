import SpiceCanvas
import SpiceMedia
import SpicePixels
import SpiceProtocol
import SpiceSession

/// Draws what a flow's servers drew, with the same engines that a client draws with: feed it events, and look at the
/// screens at any time.
struct ScreenReplay {
  /// One display channel as far as it was drawn.
  struct Display {
    var engine: DisplayEngine
    var channel: ChannelID
    /// The session whose cache and dictionary it uses.
    var session: UInt32
    var isLinked = false
    /// Changed since it was last looked at.
    var isChanged = false
    var lastChange = FlowTime(nanoseconds: 0)
    /// Why it is not drawn any further.
    var problem: String?
    /// The decoders of its streams of video.
    fileprivate var videos: [Int: Video] = [:]
  }

  /// Used by whoever feeds events, and by nobody else.
  fileprivate struct Video: @unchecked Sendable {
    let decoder: VideoDecoder
  }

  /// Sessions and displays that are drawn at most.
  static let limit = 16

  private(set) var displays: [Int: Display] = [:]
  private var stores: [UInt32: DisplayStore] = [:]
  private let now = Moment(microseconds: 0)
  /// Others' clients may have announced larger caches than ours does.
  private var limits: SessionLimits {
    var limits = SessionLimits.standard
    limits.imageCache = 64 << 20
    limits.glzWindow = 32 << 20
    return limits
  }

  /// Takes in what was said; nothing but a display channel's server changes a screen.
  mutating func see(_ event: FlowEvent) {
    guard event.channel?.type == .display, event.speaker == .server else { return }
    switch event.kind {
    case .linkReply(.success(let reply)) where reply.error == 0: begin(event)
    case .linkResult(0):
      displays[event.conversation]?.isLinked = true
      feed([0, 0, 0, 0], event)
    case .message(let message): feed(message, event)
    case .gap, .unreadable: fail("bytes of it were not captured", event)
    default: break
    }
  }

  /// What a display shows; nil before there is a whole picture.
  mutating func look(at id: Int) -> Raster? {
    displays[id]?.isChanged = false
    displays[id]?.engine.putPrimaryInOrder()
    guard let engine = displays[id]?.engine, engine.isMarked, let primary = engine.primary else { return nil }
    return engine.surfaces[primary]?.raster
  }

  // MARK: Inside

  private mutating func begin(_ event: FlowEvent) {
    guard let channel = event.channel, displays.count < Self.limit, displays[event.conversation] == nil else { return }
    let session = event.session ?? 0
    if stores[session] == nil { stores[session] = DisplayStore(limits: limits) }
    // Whether there are decoders is looked for when a frame comes.
    var engine = DisplayEngine(
      connectionID: session, id: channel.id, videoCodecs: VideoCodec.allCases, hasPassword: false)
    engine.start(at: now)
    displays[event.conversation] = Display(engine: engine, channel: channel, session: session)
    // Messages are told to the engine with mini headers, whatever was agreed on.
    var body = ByteWriter()
    LinkReply(
      error: 0, publicKey: [UInt8](repeating: 0, count: LinkConstants.publicKeySize), common: ServerLink.capabilities,
      specific: Capabilities()
    ).write(to: &body)
    var writer = ByteWriter()
    LinkHeader(bodySize: UInt32(body.bytes.count)).write(to: &writer)
    feed(writer.bytes + body.bytes, event)
  }

  private mutating func feed(_ message: FlowMessage, _ event: FlowEvent) {
    guard displays[event.conversation]?.isLinked == true else { return }
    if message.isDamaged { fail("\(message.name) was not captured whole", event) }
    for part in message.parts { feed(part, event) }
    var body = message.body
    switch message.content {
    // Everything is drawn in the order in which it was said, so that nothing has to wait for another channel.
    case .success(.displayServer(.invalidateAllPixmaps)): body = [0]
    case .success(.displayServer): break
    case .success, .failure: return
    }
    var writer = ByteWriter(reservingCapacity: HeaderKind.mini.size + body.count)
    MessageHeader(serial: 0, type: message.type, size: UInt32(clamping: body.count)).write(.mini, to: &writer)
    writer.append(body)
    feed(writer.bytes, event)
  }

  private mutating func feed(_ bytes: [UInt8], _ event: FlowEvent) {
    guard var display = displays.removeValue(forKey: event.conversation) else { return }
    defer { displays[event.conversation] = display }
    guard display.problem == nil, var store = stores.removeValue(forKey: display.session) else { return }
    defer { stores[display.session] = store }
    do throws(SessionError) {
      try display.engine.receive(bytes, at: now, &store)
      try drain(&display, &store, event.time)
    } catch {
      display.problem = "\(error)"
    }
  }

  private func drain(
    _ display: inout Display, _ store: inout DisplayStore, _ time: FlowTime
  ) throws(SessionError) {
    while let effect = display.engine.next() {
      switch effect {
      case .encryptTicket:
        let ticket = [UInt8](repeating: 0, count: LinkConstants.ticketSize)
        try display.engine.answer(ticket: ticket, at: now, &store)
      case .decode(let job):
        try display.engine.complete(job.id, Self.result(of: job, &display.videos), at: now, &store)
      case .endVideo(let number): display.videos[number] = nil
      case .event(.changed), .event(.marked), .event(.primaryCreated):
        _ = display.engine.takeDamage()
        display.isChanged = true
        display.lastChange = time
      case .event, .send: break
      }
    }
  }

  private static func result(of job: DecodeJob, _ videos: inout [Int: Video]) -> DecodeResult {
    do throws(MediaError) {
      switch job.work {
      case .jpeg(let data, _, _): return .pixels(try JPEG.decode(data))
      case .inflate(let data, let size): return .bytes(try Deflate.inflate(data, expectedSize: size))
      case .image(let image): return image.decode(limits: .standard)
      case .video(let data, let codec, let number):
        if videos[number] == nil { videos[number] = Video(decoder: try VideoDecoder(codec)) }
        return try videos[number]?.decoder.decode(data).map { .pixels($0) } ?? .nothing
      }
    } catch {
      return .failed(error.description)
    }
  }

  private mutating func fail(_ problem: String, _ event: FlowEvent) {
    if displays[event.conversation]?.problem == nil { displays[event.conversation]?.problem = problem }
  }
}
