import SpiceProtocol

/// One connection's two streams, read step by step as the protocol has it. It says what was said; it does not judge.
struct Conversation {
  /// Longest message that is kept to be read.
  static let messageLimit: UInt32 = 64 << 20
  /// Longest link structure.
  static let linkLimit: UInt32 = 64 << 10
  /// Bytes that one end may be ahead of the other.
  static let aheadLimit = 4 << 20
  /// Bytes of something else than SPICE that a recorder keeps.
  static let strangerBytes: UInt64 = 64

  enum Stage: Equatable {
    case linkHeader
    case linkBody(Int)
    /// Nothing more may be said before the other end has.
    case waiting
    case mechanism
    case ticket(have: Int)
    case result
    case messageHeader
    case messageBody(MessageHeader)
    case over
  }

  struct End {
    var queue = StreamQueue()
    var stage = Stage.linkHeader
    var headers = HeaderKind.full
    var messages: UInt64 = 0
    var isDamaged = false
    var isClosed = false
    /// Where what a recorder has to blank stands; kept only for one.
    var secrets: [Range<UInt64>] = []
    /// From here on nobody can tell what the bytes are.
    var unknownFrom: UInt64?
  }

  let id: Int
  private(set) var channel: ChannelID?
  var session: UInt32?
  private(set) var client = End()
  private(set) var server = End()
  private var request: LinkReading?
  private var reply: LinkReply?
  private var mayBeMiddle = false
  private var agent = AgentConversation()
  /// Whether `Verdict`s will be asked for.
  private let isRecorded: Bool
  /// The server said yes.
  private var isLinked = false
  private var events: [FlowEvent] = []
  private var now = FlowTime(nanoseconds: 0)

  init(id: Int, isRecorded: Bool = false) {
    self.id = id
    self.isRecorded = isRecorded
  }

  /// Whether neither end says any more.
  var isClosed: Bool { client.isClosed && server.isClosed }

  private subscript(speaker: Speaker) -> End {
    _read {
      if speaker == .client { yield client } else { yield server }
    }
    _modify {
      if speaker == .client { yield &client } else { yield &server }
    }
  }

  mutating func takeEvents() -> [FlowEvent] {
    defer { events = [] }
    return events
  }

  mutating func emit(_ kind: FlowEvent.Kind, _ speaker: Speaker, _ bytes: ArraySlice<UInt8> = [], size: Int? = nil) {
    let end = self[speaker].queue.offset
    let start = end - min(end, UInt64(size ?? bytes.count))
    events.append(
      FlowEvent(
        time: now, conversation: id, channel: channel, session: session, speaker: speaker, range: start..<end,
        bytes: bytes, kind: kind))
  }

  mutating func open(_ client: String, _ server: String, at time: FlowTime) {
    now = time
    emit(.opened(client: client, server: server), .client)
  }

  mutating func feed(_ bytes: ArraySlice<UInt8>, from speaker: Speaker, at time: FlowTime) {
    now = time
    self[speaker].queue.append(bytes)
    run()
    if self[speaker].stage == .over {
      self[speaker].queue.removeAll()
    } else if self[speaker].queue.count > Self.aheadLimit, !self[speaker].stage.isBody {
      giveUp(speaker, .tooFarAhead)
    }
    self[speaker].queue.settle()
  }

  mutating func gap(_ missing: Int, from speaker: Speaker, at time: FlowTime) {
    now = time
    guard self[speaker].stage != .over else { return }
    emit(.gap(missing: missing), speaker)
    if case .messageBody(let header) = self[speaker].stage, missing <= Int(header.size) - self[speaker].queue.count {
      self[speaker].isDamaged = true
      feed(ArraySlice(repeating: 0, count: missing), from: speaker, at: time)
    } else {
      giveUp(speaker, .gap)
      // Without the link stage nobody knows how the other end's messages are headed.
      if !isLinked { giveUp(speaker.other, .gap) }
    }
  }

  mutating func note(_ kind: FlowEvent.Kind, _ speaker: Speaker, at time: FlowTime) {
    now = time
    emit(kind, speaker)
  }

  /// This end, or with `reset` either, says no more.
  mutating func close(_ speaker: Speaker, reset: Bool, at time: FlowTime) {
    now = time
    for one in reset ? Speaker.allCases : [speaker] where !self[one].isClosed {
      tellUnfinished(one)
      self[one].isClosed = true
    }
    emit(reset ? .reset : .finished, speaker)
  }

  /// The capture is over.
  mutating func finish(at time: FlowTime) {
    now = time
    for speaker in Speaker.allCases where !self[speaker].isClosed { tellUnfinished(speaker) }
  }

  /// The capture has not seen the connection begin. A link header may come all the same.
  mutating func expectMiddle() { mayBeMiddle = true }

  private mutating func giveUp(_ speaker: Speaker, _ reason: UnreadableReason) {
    guard self[speaker].stage != .over else { return }
    emit(.unreadable(reason), speaker)
    self[speaker].stage = .over
    // Who speaks something else is known by a few bytes; what else it says may be anybody's secret.
    self[speaker].unknownFrom = self[speaker].queue.offset + (reason == .notSpice ? Self.strangerBytes : 0)
    self[speaker].queue.removeAll()
  }

  private mutating func tellUnfinished(_ speaker: Speaker) {
    let have = self[speaker].queue.count
    switch self[speaker].stage {
    case .over, .waiting: break
    case .linkHeader: emit(.unfinished(.header, have: have, need: LinkHeader.size), speaker)
    case .linkBody(let need): emit(.unfinished(speaker == .client ? .message : .reply, have: have, need: need), speaker)
    case .mechanism: emit(.unfinished(.mechanism, have: have, need: 4), speaker)
    case .ticket: emit(.unfinished(.ticket, have: have, need: LinkConstants.ticketSize), speaker)
    case .result: emit(.unfinished(.result, have: have, need: 4), speaker)
    case .messageHeader:
      if have > 0 { emit(.unfinished(.messageHeader, have: have, need: self[speaker].headers.size), speaker) }
    case .messageBody(let header):
      emit(.unfinished(.messageBody, have: have, need: Int(clamping: header.size)), speaker)
    }
  }

  // MARK: For recorders, and the agent's stream

  mutating func replace(_ speaker: Speaker, _ end: End) { self[speaker] = end }

  mutating func note(secret range: Range<UInt64>, _ speaker: Speaker) {
    if isRecorded, !range.isEmpty { self[speaker].secrets.append(range) }
  }

  mutating func restartAgent() { agent.restart() }

  mutating func readAgent(_ bytes: ArraySlice<UInt8>, _ isDamaged: Bool, _ speaker: Speaker) {
    if isDamaged { agent.lose(speaker) }
    let read = agent.feed(bytes, from: speaker)
    let start = self[speaker].queue.offset - min(self[speaker].queue.offset, UInt64(bytes.count))
    for range in read.secrets {
      note(secret: start + UInt64(range.lowerBound)..<start + UInt64(range.upperBound), speaker)
    }
    for message in read.messages { emit(.agent(message), speaker) }
  }

  // MARK: Steps

  private mutating func run() {
    while step(.client) || step(.server) {}
  }

  /// Reads one thing; false where nothing more can be read now.
  private mutating func step(_ speaker: Speaker) -> Bool {
    switch self[speaker].stage {
    case .waiting, .over: false
    case .linkHeader: linkHeader(speaker)
    case .linkBody(let size): speaker == .client ? linkMessage(size) : linkReply(size)
    case .mechanism: mechanism()
    case .ticket: ticket()
    case .result: result()
    case .messageHeader: messageHeader(speaker)
    case .messageBody(let header): messageBody(header, speaker)
    }
  }

  private mutating func linkHeader(_ speaker: Speaker) -> Bool {
    let seen = self[speaker].queue.peek(min(4, self[speaker].queue.count)) ?? []
    guard seen.count >= 2 else { return false }
    if !zip(seen, LinkConstants.magic).allSatisfy({ $0 == $1 }) {
      guard seen.count == 4 || PeerKind(seen) == .tls else { return false }
      let known = self[speaker].queue.peek(min(4096, self[speaker].queue.count)) ?? []
      let peer = PeerKind(known)
      if mayBeMiddle, peer == .unknown {
        giveUp(speaker, .captureBeganInTheMiddle)
        return true
      }
      emit(.stranger(peer, Array(known.prefix(12))), speaker)
      giveUp(speaker, .notSpice)
      return true
    }
    guard let bytes = self[speaker].queue.take(LinkHeader.size) else { return false }
    var reader = ByteReader(bytes, structure: "SpiceLinkHeader")
    guard let header = try? LinkHeader(from: &reader) else { return false }
    emit(.linkHeader(header), speaker, bytes)
    if header.bodySize > Self.linkLimit {
      giveUp(speaker, .nonsense)
    } else {
      self[speaker].stage = .linkBody(Int(header.bodySize))
    }
    return true
  }

  private mutating func linkMessage(_ size: Int) -> Bool {
    guard let body = client.queue.take(size) else { return false }
    let reading = LinkReading(body)
    channel = reading.channel
    if reading.connectionID != 0 { session = reading.connectionID }
    request = reading
    emit(.linkMessage(reading), .client, body)
    if let fault = reading.fault { emit(.anomaly(.link(fault)), .client, body) }
    client.stage = .waiting
    return true
  }

  private mutating func linkReply(_ size: Int) -> Bool {
    guard let body = server.queue.take(size) else { return false }
    var reader = ByteReader(body, structure: "SpiceLinkReply")
    let outcome = Result { () throws(WireError) in try LinkReply(from: &reader) }
    emit(.linkReply(outcome), .server, body)
    guard case .success(let reply) = outcome else {
      // A refusal may be no more than its code.
      giveUp(.server, .refused)
      giveUp(.client, .refused)
      return true
    }
    if reply.error != 0 {
      giveUp(.server, .refused)
      giveUp(.client, .refused)
      return true
    }
    self.reply = reply
    if client.stage == .waiting { client.stage = agreed(.authSelection) ? .mechanism : .ticket(have: 0) }
    server.stage = .result
    return true
  }

  private func agreed(_ capability: CommonCapability) -> Bool {
    request?.common.contains(capability) == true && reply?.common.contains(capability) == true
  }

  private mutating func mechanism() -> Bool {
    guard let bytes = client.queue.peek(4) else { return false }
    let value = bytes.reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    // Nor is 0 one; a blanked ticket begins with it.
    if value == 0 || value > 0xff {
      emit(.anomaly(.mechanismMissing), .client)
    } else {
      _ = client.queue.take(4)
      emit(.mechanism(value), .client, bytes)
      if value == AuthMechanism.sasl.rawValue {
        giveUp(.client, .sasl)
        giveUp(.server, .sasl)
        return true
      }
    }
    client.stage = .ticket(have: 0)
    return true
  }

  private mutating func ticket() -> Bool {
    // Four bytes that no ciphertext begins with, but for one in four thousand millions.
    if !agreed(.authSelection), let first = client.queue.peek(4), Array(first) == [1, 0, 0, 0],
      client.stage == .ticket(have: 0)
    {
      _ = client.queue.take(4)
      emit(.anomaly(.mechanismUnexpected), .client, first)
      client.stage = .ticket(have: 4)
      return true
    }
    let size = LinkConstants.ticketSize
    guard let bytes = client.queue.take(size) else { return false }
    let tail = bytes.suffix(Self.openTicketBytes)
    emit(.ticket(size: size, endsWithZero: tail.first != 0 && tail.last == 0), .client, size: size)
    note(secret: client.queue.offset - UInt64(size)..<client.queue.offset - UInt64(Self.openTicketBytes), .client)
    client.stage = .waiting
    return true
  }

  /// A ticket's last bytes are recorded: they tell nothing of the password, and one that was shifted from one that was not.
  private static let openTicketBytes = 2

  /// True where a message of the channel stands right behind the ticket, in headers of either kind: a client need not wait
  /// for the server's yes.
  private var speaksAhead: Bool {
    [HeaderKind.mini, .full].contains { kind in
      guard let bytes = client.queue.peek(kind.size) else { return false }
      var reader = ByteReader(bytes, structure: "message header")
      guard let header = try? MessageHeader(kind, serial: 1, from: &reader), header.serial == 1 else { return false }
      return header.size < Self.greetingLimit
        && channel?.type?.messageName(header.type, Speaker.client.direction) != nil
    }
  }

  /// Bytes of a message that may stand there; a first one is short.
  private static let greetingLimit: UInt32 = 4096

  private mutating func result() -> Bool {
    guard let bytes = server.queue.take(4) else { return false }
    let value = bytes.reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    switch client.stage {
    case .ticket: emit(.anomaly(.ticketSize(client.queue.count)), .client)
    case .waiting where client.queue.count > 0 && !speaksAhead:
      emit(.anomaly(.ticketSize(LinkConstants.ticketSize + client.queue.count)), .client)
    default: break
    }
    emit(.linkResult(value), .server, bytes)
    guard value == 0 else {
      giveUp(.client, .refused)
      giveUp(.server, .refused)
      return true
    }
    isLinked = true
    for speaker in Speaker.allCases where self[speaker].stage != .over {
      self[speaker].headers = agreed(.miniHeader) ? .mini : .full
      self[speaker].stage = .messageHeader
    }
    return true
  }
}

extension Conversation.Stage {
  fileprivate var isBody: Bool { if case .messageBody = self { true } else { false } }
}

// Messages.
extension Conversation {
  private mutating func messageHeader(_ speaker: Speaker) -> Bool {
    if self[speaker].messages == 0, !settleHeaders(speaker) { return false }
    let kind = self[speaker].headers
    guard let bytes = self[speaker].queue.take(kind.size) else { return false }
    var reader = ByteReader(bytes, structure: "message header")
    let counted = self[speaker].messages + 1
    guard let header = try? MessageHeader(kind, serial: counted, from: &reader) else { return false }
    if kind == .full, header.serial != counted, self[speaker].messages > 0 {
      emit(.anomaly(.serial(expected: counted, seen: header.serial)), speaker, bytes)
    }
    self[speaker].messages = kind == .full ? min(header.serial, .max - 1) : counted
    if header.size > Self.messageLimit {
      emit(.anomaly(.oversized(type: header.type, size: header.size)), speaker, bytes)
      giveUp(speaker, .nonsense)
      return true
    }
    self[speaker].queue.reserve(Int(header.size))
    self[speaker].stage = .messageBody(header)
    return true
  }

  /// Looks at the first message for headers of the other kind. False where more bytes are needed to tell.
  private mutating func settleHeaders(_ speaker: Speaker) -> Bool {
    let queue = self[speaker].queue
    guard let first = queue.peek(6).map(Array.init) else { return false }
    let agreed = self[speaker].headers
    switch agreed {
    case .mini:
      // A full header begins with serial 1 in eight bytes; as a mini one it would be an empty message 1.
      guard Array(first.prefix(6)) == [1, 0, 0, 0, 0, 0] else { return true }
      guard let more = queue.peek(8).map(Array.init) else { return false }
      guard more[6] == 0, more[7] == 0 else { return true }
      self[speaker].headers = .full
    case .full:
      let type = UInt16(first[0]) | UInt16(first[1]) << 8
      let size = (2..<6).reversed().reduce(UInt32(0)) { $0 << 8 | UInt32(first[$1]) }
      let isSerial = first[0] == 1 && first.dropFirst().allSatisfy { $0 == 0 }
      guard !isSerial, channel?.type?.messageName(type, speaker.direction) != nil, size < 1 << 20 else { return true }
      // As a full header this would be a serial of `type` and then the size: none begins so high.
      if let whole = queue.peek(HeaderKind.full.size).map(Array.init), whole[2..<8].allSatisfy({ $0 == 0 }) {
        let fullType = UInt16(whole[8]) | UInt16(whole[9]) << 8
        if channel?.type?.messageName(fullType, speaker.direction) != nil { return true }
      }
      self[speaker].headers = .mini
    }
    emit(.anomaly(.headers(agreed: agreed, seen: self[speaker].headers)), speaker)
    return true
  }

  private mutating func messageBody(_ header: MessageHeader, _ speaker: Speaker) -> Bool {
    guard let body = self[speaker].queue.take(Int(header.size)) else { return false }
    self[speaker].stage = .messageHeader
    var message = read(header.type, header.serial, body, speaker)
    message.headerSize = self[speaker].headers.size
    message.isDamaged = self[speaker].isDamaged
    self[speaker].isDamaged = false
    if header.subList != 0 || isList(message) {
      let raw = RawMessage(serial: header.serial, type: header.type, body: body)
      let parts = (try? raw.subMessages(at: header.subList)) ?? []
      message.parts = parts.map { read($0.type, header.serial, $0.body, speaker) }
    }
    if case .success(.mainServer(.initialize(let opened))) = message.content { session = opened.sessionID }
    emit(.message(message), speaker, body, size: body.count + message.headerSize)
    if let kind = message.secrecy { noteSecret(max(0, body.count - kind), speaker) }
    readAgent(message, speaker)
    return true
  }

  private func isList(_ message: FlowMessage) -> Bool {
    if case .success(.commonServer(.list)) = message.content { true } else { false }
  }

  private func read(_ type: UInt16, _ serial: UInt64, _ body: ArraySlice<UInt8>, _ speaker: Speaker) -> FlowMessage {
    let kind = channel?.type
    let content = Result { () throws(WireError) in
      guard let kind else {
        throw WireError(
          structure: "link message", field: "channel_type", offset: 4,
          problem: .unknown(value: UInt64(channel?.rawType ?? 0)))
      }
      return try DecodedMessage(channel: kind, speaker: speaker, type: type, body: body)
    }
    return FlowMessage(
      serial: serial, type: type, channel: kind, speaker: speaker, headerSize: 0, body: body, content: content)
  }
}
