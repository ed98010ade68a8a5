import SpiceProtocol
import SpiceSession
import SpiceTransport
import Synchronization

extension Client {
  /// Begins to reach a server while it is not yet known what for: opens the connection of the main channel, and says there
  /// what every session says first. The next `connect(to:options:)` to the same address goes on with it.
  ///
  /// A server that makes a key for every connection, as libspice-server does, takes longer for that than for all else at a
  /// session's beginning. Does nothing where the way leads through TLS, a proxy or a WebSocket. What fails is told by
  /// `connect(to:options:)`; what is not taken up within five seconds is closed.
  public static func preconnect(to target: Target) {
    guard let endpoint = try? Route(target: target, timeout: HeadStart.patience).endpoint(), endpoint.isBare
    else { return }
    var engine = MainEngine(hasPassword: false)
    HeadStart.waiting.put(HeadStart(endpoint, engine.greet()))
  }
}

extension Route {
  fileprivate func endpoint() throws(ClientError) -> Endpoint {
    try endpoint(for: ChannelID(.main), secure: false)
  }
}

extension ClientEngine {
  /// Starts it, and takes out what it says first of all.
  mutating func greet() -> [UInt8] {
    start(at: .now)
    return if case .send(let bytes)? = next() { bytes } else { [] }
  }
}

/// A connection over which the first bytes have gone, or are about to.
final class HeadStart: Sendable {
  let address: Address
  let greeting: [UInt8]
  private let opening: Task<Result<Connection, TransportError>, Never>

  /// How long one waits to be taken up.
  static let patience = Duration.seconds(5)

  init(_ endpoint: Endpoint, _ greeting: [UInt8]) {
    address = endpoint.address
    self.greeting = greeting
    let open: @Sendable () async -> Result<Connection, TransportError> = {
      do throws(TransportError) {
        return .success(try await Transport.connect(endpoint, saying: greeting))
      } catch {
        return .failure(error)
      }
    }
    // At once, so that the network's thread is busy with it before the caller goes on.
    opening = if #available(macOS 26, *) { Task.immediate(operation: open) } else { Task(operation: open) }
  }

  /// The connection, where it is open within `time`.
  func connection(within time: Duration) async throws(TransportError) -> Connection {
    let isOpen = await withDeadline(time) { [opening] in
      await withTaskCancellationHandler {
        _ = await opening.value
      } onCancel: {
        opening.cancel()
      }
    }
    guard isOpen else { throw .timedOut(.connecting, address, after: time, received: 0) }
    return try await opening.value.get()
  }

  func close() {
    opening.cancel()
    Task { if case .success(let connection) = await opening.value { await connection.close() } }
  }

  /// The one that waits to be taken up.
  static let waiting = Waiting()

  final class Waiting: Sendable {
    private let place = Mutex<HeadStart?>(nil)

    func put(_ start: HeadStart) {
      place.withLock { place in
        defer { place = start }
        return place
      }?.close()
      _ = Alarm(in: HeadStart.patience) { [self, weak start] in take { $0 === start }?.close() }
    }

    /// Gives the one out that leads where `endpoint` does and has said `greeting`.
    func take(_ endpoint: Endpoint, _ greeting: [UInt8]) -> HeadStart? {
      take { endpoint.isBare && endpoint.address == $0.address && greeting == $0.greeting }
    }

    private func take(where fits: (HeadStart) -> Bool) -> HeadStart? {
      place.withLock { place in place.map(fits) == true ? place.take() : nil }
    }
  }
}
