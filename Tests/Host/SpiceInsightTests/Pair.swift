import SpiceInsight
import SpicePixels
import SpiceProtocol
import Testing

/// A client and a server that say exactly what a test lets them say, with the instrument between them. A millisecond
/// passes with everything that is said.
struct Pair {
  var reader = FlowReader()
  var diagnosis = Diagnosis()
  var events: [FlowEvent] = []
  var time = FlowTime(nanoseconds: 1_700_000_000_000_000_000)
  /// How messages are headed, unless a test says otherwise.
  var headers = HeaderKind.mini
  var serials: [Int: [Speaker: UInt64]] = [:]
  /// The same, recorded; what is found live has to be found in the file.
  private var tape: Tape?
  private var numbers: [Int: Int] = [:]

  static let session: UInt32 = 0x57fd_1f78
  static let common = Capabilities([CommonCapability.authSelection, .authSpice, .miniHeader])

  // MARK: Time and bytes

  mutating func pass(_ seconds: Double) { time.nanoseconds += UInt64(seconds * 1e9) }

  mutating func say(_ bytes: [UInt8], _ speaker: Speaker, on conversation: Int = 0) {
    pass(0.001)
    reader.feed(bytes, from: speaker, at: time, conversation: conversation)
    drain()
    if let number = number(conversation) {
      try? tape?.recorder.record(bytes, from: speaker, in: number, at: time)
    }
  }

  mutating func close(_ speaker: Speaker, on conversation: Int = 0) {
    pass(0.001)
    reader.close(conversation, from: speaker, at: time)
    drain()
    if let number = number(conversation) { try? tape?.recorder.close(number, from: speaker, at: time) }
  }

  mutating func block(_ speaker: Speaker, _ isBlocked: Bool, on conversation: Int = 0) {
    reader.block(conversation, speaker, isBlocked, at: time)
    drain()
    if let number = number(conversation) { try? tape?.recorder.block(number, speaker, isBlocked, at: time) }
  }

  private mutating func number(_ conversation: Int) -> Int? {
    if let known = numbers[conversation] { return known }
    if tape == nil { tape = try? Tape(opening: 0) }
    numbers[conversation] = try? tape?.recorder.open(
      client: Endpoint(127, 0, 0, 1, port: UInt16(40_000 + conversation)), server: Endpoint(127, 0, 0, 1, port: 5900),
      at: time)
    return numbers[conversation]
  }

  private mutating func drain() {
    for event in reader.takeEvents() {
      diagnosis.see(event)
      events.append(event)
    }
  }

  /// Everything that was found, when nothing more comes.
  mutating func findings() -> [Finding] {
    reader.finish(at: time)
    drain()
    diagnosis.finish(at: time)
    compareWithFile()
    return diagnosis.findings
  }

  /// What nobody can record, bytes that were lost, is left out.
  private mutating func compareWithFile() {
    let isWhole = events.allSatisfy { event in
      switch event.kind {
      case .gap, .unreadable(.captureBeganInTheMiddle): false
      default: true
      }
    }
    guard isWhole, tape != nil else { return }
    try? tape?.recorder.finish(at: time)
    guard let tape else { return }
    self.tape = nil
    let live = diagnosis.findings.map { $0.code }
    let recorded = tape.recorder.findings.map { $0.code }
    let read = Tape.findings(tape.file.all).map { $0.code }
    #expect(recorded == live && read == live, "live \(live), by the recorder \(recorded), in its file \(read)")
  }

  mutating func codes() -> [FindingCode] { findings().map { $0.code } }

  // MARK: The link stage

  static func linkMessage(_ message: LinkMessage) -> [UInt8] {
    var writer = ByteWriter()
    message.write(to: &writer)
    return framed(writer.bytes)
  }

  static func framed(_ body: [UInt8], major: UInt32 = 2) -> [UInt8] {
    var writer = ByteWriter()
    LinkHeader(majorVersion: major, bodySize: UInt32(body.count)).write(to: &writer)
    return writer.bytes + body
  }

  static func linkReply(
    _ common: Capabilities = Pair.common, _ specific: Capabilities = Capabilities(), error: UInt32 = 0
  ) -> [UInt8] {
    var writer = ByteWriter()
    LinkReply(error: error, publicKey: [], common: common, specific: specific).write(to: &writer)
    return framed(writer.bytes)
  }

  static let ticket = [UInt8](repeating: 0xa5, count: 128)

  /// The client's capabilities of every kind of channel.
  static func all(_ type: ChannelType) -> Capabilities {
    switch type {
    case .main: Capabilities(MainCapability.allCases)
    case .display: Capabilities(DisplayCapability.allCases)
    case .inputs: Capabilities(InputsCapability.allCases)
    default: Capabilities()
    }
  }

  mutating func link(
    _ type: ChannelType, on conversation: Int = 0, id: UInt8 = 0, connection: UInt32? = nil,
    common: Capabilities = Pair.common, client: Capabilities? = nil, server: Capabilities? = nil
  ) {
    let session = connection ?? (type == .main ? 0 : Self.session)
    say(
      Self.linkMessage(
        LinkMessage(
          connectionID: session, channel: ChannelID(type, id), common: common, specific: client ?? Self.all(type))),
      .client, on: conversation)
    say(Self.linkReply(common, server ?? Self.all(type)), .server, on: conversation)
    if common.contains(.authSelection) { say([1, 0, 0, 0], .client, on: conversation) }
    say(Self.ticket, .client, on: conversation)
    say([0, 0, 0, 0], .server, on: conversation)
  }

  // MARK: Messages

  mutating func message(
    _ message: some ChannelMessage, _ speaker: Speaker, on conversation: Int = 0, headers: HeaderKind? = nil
  ) {
    raw(message.type, message.body, speaker, on: conversation, headers: headers)
  }

  mutating func raw(
    _ type: UInt16, _ body: [UInt8], _ speaker: Speaker, on conversation: Int = 0, headers: HeaderKind? = nil
  ) {
    let serial = (serials[conversation]?[speaker] ?? 0) + 1
    serials[conversation, default: [:]][speaker] = serial
    var writer = ByteWriter()
    MessageHeader(serial: serial, type: type, size: UInt32(body.count)).write(headers ?? self.headers, to: &writer)
    say(writer.bytes + body, speaker, on: conversation)
  }

  mutating func main(_ message: MainServerMessage) { self.message(message, .server) }

  // MARK: Whole beginnings

  static func opening(agentTokens: UInt32 = 10) -> MainServerMessage {
    .initialize(
      MainInit(
        sessionID: session, displayChannelsHint: 1, supportedMouseModes: [.server, .client],
        currentMouseMode: .server, agentConnected: false, agentTokens: agentTokens, multimediaTime: 0x2453_1689,
        ramHint: 0x100_0000))
  }

  /// A main channel in good order, on conversation 0.
  mutating func openMain(agentTokens: UInt32 = 10) {
    link(.main)
    message(Self.opening(agentTokens: agentTokens), .server)
    message(MainClientMessage.attachChannels, .client)
    message(
      MainServerMessage.channelsList([
        ChannelID(.display), ChannelID(.inputs), ChannelID(.cursor), ChannelID(.playback),
      ]),
      .server)
  }

  /// A display channel in good order with surface 0, on conversation 1.
  mutating func openDisplay(client: Capabilities? = nil, on conversation: Int = 1, id: UInt8 = 0) {
    link(.display, on: conversation, id: id, client: client)
    message(Self.displayInit, .client, on: conversation)
    message(Self.surface(0), .server, on: conversation)
  }

  static let displayInit = DisplayClientMessage.initialize(
    DisplayInit(pixmapCacheID: 1, pixmapCacheSize: 20 << 20, glzDictionaryID: 1, glzWindowSize: 1 << 20))

  static func surface(_ id: UInt32) -> DisplayServerMessage {
    .surfaceCreate(SurfaceCreate(id: id, width: 64, height: 48, format: 32, flags: id == 0 ? 1 : 0))
  }

  static func copy(_ image: Image, surface: UInt32 = 0) -> DisplayServerMessage {
    let area = Rect(left: 0, top: 0, right: 2, bottom: 2)
    return .draw(
      DrawBase(surface: surface, box: area),
      .copy(source: image, area: area, rop: 8, scale: .nearest, mask: .none))
  }

  static func bitmap(_ id: UInt64, flags: ImageFlags = []) -> Image {
    Image(
      id: id, flags: flags, width: 2, height: 2,
      content: .bitmap(
        BitmapImage(
          format: 8, topDown: true, width: 2, height: 2, stride: 8, palette: .none,
          rows: [UInt8](repeating: 7, count: 16)[...])))
  }
}
