import Logging
import SpiceClient
import SpiceProtocol
import SpiceSession
import SpiceTransport
import Synchronization

/// One channel's way through the gateway: the link stage on both sides, then bytes.
///
/// The gateway is a server to the browser and a client to the server, so that the password stays with it. What either end
/// says it can do is told to the other, and whatever follows the link stage passes as it is.
struct Passage: Sendable {
  let gateway: GatewayCore
  let near: Connection
  let token: String
  let origin: String?

  private var office: TokenOffice { gateway.office }

  func run() async {
    gateway.metrics.channelBegan()
    defer { gateway.metrics.channelEnded() }
    let deadline = Task { [near, gateway] in
      try await Task.sleep(for: gateway.options.linkTimeout * 3)
      await near.close(saying: GatewayRefusal.silent.farewell)
    }
    defer { deadline.cancel() }
    do throws(GatewayRefusal) {
      // A token that is none is told so at once.
      _ = try office.look(token)
      var link = NearLink(near, publicKey: gateway.ticketKey.publicKey)
      let message = try await Self.spoken { () async throws(NearLink.Broken) in try await link.message() }
      switch try office.admit(token, channel: message.channel, connectionID: message.connectionID) {
      case .main(let grant): try await open(grant, message, &link, deadline)
      case .further(let grant, let session):
        defer { office.left(grant) }
        try await carry(grant, session, message, &link, deadline) { _ in nil }
      }
      await near.close()
    } catch {
      gateway.metrics.count(refusal: error)
      if case .badClient = error {} else { log(.debug, "a channel was refused: \(error)") }
      await near.close(saying: error.farewell)
    }
  }

  // MARK: The session

  /// The main channel, and with it the session from its first byte to its last.
  private func open(
    _ grant: TokenOffice.Grant, _ message: LinkMessage, _ link: inout NearLink, _ deadline: Task<Void, any Error>
  ) async throws(GatewayRefusal) {
    let session: GatewaySession
    do throws(GatewayRefusal) {
      guard !gateway.isDraining else { throw .closing }
      session = GatewaySession(target: try await target(of: grant), peer: near.peer, began: .now)
      try office.begin(grant, session)
    } catch {
      office.failed(grant)
      throw error
    }
    let hasOpened = Mutex(false)
    defer {
      if hasOpened.withLock({ $0 }) {
        office.ended(grant)
        session.end(.sessionOver)
        gateway.audit(ended: session, grant, origin: origin)
      } else {
        office.failed(grant)
      }
    }
    try await carry(grant, session, message, &link, deadline) { header in
      let finder = Mutex(SessionFinder(header))
      return { [office, gateway, origin] bytes in
        switch finder.withLock({ $0.feed(bytes) }) {
        case .goOn: return true
        case .gaveUp: return false
        case .found(let id):
          office.opened(grant, id: id)
          hasOpened.withLock { $0 = true }
          gateway.audit(opened: session, grant, origin: origin)
          return false
        }
      }
    }
  }

  private func target(of grant: TokenOffice.Grant) async throws(GatewayRefusal) -> Target {
    do throws(GatewayError) {
      return try await grant.source.target()
    } catch {
      log(.error, "console “\(grant.label)”: \(error)")
      throw .misconfigured
    }
  }

  // MARK: A channel

  /// Links both ends, and passes bytes until one of them goes.
  ///
  /// - Parameter watch: makes, of how the messages' headers look, what reads along with the server.
  private func carry(
    _ grant: TokenOffice.Grant, _ session: GatewaySession, _ message: LinkMessage, _ link: inout NearLink,
    _ deadline: Task<Void, any Error>, watch: (HeaderKind) -> (@Sendable (UnsafeRawBufferPointer) -> Bool)?
  ) async throws(GatewayRefusal) {
    let password = session.target.password
    var far: FarLink
    do throws(FarLink.Failure) {
      far = try await FarLink.open(
        message, to: session.target, hasPassword: password != nil, options: gateway.options, beside: near)
    } catch {
      try refuse(error, &link, grant, message, hasPassword: password != nil)
      return
    }
    let server = far.connection
    let ticket: [UInt8]
    do throws(NearLink.Broken) {
      ticket = try await link.ticket(offering: far.reply)
    } catch {
      await far.abandon()
      log(.info, "\(message.channel): \(error.reason)")
      throw .badClient
    }
    let negotiated: Negotiated
    let early: [UInt8]
    do throws(FarLink.Failure) {
      (negotiated, early) = try await far.enter(with: password ?? gateway.ticketKey.password(in: ticket))
    } catch {
      try refuse(error, &link, grant, message, hasPassword: password != nil)
      return
    }
    let behind = try await Self.spoken { () async throws(NearLink.Broken) in try await link.accept() }
    deadline.cancel()

    let watch = watch(negotiated.header)
    let goesOn = early.withUnsafeBytes { early in early.isEmpty ? true : watch?(early) ?? false }
    do throws(TransportError) {
      try server.enqueue(behind)
      try near.enqueue(early)
    } catch {
      await server.close()
      return
    }
    await relay(session, message.channel, server, watch: goesOn ? watch : nil)
  }

  private func relay(
    _ session: GatewaySession, _ channel: ChannelID, _ server: Connection,
    watch: (@Sendable (UnsafeRawBufferPointer) -> Bool)?
  ) async {
    let passing = Task { [near] () throws(TransportError) in
      try await near.relay(with: server, counting: session.count, inspecting: watch)
    }
    let place = session.enter { passing.cancel() }
    defer { session.exit(place) }
    switch await passing.result {
    case .success(let ending):
      let what = ending.error.map { ": \($0)" } ?? ""
      log(.debug, "\(channel): \(ending.side == .near ? "the browser" : "the server") ended it\(what)")
      await near.close()
    case .failure: await near.close(saying: (session.ending ?? .sessionOver).farewell)
    }
    await server.close()
  }

  /// Says no: in SPICE's own words where it has some for it and the person at the browser can do something about it.
  private func refuse(
    _ failure: FarLink.Failure, _ link: inout NearLink, _ grant: TokenOffice.Grant, _ message: LinkMessage,
    hasPassword: Bool
  ) throws(GatewayRefusal) {
    switch failure {
    case .refused(.permissionDenied) where hasPassword:
      log(.warning, "console “\(grant.label)”: the server refuses the password that the gateway has for it")
      throw .passwordRefused
    case .refused(.needSecured), .refused(.needUnsecured):
      log(
        .warning, "console “\(grant.label)”: the server wants \(message.channel) at its other port, and none is known")
      throw .misconfigured
    case .refused(let code):
      log(.debug, "\(message.channel): the server refuses it (\(code.name))")
      link.refuse(code)
    case .gateway(let refusal, let reason):
      log(.warning, "console “\(grant.label)”, \(message.channel): \(reason)")
      throw refusal
    }
  }

  private static func spoken<Value>(
    _ step: () async throws(NearLink.Broken) -> Value
  ) async throws(GatewayRefusal) -> Value {
    do throws(NearLink.Broken) {
      return try await step()
    } catch {
      throw .badClient
    }
  }

  private func log(_ level: Logger.Level, _ words: String) {
    gateway.options.logger.log(level: level, "\(words)", metadata: ["peer": "\(near.peer)"])
  }
}
