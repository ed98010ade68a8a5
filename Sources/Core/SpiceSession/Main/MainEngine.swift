import SpiceProtocol

/// News from the main channel.
public enum MainEvent: Sendable {
  case notice(ChannelNotice)
  /// The session is open; its id goes into every later channel's link.
  case opened(MainInit)
  /// The channels that may now be linked.
  case channels([ChannelID])
  case mouseMode(supported: MouseModes, current: MouseModes)
  /// The server's multimedia clock in milliseconds.
  case multimediaTime(UInt32)
  case agentConnected
  case agentDisconnected(reason: UInt32)
  /// What the agent says; only where the engine speaks with it.
  case agent(AgentEvent)
  /// UTF-8.
  case name([UInt8])
  /// 16 bytes.
  case uuid([UInt8])
  /// The machine moves to another host.
  case migration(MigrationDestination)
}

/// The client's main channel: opens the session, attaches the channels, and knows who moves the pointer.
public struct MainEngine: ClientEngine {
  public var channel: ClientChannel
  public private(set) var mouseModes: (supported: MouseModes, current: MouseModes) = ([], [])
  /// Nil where the program wants nothing of the guest's agent; it then hears no word of ours.
  public private(set) var agent: AgentEngine?
  private var events = Queue<MainEvent>()

  /// - Parameter speaksWithAgent: Whether clipboard and monitors are exchanged with the guest's agent (`agent`).
  public init(hasPassword: Bool, speaksWithAgent: Bool = false, limits: SessionLimits = .standard) {
    agent = speaksWithAgent ? AgentEngine(limits: limits) : nil
    channel = ClientChannel(
      ChannelSetup(
        channel: ChannelID(.main), connectionID: 0,
        specific: Capabilities([MainCapability.nameAndUUID, .agentConnectedTokens]), hasPassword: hasPassword,
        limits: limits))
  }

  public mutating func process(at now: Moment, _ shared: inout NothingShared) throws(SessionError) {
    while let raw = try channel.nextMessage(at: now) {
      if MainServerMessage.Kind(rawValue: raw.type) == nil {
        channel.passOver(raw)
      } else {
        handle(try channel.decode(MainServerMessage.self, raw))
      }
    }
  }

  public mutating func next() -> Effect<MainEvent>? {
    if let bytes = channel.takeOutput() { return .send(bytes) }
    if let key = channel.takeKey() { return .encryptTicket(publicKey: key) }
    if let notice = channel.takeNotice() { return .event(.notice(notice)) }
    if let event = events.popFirst() { return .event(event) }
    if let event = agent?.takeEvent() { return .event(.agent(event)) }
    // The program has taken all that came; one that does not keep up keeps the agent waiting by this.
    if let tokens = agent?.takeReturn() { channel.send(MainClientMessage.agentToken(tokens)) }
    for chunk in agent?.takeChunks() ?? [] { channel.send(MainClientMessage.agentData(chunk)) }
    return channel.takeOutput().map { .send($0) }
  }

  /// Lets the program speak with the guest's agent.
  ///
  /// - Returns: What the action returns; nil where the engine was made without `speaksWithAgent`.
  @discardableResult
  public mutating func withAgent<Result>(_ action: (inout AgentEngine) -> Result) -> Result? {
    guard var value = agent else { return nil }
    agent = nil  // gives up this reference, so that nothing is copied
    defer { agent = value }
    return action(&value)
  }

  /// Asks the server to let that end move the pointer; it answers with `mouseMode`.
  public mutating func request(_ mode: MouseModes) {
    channel.send(MainClientMessage.mouseModeRequest(mode))
  }

  private mutating func handle(_ message: MainServerMessage) {
    switch message {
    case .initialize(let value):
      mouseModes = (value.supportedMouseModes, value.currentMouseMode)
      events.append(.opened(value))
      // The list of channels comes only after this.
      channel.send(MainClientMessage.attachChannels)
      preferClientMouse()
      agent?.set(tokens: value.agentTokens)
      if value.agentConnected { startAgent(tokens: nil) }
    case .channelsList(let channels): events.append(.channels(channels))
    case .mouseMode(let supported, let current):
      let before = mouseModes.supported
      mouseModes = (supported, current)
      events.append(.mouseMode(supported: supported, current: current))
      if !before.contains(.client) { preferClientMouse() }
    case .multimediaTime(let time): events.append(.multimediaTime(time))
    case .agentConnected:
      events.append(.agentConnected)
      startAgent(tokens: nil)
    case .agentConnectedTokens(let tokens):
      events.append(.agentConnected)
      startAgent(tokens: tokens)
    case .agentDisconnected(let reason):
      events.append(.agentDisconnected(reason: reason))
      agent?.disconnect()
    case .agentData(let chunk): agent?.receive(chunk)
    case .agentToken(let tokens): agent?.add(tokens: tokens)
    case .name(let name): events.append(.name(name))
    case .uuid(let uuid): events.append(.uuid(uuid))
    case .migrateBegin(let destination), .migrateBeginSeamless(let destination, _),
      .migrateSwitchHost(let destination):
      events.append(.migration(destination))
    case .migrateCancel, .migrateEnd, .migrateDestinationSeamlessAck, .migrateDestinationSeamlessNack:
      break  // Nothing was started that these could answer.
    }
  }

  private mutating func startAgent(tokens: UInt32?) {
    guard agent != nil else { return }
    channel.send(MainClientMessage.agentStart(tokens: AgentEngine.window))
    agent?.connect(tokens: tokens)
  }

  /// A position on the screen is exact where relative motion is not, so it is asked for wherever it can be had.
  private mutating func preferClientMouse() {
    if mouseModes.supported.contains(.client), !mouseModes.current.contains(.client) { request(.client) }
  }
}
