import Synchronization

/// Sees what both ends of connections say, as programs have it: without the TLS, the proxy's handshake and the WebSocket
/// around it. Called in the order of each direction, and before anything that answers it; to return quickly.
public protocol ConnectionTap: Sendable {
  /// A connection stands between these two; nil where the system has no address for an end.
  ///
  /// - Returns: a number for the other calls.
  func opened(local: Address?, remote: Address?) -> Int
  func sent(_ bytes: [UInt8], on connection: Int)
  func received(_ bytes: [UInt8], on connection: Int)
  /// The connection is over; called once.
  func closed(_ connection: Int, byPeer: Bool)
}

/// One connection's share of a tap.
final class Tapped: Sendable {
  private let tap: any ConnectionTap
  private let number: Int
  private let isOver = Atomic(false)

  init(_ tap: any ConnectionTap, local: Address?, remote: Address?) {
    self.tap = tap
    number = tap.opened(local: local, remote: remote)
  }

  func sent(_ pieces: [[UInt8]]) {
    for piece in pieces where !piece.isEmpty { tap.sent(piece, on: number) }
  }

  func received(_ bytes: [UInt8]) { tap.received(bytes, on: number) }

  func close(byPeer: Bool) {
    if !isOver.exchange(true, ordering: .relaxed) { tap.closed(number, byPeer: byPeer) }
  }
}
