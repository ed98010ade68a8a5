import SpiceProtocol

/// News from a client on the main channel.
public enum MainServerEvent: Sendable {
  case notice(ServerNotice)
  /// The client asked which channels there are, and was told.
  case attached
  /// The client asks for that one mode; `set(supported:current:)` answers.
  case mouseModeRequest(MouseModes)
  /// The client has begun to speak with the agent.
  case agentStarted
  /// A message for the agent.
  case agent(AgentMessage)
  /// One of a number that is not known here.
  case unknownAgent(type: UInt32, body: ArraySlice<UInt8>)
}

/// What a client finds when it opens a session.
public struct MainSettings: Sendable, Hashable {
  /// The `connection_id` of every later channel; not 0.
  public var sessionID: UInt32
  /// The channels it may link.
  public var channels: [ChannelID]
  public var displayChannelsHint: UInt32 = 1
  public var supportedMouseModes: MouseModes = [.server, .client]
  public var currentMouseMode: MouseModes = .client
  public var isAgentConnected = false
  /// Milliseconds.
  public var multimediaTime: UInt32 = 0
  /// Bytes of video memory, or 0.
  public var ramHint: UInt32 = 0
  /// The machine's name in UTF-8; nil where it has none.
  public var name: [UInt8]?
  /// 16 bytes.
  public var uuid: [UInt8]?
  /// Whether a ping with a quarter of a megabyte behind it measures the line.
  public var measuresBandwidth = false

  public init(sessionID: UInt32, channels: [ChannelID]) {
    self.sessionID = sessionID
    self.channels = channels
  }
}

/// A server's main channel: opens the session, lists its channels, says who moves the pointer, and passes messages between
/// the client and the guest's agent.
public struct MainServer: ServerEngine {
  /// This server's capabilities of the main channel, for `ServerLink.accept(common:specific:)`.
  public static let capabilities = Capabilities([MainCapability.nameAndUUID, .agentConnectedTokens])
  /// Agent chunks that one `send` holds at most, so that a host with a full line may stop between two.
  private static let chunksPerSend = 32

  public var channel: ServerChannel
  public let settings: MainSettings
  public private(set) var mouseModes: (supported: MouseModes, current: MouseModes)
  private var agent: AgentRelay
  private var events = Queue<MainServerEvent>()

  public init(_ link: AcceptedLink, _ settings: MainSettings, limits: SessionLimits = .standard) {
    channel = ServerChannel(link, limits: limits)
    self.settings = settings
    mouseModes = (settings.supportedMouseModes, settings.currentMouseMode)
    agent = AgentRelay(
      isConnected: settings.isAgentConnected,
      renewsTokens: link.specific.contains(MainCapability.agentConnectedTokens), limits: limits)
  }

  /// INIT, the machine's name and number where the client knows them, and pings to learn the round trip.
  public mutating func start(at now: Moment, _ shared: inout NothingShared) {
    channel.send(
      MainServerMessage.initialize(
        MainInit(
          sessionID: settings.sessionID, displayChannelsHint: settings.displayChannelsHint,
          supportedMouseModes: settings.supportedMouseModes, currentMouseMode: settings.currentMouseMode,
          agentConnected: settings.isAgentConnected, agentTokens: AgentRelay.window,
          multimediaTime: settings.multimediaTime, ramHint: settings.ramHint)))
    if channel.link.specific.contains(MainCapability.nameAndUUID) {
      if let name = settings.name { channel.send(MainServerMessage.name(name)) }
      if let uuid = settings.uuid { channel.send(MainServerMessage.uuid(uuid)) }
    }
    // The first warms the line up, as after a silence it answers late.
    channel.ping(at: now)
    channel.ping(at: now)
    if settings.measuresBandwidth { channel.ping(at: now, padding: ServerChannel.probePadding) }
  }

  public mutating func process(at now: Moment, _ shared: inout NothingShared) throws(SessionError) {
    while let raw = try channel.nextMessage(at: now) {
      if MainClientMessage.Kind(rawValue: raw.type) == nil {
        channel.passOver(raw)
        continue
      }
      let message = try channel.decode(MainClientMessage.self, raw)
      try handle(message, serial: raw.serial)
    }
  }

  public mutating func next() -> ServerEffect<MainServerEvent>? {
    if let bytes = channel.takeOutput() { return .send(bytes) }
    if let notice = channel.takeNotice() { return .event(.notice(notice)) }
    if let event = events.popFirst() { return .event(event) }
    // The host has taken all that came; a host that does not keep up keeps the client waiting by this.
    if let tokens = agent.takeReturn() { channel.send(MainServerMessage.agentToken(tokens)) }
    sendChunks()
    return channel.takeOutput().map { .send($0) }
  }

  // MARK: The host's words

  /// Says who may move the pointer and who does.
  public mutating func set(supported: MouseModes, current: MouseModes) {
    mouseModes = (supported, current)
    channel.send(MainServerMessage.mouseMode(supported: supported, current: current))
  }

  /// Sets the client's multimedia clock, in milliseconds.
  public mutating func set(multimediaTime: UInt32) {
    channel.send(MainServerMessage.multimediaTime(multimediaTime))
  }

  /// Whether a guest's agent is there.
  public var isAgentConnected: Bool { agent.isConnected }

  /// Bytes of agent messages that wait for the client's tokens.
  public var waitingAgentBytes: Int { agent.outbox.backlog }

  /// An agent has come, or another in the place of the one that was there.
  public mutating func agentConnected() {
    agent.connect()
    channel.send(
      agent.renewsTokens
        ? MainServerMessage.agentConnectedTokens(AgentRelay.window) : MainServerMessage.agentConnected)
  }

  /// The agent has gone; what waited for the client's tokens is dropped.
  public mutating func agentDisconnected(_ reason: LinkErrorCode = .ok) {
    guard agent.isConnected else { return }
    agent.disconnect()
    channel.send(MainServerMessage.agentDisconnected(reason: reason.rawValue))
  }

  /// Sends a message of the agent's to the client, as its tokens allow.
  ///
  /// - Returns: False where no agent is connected, or more than `SessionLimits.waitingAgentBytes` would wait; the message
  ///   is dropped then.
  public mutating func send(_ message: AgentMessage) -> Bool {
    agent.send(message)
  }

  /// The same for a message of a number that is not known here.
  public mutating func send(agentType type: UInt32, body: [UInt8]) -> Bool {
    agent.send(type: type, body: body)
  }

  private mutating func sendChunks() {
    for _ in 0..<MainServer.chunksPerSend {
      guard channel.mayPush, let chunk = agent.nextChunk() else { return }
      channel.send(MainServerMessage.agentData(chunk))
    }
  }

  // MARK: The client's words

  private mutating func handle(_ message: MainClientMessage, serial: UInt64) throws(SessionError) {
    switch message {
    case .attachChannels:
      channel.send(MainServerMessage.channelsList(settings.channels))
      events.append(.attached)
    case .mouseModeRequest(let mode):
      guard mode == .server || mode == .client else {
        throw .client(channel.id, serial: serial, .mouseMode(mode.rawValue))
      }
      events.append(.mouseModeRequest(mode))
    case .agentStart(let tokens):
      if agent.start(tokens: tokens) { events.append(.agentStarted) }
    case .agentToken(let tokens): agent.add(tokens: tokens)
    case .agentData(let chunk): try receive(chunk, serial: serial)
    case .clientInfo, .qualityIndicator: break  // Words of clients of long ago, to which no server listens.
    case .migrateConnected, .migrateConnectError, .migrateEnd, .migrateDestinationDoSeamless,
      .migrateConnectedSeamless:
      break  // No migration was begun that these could answer.
    }
  }

  private mutating func receive(_ chunk: ArraySlice<UInt8>, serial: UInt64) throws(SessionError) {
    var rest = chunk
    do throws(ClientFault) {
      if try !agent.admit() { rest = [] }
    } catch {
      throw .client(channel.id, serial: serial, error)
    }
    while let whole = try nextAgentMessage(&rest, serial: serial) {
      try receive(whole.type, whole.body, serial: serial)
    }
  }

  private mutating func nextAgentMessage(
    _ chunk: inout ArraySlice<UInt8>, serial: UInt64
  ) throws(SessionError) -> (type: UInt32, body: ArraySlice<UInt8>)? {
    do throws(ClientFault) {
      return try agent.next(&chunk)
    } catch {
      throw .client(channel.id, serial: serial, error)
    }
  }

  private mutating func receive(
    _ type: UInt32, _ body: ArraySlice<UInt8>, serial: UInt64
  ) throws(SessionError) {
    guard AgentMessage.Kind(rawValue: type) != nil else {
      events.append(.unknownAgent(type: type, body: body))
      return
    }
    do throws(WireError) {
      let message = try AgentMessage(type: type, body: body, dialect: agent.dialect)
      agent.note(message)
      events.append(.agent(message))
    } catch {
      throw .message(channel.id, serial: serial, error)
    }
  }
}
