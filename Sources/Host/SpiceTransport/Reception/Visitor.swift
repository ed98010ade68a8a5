import NIOCore

/// A caller from its accept until it is let in or gone. Lives on its channel's event loop, and decides once.
final class Visitor {
  let desk: FrontDesk
  let channel: any Channel
  /// What is being waited for, for the sentence if it never comes.
  var stage = TurnedAway.Stage.opening
  /// Bytes of the caller's that came until now, inside TLS the plain ones.
  var received = 0
  private(set) var tls: TLSInformation?
  private var state = State.undecided

  private enum State {
    case undecided
    /// It speaks HTTP with the site, whose own limits hold; it may still become a WebSocket.
    case visiting
    /// It is the server's now.
    case letIn
    /// It is told why, or gone; what still comes from it is for nobody.
    case turnedAway
  }

  private let stream: SocketStream
  private let deadline: NIODeadline
  /// Where it is counted, until it is let in.
  private var place: (register: CallerRegister, ticket: CallerRegister.Ticket)?
  private var alarm: Scheduled<Void>?

  /// How long one who was told why stays connected, if it does not hang up: closing at once while bytes of its are
  /// unread would reset the connection and could take the answer with it.
  private static let farewell = TimeAmount.seconds(2)

  var peer: Address { stream.mailbox.peer }

  init(stream: SocketStream, desk: FrontDesk) {
    self.stream = stream
    self.desk = desk
    channel = stream.channel
    deadline = .now() + TimeAmount(clamping: desk.options.decisionTime)
  }

  /// Takes a place at the desk, and sees to it that it is given back.
  func enter() {
    let loop = channel.eventLoop
    let bound = NIOLoopBound(self, eventLoop: loop)
    let ticket = desk.register.enter(peer) { reason in loop.execute { bound.value.turnAway(reason) } }
    place = (desk.register, ticket)
    alarm = loop.assumeIsolated().scheduleTask(deadline: deadline) {
      self.turnAway(
        .timedOut(self.stage, after: self.desk.options.decisionTime, received: self.received))
    }
    channel.closeFuture.assumeIsolated().whenComplete { _ in
      self.turnAway(.hungUp(self.stage, received: self.received))
      self.leavePlace()
    }
  }

  // MARK: Ways out

  /// Nothing is left to decide.
  var isOver: Bool { state == .letIn || state == .turnedAway }

  /// Shows the caller to the site: from now on that says how long it may stay.
  ///
  /// - Parameter leave: called where it has to go before it likes to.
  func visit(_ site: SiteDesk, leave: @escaping @Sendable () -> Void) {
    guard state == .undecided else { return }
    state = .visiting
    alarm?.cancel()
    alarm = nil
    leavePlace()
    place = (site.register, site.register.enter(peer) { _ in leave() })
  }

  /// Hands the caller to the server. Its bytes must go to the mailbox from now on.
  func letIn(_ way: Caller.Way, request: WebRequest? = nil) {
    guard conclude(.letIn) else { return }
    leavePlace()
    let isFramed = if case .webSocket = way { true } else { false }
    let connection = Connection(stream: stream, peer: peer, tls: tls, isFramed: isFramed, tap: desk.options.tap)
    desk.deliver(Caller(connection: connection, way: way, request: request))
  }

  /// Closes the connection, after the answer if there is one.
  func turnAway(_ reason: TurnedAway.Reason, saying answer: [UInt8]? = nil) {
    let wasVisiting = state == .visiting
    guard conclude(.turnedAway) else {
      // Told already, and now there is no room left to wait for it to hang up.
      if case .crowded = reason, state == .turnedAway { channel.close(promise: nil) }
      return
    }
    // Who only looked at the site's pages was not turned away.
    if !wasVisiting { desk.report(peer, reason) }
    guard let answer else { return channel.close(promise: nil) }
    let channel = channel
    let patience = channel.eventLoop.scheduleTask(in: Self.farewell) { channel.close(promise: nil) }
    channel.closeFuture.whenComplete { _ in patience.cancel() }
    channel.writeAndFlush(channel.allocator.buffer(bytes: answer)).whenSuccess {
      channel.close(mode: .output, promise: nil)
    }
  }

  /// Says something without being done with the caller.
  func say(_ bytes: [UInt8]) {
    channel.writeAndFlush(channel.allocator.buffer(bytes: bytes), promise: nil)
  }

  private func leavePlace() {
    guard let place else { return }
    place.register.exit(place.ticket)
    self.place = nil
  }

  /// False where that has happened before.
  private func conclude(_ conclusion: State) -> Bool {
    guard !isOver else { return false }
    state = conclusion
    alarm?.cancel()
    alarm = nil
    return true
  }

  // MARK: TLS

  /// Shakes hands with a caller whose first bytes are these, and sorts what comes inside.
  func beginTLS(with opening: ByteBuffer) {
    guard let context = desk.context else { return turnAway(.noTLS, saying: Self.handshakeFailure) }
    stage = .tlsHandshake
    do {
      let pipeline = channel.pipeline.syncOperations
      let inside = SortingHandler(self, isInsideTLS: true)
      try pipeline.addHandler(inside, position: .first)
      try TLSHandshake.accept(
        on: channel, context: context, peer: peer, time: desk.options.decisionTime, deadline: deadline
      ) { result in
        switch result {
        case .success(let information):
          self.tls = information
          self.stage = .opening
          self.received = 0
        case .failure(let error): self.turnAway(.tlsFailed(error))
        }
      }
      pipeline.fireChannelRead(NIOAny(opening))
      pipeline.fireChannelReadComplete()
    } catch {
      turnAway(.tlsFailed(.tlsFailed(peer, reason: "\(error)")))
    }
  }

  /// A record of TLS 1.0 (which every version reads before the versions are agreed on): alert, two bytes, fatal,
  /// `handshake_failure` (RFC 8446, section 6).
  static let handshakeFailure: [UInt8] = [0x15, 3, 1, 0, 2, 2, 40]
}
