import SpiceProtocol

/// An event as it is told: a name and named values, with secrets left out. What renderers write and comparisons compare.
public struct FlowEntry: Codable, Hashable, Sendable {
  /// One named value.
  public struct Detail: Codable, Hashable, Sendable {
    public var name: String
    public var value: String
    /// Bytes from the start of the message's body, for fields of messages.
    public var offset: Int?
    public var size: Int?
  }

  /// Nanoseconds, as the capture has them.
  public var time: UInt64
  public var conversation: Int
  /// Such as `display/0`.
  public var channel: String?
  public var session: UInt32?
  public var speaker: String
  /// Bytes from the start of this end's stream, and how many it is.
  public var offset: UInt64
  public var size: Int
  /// `message`, `link message`, `gap` and so on.
  public var kind: String
  /// The message's name, or the kind once more.
  public var name: String
  public var serial: UInt64?
  public var type: UInt16?
  public var details: [Detail]
  /// What is wrong with it.
  public var error: String?
}

/// What is told of an event.
public struct EntryOptions: Hashable, Sendable {
  /// Keys, clipboard, devices' bytes are shown too. Tickets never are.
  public var showsSecrets = false
  /// Fields of a message that are told at the most.
  public var fieldLimit = 24

  public init(showsSecrets: Bool = false, fieldLimit: Int = 24) {
    self.showsSecrets = showsSecrets
    self.fieldLimit = fieldLimit
  }
}

extension FlowMessage {
  /// Whether its body tells what a person typed, copied or plugged in.
  public var isSecret: Bool {
    switch (channel, speaker) {
    case (.inputs, .client): (101...104).contains(type) && type != 103
    case (.main, .client): type == MainClientMessage.Kind.agentData.rawValue
    case (.main, .server): type == MainServerMessage.Kind.agentData.rawValue
    case (.smartcard, _), (.usbredir, _), (.port, _), (.webdav, _): (101...102).contains(type)
    case (.record, .client): type == RecordClientMessage.Kind.data.rawValue
    default: false
    }
  }
}

extension FlowEntry {
  public init(_ event: FlowEvent, options: EntryOptions = EntryOptions()) {
    time = event.time.nanoseconds
    conversation = event.conversation
    channel = event.channel?.description
    session = event.session
    speaker = event.speaker.rawValue
    offset = event.range.lowerBound
    size = Int(clamping: event.range.upperBound - event.range.lowerBound)
    details = []
    kind = ""
    name = ""
    tell(event, options)
    if name.isEmpty { name = kind }
  }

  mutating func add(_ name: String, _ value: String) { details.append(Detail(name: name, value: value)) }

  private mutating func tell(_ event: FlowEvent, _ options: EntryOptions) {
    switch event.kind {
    case .opened(let client, let server):
      kind = "opened"
      add("client", client)
      add("server", server)
    case .webSocket(let path):
      kind = "WebSocket"
      add("path", path)
    case .stranger(let peer, let bytes):
      kind = "stranger"
      add("speaks", peer.rawValue)
      add("bytes", hexadecimal(bytes))
    case .linkHeader(let header):
      kind = "link header"
      add("version", "\(header.majorVersion).\(header.minorVersion)")
      add("size", "\(header.bodySize)")
    case .linkMessage(let reading):
      kind = "link message"
      add("connection_id", hex(reading.connectionID))
      add("channel_type", "\(reading.channel.rawType)")
      add("channel_id", "\(reading.channel.id)")
      add("num_common_caps", "\(reading.commonCount)")
      add("num_channel_caps", "\(reading.specificCount)")
      add("caps_offset", "\(reading.capsOffset)")
      add("common", names(reading.common, nil))
      add("own", names(reading.specific, reading.channel.type))
    case .linkReply(let outcome): tell(outcome, event)
    case .mechanism(let mechanism):
      kind = "mechanism"
      add("mechanism", AuthMechanism(rawValue: mechanism).map { "\(mechanism) (\($0))" } ?? "\(mechanism)")
    case .ticket(let size, _):
      kind = "ticket"
      add("bytes", "\(size), not shown")
    case .linkResult(let code):
      kind = "link result"
      add("error", Self.linkError(code))
    case .message(let message): tell(message, options)
    case .agent(let reading): tell(reading, options)
    case .anomaly(let anomaly):
      kind = "anomaly"
      add("what", "\(anomaly)")
    case .gap(let missing):
      kind = "gap"
      add("missing", missing == .max ? "nobody knows how many bytes" : "\(missing) bytes")
    case .unreadable(let reason):
      kind = "unreadable"
      add("reason", reason.description)
    case .blocked(let isBlocked): kind = isBlocked ? "window shut" : "window open"
    case .finished: kind = "closed"
    case .reset: kind = "reset"
    case .unfinished(let step, let have, let need):
      kind = "unfinished"
      add("step", step.rawValue)
      add("have", "\(have) of \(need) bytes")
    }
  }

  private mutating func tell(_ outcome: Result<LinkReply, WireError>, _ event: FlowEvent) {
    kind = "link reply"
    switch outcome {
    case .success(let reply):
      add("error", Self.linkError(reply.error))
      add("pub_key", "\(reply.publicKey.count) bytes")
      add("num_common_caps", "\(reply.common.words.count)")
      add("num_channel_caps", "\(reply.specific.words.count)")
      add("common", names(reply.common, nil))
      add("own", names(reply.specific, event.channel?.type))
    case .failure(let problem): error = problem.description
    }
  }

  private static func linkError(_ code: UInt32) -> String {
    LinkErrorCode(rawValue: code).map { "\(code) (\($0.name))" } ?? "\(code)"
  }

  private func names(_ set: Capabilities, _ channel: ChannelType?) -> String {
    let all = set.numbers.map { number in
      let name = channel.map { $0.capabilityName(number) } ?? CommonCapability(rawValue: number)?.name
      return name?.description ?? "\(number)"
    }
    return all.isEmpty ? "none" : all.joined(separator: " ")
  }

  private mutating func tell(_ message: FlowMessage, _ options: EntryOptions) {
    kind = "message"
    name = message.name
    serial = message.serial
    type = message.type
    if case .failure(let problem) = message.content { error = problem.description }
    if message.isDamaged { error = "some of its bytes were not captured" }
    if message.isSecret, !options.showsSecrets {
      if !message.body.isEmpty { add("body", "\(message.body.count) bytes, not shown") }
      return
    }
    let log = message.fields(limit: options.fieldLimit)
    details = log.fields.map { FieldText.detail($0, in: message) }
    if log.omitted > 0 { add("…", "\(log.omitted) more fields") }
    if log.fields.isEmpty, !message.body.isEmpty { add("body", "\(message.body.count) bytes") }
    if !message.parts.isEmpty { add("messages inside", message.parts.map { $0.name }.joined(separator: " ")) }
  }
}

/// Fields as they are told.
enum FieldText {
  static func detail(_ field: FieldLog.Field, in message: FlowMessage) -> FlowEntry.Detail {
    FlowEntry.Detail(
      name: field.name.description, value: value(field, in: message), offset: field.offset, size: field.size)
  }

  static func value(_ field: FieldLog.Field, in message: FlowMessage) -> String {
    switch field.value {
    case .bytes: return text(field, in: message) ?? "\(field.size) bytes"
    case .signed(let value): return "\(value)"
    case .unsigned(let value):
      if let known = known(field.name.description, value, in: message) { return "\(value) (\(known))" }
      let isWide = field.size == 8 || hexadecimalFields.contains(field.name.description)
      return isWide && value > 9 ? hex(value) : "\(value)"
    }
  }

  private static let textFields: Set<String> = ["name", "message", "host", "cert_subject"]
  private static let textLimit = 200

  /// What is written there, where the protocol has words.
  private static func text(_ field: FieldLog.Field, in message: FlowMessage) -> String? {
    guard textFields.contains(field.name.description), field.offset >= 0, field.size <= textLimit,
      field.offset <= message.body.count - field.size
    else { return nil }
    let start = message.body.startIndex + field.offset
    let bytes = message.body[start..<start + field.size].prefix { $0 != 0 }
    guard bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }), let text = String(validating: bytes, as: UTF8.self) else {
      return nil
    }
    return "\"\(text)\""
  }

  private static let hexadecimalFields: Set<String> = ["session_id", "color", "ram_hint", "connection_id"]

  /// What a number names.
  private static func known(_ name: String, _ value: UInt64, in message: FlowMessage) -> String? {
    let byte = UInt8(exactly: value)
    switch name {
    case "image.type": return byte.flatMap(ImageType.init(rawValue:))?.name.description
    case "codec_type", "codec": return byte.flatMap(VideoCodec.init(rawValue:))?.name.description
    case "channel_type": return byte.flatMap(ChannelType.init(rawValue:))?.name.description
    case "type" where message.name == "CHANNELS_LIST":
      return byte.flatMap(ChannelType.init(rawValue:))?.name.description
    case "supported_mouse_modes", "current_mouse_mode", "supported_modes", "current_mode":
      return [1: "server", 2: "client", 3: "server client"][value]
    case "button": return byte.flatMap(MouseButton.init(rawValue:)).map { "\($0)" }
    default: return nil
    }
  }
}
