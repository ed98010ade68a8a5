import NIOCore

/// One stream of bytes to and from a peer. Dropping the last reference closes it.
///
/// One task reads at a time; any number write, each array whole. Where the peer closes its sending side only, the
/// connection is over in both directions: no SPICE program does that and goes on.
public final class Connection: Sendable {
  /// Who is at the other end: what was asked for, or on a server where the peer came from.
  public let peer: Address
  /// What TLS agreed on; nil where the bytes go as they are.
  public let tls: TLSInformation?

  let stream: SocketStream
  /// What is written goes into the socket as it is.
  let isPlain: Bool
  let tapped: Tapped?
  /// How long `close` waits for what was written to leave.
  private static let flushLimit = Duration.seconds(1)

  /// - Parameter isFramed: the bytes go in a WebSocket's frames.
  init(
    stream: SocketStream, peer: Address, tls: TLSInformation?, isFramed: Bool = false, tap: (any ConnectionTap)? = nil
  ) {
    self.stream = stream
    self.peer = peer
    self.tls = tls
    isPlain = tls == nil && !isFramed
    tapped = tap.map { Tapped($0, local: stream.localAddress, remote: stream.remoteAddress) }
  }

  deinit {
    stream.abort()
    tapped?.close(byPeer: false)
  }

  /// What the system calls this end of the connection, and the other; nil for a Unix socket without a name.
  public var localAddress: Address? { stream.localAddress }
  public var remoteAddress: Address? { stream.remoteAddress }

  /// The next bytes as they came, at least one, mostly at most 256 KiB; nil when the peer or this side has closed.
  ///
  /// About 1 MiB is read ahead; then the peer has to wait. A cancelled read throws `.cancelled` and takes no bytes: a
  /// later one gets them.
  ///
  /// - Throws: `.cancelled`, `.reset`, `.alreadyReading`, `.tlsFailed` (a record that was tampered with), `.system`;
  ///   bytes that came before come first.
  public func read() async throws(TransportError) -> [UInt8]? {
    do throws(TransportError) {
      let bytes = try await stream.read()
      if let bytes { tapped?.received(bytes) } else { tapped?.close(byPeer: true) }
      return bytes
    } catch {
      if case .reset = error { tapped?.close(byPeer: true) }
      throw error
    }
  }

  /// Sends bytes, and returns when they left or at most 256 KiB wait to.
  ///
  /// A failure that shows only after the return is thrown by the next `write` or `read`. Cancellation ends the wait;
  /// the bytes are sent all the same, so that the peer never gets half of them.
  ///
  /// - Throws: `.cancelled`, `.closed`, `.reset`, `.system`.
  public func write(_ bytes: [UInt8]) async throws(TransportError) {
    tapped?.sent([bytes])
    try await stream.write(bytes)
  }

  /// Hands bytes over for sending and returns at once. What one task enqueues leaves in that order.
  ///
  /// - Throws: `.closed`, `.reset`, `.system`; `.notTaken` where the peer has let 4 MiB pile up here.
  public func enqueue(_ bytes: [UInt8]) throws(TransportError) {
    tapped?.sent([bytes])
    try stream.enqueue([bytes])
  }

  /// The same for several pieces, which leave together; over TLS each is a record of its own, or several where it is long.
  /// Where 4 MiB had not piled up before, all are taken.
  public func enqueue(_ pieces: [[UInt8]]) throws(TransportError) {
    tapped?.sent(pieces)
    try stream.enqueue(pieces, together: tls == nil)
  }

  /// Lets what is written go from the writer's thread right into the socket wherever it has room, without a detour by the
  /// network's thread: worth a second descriptor where many small messages are sent. Where TLS or a WebSocket has to work
  /// on the bytes, nothing changes. Not for a connection that is relayed.
  public func sendDirectly() {
    guard isPlain else { return }
    let stream = stream
    stream.channel.eventLoop.execute { stream.shortcut.open(stream.channel) }
  }

  /// Bytes handed over for sending that have not left.
  public var unsent: Int { stream.mailbox.unsent }

  /// Returns when at most 64 KiB wait to be sent.
  ///
  /// - Throws: `.cancelled`, and what ended the connection.
  public func drained() async throws(TransportError) {
    try await stream.mailbox.awaitRoom(past: Mailbox.unsentRestart)
  }

  /// Lets what was written leave, for up to a second (none where the task is cancelled), and closes. A pending or
  /// later `read` gets the bytes that came before, then nil. TLS and a WebSocket say goodbye, and wait half a second
  /// for the peer's.
  ///
  /// - Parameter farewell: what a WebSocket's goodbye says; nil: that all is well. Other connections say nothing.
  public func close(saying farewell: WebSocketFarewell? = nil) async {
    let channel = stream.channel
    if let farewell { channel.triggerUserOutboundEvent(farewell, promise: nil) }
    await flushed(within: Self.flushLimit)
    stream.abort()
    tapped?.close(byPeer: false)
    try? await channel.closeFuture.get()
  }

  /// Returns when all that was written or relayed to this connection has left, or never will; after `limit` at the latest,
  /// and at once where the task is cancelled.
  public func flushed(within limit: Duration) async {
    let channel = stream.channel
    let flushed = Race<Void>()
    let patience = channel.eventLoop.scheduleTask(in: TimeAmount(clamping: limit)) {
      _ = flushed.settle(.success(()))
    }
    channel.writeAndFlush(channel.allocator.buffer(capacity: 0)).whenComplete { _ in flushed.settle(.success(())) }
    try? await flushed.value()
    patience.cancel()
  }
}
