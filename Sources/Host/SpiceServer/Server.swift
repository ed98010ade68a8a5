import Logging
import ServiceLifecycle
import SpicePixels
import SpiceProtocol
import SpiceSession
import SpiceTransport
import Synchronization

/// A SPICE server: shows screens to clients, and hands their keys and pointers to the program.
///
/// ```swift
/// let server = try await Server.start()
/// print("spice://\(server.addresses[0])")
/// server.screen.fill(Rect(server.screen.size), 0x20_40_60)
/// Task { try await server.run() }
/// for await input in server.input { print(input.action) }
/// ```
///
/// Each client has its own caches, its own dictionary and its own pace: one that is slow or has stopped costs bounded memory
/// and delays no other. Callers that speak something else get an answer in their own protocol, and the log says why.
public final class Server: Service, Sendable, CustomStringConvertible {
  /// Where it listens, in the order of `ServerOptions.listen` and then `listenSecurely`; with the ports that the system
  /// chose where 0 was asked for.
  public let addresses: [Address]
  public let screens: [Screen]
  /// What clients do with keyboard and pointer.
  public let input = Inbox<ClientInput>(limit: 1024)
  /// What clients' microphones hear, while `beginRecording` asks for it.
  public let recorded = Inbox<ClientSound>(limit: 256)
  /// What clients say to the ports of `ServerOptions.ports`.
  public let portNews = Inbox<ClientPortNews>(limit: 256)
  /// Who comes and goes.
  public let events = Inbox<ServerEvent>(limit: 256)

  let options: ServerOptions
  private let receptions: [Reception]
  private let tickets: TicketOffice
  /// Who is in the link stage.
  private let linking: CallerRegister
  private let metrics: ServerMetrics
  let state = Mutex(State())

  struct State {
    var sessions: [UInt32: Session] = [:]
    var lastClient: UInt32 = 0
    var cursor: CursorShape?
    /// Where the program last had the pointer.
    var pointer: Point?
    var modifiers: KeyboardModifiers = []
    /// What is played, and what is recorded.
    var sound: AudioFormat?
    var volume: [UInt16]?
    var isMute = false
    var recording: AudioFormat?
  }

  /// Display channels that clients open at most.
  private static let screenLimit = 16
  private static let portLimit = 64
  /// Callers in the link stage, of all addresses.
  private static let linkLimit = 1024

  private init(
    _ options: ServerOptions, _ receptions: [Reception], _ tickets: TicketOffice, _ metrics: ServerMetrics
  ) {
    self.options = options
    self.metrics = metrics
    self.receptions = receptions
    self.tickets = tickets
    addresses = receptions.map(\.address)
    screens = options.screens.enumerated().map { Screen(number: $0.offset, layout: $0.element) }
    linking = CallerRegister(limit: Self.linkLimit, limitPerAddress: options.linkLimitPerAddress)
  }

  /// Listens. Who calls is answered once `run()` is.
  public static func start(_ options: ServerOptions = ServerOptions()) async throws(ServerError) -> Server {
    try check(options)
    let tickets = try TicketOffice(password: options.password, expiry: options.passwordExpiry)
    let metrics = ServerMetrics()
    let security: ReceptionOptions.Security = options.identity.map { .either($0) } ?? .plain
    var receptions: [Reception] = []
    do throws(TransportError) {
      for address in options.listen {
        receptions.append(try await Reception.open(at: address, options: reception(options, security, metrics)))
      }
      if let identity = options.identity {
        for address in options.listenSecurely {
          receptions.append(
            try await Reception.open(at: address, options: reception(options, .tlsOnly(identity), metrics)))
        }
      }
    } catch {
      for reception in receptions { await reception.close() }
      throw .transport(error)
    }
    return Server(options, receptions, tickets, metrics)
  }

  public var description: String { "SPICE server at \(addresses.map { "\($0)" }.joined(separator: ", "))" }

  /// The first screen.
  public var screen: Screen { screens[0] }

  /// Who is there.
  public var clients: [ClientInformation] {
    state.withLock { Array($0.sessions.values) }.map(\.information).sorted { $0.id.number < $1.id.number }
  }

  /// Serves until the task is cancelled or its service group shuts down; then says good-bye to all clients.
  public func run() async throws {
    // A task of its own, which cancellation does not cut off before the good-bye.
    let serving = Task {
      await withDiscardingTaskGroup { group in
        for reception in receptions {
          group.addTask { await self.answer(reception) }
        }
      }
    }
    await withGracefulShutdownHandler {
      await withTaskCancellationHandler {
        await serving.value
      } onCancel: {
        stop()
      }
    } onGracefulShutdown: {
      self.stop()
    }
    input.finish()
    recorded.finish()
    portNews.finish()
    events.finish()
  }

  private func stop() {
    for reception in receptions { Task { await reception.close() } }
  }

  // MARK: For the program

  /// Gives the pointer a shape on every client; nil hides it.
  public func setCursor(_ shape: CursorShape?) {
    for session in sessions(noting: { $0.cursor = shape }) {
      Task { await session.cursor.perform { engine, _ in _ = engine.set(shape) } }
    }
  }

  /// Tells the clients where the machine's pointer is, by the pixel of its hot spot. In server mouse mode, where clients tell of
  /// motion alone, that is what they show; in client mouse mode they know it better and pass it over.
  public func movePointer(to position: Point) {
    for session in sessions(noting: { $0.pointer = position }) {
      Task {
        // The newest place, as tasks may come out of order.
        await session.cursor.perform { engine, _ in engine.move(to: self.state.withLock { $0.pointer } ?? position) }
      }
    }
  }

  /// Tells the clients of the machine's lock lights.
  public func setModifiers(_ modifiers: KeyboardModifiers) {
    for session in sessions(noting: { $0.modifiers = modifiers }) {
      Task { await session.inputs.perform { engine, _ in engine.set(modifiers) } }
    }
  }

  /// Another password from now on, for those who come; nil lets everybody in.
  public func setPassword(_ password: Secret?, expiry: ContinuousClock.Instant? = nil) throws(ServerError) {
    try Self.check(password)
    tickets.set(password: password, expiry: expiry)
  }

  /// Shows the people in front of all clients a text.
  public func notify(_ text: String, severity: Notification.Severity = .info) async {
    for session in sessions(noting: { _ in }) {
      await session.main.perform { engine, now in engine.channel.notify(severity, [UInt8](text.utf8), at: now) }
    }
  }

  /// Ends a client's session.
  public func disconnect(_ client: ClientID, reason: String = "the server ended the session") async {
    let session = state.withLock { $0.sessions.values.first { $0.id == client } }
    await session?.end(.permissionDenied, reason: reason)
  }

  func sessions(noting note: (inout State) -> Void) -> [Session] {
    state.withLock { state in
      note(&state)
      return Array(state.sessions.values)
    }
  }

  // MARK: Callers

  private func answer(_ reception: Reception) async {
    await withDiscardingTaskGroup { group in
      for await caller in reception {
        group.addTask { await self.serve(caller) }
      }
      let sessions = sessions(noting: { _ in })
      await withDiscardingTaskGroup { farewells in
        for session in sessions { farewells.addTask { await session.end(.ok, reason: "the server shuts down") } }
      }
      group.cancelAll()
    }
  }

  private func serve(_ caller: Caller) async {
    let connection = caller.connection
    let peer = connection.peer
    let dismissal = Mutex<TurnedAway.Reason?>(nil)
    let place = linking.enter(peer) { reason in
      dismissal.withLock { $0 = reason }
      Task { await connection.close() }
    }
    let link: AcceptedLink?
    do throws(LinkStage.Refused) {
      link = try await linkStage(caller, place).run(connection)
      metrics.countLinked()
    } catch {
      metrics.countRefused()
      let reason = dismissal.withLock { $0 }.map { "\($0)" } ?? "\(error)"
      log(peer, "was not linked: \(reason)")
      link = nil
    }
    linking.exit(place)
    if let link { await run(link, caller) }
    await connection.close()
  }

  private func linkStage(_ caller: Caller, _ place: CallerRegister.Ticket) -> LinkStage {
    LinkStage(
      publicKey: tickets.publicKey, limits: options.limits, time: options.linkTimeout,
      judge: { message in
        self.linking.heard(place)
        return self.judge(message, caller)
      },
      check: { message, ticket in
        let verdict = self.tickets.judge(ticket)
        guard case .good = verdict else { return verdict.description }
        guard message.channel.type == .main else { return nil }
        return await self.options.admits(self.visitor(message, caller)) ? nil : "the program does not admit it"
      })
  }

  private func visitor(_ message: LinkMessage, _ caller: Caller) -> ClientInformation {
    ClientInformation(
      id: ClientID(number: 0), address: caller.connection.peer, way: caller.way,
      capabilities: (message.common, message.specific))
  }

  private func judge(_ message: LinkMessage, _ caller: Caller) -> LinkStage.Judgement {
    guard let type = message.channel.type, let offered = capabilities(of: message.channel) else {
      return .refuse(.channelNotAvailable, because: "there is no such channel here")
    }
    if options.secureChannels.contains(type), !caller.way.isSecure {
      return .refuse(.needSecured, because: "this channel is for TLS only")
    }
    if type == .main {
      guard message.connectionID == 0 else {
        return .refuse(
          .badConnectionID, because: "it wants to move session \(message.connectionID) here from elsewhere")
      }
      let count = state.withLock { $0.sessions.count }
      return count < options.sessionLimit
        ? .accept(offering: offered)
        : .refuse(.error, because: "there are \(count) sessions already, the most that are allowed")
    }
    guard let session = session(message.connectionID) else {
      return .refuse(.badConnectionID, because: "there is no session \(message.connectionID); it may have ended")
    }
    return session.has(message.channel)
      ? .refuse(.channelNotAvailable, because: "\(session.id) has this channel open already")
      : .accept(offering: offered)
  }

  private func session(_ key: UInt32) -> Session? { state.withLock { $0.sessions[key] } }

  /// The channels that clients may open besides the main one.
  private var channels: [ChannelID] {
    screens.map { ChannelID(.display, UInt8($0.number)) } + [ChannelID(.inputs), ChannelID(.cursor)]
      + (options.hasSound ? [ChannelID(.playback)] : []) + (options.hasMicrophone ? [ChannelID(.record)] : [])
      + options.ports.indices.map { portChannel($0) }
  }

  /// What this server can do on a channel; nil where it has no such channel.
  private func capabilities(of channel: ChannelID) -> Capabilities? {
    guard channel == ChannelID(.main) || channels.contains(channel) else { return nil }
    return switch channel.type {
    case .main: MainServer.capabilities
    case .display: DisplayServer.capabilities
    case .inputs: InputsServer.capabilities
    // Sound goes as plain samples, both ways.
    case .playback: Capabilities([PlaybackCapability.volume.rawValue])
    case .record: Capabilities([RecordCapability.volume.rawValue])
    case .port, .webdav: PortServer.capabilities
    default: Capabilities()
    }
  }

  // MARK: Channels

  private func run(_ link: AcceptedLink, _ caller: Caller) async {
    if link.channel.type == .main { return await runMain(link, caller) }
    // The session may have ended between the judgement and the ticket.
    guard let session = session(link.connectionID), session.join(link.channel, caller.connection) else {
      return log(caller.connection.peer, "\(link.channel) came too late: its session has ended, or has it already")
    }
    let reason = await runChannel(link, caller.connection, session)
    session.leave(link.channel)
    options.logger.debug("channel closed", metadata: ["client": "\(session.id)", "reason": "\(reason)"])
  }

  private func runChannel(_ link: AcceptedLink, _ connection: Connection, _ session: Session) async -> String {
    let limits = options.limits
    switch link.channel.type {
    case .inputs:
      let engine = InputsServer(link, modifiers: state.withLock { $0.modifiers }, limits: limits)
      let reason = await session.inputs.run(engine, over: connection) { [input, id = session.id] engine in
        // What nobody holds any more is let go.
        for key in engine.heldKeys { input.put(ClientInput(client: id, action: .key(KeyChange(key, isPress: false)))) }
      }
      return reason
    case .cursor:
      var engine = CursorServer(link, limits: limits)
      let (shape, pointer) = state.withLock { ($0.cursor, $0.pointer) }
      if let shape { _ = engine.set(shape) }
      if let pointer { engine.move(to: pointer) }
      return await session.cursor.run(engine, over: connection)
    case .playback:
      var engine = PlaybackServer(link, limits: limits)
      let (format, volume, isMute) = state.withLock { ($0.sound, $0.volume, $0.isMute) }
      if let volume { engine.setVolume(volume) }
      if isMute { engine.setMute(true) }
      if let format { _ = engine.begin(format, time: DisplayServer.multimediaTime(at: .now)) }
      return await session.playback.run(engine, over: connection)
    case .display: return await runDisplay(link, connection, session)
    case .record:
      var engine = RecordServer(link, limits: limits)
      if let format = state.withLock({ $0.recording }) { engine.begin(format) }
      return await session.record.run(engine, over: connection)
    case .port, .webdav:
      let engine = PortServer(link, name: [UInt8](portName(link.channel).utf8), isOpened: true, limits: limits)
      return await session.ports.run(engine, over: connection)
    default: return "\(link.channel) is none of this server's"
    }
  }

  private func runDisplay(_ link: AcceptedLink, _ connection: Connection, _ session: Session) async -> String {
    let screen = screens[Int(link.channel.id)]
    let (displays, id) = (session.displays, link.channel)
    let subscription = screen.subscribe { Task { await displays.wake(id) } }
    defer { screen.unsubscribe(subscription) }
    let engine = DisplayServer(
      link, size: subscription.size, heads: subscription.monitors, options: options.display, limits: options.limits)
    return await displays.run(
      engine, over: connection,
      work: .init(
        perform: { engine, store, room, now in
          let (changes, picture) = screen.take(subscription)
          for change in changes { engine.note(change, at: now) }
          engine.produce(from: picture, at: now, room: room, &store)
          return engine.wantsToProduce
        },
        deadline: { $0.nextDeadline }))
  }

  private func runMain(_ link: AcceptedLink, _ caller: Caller) async {
    let session = open(link, caller)
    defer { state.withLock { $0.sessions[session.key] = nil } }
    guard session.join(link.channel, caller.connection) else { return }
    options.logger.info(
      "client joined",
      metadata: ["client": "\(session.id)", "peer": "\(caller.connection.peer)", "way": "\(caller.way.words)"])
    events.put(.joined(session.information))
    metrics.count(clients: clients.count)
    let watch = Task { await session.watch(patience: options.vanishTimeout) }
    let engine = MainServer(link, settings(of: session), limits: options.limits)
    let ending = await session.main.run(engine, over: caller.connection)
    watch.cancel()
    let reason = session.reason ?? ending
    state.withLock { $0.sessions[session.key] = nil }
    await session.close()
    giveBackMemory()
    metrics.count(clients: clients.count)
    options.logger.info("client left", metadata: ["client": "\(session.id)", "reason": "\(reason)"])
    events.put(.left(session.id, reason: reason))
  }

  private func open(_ link: AcceptedLink, _ caller: Caller) -> Session {
    state.withLock { state in
      state.lastClient += 1
      let id = ClientID(number: state.lastClient)
      var key: UInt32
      repeat { key = UInt32.random(in: 1...UInt32.max) } while state.sessions[key] != nil
      let information = ClientInformation(
        id: id, address: caller.connection.peer, way: caller.way, capabilities: (link.common, link.specific))
      let news = Session.News(
        input: input, recorded: recorded, ports: portNews,
        main: { [events] event, engine in Self.handle(event, &engine, id, events) }, portName: portName,
        place: { [screens, hasAgent = options.hasAgent] x, y, display in
          // What clients tell a guest's agent: the monitors of the first screen have numbers, and corners to count from.
          let corner = hasAgent ? screens.first?.corner(ofMonitor: display) : nil
          guard let corner else { return .position(x: x, y: y, screen: display) }
          return .position(x: x + Int(corner.x), y: y + Int(corner.y), screen: 0)
        })
      let session = Session(key: key, information: information, limits: options.limits, news: news)
      state.sessions[key] = session
      return session
    }
  }

  private func settings(of session: Session) -> MainSettings {
    var settings = MainSettings(sessionID: session.key, channels: channels)
    settings.displayChannelsHint = UInt32(screens.count)
    settings.isAgentConnected = options.hasAgent
    settings.multimediaTime = DisplayServer.multimediaTime(at: .now)
    settings.name = options.name.map { [UInt8]($0.utf8) }
    settings.uuid = options.uuid
    return settings
  }

  /// The server's half of what a client asks of the machine and its agent.
  private static func handle(
    _ event: MainServerEvent, _ engine: inout MainServer, _ client: ClientID, _ events: Inbox<ServerEvent>
  ) {
    switch event {
    case .mouseModeRequest(let mode): engine.set(supported: engine.mouseModes.supported, current: mode)
    case .agent(.announceCapabilities(request: true, _)):
      _ = engine.send(.announceCapabilities(request: false, Capabilities([AgentCapability.monitorsConfig, .reply])))
    case .agent(.monitorsConfig(let wish)):
      let monitors = wish.monitors.map { monitor in
        ServerEvent.Monitor(
          x: Int(monitor.x), y: Int(monitor.y), width: Int(clamping: monitor.width),
          height: Int(clamping: monitor.height))
      }
      _ = engine.send(.reply(type: AgentMessage.Kind.monitorsConfig.rawValue, error: 1))
      events.put(.monitorsWished(client, monitors))
    case .notice, .attached, .agentStarted, .agent, .unknownAgent: break
    }
  }

  private func log(_ peer: Address, _ text: String) {
    options.logger.notice("caller \(text)", metadata: ["peer": "\(peer)"])
  }
}

extension Server {
  private static func check(_ options: ServerOptions) throws(ServerError) {
    guard !options.listen.isEmpty || !options.listenSecurely.isEmpty else { throw .noAddress }
    guard !options.screens.isEmpty else { throw .noScreen }
    guard options.ports.count <= portLimit, Set(options.ports).count == options.ports.count else {
      throw .ports(options.ports.count, limit: portLimit)
    }
    guard options.screens.count <= screenLimit else {
      throw .tooManyScreens(options.screens.count, limit: screenLimit)
    }
    if let uuid = options.uuid, uuid.count != 16 { throw .uuid(bytes: uuid.count) }
    let wantsTLS = !options.listenSecurely.isEmpty || !options.secureChannels.isEmpty
    if wantsTLS, options.identity == nil { throw .noIdentity }
    try check(options.password)
  }

  private static func check(_ password: Secret?) throws(ServerError) {
    let bytes = password?.exposed.utf8.count ?? 0
    guard bytes <= LinkConstants.passwordLimit else { throw .passwordTooLong(bytes: bytes) }
  }

  private static func reception(
    _ options: ServerOptions, _ security: ReceptionOptions.Security, _ metrics: ServerMetrics
  ) -> ReceptionOptions {
    let logger = options.logger
    var reception = ReceptionOptions(
      security: security, decisionTime: options.linkTimeout, silenceGrace: options.silenceGrace,
      undecidedLimitPerAddress: options.linkLimitPerAddress, acceptsOrigin: options.acceptsOrigin,
      onTurnedAway: { away in
        metrics.countTurnedAway()
        logger.notice("caller turned away: \(away.reason)", metadata: ["peer": "\(away.peer)"])
      })
    reception.tap = options.tap
    return reception
  }
}

extension Caller.Way {
  var isSecure: Bool {
    switch self {
    case .plain, .webSocket(secure: false): false
    case .tls, .webSocket(secure: true): true
    }
  }

  var words: String {
    switch self {
    case .plain: "TCP"
    case .tls: "TLS"
    case .webSocket(let isSecure): isSecure ? "WebSocket over TLS" : "WebSocket"
    }
  }
}
