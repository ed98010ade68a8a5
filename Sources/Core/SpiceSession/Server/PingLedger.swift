import SpiceProtocol

/// The pings that are on their way and what the answers to others have told about the line.
struct PingLedger: Sendable {
  /// Pings that may be unanswered at once; a client that answers none is asked no more.
  static let unansweredLimit = 8
  /// Round trips that are remembered; the smallest of them counts, for only it met no queue.
  static let remembered = 8

  private struct Sent: Sendable {
    var id: UInt32
    var at: Moment
    var padding: Int
  }

  private var lastID: UInt32 = 0
  private var unanswered: [Sent] = []
  private var roundTrips: [UInt64] = []
  private(set) var bytesPerSecond: UInt64?

  /// Microseconds; nil before the first pong.
  var roundTrip: UInt64? { roundTrips.min() }

  /// The message to send; nil while too many are unanswered.
  mutating func ping(at now: Moment, padding: Int) -> Ping? {
    guard unanswered.count < PingLedger.unansweredLimit else { return nil }
    lastID &+= 1
    unanswered.append(Sent(id: lastID, at: now, padding: padding))
    return Ping(id: lastID, timestamp: now.microseconds, padding: padding)
  }

  /// Pings are known by their ids; what a client says of the time is not asked. An answer that was not asked for says
  /// nothing.
  mutating func note(_ pong: Ping, at now: Moment) {
    guard let place = unanswered.firstIndex(where: { $0.id == pong.id }) else { return }
    let sent = unanswered.remove(at: place)
    let time = now.since(sent.at)
    if sent.padding == 0 {
      roundTrips.append(time)
      if roundTrips.count > PingLedger.remembered { roundTrips.removeFirst() }
      return
    }
    // What the padding added to a round trip is the time its bytes took.
    let transfer = max(1, time - min(time, roundTrip ?? 0))
    bytesPerSecond = UInt64(sent.padding) * 1_000_000 / transfer
  }
}
