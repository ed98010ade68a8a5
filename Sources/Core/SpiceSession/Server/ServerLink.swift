import SpiceProtocol

/// What the host of a server's link stage has to do, drained in order with `next()`.
public enum ServerLinkEffect: Sendable {
  /// Bytes for the client.
  case send([UInt8])
  /// Decide whether the client may have that channel: `accept(common:specific:)` or `refuse(_:)`.
  case judge(LinkMessage)
  /// 128 bytes: the password and its NUL, encrypted by RSA-OAEP with SHA-1. Decrypt, compare, and `conclude(_:)`.
  case ticket([UInt8])
  /// The end of the link stage: what comes from here on is for a `ServerEngine`.
  case linked(AcceptedLink)
}

/// The server's side of the link stage, from the first byte to the yes.
///
/// It judges each byte as soon as it can: a caller that speaks something else is told so at its first wrong byte, and the
/// caller that waits for the server to speak first can be let go at the host's deadline. Before a client has proved who it
/// is, no more than `SessionLimits.linkBody` bytes of it are kept.
public struct ServerLink: Sendable {
  /// The common capabilities of every server here, for `accept(common:specific:)`.
  public static let capabilities = Capabilities([CommonCapability.authSelection, .authSpice, .miniHeader])

  enum State: Sendable {
    /// The client's 16 bytes of header have not all come.
    case awaitingHeader
    /// `size` bytes make the client's link message.
    case awaitingMessage(size: Int)
    /// The host owes `accept` or `refuse`.
    case awaitingJudgement(LinkMessage)
    /// Our reply is out; four bytes will name the mechanism.
    case awaitingMechanism(AcceptedLink)
    /// 128 bytes make the ticket.
    case awaitingTicket(AcceptedLink)
    /// The host has the ticket and owes `conclude`.
    case awaitingConclusion(AcceptedLink)
    case linked
    case refused
  }

  private let publicKey: [UInt8]
  private let limits: SessionLimits
  private var state = State.awaitingHeader
  /// What has come of the current structure; behind the ticket, the client's first messages.
  private var received: [UInt8] = []
  private var effects = Queue<ServerLinkEffect>()

  /// - Parameter publicKey: A DER SubjectPublicKeyInfo of a 1024-bit RSA key, 162 bytes.
  public init(publicKey: [UInt8], limits: SessionLimits = .standard) {
    self.publicKey = publicKey
    self.limits = limits
  }

  public mutating func next() -> ServerLinkEffect? {
    effects.popFirst()
  }

  /// Where it stands: for the log when the host's deadline passes or the connection ends.
  public var stage: ServerLinkStage {
    switch state {
    case .awaitingHeader: received.isEmpty ? .awaitingHeader : .receivingHeader
    case .awaitingMessage: .receivingMessage
    case .awaitingJudgement: .awaitingJudgement
    case .awaitingMechanism: .awaitingMechanism
    case .awaitingTicket: .awaitingTicket
    case .awaitingConclusion: .awaitingConclusion
    case .linked: .linked
    case .refused: .refused
    }
  }

  /// Feeds bytes; to be called no more after `linked`.
  ///
  /// - Throws: What is wrong. The answer that says so is still to be drained by `next()`; then the connection is closed.
  public mutating func receive(_ bytes: [UInt8], at now: Moment) throws(LinkRefusal) {
    var input = bytes[...]
    do throws(LinkRefusal) {
      while try advance(&input) {}
      try keep(input)
    } catch {
      answer(error)
      throw error
    }
  }

  // MARK: The host's answers

  /// Answers `judge`: the client may have the channel if its ticket is good. These are the server's capabilities.
  public mutating func accept(common: Capabilities, specific: Capabilities) {
    guard case .awaitingJudgement(let message) = state else { return }
    func agreed(_ capability: CommonCapability) -> Bool {
      common.contains(capability) && message.common.contains(capability)
    }
    sendReply(LinkReply(error: LinkErrorCode.ok.rawValue, publicKey: publicKey, common: common, specific: specific))
    let link = AcceptedLink(
      channel: message.channel, connectionID: message.connectionID, header: agreed(.miniHeader) ? .mini : .full,
      common: message.common, specific: message.specific, offered: specific)
    state = agreed(.authSelection) ? .awaitingMechanism(link) : .awaitingTicket(link)
  }

  /// Answers `judge`: a link reply with that error, and the end.
  public mutating func refuse(_ code: LinkErrorCode) {
    guard case .awaitingJudgement = state else { return }
    sendReply(error: code == .ok ? .error : code)
    state = .refused
  }

  /// Answers `ticket`: `.ok` links the channel; anything else, such as `.permissionDenied`, is sent and is the end.
  public mutating func conclude(_ code: LinkErrorCode) {
    guard case .awaitingConclusion(var link) = state else { return }
    sendResult(code)
    guard code == .ok else {
      state = .refused
      return
    }
    link.surplus = received
    received = []
    state = .linked
    effects.append(.linked(link))
  }

  // MARK: Receiving

  /// Takes what the current state can use from the front of `input`; true where the next state may go on.
  private mutating func advance(_ input: inout ArraySlice<UInt8>) throws(LinkRefusal) -> Bool {
    switch state {
    case .awaitingHeader:
      guard let size = try receiveHeader(&input) else { return false }
      state = .awaitingMessage(size: size)
    case .awaitingMessage(let size):
      guard let body = take(size, &input) else { return false }
      let message = try LinkRefusal.parse(body)
      state = .awaitingJudgement(message)
      effects.append(.judge(message))
    case .awaitingMechanism(let link):
      guard let bytes = take(4, &input) else { return false }
      let mechanism = littleEndian(bytes)
      guard mechanism == AuthMechanism.spice.rawValue else { throw .mechanism(mechanism) }
      state = .awaitingTicket(link)
    case .awaitingTicket(let link):
      guard let ticket = take(LinkConstants.ticketSize, &input) else { return false }
      state = .awaitingConclusion(link)
      effects.append(.ticket(ticket))
    case .awaitingJudgement, .awaitingConclusion, .linked, .refused: return false
    }
    return true
  }

  /// The size of the link message, where the header is whole. Each field is judged when its last byte has come, the magic
  /// at its first wrong one.
  private mutating func receiveHeader(_ input: inout ArraySlice<UInt8>) throws(LinkRefusal) -> Int? {
    let taken = input.prefix(LinkHeader.size - received.count)
    received += taken
    input = input.dropFirst(taken.count)
    guard zip(received, LinkConstants.magic).allSatisfy({ $0 == $1 }) else {
      throw .strangePeer(identifyCaller(received), firstBytes: received)
    }
    guard received.count >= 8 else { return nil }
    let version = littleEndian(received[4..<8])
    guard version == LinkConstants.majorVersion else { throw .majorVersion(version) }
    guard received.count == LinkHeader.size else { return nil }
    let size = littleEndian(received[12..<16])
    guard size >= LinkMessage.fixedSize, size <= limits.linkBody else {
      throw .messageSize(size, limit: limits.linkBody)
    }
    received = []
    return Int(size)
  }

  /// `count` bytes where they are all there; collects them until then.
  private mutating func take(_ count: Int, _ input: inout ArraySlice<UInt8>) -> [UInt8]? {
    let taken = input.prefix(count - received.count)
    received += taken
    input = input.dropFirst(taken.count)
    guard received.count == count else { return nil }
    defer { received = [] }
    return received
  }

  /// Bytes that nothing asked for yet.
  private mutating func keep(_ input: ArraySlice<UInt8>) throws(LinkRefusal) {
    if input.isEmpty { return }
    switch state {
    // Without the key in our reply nobody can have made a ticket.
    case .awaitingJudgement: throw .early(bytes: input.count)
    case .awaitingConclusion:
      guard received.count + input.count <= limits.linkBody else { throw .flood(limit: limits.linkBody) }
      received += input
    case .awaitingHeader, .awaitingMessage, .awaitingMechanism, .awaitingTicket, .linked, .refused: break
    }
  }

  // MARK: Answers

  /// Says what is wrong in the form that the client waits for now: a link reply, or behind ours the result alone.
  private mutating func answer(_ refusal: LinkRefusal) {
    let code = refusal.code ?? .error
    switch state {
    case .awaitingHeader, .awaitingMessage, .awaitingJudgement: sendReply(error: code)
    case .awaitingMechanism, .awaitingTicket, .awaitingConclusion: sendResult(code)
    case .linked, .refused: break
    }
    state = .refused
    received = []
  }

  private mutating func sendReply(error: LinkErrorCode) {
    sendReply(
      LinkReply(error: error.rawValue, publicKey: [], common: Capabilities(), specific: Capabilities()))
  }

  private mutating func sendReply(_ reply: LinkReply) {
    var body = ByteWriter()
    reply.write(to: &body)
    var writer = ByteWriter()
    LinkHeader(bodySize: UInt32(clamping: body.bytes.count)).write(to: &writer)
    writer.append(body.bytes)
    effects.append(.send(writer.bytes))
  }

  private mutating func sendResult(_ code: LinkErrorCode) {
    var writer = ByteWriter()
    writer.u32(code.rawValue)
    effects.append(.send(writer.bytes))
  }
}

private func littleEndian(_ bytes: some Collection<UInt8>) -> UInt32 {
  bytes.reversed().reduce(0) { $0 << 8 | UInt32($1) }
}
