import SpiceProtocol

/// A server's half of the way between a client and the guest's agent: whose turn it is, tokens in both directions, and what
/// the two have announced they can do.
struct AgentRelay: Sendable {
  /// Tokens that a client is given (`REDS_AGENT_WINDOW_SIZE` of libspice-server).
  static let window: UInt32 = 10
  /// Tokens are given back so many at a time.
  static let tokensPerReturn: UInt32 = 5

  let limits: SessionLimits
  /// Whether each announcement of an agent gives the client its tokens anew (`AGENT_CONNECTED_TOKENS`); else it has those
  /// of INIT for the whole session.
  let renewsTokens: Bool
  private(set) var isConnected: Bool
  /// Announcements of an agent that the client has not answered with AGENT_START. What comes until then was meant for an
  /// agent that is gone.
  private var unanswered: Int
  /// AGENT_DATA that the client may still send.
  private var clientTokens = AgentRelay.window
  /// Chunks taken in whose tokens are not given back yet.
  private var owed: UInt32 = 0
  private var inbox: AgentInbox
  private(set) var outbox: AgentOutbox
  private var announced = (host: Capabilities(), client: Capabilities())

  init(isConnected: Bool, renewsTokens: Bool, limits: SessionLimits) {
    self.limits = limits
    self.isConnected = isConnected
    self.renewsTokens = renewsTokens
    unanswered = isConnected ? 1 : 0
    inbox = AgentInbox(limit: limits.agentMessage)
    outbox = AgentOutbox(limit: limits.waitingAgentBytes)
  }

  /// What the announced capabilities make of clipboard messages.
  var dialect: AgentDialect { AgentDialect(ours: announced.host, theirs: announced.client) }

  // MARK: The host's side

  mutating func connect() {
    disconnect()
    isConnected = true
    unanswered += 1
  }

  mutating func disconnect() {
    isConnected = false
    inbox = AgentInbox(limit: limits.agentMessage)
    outbox.clear()
    announced = (Capabilities(), Capabilities())
  }

  /// Queues a message for the client; false where there is no agent or no room.
  mutating func send(_ message: AgentMessage) -> Bool {
    guard isConnected, outbox.append(message.encoded(dialect: dialect)) else { return false }
    if case .announceCapabilities(_, let capabilities) = message { announced.host = capabilities }
    return true
  }

  /// The same for a message that has no name here.
  mutating func send(type: UInt32, body: [UInt8]) -> Bool {
    var writer = ByteWriter(reservingCapacity: AgentHeader.size + body.count)
    AgentHeader(type: type, bodySize: UInt32(clamping: body.count)).write(to: &writer)
    writer.append(body)
    return isConnected && outbox.append(writer.bytes)
  }

  mutating func nextChunk() -> ArraySlice<UInt8>? {
    unanswered == 0 ? outbox.nextChunk() : nil
  }

  // MARK: The client's side

  /// The client begins with the agent that was announced, and takes so many chunks. True where it is the one that is there.
  mutating func start(tokens: UInt32) -> Bool {
    guard unanswered > 0 else { return false }
    unanswered -= 1
    if renewsTokens {
      clientTokens = AgentRelay.window
      owed = 0
    }
    guard isConnected, unanswered == 0 else { return false }
    outbox.set(tokens: tokens)
    return true
  }

  mutating func add(tokens: UInt32) {
    outbox.add(tokens: tokens)
  }

  /// Counts a chunk of the client's; true where it is for the agent that is there.
  mutating func admit() throws(ClientFault) -> Bool {
    let isCurrent = isConnected && unanswered == 0
    // Between two agents the old one's tokens are still being used up; they are renewed when the client starts.
    if !isCurrent, renewsTokens { return false }
    guard clientTokens > 0 else { throw .noAgentTokens }
    clientTokens -= 1
    owed += 1
    return isCurrent
  }

  /// The next whole message of an admitted chunk; nil where its bytes are used up.
  mutating func next(
    _ chunk: inout ArraySlice<UInt8>
  ) throws(ClientFault) -> (type: UInt32, body: ArraySlice<UInt8>)? {
    try inbox.next(&chunk)
  }

  mutating func note(_ message: AgentMessage) {
    if case .announceCapabilities(_, let capabilities) = message { announced.client = capabilities }
  }

  /// Tokens that are the client's again; nil while they are too few to speak of.
  mutating func takeReturn() -> UInt32? {
    guard owed >= AgentRelay.tokensPerReturn else { return nil }
    defer { owed = 0 }
    clientTokens += owed
    return owed
  }
}
