import SpiceClient
import SpiceProtocol
import SpiceSession
import SpiceTransport
import Synchronization

/// The gateway as a client: a channel's link stage with the server, halted where the server's reply tells what it can do
/// and the ticket is due.
struct FarLink {
  let connection: Connection
  /// What the server can do.
  let reply: LinkReply
  private var link: ClientLink
  private let alarm: LinkAlarm
  /// Bytes that came and were not used yet.
  private var input: ArraySlice<UInt8>

  /// Why there is no channel.
  enum Failure: Error {
    /// The server said no in the protocol's own words, which the browser understands.
    case refused(LinkErrorCode)
    /// For the browser, and for the log.
    case gateway(GatewayRefusal, because: String)
  }

  /// Calls the server, and tells it what the browser told the gateway: which channel this is to be, and what that client
  /// can do.
  static func open(
    _ message: LinkMessage, to target: Target, hasPassword: Bool, options: GatewayOptions, beside near: Connection
  ) async throws(Failure) -> FarLink {
    let route = Route(target: target, timeout: options.connectTimeout)
    func open(secure: Bool) async throws(Failure) -> FarLink {
      let connection = try await connect(message.channel, by: route, secure: secure, beside: near)
      return try await begin(message, over: connection, hasPassword: hasPassword, time: options.linkTimeout)
    }
    do throws(Failure) {
      return try await open(secure: false)
    } catch {
      guard case .refused(.needSecured) = error, route.canSecure else { throw error }
      return try await open(secure: true)
    }
  }

  private static func connect(
    _ channel: ChannelID, by route: Route, secure: Bool, beside near: Connection
  ) async throws(Failure) -> Connection {
    let endpoint: Endpoint
    do throws(ClientError) {
      endpoint = try route.endpoint(for: channel, secure: secure)
    } catch {
      throw .gateway(.misconfigured, because: "\(error)")
    }
    do throws(TransportError) {
      return try await Transport.connect(endpoint, beside: near)
    } catch {
      throw .gateway(GatewayRefusal(error), because: "\(error)")
    }
  }

  /// The stage as far as the server's reply.
  private static func begin(
    _ message: LinkMessage, over connection: Connection, hasPassword: Bool, time: Duration
  ) async throws(Failure) -> FarLink {
    let alarm = LinkAlarm(connection, after: time)
    var setup = ChannelSetup(
      channel: message.channel, connectionID: message.connectionID, specific: message.specific,
      hasPassword: hasPassword)
    setup.common = message.common
    var link = ClientLink(setup)
    var input: ArraySlice<UInt8> = []
    do throws(Failure) {
      try enqueue(link.opening, on: connection)
      while true {
        if case .encryptTicket = try advance(&link, &input) { break }
        input += try await more(from: connection, link, alarm)
      }
      guard case .awaitingTicket(_, let reply) = link.state else {
        throw .gateway(.notSPICE, because: "the link stage ended before the ticket")
      }
      return FarLink(connection: connection, reply: reply, link: link, alarm: alarm, input: input)
    } catch {
      alarm.cancel()
      await connection.close()
      throw error
    }
  }

  /// Nobody wants the channel any more.
  func abandon() async {
    alarm.cancel()
    await connection.close()
  }

  /// Answers for the ticket.
  ///
  /// - Returns: what both ends agreed on, and what the server sent behind its yes.
  mutating func enter(with password: Secret?) async throws(Failure) -> (Negotiated, surplus: [UInt8]) {
    do throws(Failure) {
      let entered = try await answer(with: password)
      alarm.cancel()
      return entered
    } catch {
      await abandon()
      throw error
    }
  }

  // MARK: Inside

  private mutating func answer(with password: Secret?) async throws(Failure) -> (Negotiated, surplus: [UInt8]) {
    let ticket: [UInt8]
    do throws(LinkFailure) {
      ticket = try Ticket.encrypt(password, publicKey: reply.publicKey)
    } catch {
      throw .gateway(GatewayRefusal(error), because: "\(error)")
    }
    try Self.enqueue(link.answer(ticket: ticket, at: .now) ?? [], on: connection)
    while true {
      if case .linked(let negotiated) = try Self.advance(&link, &input) { return (negotiated, [UInt8](input)) }
      input += try await Self.more(from: connection, link, alarm)
    }
  }

  private static func advance(
    _ link: inout ClientLink, _ input: inout ArraySlice<UInt8>
  ) throws(Failure) -> ClientLink.Step {
    do throws(LinkFailure) {
      return try link.advance(&input, at: .now)
    } catch .refused(let code) {
      throw LinkErrorCode(rawValue: code).map { .refused($0) } ?? .refused(.error)
    } catch .ticketRefused(let code, _) {
      throw .refused(LinkErrorCode(rawValue: code) ?? .error)
    } catch {
      throw .gateway(GatewayRefusal(error), because: "\(error)")
    }
  }

  private static func enqueue(_ bytes: [UInt8], on connection: Connection) throws(Failure) {
    do throws(TransportError) {
      try connection.enqueue(bytes)
    } catch {
      throw .gateway(GatewayRefusal(error), because: "\(error)")
    }
  }

  private static func more(
    from connection: Connection, _ link: ClientLink, _ alarm: LinkAlarm
  ) async throws(Failure) -> [UInt8] {
    do throws(TransportError) {
      if let bytes = try await connection.read() { return bytes }
    } catch {
      guard case .reset = error else { throw .gateway(GatewayRefusal(error), because: "\(error)") }
    }
    let failure = link.strangerAtEnd ?? (alarm.hasPassed ? .timedOut(link.stage) : .closed(link.stage))
    throw .gateway(GatewayRefusal(failure), because: "\(failure)")
  }
}

/// Closes a connection whose link stage takes too long.
private final class LinkAlarm: Sendable {
  private let passed = Atomic(false)
  private let task = Mutex<Task<Void, any Error>?>(nil)

  init(_ connection: Connection, after time: Duration) {
    let task = Task { [weak self] in
      try await Task.sleep(for: time)
      self?.passed.store(true, ordering: .relaxed)
      await connection.close()
    }
    self.task.withLock { $0 = task }
  }

  deinit { cancel() }

  var hasPassed: Bool { passed.load(ordering: .relaxed) }
  func cancel() { task.withLock { $0 }?.cancel() }
}
