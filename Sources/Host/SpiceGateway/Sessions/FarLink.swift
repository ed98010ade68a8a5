import SpiceClient
import SpiceProtocol
import SpiceSession
import SpiceTransport

/// The gateway as a client: a channel's link stage with the server, halted where the server's reply tells what it can do
/// and the ticket is due.
struct FarLink {
  let connection: Connection
  /// What the server can do.
  let reply: LinkReply
  private var link: ClientLink
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
    _ message: LinkMessage, to target: Target, hasPassword: Bool, timeout: Duration, beside near: Connection
  ) async throws(Failure) -> FarLink {
    let route = Route(target: target, timeout: timeout)
    do throws(Failure) {
      return try await open(message, by: route, secure: false, hasPassword: hasPassword, beside: near)
    } catch {
      guard case .refused(.needSecured) = error, route.canSecure else { throw error }
      return try await open(message, by: route, secure: true, hasPassword: hasPassword, beside: near)
    }
  }

  private static func open(
    _ message: LinkMessage, by route: Route, secure: Bool, hasPassword: Bool, beside near: Connection
  ) async throws(Failure) -> FarLink {
    let endpoint: Endpoint
    do throws(ClientError) {
      endpoint = try route.endpoint(for: message.channel, secure: secure)
    } catch {
      throw .gateway(.misconfigured, because: "\(error)")
    }
    let connection: Connection
    do throws(TransportError) {
      connection = try await Transport.connect(endpoint, beside: near)
    } catch {
      throw .gateway(GatewayRefusal(error), because: "\(error)")
    }
    var setup = ChannelSetup(
      channel: message.channel, connectionID: message.connectionID, specific: message.specific,
      hasPassword: hasPassword)
    setup.common = message.common
    var link = ClientLink(setup)
    var input: ArraySlice<UInt8> = []
    try enqueue(link.opening, on: connection)
    while true {
      if case .encryptTicket = try advance(&link, &input) { break }
      input += try await more(from: connection, link)
    }
    guard case .awaitingTicket(_, let reply) = link.state else {
      throw .gateway(.notSPICE, because: "the link stage ended before the ticket")
    }
    return FarLink(connection: connection, reply: reply, link: link, input: input)
  }

  /// Answers for the ticket.
  ///
  /// - Returns: what both ends agreed on, and what the server sent behind its yes.
  mutating func enter(with password: Secret?) async throws(Failure) -> (Negotiated, surplus: [UInt8]) {
    let ticket: [UInt8]
    do throws(LinkFailure) {
      ticket = try Ticket.encrypt(password, publicKey: reply.publicKey)
    } catch {
      throw .gateway(GatewayRefusal(error), because: "\(error)")
    }
    try Self.enqueue(link.answer(ticket: ticket, at: .now) ?? [], on: connection)
    while true {
      if case .linked(let negotiated) = try Self.advance(&link, &input) { return (negotiated, [UInt8](input)) }
      input += try await Self.more(from: connection, link)
    }
  }

  // MARK: Inside

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

  private static func more(from connection: Connection, _ link: ClientLink) async throws(Failure) -> [UInt8] {
    do throws(TransportError) {
      if let bytes = try await connection.read() { return bytes }
    } catch {
      guard case .reset = error else { throw .gateway(GatewayRefusal(error), because: "\(error)") }
    }
    let failure = link.strangerAtEnd ?? .closed(link.stage)
    throw .gateway(GatewayRefusal(failure), because: "\(failure)")
  }
}
