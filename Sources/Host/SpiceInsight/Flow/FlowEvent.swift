import SpiceProtocol

/// Something that happened in a conversation.
public struct FlowEvent: Sendable {
  public enum Kind: Sendable {
    /// A connection began; the ends as whoever watches calls them.
    case opened(client: String, server: String)
    /// What follows comes in a WebSocket; offsets count the bytes inside it. The path that the client asked for.
    case webSocket(path: String)
    /// One end speaks something else than SPICE; its first bytes.
    case stranger(PeerKind, [UInt8])
    case linkHeader(LinkHeader)
    case linkMessage(LinkReading)
    case linkReply(Result<LinkReply, WireError>)
    case mechanism(UInt32)
    /// Its bytes are kept from everybody. `endsWithZero`: as one whose first byte was zero and got lost on the way to 128.
    case ticket(size: Int, endsWithZero: Bool)
    /// A `LinkErrorCode`.
    case linkResult(UInt32)
    indirect case message(FlowMessage)
    /// A message between client and guest agent, whose last bytes the AGENT_DATA before this event brought.
    case agent(AgentReading)
    case anomaly(FlowAnomaly)
    /// So many bytes were said and not captured.
    case gap(missing: Int)
    /// What this end says from here on is not read.
    case unreadable(UnreadableReason)
    case blocked(Bool)
    case finished
    case reset
    /// The conversation or the capture ended while this end had said `have` of `need` bytes of something.
    case unfinished(LinkStep, have: Int, need: Int)
  }

  public var time: FlowTime
  public var conversation: Int
  /// Nil before the link message named it.
  public var channel: ChannelID?
  /// Nil before it is known.
  public var session: UInt32?
  public var speaker: Speaker
  /// Which bytes of this end's stream it is.
  public var range: Range<UInt64>
  /// Those bytes, for who shows them; empty for tickets.
  public var bytes: ArraySlice<UInt8>
  public var kind: Kind

  public init(
    time: FlowTime, conversation: Int, channel: ChannelID? = nil, session: UInt32? = nil, speaker: Speaker,
    range: Range<UInt64>, bytes: ArraySlice<UInt8>, kind: Kind
  ) {
    self.time = time
    self.conversation = conversation
    self.channel = channel
    self.session = session
    self.speaker = speaker
    self.range = range
    self.bytes = bytes
    self.kind = kind
  }

  /// Whether its bytes tell what a person typed, copied or plugged in.
  public var isSecret: Bool { if case .message(let message) = kind { message.isSecret } else { false } }
}

/// One message, cut out and read.
public struct FlowMessage: Sendable {
  /// As its header has it, or as counted under mini headers.
  public var serial: UInt64
  public var type: UInt16
  public var channel: ChannelType?
  public var speaker: Speaker
  public var headerSize: Int
  public var body: ArraySlice<UInt8>
  public var content: Result<DecodedMessage, WireError>
  /// Messages inside this one, which are handled before it.
  public var parts: [FlowMessage] = []
  /// Some of its bytes were not captured and stand as zeros.
  public var isDamaged = false

  /// As the protocol's headers have it, without prefix; the number for one that has none.
  public var name: String {
    channel?.messageName(type, speaker.direction)?.description ?? "message \(type)"
  }

  /// Its fields in the order in which they are read, up to an error if there is one.
  public func fields(limit: Int = 4096) -> FieldLog {
    let log = FieldLog(limit: limit)
    if let channel {
      _ = try? DecodedMessage(channel: channel, speaker: speaker, type: type, body: body, fields: log)
    }
    return log
  }
}

/// What somebody speaks, by the first bytes.
public enum PeerKind: String, Hashable, Sendable {
  case vnc = "VNC"
  case http = "HTTP"
  case webSocket = "WebSocket"
  case tls = "TLS"
  case ssh = "SSH"
  case unknown = "something unknown"

  /// By two bytes or more.
  init(_ bytes: ArraySlice<UInt8>) {
    func begins(_ text: String) -> Bool { zip(bytes, text.utf8).allSatisfy { $0 == $1 } }
    let first = Array(bytes.prefix(2))
    if begins("RFB ") {
      self = .vnc
    } else if begins("SSH-") {
      self = .ssh
    } else if ["GET ", "HEAD ", "POST ", "PUT ", "CONNECT ", "OPTIONS ", "HTTP/"].contains(where: begins) {
      let text = String(decoding: bytes.prefix(4096), as: UTF8.self).lowercased()
      self = text.contains("upgrade: websocket") ? .webSocket : .http
    } else if first.count == 2, first[0] == 0x16 || first[0] == 0x15, first[1] == 3 {
      self = .tls
    } else {
      self = .unknown
    }
  }
}

/// The steps of the link stage, and what follows it.
public enum LinkStep: String, Hashable, Sendable {
  case header = "link header"
  case message = "link message"
  case reply = "link reply"
  case mechanism
  case ticket
  case result = "link result"
  case messageHeader = "message header"
  case messageBody = "message body"
}

/// Why what follows is not read.
public enum UnreadableReason: Hashable, Sendable {
  case notSpice
  case captureBeganInTheMiddle
  /// A gap swallowed the end of a message and the header behind it.
  case gap
  case sasl
  case refused
  /// This end ran ahead of the other one by more than is kept.
  case tooFarAhead
  case nonsense
}

extension UnreadableReason: CustomStringConvertible {
  public var description: String {
    switch self {
    case .notSpice: "this is not SPICE"
    case .captureBeganInTheMiddle: "the capture began after the link stage, which says how messages are headed"
    case .gap: "bytes are missing here and the next message cannot be found for sure"
    case .sasl: "SASL follows, which is not read"
    case .refused: "the link was refused"
    case .tooFarAhead: "one end's bytes came without the other's, which say how to read them"
    case .nonsense: "what follows makes no sense as messages"
    }
  }
}

/// What was noticed while cutting: bytes that are not where the protocol has them.
public enum FlowAnomaly: Hashable, Sendable {
  case link(LinkFault)
  /// Both ends have AUTH_SELECTION, and a ticket came where the mechanism stands.
  case mechanismMissing
  /// A mechanism came though not both ends have AUTH_SELECTION.
  case mechanismUnexpected
  /// The server judged a ticket of so many bytes.
  case ticketSize(Int)
  /// Headers of another kind than was agreed.
  case headers(agreed: HeaderKind, seen: HeaderKind)
  /// Longer than any message may be.
  case oversized(type: UInt16, size: UInt32)
  /// A full header whose serial is not the one after the last.
  case serial(expected: UInt64, seen: UInt64)
}
