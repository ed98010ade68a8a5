import SpiceProtocol

/// A client's half of the way to the guest's agent: tokens in both directions, what the two can do, clipboard and monitors.
///
/// It lives inside of `MainEngine`, which carries its chunks. The agent is a program in the guest: what it says wrong costs
/// it its hearing, and not the session.
public struct AgentEngine: Sendable {
  /// What this end announces.
  public static let capabilities = Capabilities([
    AgentCapability.monitorsConfig, .reply, .clipboardByDemand, .clipboardSelection,
  ])
  /// Chunks that the server may send before the client gives tokens back: 128 KiB.
  static let window: UInt32 = 64
  /// Tokens are given back so many at a time.
  static let tokensPerReturn: UInt32 = 16
  /// Chunks that one `takeChunks` takes at most.
  private static let chunksPerTurn = 32
  /// Monitors that a wish may name.
  public static let monitorLimit = 16

  private enum State: Sendable {
    case absent
    /// Our capabilities are on their way; the agent's have not come.
    case greeting
    case ready(Capabilities)
    /// It said what cannot be read.
    case deaf
  }

  private let limits: SessionLimits
  private var state = State.absent
  private var inbox: AgentInbox
  private var outbox: AgentOutbox
  /// Chunks taken in whose tokens are not given back yet.
  private var owed: UInt32 = 0
  /// Most bytes of the guest's clipboard (`MAX_CLIPBOARD`); nil for no bound.
  private var clipboardLimit: Int?
  private var events = Queue<AgentEvent>()

  init(limits: SessionLimits) {
    self.limits = limits
    inbox = AgentInbox(limit: limits.agentMessage)
    outbox = AgentOutbox(limit: limits.waitingAgentBytes)
  }

  /// What the agent can do; nil until it has said so.
  public var theirs: Capabilities? {
    if case .ready(let capabilities) = state { capabilities } else { nil }
  }

  /// Bytes that wait for the server's tokens.
  public var waitingBytes: Int { outbox.backlog }

  private var dialect: AgentDialect {
    AgentDialect(ours: AgentEngine.capabilities, theirs: theirs ?? Capabilities())
  }

  // MARK: The server's words

  /// INIT's tokens.
  mutating func set(tokens: UInt32) {
    outbox.set(tokens: tokens)
  }

  /// An agent has come; AGENT_START is to be sent with `window`.
  ///
  /// - Parameter tokens: The chunks it takes; nil where what is left of the earlier ones still counts.
  mutating func connect(tokens: UInt32?) {
    disconnect()
    state = .greeting
    if let tokens { outbox.set(tokens: tokens) }
    _ = outbox.append(
      AgentMessage.announceCapabilities(request: true, AgentEngine.capabilities).encoded(dialect: AgentDialect()))
  }

  /// The agent has gone; what waited for it is dropped.
  mutating func disconnect() {
    state = .absent
    inbox = AgentInbox(limit: limits.agentMessage)
    dropWaiting()
    owed = 0
    clipboardLimit = nil
  }

  mutating func add(tokens: UInt32) {
    outbox.add(tokens: tokens)
  }

  mutating func receive(_ chunk: ArraySlice<UInt8>) {
    if case .absent = state { return }
    owed += 1
    if case .deaf = state { return }
    var rest = chunk
    do throws(ClientFault) {
      while let whole = try inbox.next(&rest) {
        guard take(whole.type, whole.body) else { return }
      }
    } catch {
      fail(error.description)
    }
  }

  // MARK: Draining

  /// Tokens that are the server's again; nil while they are too few to speak of.
  mutating func takeReturn() -> UInt32? {
    guard owed >= AgentEngine.tokensPerReturn else { return nil }
    defer { owed = 0 }
    return owed
  }

  /// Chunks that the server takes now.
  mutating func takeChunks() -> [ArraySlice<UInt8>] {
    var chunks: [ArraySlice<UInt8>] = []
    while chunks.count < AgentEngine.chunksPerTurn, let chunk = outbox.nextChunk() { chunks.append(chunk) }
    return chunks
  }

  mutating func takeEvent() -> AgentEvent? {
    events.popFirst()
  }

  // MARK: The program's words

  /// Tells the guest that the client has something to paste, in these forms; the guest asks for it when it is wanted.
  ///
  /// - Returns: False where the agent has no clipboard, or no room is left in what waits for tokens.
  public mutating func grabClipboard(_ selection: ClipboardSelection = .clipboard, types: [ClipboardType]) -> Bool {
    speak(of: selection, .clipboardGrab(selection: selection, serial: nil, types: types.map { $0.rawValue }))
  }

  /// Answers `clipboardRequested`; with `none` and no bytes where there is nothing any more.
  ///
  /// - Returns: False as for `grabClipboard`, and where it is more than the agent takes or one message may have.
  public mutating func sendClipboard(
    _ selection: ClipboardSelection = .clipboard, type: ClipboardType, _ bytes: [UInt8]
  ) -> Bool {
    guard bytes.count <= min(clipboardLimit ?? .max, limits.agentMessage - 8) else { return false }
    return speak(of: selection, .clipboard(selection: selection, type: type.rawValue, bytes[...]))
  }

  /// Asks for what the guest has announced; `clipboard` answers.
  ///
  /// - Returns: False as for `grabClipboard`.
  public mutating func requestClipboard(
    _ selection: ClipboardSelection = .clipboard, type: ClipboardType = .utf8Text
  ) -> Bool {
    speak(of: selection, .clipboardRequest(selection: selection, type: type.rawValue))
  }

  /// Tells the guest that the client has nothing to paste any more.
  ///
  /// - Returns: False as for `grabClipboard`.
  public mutating func releaseClipboard(_ selection: ClipboardSelection = .clipboard) -> Bool {
    speak(of: selection, .clipboardRelease(selection: selection))
  }

  /// Wishes for monitors of these sizes and places; `reply` answers, and the displays change when the guest has done it.
  ///
  /// - Returns: False where the agent cannot set monitors, none or more than `monitorLimit` are named, or no room is left.
  public mutating func wish(monitors: [AgentMonitorsConfig.Monitor]) -> Bool {
    guard let theirs, theirs.contains(AgentCapability.monitorsConfig),
      (1...AgentEngine.monitorLimit).contains(monitors.count)
    else {
      return false
    }
    let flags = monitors.count > 1 ? AgentMonitorsConfig.usePosition : 0
    return send(.monitorsConfig(AgentMonitorsConfig(flags: flags, monitors: monitors)))
  }

  private mutating func speak(of selection: ClipboardSelection, _ message: AgentMessage) -> Bool {
    guard let theirs, theirs.contains(AgentCapability.clipboardByDemand) else { return false }
    // Without the word for it all is about the one clipboard there is.
    guard selection == .clipboard || dialect.selection else { return false }
    return send(message)
  }

  private mutating func send(_ message: AgentMessage) -> Bool {
    outbox.append(message.encoded(dialect: dialect))
  }

  // MARK: The agent's words

  /// False where the agent is not listened to any more.
  private mutating func take(_ type: UInt32, _ body: ArraySlice<UInt8>) -> Bool {
    // A newer agent may say what has no name here.
    guard AgentMessage.Kind(rawValue: type) != nil else { return true }
    do throws(WireError) {
      handle(try AgentMessage(type: type, body: body, dialect: dialect))
      return true
    } catch {
      fail(error.description)
      return false
    }
  }

  private mutating func handle(_ message: AgentMessage) {
    switch message {
    case .announceCapabilities(let request, let capabilities):
      state = .ready(capabilities)
      if request { _ = send(.announceCapabilities(request: false, AgentEngine.capabilities)) }
      events.append(.ready(capabilities))
    case .clipboardGrab(let selection, _, let types): events.append(.clipboardGrabbed(selection, types: types))
    case .clipboardRequest(let selection, let type): events.append(.clipboardRequested(selection, type: type))
    case .clipboard(let selection, let type, let bytes): events.append(.clipboard(selection, type: type, bytes))
    case .clipboardRelease(let selection): events.append(.clipboardReleased(selection))
    case .maxClipboard(let limit): clipboardLimit = limit < 0 ? nil : Int(limit)
    case .reply(let type, let error): events.append(.reply(type: type, succeeded: error == 1))
    case .mouseState, .monitorsConfig, .displayConfig, .fileTransferStart, .fileTransferStatus, .fileTransferData,
      .clientDisconnected, .audioVolumeSync, .graphicsDeviceInfo:
      break  // Nothing was started that these could answer.
    }
  }

  private mutating func fail(_ reason: String) {
    state = .deaf
    dropWaiting()
    events.append(.failed("the guest's agent is not listened to any more: \(reason)"))
  }

  private mutating func dropWaiting() {
    let tokens = outbox.tokens
    outbox.clear()
    outbox.set(tokens: tokens)
  }
}
