import SpiceProtocol

/// What a channel is to be, said before it is linked.
public struct ChannelSetup: Sendable, Hashable {
  public var channel: ChannelID
  /// 0 for the main channel, then the session's id.
  public var connectionID: UInt32
  public var common: Capabilities
  public var specific: Capabilities
  /// Whether a password will be in the ticket; only errors speak of it.
  public var hasPassword: Bool
  public var limits: SessionLimits

  public init(
    channel: ChannelID, connectionID: UInt32, specific: Capabilities = Capabilities(), hasPassword: Bool,
    limits: SessionLimits = .standard
  ) {
    self.channel = channel
    self.connectionID = connectionID
    self.common = Capabilities([CommonCapability.authSelection, .authSpice, .miniHeader])
    self.specific = specific
    self.hasPassword = hasPassword
    self.limits = limits
  }
}

/// What both ends agreed on.
public struct Negotiated: Sendable, Hashable {
  public var majorVersion: UInt32
  public var minorVersion: UInt32
  public var header: HeaderKind
  /// The other end's capabilities.
  public var common: Capabilities
  public var specific: Capabilities
  /// True where AUTH_SELECTION was agreed, so that the mechanism was named.
  public var selectedMechanism: Bool
  /// Microseconds from the ticket to its answer: a round trip and the server's arithmetic.
  public var roundTrip: UInt64
}

/// The client's side of the link stage, from the first byte to the server's yes.
package struct ClientLink: Sendable {
  package enum State: Sendable {
    /// Our header and message are out; the server's 16 bytes of header have not all come.
    case awaitingHeader
    /// `size` more bytes make the server's reply.
    case awaitingReply(LinkHeader)
    /// The host has the public key and owes the ticket.
    case awaitingTicket(LinkHeader, LinkReply)
    /// The ticket went out then; four bytes will say yes or no.
    case awaitingResult(Negotiated, ticketSent: Moment)
    case linked(Negotiated)
  }

  package enum Step {
    /// More bytes are needed.
    case wait
    case encryptTicket(publicKey: [UInt8])
    case linked(Negotiated)
  }

  package let setup: ChannelSetup
  package private(set) var state = State.awaitingHeader
  private var received: [UInt8] = []

  package init(_ setup: ChannelSetup) {
    self.setup = setup
  }

  /// The first bytes on the connection.
  package var opening: [UInt8] {
    var body = ByteWriter()
    LinkMessage(
      connectionID: setup.connectionID, channel: setup.channel, common: setup.common, specific: setup.specific
    ).write(to: &body)
    var writer = ByteWriter()
    LinkHeader(bodySize: UInt32(clamping: body.bytes.count)).write(to: &writer)
    writer.append(body.bytes)
    return writer.bytes
  }

  /// What both ends have agreed on; nil before the ticket went out.
  var agreement: Negotiated? {
    switch state {
    case .awaitingHeader, .awaitingReply, .awaitingTicket: nil
    case .awaitingResult(let negotiated, _), .linked(let negotiated): negotiated
    }
  }

  package var stage: LinkStage {
    switch state {
    case .awaitingHeader: received.isEmpty ? .awaitingReply : .receivingReply
    case .awaitingReply: .receivingReply
    case .awaitingTicket: .awaitingTicket
    case .awaitingResult, .linked: .awaitingResult
    }
  }

  /// Takes what the current state can use from the front of `input` and leaves the rest.
  package mutating func advance(_ input: inout ArraySlice<UInt8>, at now: Moment) throws(LinkFailure) -> Step {
    switch state {
    case .awaitingHeader:
      guard try collectHeader(&input) else { return .wait }
      let header = try parse { (reader) throws(WireError) in try LinkHeader(from: &reader) }
      guard header.majorVersion == LinkConstants.majorVersion else {
        throw .majorVersion(header.majorVersion)
      }
      guard header.bodySize <= setup.limits.linkBody else {
        throw .replyTooLong(size: header.bodySize, limit: setup.limits.linkBody)
      }
      received = []
      state = .awaitingReply(header)
      return try advance(&input, at: now)
    case .awaitingReply(let header):
      guard collect(Int(header.bodySize), &input) else { return .wait }
      let code = try parse { (reader) throws(WireError) in try reader.u32("error") }
      // What follows an error may be anything; some servers send nothing more.
      guard code == LinkErrorCode.ok.rawValue else { throw .refused(code: code) }
      let reply = try parse { (reader) throws(WireError) in try LinkReply(from: &reader) }
      received = []
      if agreed(.authSelection, reply), !reply.common.contains(.authSpice) { throw .noCommonMechanism }
      state = .awaitingTicket(header, reply)
      return .encryptTicket(publicKey: reply.publicKey)
    case .awaitingTicket: return .wait
    case .awaitingResult(var negotiated, let sent):
      guard collect(4, &input) else { return .wait }
      let code = try parse { (reader) throws(WireError) in try reader.u32("link result") }
      received = []
      guard code == LinkErrorCode.ok.rawValue else {
        throw .ticketRefused(code: code, passwordGiven: setup.hasPassword)
      }
      negotiated.roundTrip = now.since(sent)
      state = .linked(negotiated)
      return .linked(negotiated)
    case .linked(let negotiated): return .linked(negotiated)
    }
  }

  /// The bytes that carry the ticket, where it is its turn.
  package mutating func answer(ticket: [UInt8], at now: Moment) -> [UInt8]? {
    guard case .awaitingTicket(let header, let reply) = state else { return nil }
    let selects = agreed(.authSelection, reply)
    var writer = ByteWriter()
    if selects { writer.u32(AuthMechanism.spice.rawValue) }
    writer.append(ticket)
    state = .awaitingResult(
      Negotiated(
        majorVersion: header.majorVersion, minorVersion: header.minorVersion,
        header: agreed(.miniHeader, reply) ? .mini : .full, common: reply.common, specific: reply.specific,
        selectedMechanism: selects, roundTrip: 0),
      ticketSent: now)
    return writer.bytes
  }

  private func agreed(_ capability: CommonCapability, _ reply: LinkReply) -> Bool {
    setup.common.contains(capability) && reply.common.contains(capability)
  }

  private mutating func collect(_ count: Int, _ input: inout ArraySlice<UInt8>) -> Bool {
    let taken = input.prefix(max(0, count - received.count))
    received.append(contentsOf: taken)
    input = input.dropFirst(taken.count)
    return received.count >= count
  }

  /// Collects the 16 bytes of the header; judges them as soon as one is wrong.
  private mutating func collectHeader(_ input: inout ArraySlice<UInt8>) throws(LinkFailure) -> Bool {
    let complete = collect(LinkHeader.size, &input)
    for (place, byte) in LinkConstants.magic.enumerated() where place < received.count && received[place] != byte {
      guard received.count >= 4 else { return false }
      throw .strangePeer(identify(received), firstBytes: received)
    }
    return complete
  }

  /// What the peer is where the connection ended before four bytes had come.
  package var strangerAtEnd: LinkFailure? {
    guard case .awaitingHeader = state, !received.isEmpty, received.count < LinkHeader.size else { return nil }
    return received.starts(with: LinkConstants.magic.prefix(received.count))
      ? nil : .strangePeer(identify(received), firstBytes: received)
  }

  private func parse<Value>(_ read: (inout ByteReader) throws(WireError) -> Value) throws(LinkFailure) -> Value {
    var reader = ByteReader(received[...], structure: "SpiceLinkReply")
    do throws(WireError) {
      return try read(&reader)
    } catch {
      throw .malformedReply(error)
    }
  }
}

/// Who speaks first with such bytes.
func identify(_ bytes: [UInt8]) -> StrangePeer {
  func begins(_ text: StaticString) -> Bool {
    guard bytes.count >= text.utf8CodeUnitCount else { return false }
    return text.withUTF8Buffer { bytes.starts(with: $0) }
  }
  if begins("RFB ") { return .vnc }
  if begins("HTTP") { return .http }
  if begins("SSH-") { return .ssh }
  if bytes.count >= 2, (0x14...0x17).contains(bytes[0]), bytes[1] == 3 { return .tls }
  return .unknown
}
