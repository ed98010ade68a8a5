import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Accepts connections: `for await connection in listener`.
///
/// With TLS, only peers whose handshake is done come out, each with its own deadline, so that a slow one holds up
/// nobody. Past `backlog` connections that nobody took yet, or as many unfinished handshakes, new ones are closed.
public final class Listener: Sendable, AsyncSequence {
  public typealias Element = Connection

  /// Where it listens: with the port that the system chose where 0 was asked for.
  public let address: Address

  private let channel: any Channel
  private let connections: AsyncStream<Connection>
  private let gate: Gate

  private init(address: Address, channel: any Channel, connections: AsyncStream<Connection>, gate: Gate) {
    self.address = address
    self.channel = channel
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
    var bootstrap = ServerBootstrap(group: EventLoops.shared)
      .serverChannelOption(.backlog, value: 256)
      .childChannelOption(.recvAllocator, value: Dialer.receiveBuffers)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try accept(channel, listeningAt: address, context: context, time: handshakeTimeout, gate: gate)
        }
      }
    if case .tcp = address {
      bootstrap = bootstrap.serverChannelOption(ChannelOptions.socketOption(.so_reuseaddr), value: 1)
      for (option, value) in Dialer.options { bootstrap = bootstrap.childChannelOption(option, value: value) }
    }
    do {
      let channel: any Channel
      switch address {
      case .unix(let path): channel = try await bootstrap.bind(unixDomainSocketPath: path).get()
      case .tcp(let host, let port):
        guard (0...65_535).contains(port) else {
          throw TransportError.badAddress(address, reason: "a port is a number from 0 to 65535")
        }
        channel = try await bootstrap.bind(host: host, port: port).get()
      }
      let bound = channel.localAddress.flatMap { Address($0) } ?? address
      return Listener(address: bound, channel: channel, connections: connections, gate: gate)
    } catch {
      throw listenFailure(error, address: address)
    }
  }

  public func makeAsyncIterator() -> AsyncStream<Connection>.Iterator {
    connections.makeAsyncIterator()
  }

  /// Accepts no more, and ends the sequence. Connections that were taken live on.
  public func close() async {
    stop()
    try? await channel.closeFuture.get()
  }

  private func stop() {
    channel.close(promise: nil)
    // Once only: by the second time the path may be another listener's.
    if gate.finish(), case .unix(let path) = address { unlink(path) }
  }

  private static func accept(
    _ channel: any Channel, listeningAt address: Address, context: NIOSSLContext?, time: Duration, gate: Gate
  ) throws {
    let peer = channel.remoteAddress.flatMap { Address($0) } ?? address
    let stream = SocketStream(channel: channel, mailbox: Mailbox(peer: peer))
    try channel.pipeline.syncOperations.addHandler(MailboxHandler(stream.mailbox))
    guard let context else {
      return gate.deliver(Connection(stream: stream, peer: peer, tls: nil))
    }
    guard gate.beginHandshake() else { return stream.abort() }
    let tls = NIOSSLServerHandler(context: context)
    try TLSHandshake.insert(
      tls, into: channel, target: peer, time: time, deadline: .now() + TimeAmount(clamping: time),
      check: { () throws(TransportError) in TLSHandshake.information(of: tls, verified: false) },
      explain: { nil },
      outcome: { result in
        gate.endHandshake()
        if case .success(let information) = result {
          gate.deliver(Connection(stream: stream, peer: peer, tls: information))
        }
      })
  }

  /// Lets as many through as there is room for.
  private final class Gate: Sendable {
    private let continuation: AsyncStream<Connection>.Continuation
    private let handshakeLimit: Int
    private let handshakes = Mutex(0)
    private let isOpen = Atomic(true)

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

    /// False where it was called before.
    func finish() -> Bool {
      continuation.finish()
      return isOpen.exchange(false, ordering: .relaxed)
    }
  }
}

extension Address {
  init?(_ address: SocketAddress) {
    if let host = address.ipAddress, let port = address.port {
      self = .tcp(host: host, port: port)
    } else if let path = address.pathname, !path.isEmpty {
      self = .unix(path: path)
    } else {
      return nil
    }
  }
}
