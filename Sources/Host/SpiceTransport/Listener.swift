import NIOCore
import NIOSSL
import Synchronization

/// Accepts connections: `for await connection in listener`.
///
/// With TLS, only peers whose handshake is done come out, each with its own deadline, so that a slow one holds up
/// nobody. Past `backlog` connections that nobody took yet, or as many unfinished handshakes, new ones are closed.
/// `Reception` is the one to take where callers of several protocols share a port.
public final class Listener: Sendable, AsyncSequence {
  public typealias Element = Connection

  /// Where it listens: with the port that the system chose where 0 was asked for.
  public var address: Address { socket.address }

  private let socket: ListeningSocket
  private let connections: AsyncStream<Connection>
  private let gate: Gate

  private init(socket: ListeningSocket, connections: AsyncStream<Connection>, gate: Gate) {
    self.socket = socket
    self.connections = connections
    self.gate = gate
  }

  deinit { stop() }

  /// Listens.
  ///
  /// - Parameters:
  ///   - address: an IP literal or a name of this machine, and a port, 0 for any; or the path of a socket to make.
  ///   - tls: the server's certificate and key; nil for plain bytes.
  ///   - backlog: most connections accepted and not yet taken.
  ///   - handshakeTimeout: for TLS.
  /// - Throws: `.cannotListen`, `.badAddress`, `.nameNotFound`, `.badTLSSettings`.
  public static func bind(
    _ address: Address, tls: ServerIdentity? = nil, backlog: Int = 64, handshakeTimeout: Duration = .seconds(10)
  ) async throws(TransportError) -> Listener {
    let context: NIOSSLContext? = if let tls { try TLSSettings.serverContext(tls) } else { nil }
    let (connections, continuation) = AsyncStream.makeStream(
      of: Connection.self, bufferingPolicy: .bufferingOldest(Swift.max(1, backlog)))
    let gate = Gate(continuation: continuation, handshakeLimit: Swift.max(1, backlog))
    let socket = try await ListeningSocket.bind(address) { channel in
      try accept(channel, listeningAt: address, context: context, time: handshakeTimeout, gate: gate)
    }
    return Listener(socket: socket, connections: connections, gate: gate)
  }

  public func makeAsyncIterator() -> AsyncStream<Connection>.Iterator {
    connections.makeAsyncIterator()
  }

  /// Accepts no more, and ends the sequence. Connections that were taken live on.
  public func close() async {
    stop()
    await socket.close()
  }

  private func stop() {
    socket.stop()
    gate.finish()
  }

  private static func accept(
    _ channel: any Channel, listeningAt address: Address, context: NIOSSLContext?, time: Duration, gate: Gate
  ) throws {
    let stream = try SocketStream(accepted: channel, at: address)
    let peer = stream.mailbox.peer
    guard let context else {
      return gate.deliver(Connection(stream: stream, peer: peer, tls: nil))
    }
    guard gate.beginHandshake() else { return stream.abort() }
    try TLSHandshake.accept(
      on: channel, context: context, peer: peer, time: time, deadline: .now() + TimeAmount(clamping: time)
    ) { result in
      gate.endHandshake()
      if case .success(let information) = result {
        gate.deliver(Connection(stream: stream, peer: peer, tls: information))
      }
    }
  }

  /// Lets as many through as there is room for.
  private final class Gate: Sendable {
    private let continuation: AsyncStream<Connection>.Continuation
    private let handshakeLimit: Int
    private let handshakes = Mutex(0)

    init(continuation: AsyncStream<Connection>.Continuation, handshakeLimit: Int) {
      self.continuation = continuation
      self.handshakeLimit = handshakeLimit
    }

    /// A connection that finds no room is dropped here, and with it closed.
    func deliver(_ connection: Connection) { continuation.yield(connection) }

    func beginHandshake() -> Bool {
      handshakes.withLock { count in
        guard count < handshakeLimit else { return false }
        count += 1
        return true
      }
    }

    func endHandshake() { handshakes.withLock { $0 -= 1 } }

    func finish() { continuation.finish() }
  }
}
