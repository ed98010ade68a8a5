import Synchronization

/// What a gateway counts, and its text for Prometheus (exposition format 0.0.4).
final class GatewayMetrics: Sendable {
  private struct Counts {
    var channels = 0
    var channelsTotal = 0
    var sessionsTotal = 0
    var bytesUp: UInt64 = 0
    var bytesDown: UInt64 = 0
    var responses: [Int: Int] = [:]
    var refusals: [String: Int] = [:]
    var turnedAway = 0
  }

  private let counts = Mutex(Counts())
  private let start: Double

  /// - Parameter start: seconds since 1970.
  init(start: Double) { self.start = start }

  func channelBegan() {
    counts.withLock { counts in
      counts.channels += 1
      counts.channelsTotal += 1
    }
  }

  func channelEnded() { counts.withLock { $0.channels -= 1 } }
  func sessionOpened() { counts.withLock { $0.sessionsTotal += 1 } }
  func count(status: Int) { counts.withLock { $0.responses[status, default: 0] += 1 } }
  func count(refusal: GatewayRefusal) { counts.withLock { $0.refusals[refusal.label, default: 0] += 1 } }
  func countTurnedAway() { counts.withLock { $0.turnedAway += 1 } }

  /// Of a session that is over.
  func count(up: UInt64, down: UInt64) {
    counts.withLock { counts in
      counts.bytesUp += up
      counts.bytesDown += down
    }
  }

  /// - Parameters:
  ///   - up, down: bytes of the sessions that are open.
  func exposition(sessions: Int, tokens: Int, up: UInt64, down: UInt64, isDraining: Bool) -> String {
    let counts = counts.withLock { $0 }
    var text = ""
    func family(_ name: String, _ kind: String, _ help: String, _ samples: [(labels: String, value: String)]) {
      text += "# HELP saffron_gateway_\(name) \(help)\n# TYPE saffron_gateway_\(name) \(kind)\n"
      for sample in samples { text += "saffron_gateway_\(name)\(sample.labels) \(sample.value)\n" }
    }
    family("sessions", "gauge", "Sessions that are open.", [("", "\(sessions)")])
    family("sessions_total", "counter", "Sessions that servers have opened.", [("", "\(counts.sessionsTotal)")])
    family("channels", "gauge", "WebSockets that are open.", [("", "\(counts.channels)")])
    family("channels_total", "counter", "WebSockets that were asked for.", [("", "\(counts.channelsTotal)")])
    family(
      "bytes_total", "counter", "Bytes passed on behind the link stage.",
      [
        ("{direction=\"up\"}", "\(counts.bytesUp + up)"), ("{direction=\"down\"}", "\(counts.bytesDown + down)"),
      ])
    family(
      "refusals_total", "counter", "Channels that were not carried, or no longer.",
      counts.refusals.sorted { $0.key < $1.key }.map { ("{reason=\"\($0.key)\"}", "\($0.value)") })
    family(
      "responses_total", "counter", "Answers in HTTP.",
      counts.responses.sorted { $0.key < $1.key }.map { ("{code=\"\($0.key)\"}", "\($0.value)") })
    family(
      "turned_away_total", "counter", "Callers that spoke neither HTTP nor, where it is asked for, TLS.",
      [("", "\(counts.turnedAway)")])
    family("tokens", "gauge", "Tokens that are kept in memory.", [("", "\(tokens)")])
    family("draining", "gauge", "1 while no new sessions are taken.", [("", isDraining ? "1" : "0")])
    family("start_time_seconds", "gauge", "When it was started, since 1970.", [("", "\(start)")])
    return text
  }
}
