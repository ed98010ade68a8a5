import SpiceProtocol
import SpiceSession

/// A channel's figures.
public struct ChannelSummary: Codable, Hashable, Sendable {
  public var conversation: Int
  public var channel: String?
  public var session: UInt32?
  public var client: String?
  public var server: String?
  public var began: UInt64
  public var ended: UInt64
  /// Bytes each end said.
  public var bytes: [String: UInt64] = [:]
  /// How many messages of each name each end said.
  public var messages: [String: [String: Int]] = [:]
  /// 0 where the server asked for no acks.
  public var ackWindow: UInt32 = 0
  /// Messages that no ACK covers.
  public var unacknowledged: UInt64 = 0
  /// Longest time, in nanoseconds, in which neither end said anything.
  public var longestSilence: UInt64 = 0
  /// Nanoseconds of the shortest and the mean round trip that pings measured.
  public var shortestRoundTrip: UInt64?
  public var meanRoundTrip: UInt64?

  /// Bytes a second of an end, over the whole conversation.
  public func rate(_ speaker: Speaker) -> Double {
    let seconds = Double(ended > began ? ended - began : 0) / 1e9
    return seconds > 0 ? Double(bytes[speaker.rawValue] ?? 0) / seconds : 0
  }
}

/// Adds events up, one summary a conversation. Of many conversations the oldest are given away, so that a capture without
/// end fits into memory.
public struct FlowSummary: Sendable {
  /// Conversations whose figures are kept.
  public static let limit = 1024
  /// Names kept for each end of a conversation; hostile numbers could make as many as there are.
  static let nameLimit = 512

  /// What is counted of a conversation; what has a name is named when somebody asks.
  fileprivate struct Tally: Sendable {
    var summary: ChannelSummary
    var channel: ChannelID?
    var client = End()
    var server = End()
    var pings: [UInt32: FlowTime] = [:]
    var trips: (count: UInt64, sum: UInt64) = (0, 0)

    struct End: Sendable {
      var bytes: UInt64 = 0
      /// By type.
      var messages: [UInt16: Int] = [:]
      /// It has said its last.
      var isDone = false
    }

    var isOver: Bool { client.isDone && server.isDone }

    subscript(speaker: Speaker) -> End {
      _read {
        if speaker == .client { yield client } else { yield server }
      }
      _modify {
        if speaker == .client { yield &client } else { yield &server }
      }
    }

    var named: ChannelSummary {
      var named = summary
      named.channel = channel?.description
      for (speaker, end) in [(Speaker.client, client), (.server, server)] {
        if end.bytes > 0 { named.bytes[speaker.rawValue] = end.bytes }
        for (type, count) in end.messages {
          let name = channel?.type?.messageName(type, speaker.direction)?.description ?? "message \(type)"
          named.messages[speaker.rawValue, default: [:]][name] = count
        }
      }
      return named
    }
  }

  private var channels: [Int: Tally] = [:]
  /// Conversations that are over, in the order in which they ended.
  private var over = Queue<Int>()

  public init() {}

  /// In the order of the conversations' numbers.
  public var all: [ChannelSummary] { channels.keys.sorted().compactMap { channels[$0]?.named } }

  public mutating func see(_ event: FlowEvent) {
    let id = event.conversation
    if channels[id] == nil {
      let now = event.time.nanoseconds
      channels[id] = Tally(summary: ChannelSummary(conversation: id, began: now, ended: now))
    }
    // In its place: this is done for every message.
    if channels[id]?.see(event) == true { over.append(id) }
  }

  /// The oldest of those that are too many, the ended ones first; nil where there is room for all.
  public mutating func takeOldest() -> ChannelSummary? {
    guard channels.count > Self.limit else { return nil }
    while let id = over.popFirst() {
      if let tally = channels.removeValue(forKey: id) { return tally.named }
    }
    return channels.keys.min().flatMap { channels.removeValue(forKey: $0) }?.named
  }

  /// A line for each.
  public var lines: [String] { all.map { $0.line } }
}

extension ChannelSummary {
  /// All of it in a line of text.
  public var line: String {
    let counts = Speaker.allCases.map { speaker in
      let total = (messages[speaker.rawValue] ?? [:]).values.reduce(0, +)
      return "\(speaker.rawValue) \(total) messages, \(bytes[speaker.rawValue] ?? 0) bytes"
        + " (\(Int(clamping: UInt64(rate(speaker)))) B/s)"
    }
    let acks = ackWindow > 0 ? "; \(unacknowledged) unacknowledged in a window of \(ackWindow)" : ""
    let trip = meanRoundTrip.map { "; round trip \(TextRenderer.seconds($0)) s" } ?? ""
    let session = session.map { ", session \(hex($0))" } ?? ""
    return "#\(conversation) \(channel ?? "?")\(session): \(counts.joined(separator: "; "))\(acks); longest "
      + "silence \(TextRenderer.seconds(longestSilence)) s\(trip)"
  }
}

extension FlowSummary.Tally {
  /// True where the conversation is over with it.
  fileprivate mutating func see(_ event: FlowEvent) -> Bool {
    channel = event.channel ?? channel
    summary.session = event.session ?? summary.session
    if !event.range.isEmpty {
      let silence = event.time.since(FlowTime(nanoseconds: summary.ended))
      summary.longestSilence = max(summary.longestSilence, silence)
      summary.ended = max(summary.ended, event.time.nanoseconds)
      self[event.speaker].bytes = max(self[event.speaker].bytes, event.range.upperBound)
    }
    switch event.kind {
    case .opened(let client, let server): (summary.client, summary.server) = (client, server)
    case .message(let message):
      self[event.speaker].count(message.type)
      see(message, event)
    case .finished, .reset:
      if isOver { return false }
      if case .reset = event.kind {
        (client.isDone, server.isDone) = (true, true)
      } else {
        self[event.speaker].isDone = true
      }
      return isOver
    default: break
    }
    return false
  }

  private mutating func see(_ message: FlowMessage, _ event: FlowEvent) {
    if message.speaker == .server, summary.ackWindow > 0 { summary.unacknowledged += 1 }
    guard case .success(let content) = message.content else { return }
    switch content {
    case .commonServer(.setAck(let asked)):
      summary.ackWindow = asked.window
      summary.unacknowledged = 0
    case .commonClient(.ack):
      summary.unacknowledged -= min(summary.unacknowledged, UInt64(summary.ackWindow))
    case .commonServer(.ping(let ping)): if pings.count < 1024 { pings[ping.id] = event.time }
    case .commonClient(.pong(let pong)):
      guard let since = pings.removeValue(forKey: pong.id) else { return }
      let trip = event.time.since(since)
      trips = (trips.count + 1, trips.sum &+ trip)
      summary.shortestRoundTrip = min(summary.shortestRoundTrip ?? trip, trip)
      summary.meanRoundTrip = trips.sum / trips.count
    default: break
    }
  }
}

extension FlowSummary.Tally.End {
  mutating func count(_ type: UInt16) {
    if messages.count < FlowSummary.nameLimit || messages[type] != nil { messages[type, default: 0] += 1 }
  }
}
