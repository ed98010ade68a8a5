import SpiceProtocol

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

/// Adds events up, one summary a conversation.
public struct FlowSummary: Sendable {
  /// Names kept for each end of a conversation; hostile numbers could make as many as there are.
  static let nameLimit = 512

  /// What is counted of a conversation; what has a name is named when somebody asks.
  fileprivate struct Tally: Sendable {
    var summary: ChannelSummary
    var channel: ChannelID?
    var client = End()
    var server = End()

    struct End: Sendable {
      var bytes: UInt64 = 0
      /// By type.
      var messages: [UInt16: Int] = [:]
    }

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
  private var pings: [Int: [UInt32: FlowTime]] = [:]
  private var trips: [Int: (count: UInt64, sum: UInt64)] = [:]

  public init() {}

  /// In the order of the conversations' numbers.
  public var all: [ChannelSummary] { channels.keys.sorted().compactMap { channels[$0]?.named } }

  public mutating func see(_ event: FlowEvent) {
    let id = event.conversation
    var it =
      channels.removeValue(forKey: id)
      ?? Tally(
        summary: ChannelSummary(
          conversation: id, began: event.time.nanoseconds, ended: event.time.nanoseconds))
    it.channel = event.channel ?? it.channel
    it.summary.session = event.session ?? it.summary.session
    if case .opened(let client, let server) = event.kind { (it.summary.client, it.summary.server) = (client, server) }
    if !event.range.isEmpty {
      let silence = event.time.since(FlowTime(nanoseconds: it.summary.ended))
      it.summary.longestSilence = max(it.summary.longestSilence, silence)
      it.summary.ended = max(it.summary.ended, event.time.nanoseconds)
      it[event.speaker].bytes = max(it[event.speaker].bytes, event.range.upperBound)
    }
    if case .message(let message) = event.kind {
      it[event.speaker].count(message.type)
      see(message, &it.summary, event)
    }
    channels[id] = it
  }

  private mutating func see(_ message: FlowMessage, _ it: inout ChannelSummary, _ event: FlowEvent) {
    if message.speaker == .server, it.ackWindow > 0 { it.unacknowledged += 1 }
    guard case .success(let content) = message.content else { return }
    switch content {
    case .commonServer(.setAck(let asked)):
      it.ackWindow = asked.window
      it.unacknowledged = 0
    case .commonClient(.ack): it.unacknowledged -= min(it.unacknowledged, UInt64(it.ackWindow))
    case .commonServer(.ping(let ping)):
      if pings[event.conversation, default: [:]].count < 1024 {
        pings[event.conversation, default: [:]][ping.id] = event.time
      }
    case .commonClient(.pong(let pong)):
      guard let since = pings[event.conversation]?.removeValue(forKey: pong.id) else { return }
      let trip = event.time.since(since)
      let sum = trips[event.conversation] ?? (0, 0)
      trips[event.conversation] = (sum.count + 1, sum.sum &+ trip)
      it.shortestRoundTrip = min(it.shortestRoundTrip ?? trip, trip)
      it.meanRoundTrip = (sum.sum &+ trip) / (sum.count + 1)
    default: break
    }
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

extension FlowSummary.Tally.End {
  mutating func count(_ type: UInt16) {
    if messages.count < FlowSummary.nameLimit || messages[type] != nil { messages[type, default: 0] += 1 }
  }
}
