import SpiceProtocol

/// What of each conversation nobody captured, or nobody could read for that: what a report is silent about, it says.
struct FlowLosses: Sendable {
  /// Conversations whose losses are told one by one.
  static let lineLimit = 50

  private struct Loss {
    var channel: ChannelID?
    /// Whether its link stage was before the capture.
    var beganBefore = false
    var ends: [Speaker: End] = [:]
  }

  private struct End {
    var bytes: UInt64 = 0
    var places = 0
    /// Where it is not read any more.
    var unreadFrom: UInt64?
  }

  private var losses: [Int: Loss] = [:]

  mutating func see(_ event: FlowEvent) {
    switch event.kind {
    case .gap(let missing):
      note(event) {
        $0.places += 1
        $0.bytes = missing == .max ? .max : $0.bytes.addingReportingOverflow(UInt64(clamping: missing)).partialValue
      }
    case .unreadable(.gap): note(event) { $0.unreadFrom = event.range.lowerBound }
    case .unreadable(.captureBeganInTheMiddle): losses[event.conversation, default: Loss()].beganBefore = true
    default: break
    }
  }

  private mutating func note(_ event: FlowEvent, _ change: (inout End) -> Void) {
    losses[event.conversation, default: Loss()].channel = event.channel
    change(&losses[event.conversation, default: Loss()].ends[event.speaker, default: End()])
  }

  /// A sentence a conversation.
  var lines: [String] {
    let all = losses.sorted { $0.key < $1.key }
    let rest = all.count > Self.lineLimit ? ["and so for \(all.count - Self.lineLimit) more connections"] : []
    return all.prefix(Self.lineLimit).map { Self.line($0.key, $0.value) } + rest
  }

  private static func line(_ id: Int, _ loss: Loss) -> String {
    let name = "#\(id)" + (loss.channel.map { " \($0)" } ?? "")
    if loss.beganBefore {
      return "\(name) began before the capture, which lacks its link stage: what it says is not read"
    }
    // Where one end's words are missing, which say how to read the other's, both are not read; the first is told.
    let parts = Speaker.allCases.compactMap { speaker in
      loss.ends[speaker].flatMap { $0.places > 0 ? line($0, speaker) : nil }
    }
    return "\(name): not captured: " + parts.joined(separator: "; ")
  }

  private static func line(_ end: End, _ speaker: Speaker) -> String {
    let amount = end.bytes == .max ? "an unknown number of bytes" : end.bytes == 1 ? "1 byte" : "\(end.bytes) bytes"
    return amount + " of the \(speaker.rawValue)" + (end.places > 1 ? " in \(end.places) places" : "")
      + (end.unreadFrom.map { ", which is not read from byte \($0) on" } ?? "")
  }
}
