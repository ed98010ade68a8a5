import NIOCore
import NIOSSL

/// A port at which whoever knocks gets an answer: `for await caller in reception`.
///
/// The first bytes tell what a caller speaks, at the first byte that decides:
///
/// | it says | it gets |
/// |---|---|
/// | `REDQ`, or what is no other protocol's beginning | to be delivered, from its first byte on |
/// | a TLS handshake (22) | TLS, and in there the same again; without a certificate an alert |
/// | `GET` and the like | a WebSocket, to be delivered when it stands; or a page that says what this is, or a `Site` |
/// | `RFB ` | a refusal in VNC's own protocol |
/// | nothing | after a grace the greeting of a VNC server, then the same refusal |
///
/// Each caller is sorted on its own, with a deadline, and their number is bounded in all and per address: nobody holds
/// up anybody. Who is not delivered is reported to `ReceptionOptions.onTurnedAway`.
public final class Reception: Sendable, AsyncSequence {
  public typealias Element = Caller

  /// Where it listens: with the port that the system chose where 0 was asked for.
  public var address: Address { socket.address }

  private let socket: ListeningSocket
  private let callers: AsyncStream<Caller>
  private let desk: FrontDesk

  private init(socket: ListeningSocket, callers: AsyncStream<Caller>, desk: FrontDesk) {
    self.socket = socket
    self.callers = callers
    self.desk = desk
  }

  deinit { stop() }

  /// Listens.
  ///
  /// - Parameter address: an IP literal or a name of this machine, and a port, 0 for any; or the path of a socket to
  ///   make. For several addresses there are several receptions.
  /// - Throws: `.cannotListen`, `.badAddress`, `.nameNotFound`, `.badTLSSettings`.
  public static func open(
    at address: Address, options: ReceptionOptions = ReceptionOptions()
  ) async throws(TransportError) -> Reception {
    let context: NIOSSLContext?
    switch options.security {
    case .plain: context = nil
    case .either(let identity), .tlsOnly(let identity): context = try TLSSettings.serverContext(identity)
    }
    let (callers, continuation) = AsyncStream.makeStream(
      of: Caller.self, bufferingPolicy: .bufferingOldest(Swift.max(1, options.backlog)))
    let desk = FrontDesk(options: options, context: context, delivery: continuation)
    let group = options.threads == .many ? EventLoops.wide : EventLoops.shared
    let socket = try await ListeningSocket.bind(address, group: group) { channel in
      try desk.receive(channel, listeningAt: address)
    }
    return Reception(socket: socket, callers: callers, desk: desk)
  }

  public func makeAsyncIterator() -> AsyncStream<Caller>.Iterator {
    callers.makeAsyncIterator()
  }

  /// Accepts no more, sends those away who are undecided, and ends the sequence. Callers that were let in live on.
  public func close() async {
    stop()
    await socket.close()
  }

  private func stop() {
    socket.stop()
    desk.close()
  }
}

/// What all callers of a reception share.
final class FrontDesk: Sendable {
  let options: ReceptionOptions
  /// Nil where the server has no certificate.
  let context: NIOSSLContext?
  let register: CallerRegister
  /// Where there is a site.
  let site: SiteDesk?
  private let delivery: AsyncStream<Caller>.Continuation

  init(options: ReceptionOptions, context: NIOSSLContext?, delivery: AsyncStream<Caller>.Continuation) {
    self.options = options
    self.context = context
    self.delivery = delivery
    register = CallerRegister(
      limit: options.undecidedLimit, limitPerAddress: options.undecidedLimitPerAddress,
      patience: options.undecidedPatience)
    site = options.site.map(SiteDesk.init)
  }

  /// Begins with a caller; on its event loop.
  func receive(_ channel: any Channel, listeningAt address: Address) throws {
    let visitor = Visitor(stream: try SocketStream(accepted: channel, at: address), desk: self)
    visitor.enter()
    try channel.pipeline.syncOperations.addHandler(SortingHandler(visitor), position: .first)
  }

  /// Hands a caller to the server; a connection that finds no room is dropped here, and with it closed.
  func deliver(_ caller: Caller) {
    switch delivery.yield(caller) {
    case .dropped(let caller): report(caller.connection.peer, .notTaken(waiting: max(1, options.backlog)))
    case .terminated: report(caller.connection.peer, .closing)
    default: break
    }
  }

  func report(_ peer: Address, _ reason: TurnedAway.Reason) {
    options.onTurnedAway(TurnedAway(peer: peer, reason: reason))
  }

  func close() {
    delivery.finish()
    register.close()
    site?.register.close()
  }
}
