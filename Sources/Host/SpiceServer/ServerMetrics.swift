import Metrics
import SpiceProtocol
import SpiceTransport

/// What a server counts, for swift-metrics.
///
/// | label | kind | dimensions |
/// |---|---|---|
/// | `saffron_server_clients` | gauge | |
/// | `saffron_server_callers_total` | counter | `outcome`: `linked`, `refused` in the link stage, `turned_away` before |
/// | `saffron_server_sent_bytes_total` | counter | `channel`: its kind; counted when a channel closes |
struct ServerMetrics: Sendable {
  private let clients = Gauge(label: "saffron_server_clients")
  private let linked = Self.callers("linked")
  private let refused = Self.callers("refused")
  private let turnedAway = Self.callers("turned_away")

  func count(clients count: Int) { clients.record(count) }
  func countLinked() { linked.increment() }
  func countRefused() { refused.increment() }
  func countTurnedAway() { turnedAway.increment() }

  static func count(bytes: UInt64, of channel: ChannelID) {
    Counter(
      label: "saffron_server_sent_bytes_total", dimensions: [("channel", channel.type.map { "\($0.name)" } ?? "other")]
    ).increment(by: Int64(clamping: bytes))
  }

  private static func callers(_ outcome: String) -> Counter {
    Counter(label: "saffron_server_callers_total", dimensions: [("outcome", outcome)])
  }
}
