import SpiceProtocol

/// One session out of a capture, in the form in which a server can say it again.
public struct Recording: Sendable {
  /// What the server said on a channel at a time.
  public struct Message: Sendable {
    /// Nanoseconds from the moment at which the session's main channel was linked.
    public var offset: UInt64
    public var type: UInt16
    public var body: [UInt8]
    /// For WAIT_FOR_CHANNELS and INVAL_ALL_PIXMAPS: what is waited for, in the serials of this recording.
    public var waits: [ChannelWait] = []

    public init(type: UInt16, body: [UInt8], offset: UInt64, waits: [ChannelWait] = []) {
      self.offset = offset
      self.type = type
      self.body = body
      self.waits = waits
    }
  }

  public struct Channel: Sendable {
    public var id: ChannelID
    /// As its link reply had it. Nobody here has the private half: tickets are taken and not looked at.
    public var publicKey: [UInt8]
    /// What the recorded server could do, and the recorded client.
    public var offered: Capabilities
    public var used: Capabilities
    public var messages: [Message] = []

    public init(
      id: ChannelID, publicKey: [UInt8] = [], offered: Capabilities = Capabilities(),
      used: Capabilities = Capabilities(), messages: [Message] = []
    ) {
      self.id = id
      self.publicKey = publicKey
      self.offered = offered
      self.used = used
      self.messages = messages
    }
  }

  public var channels: [ChannelID: Channel]
  /// What was left out or cannot be had, in sentences.
  public var notes: [String]

  /// Nanoseconds to the last message.
  public var duration: UInt64 { channels.values.compactMap { $0.messages.last?.offset }.max() ?? 0 }
  public var messageCount: Int { channels.values.reduce(0) { $0 + $1.messages.count } }
}

/// Why a capture cannot be played.
public enum RecordingError: Error, Hashable, Sendable {
  /// What is wrong with the file.
  case notACapture(String)
  /// No main channel whose beginning was captured.
  case noSession
  case tooLarge(limit: Int)
}

extension RecordingError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .notACapture(let problem): problem
    case .noSession:
      "the capture has no session that could be played: no main channel whose link stage and INIT were captured"
    case .tooLarge(let limit): "the recorded session has more than the \(limit >> 20) MiB of messages that are kept"
    }
  }
}

/// Makes a recording of the first session in a capture: feed the file's pieces, then `finish`.
public struct RecordingReader {
  /// Bytes of messages that are kept.
  public static let sizeLimit = 2 << 30

  fileprivate struct Said {
    var id: ChannelID?
    var request: LinkReading?
    var reply: LinkReply?
    var linkedAt: FlowTime?
    var messages: [(time: FlowTime, serial: UInt64, message: FlowMessage)] = []
    var isWhole = true
  }

  private var flow = CaptureFlow()
  private var conversations: [Int: Said] = [:]
  private var size = 0

  public init() {}

  public mutating func feed(_ bytes: [UInt8]) throws(RecordingError) {
    var events: [FlowEvent] = []
    flow.feed(bytes) { events.append($0) }
    for event in events { see(event) }
    if size > Self.sizeLimit { throw .tooLarge(limit: Self.sizeLimit) }
  }

  public mutating func finish() throws(RecordingError) -> Recording {
    var events: [FlowEvent] = []
    flow.finish { events.append($0) }
    for event in events { see(event) }
    if flow.packets == 0, let problem = flow.problems.first { throw .notACapture(problem) }
    return try Recording(conversations)
  }

  private mutating func see(_ event: FlowEvent) {
    var said = conversations[event.conversation] ?? Said()
    conversations[event.conversation] = nil
    switch event.kind {
    case .linkMessage(let reading):
      said.id = reading.channel
      said.request = reading
    case .linkReply(.success(let reply)): said.reply = reply
    case .linkResult(0): said.linkedAt = event.time
    case .gap, .unreadable: said.isWhole = false
    case .message(let message) where event.speaker == .server && !message.isDamaged:
      // What was cut out of a large piece must not keep all of it.
      var kept = message
      kept.body = Array(message.body)[...]
      size += kept.body.count
      said.messages.append((event.time, message.serial, kept))
    default: break
    }
    conversations[event.conversation] = said
  }
}

extension Recording {
  /// Messages that would lead a client elsewhere, or that answer what another client asks at other times.
  private static func isLeftOut(_ message: FlowMessage) -> Bool {
    switch message.content {
    case .success(.commonServer(.migrate)), .success(.commonServer(.migrateData)),
      .success(.commonServer(.disconnecting)), .success(.mainServer(.migrateBegin)),
      .success(.mainServer(.migrateCancel)), .success(.mainServer(.migrateSwitchHost)),
      .success(.mainServer(.migrateEnd)), .success(.mainServer(.migrateBeginSeamless)),
      .success(.mainServer(.migrateDestinationSeamlessAck)), .success(.mainServer(.migrateDestinationSeamlessNack)),
      .success(.mainServer(.agentToken)), .success(.inputsServer(.mouseMotionAck)):
      true
    default: false
    }
  }

  fileprivate init(_ conversations: [Int: RecordingReader.Said]) throws(RecordingError) {
    let sorted = conversations.sorted { $0.key < $1.key }.map { $0.value }
    func session(_ said: RecordingReader.Said) -> UInt32? {
      for (_, _, message) in said.messages {
        if case .success(.mainServer(.initialize(let opened))) = message.content { return opened.sessionID }
      }
      return nil
    }
    guard let main = sorted.first(where: { $0.id?.type == .main && $0.linkedAt != nil && session($0) != nil }),
      let number = session(main), let start = main.linkedAt
    else { throw .noSession }
    channels = [:]
    notes = []
    var serials: [ChannelID: [(recorded: UInt64, played: UInt64)]] = [:]
    for said in sorted {
      guard let id = said.id, id.type != nil, let reply = said.reply, let request = said.request, said.linkedAt != nil,
        id.type == .main ? session(said) == number : request.connectionID == number
      else { continue }
      guard channels[id] == nil else {
        notes.append("\(id) was opened more than once; the first time is played")
        continue
      }
      var channel = Channel(id: id, publicKey: reply.publicKey, offered: reply.specific, used: request.specific)
      var leftOut: [String: Int] = [:]
      for (time, serial, message) in said.messages {
        for one in message.parts + [message] where !(one.type == CommonServerMessage.Kind.list.rawValue) {
          if Self.isLeftOut(one) {
            leftOut[one.name, default: 0] += 1
          } else {
            channel.messages.append(
              Message(type: one.type, body: Array(one.body), offset: time.since(start), waits: Self.waits(of: one)))
          }
        }
        serials[id, default: []].append((serial, UInt64(channel.messages.count)))
      }
      for (name, count) in leftOut.sorted(by: { $0.key < $1.key })
      where name != "MOUSE_MOTION_ACK" && name != "AGENT_TOKEN" {
        notes.append("\(id): \(count) \(name) are not played")
      }
      if !said.isWhole { notes.append("\(id) was not captured to its end, and is played as far as it was") }
      channels[id] = channel
    }
    translate(serials)
  }

  private static func waits(of message: FlowMessage) -> [ChannelWait] {
    switch message.content {
    case .success(.commonServer(.waitForChannels(let waits))): waits
    case .success(.displayServer(.invalidateAllPixmaps(let waits))): waits
    default: []
    }
  }

  /// Serials as they are here, where messages were left out or taken apart.
  private mutating func translate(_ serials: [ChannelID: [(recorded: UInt64, played: UInt64)]]) {
    for id in channels.keys {
      guard var channel = channels[id] else { continue }
      for place in channel.messages.indices where !channel.messages[place].waits.isEmpty {
        channel.messages[place].waits = channel.messages[place].waits.compactMap { wait in
          serials[wait.channel]?.last { $0.recorded <= wait.serial }.map {
            ChannelWait(channel: wait.channel, serial: $0.played)
          }
        }
      }
      channels[id] = channel
    }
  }
}
