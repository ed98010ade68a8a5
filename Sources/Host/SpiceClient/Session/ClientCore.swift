import SpiceMedia
import SpicePixels
import SpiceProtocol
import SpiceSession
import SpiceTransport
import Synchronization

/// The running part of a client: its channels' hosts and what they have in common. It lives as long as its task runs.
final class ClientCore: Sendable {
  let information = Mutex(SessionInformation())
  let failure = Mutex<ClientError?>(nil)
  /// Settled once: the session is ready, or why it is not.
  let opening = Settled<Result<Void, ClientError>>()

  private let target: Target
  private let options: ClientOptions
  private let events: EventQueue
  private let allFeeds = Mutex<AllFeeds>(AllFeeds())
  private let isClosing = Mutex(false)
  private let goodbye = Mutex<UInt32?>(nil)
  /// The server has let the main channel in.
  private let admitted = Settled<Void>()
  /// The session's id.
  private let opened = Settled<UInt32?>()
  private let listed = Settled<[ChannelID]>()
  /// Pointer motions that the server has acknowledged, by inputs channel.
  private let acknowledged = ProgressBoard()
  private let hosts: Hosts

  /// Channels of one kind that are opened at most; no server has as many displays.
  private static let channelLimit = 16
  /// Bytes of a server's text that are told; the rest is left out.
  private static let textLimit = 4096
  /// How long a lost connection may wait for the good-bye that another one brings.
  private static let farewellTime = Duration.milliseconds(200)

  private struct AllFeeds {
    var displays: [Int: FrameFeeds] = [:]
    var isOver = false
  }

  private struct Hosts: Sendable {
    let main: ChannelHost<MainEngine>
    let inputs: ChannelHost<InputsEngine>
    let cursor: ChannelHost<CursorEngine>
    let display: ChannelHost<DisplayEngine>
  }

  init(target: Target, options: ClientOptions, events: EventQueue) {
    self.target = target
    self.options = options
    self.events = events
    let progress = ProgressBoard()
    let news = News()
    func host<Engine: ClientEngine>(
      _ shared: Engine.Shared, _ observer: @escaping ChannelHost<Engine>.Observer
    ) -> ChannelHost<Engine> {
      ChannelHost(
        shared: shared, password: target.password, progress: progress, patience: options.waitTimeout,
        observer: observer)
    }
    hosts = Hosts(
      main: host(NothingShared()) { event, _ in news.core?.handle(event) },
      inputs: host(NothingShared()) { event, engine in news.core?.handle(event, engine.channel.id) },
      cursor: host(NothingShared()) { event, engine in news.core?.handle(event, engine.channel.id) },
      display: host(DisplayStore(limits: options.limits)) { event, engine in news.core?.handle(event, &engine) })
    news.set(self)
  }

  /// Where the hosts' observers find the core; set once it exists.
  private final class News: Sendable {
    private struct Reference { weak var core: ClientCore? }
    private let reference = Mutex(Reference())

    var core: ClientCore? { reference.withLock { $0.core } }
    func set(_ core: ClientCore) { reference.withLock { $0.core = core } }
  }

  /// Runs the session until it ends.
  func run() async {
    await runChannels()
    let cause = failure.withLock { $0 }
    opening.settle(.failure(cause ?? .closed))
    let feeds = allFeeds.withLock { all in
      all.isOver = true
      return all.displays.values
    }
    // Who is let go by this asks at once whether it is over.
    acknowledged.finish()
    for feed in feeds { feed.end() }
    events.yield(.ended(cause))
    events.finish()
  }

  /// True when no channel runs any more.
  var isOver: Bool { allFeeds.withLock { $0.isOver } }

  func closeByUs() {
    isClosing.withLock { $0 = true }
  }

  // MARK: For the program

  func feeds(of display: Int) -> FrameFeeds {
    let (feeds, isOver) = allFeeds.withLock { all in
      let feeds = all.displays[display] ?? FrameFeeds()
      all.displays[display] = feeds
      return (feeds, all.isOver)
    }
    if isOver { feeds.end() }
    return feeds
  }

  func frame(of display: Int, for feed: FrameFeed) async -> Frame? {
    guard let id = UInt8(exactly: display) else { return nil }
    let frame = await hosts.display.inspect(ChannelID(.display, id)) { engine -> Frame? in
      engine.putPrimaryInOrder()
      guard let primary = engine.primary, let image = engine.surfaces[primary]?.raster,
        let damage = feed.take(image.size)
      else { return nil }
      return Frame(display: display, image: image, damage: damage, isComplete: engine.isMarked)
    }
    return frame ?? nil
  }

  func inspect<Value: Sendable>(_ display: Int, _ look: @Sendable (DisplayEngine) -> Value) async -> Value? {
    guard let id = UInt8(exactly: display) else { return nil }
    return await hosts.display.inspect(ChannelID(.display, id)) { engine in
      engine.putPrimaryInOrder()
      return look(engine)
    }
  }

  func cursor() async -> CursorState? {
    guard let id = openChannels(.cursor).first else { return nil }
    return await hosts.cursor.inspect(id) { $0.state }
  }

  func input(_ action: @Sendable (inout InputsEngine) -> Void) async throws(ClientError) {
    _ = try await perform(action)
  }

  /// Waits until the server has taken in all input that was sent; false where that took longer.
  func inputTaken(within time: Duration) async throws(ClientError) -> Bool {
    let wait = try await perform { inputs in
      ChannelWait(channel: inputs.channel.id, serial: inputs.requestAcknowledgement())
    }
    _ = await withDeadline(time) { [acknowledged] in await acknowledged.wait(for: [wait]) }
    if acknowledged.handled(wait.channel) >= wait.serial { return true }
    if Task.isCancelled { throw .closed }
    if isOver { throw failure.withLock { $0 } ?? .closed }
    return false
  }

  private func perform<Value: Sendable>(
    _ action: @Sendable (inout InputsEngine) -> Value
  ) async throws(ClientError) -> Value {
    guard let id = openChannels(.inputs).first else { throw absence(of: .inputs) }
    do throws(ClientError) {
      return try await hosts.inputs.perform(on: id, action)
    } catch {
      throw failure.withLock { $0 } ?? (isClosing.withLock { $0 } ? .closed : farewell(error))
    }
  }

  /// The channels of a kind that the server has listed and let in, in rising order.
  func openChannels(_ type: ChannelType) -> [ChannelID] {
    information.withLock { information in
      information.links.keys.filter { $0.type == type && information.channels.contains($0) }
    }.sorted { $0.id < $1.id }
  }

  /// Why there is no open channel of that kind.
  func absence(of type: ChannelType) -> ClientError {
    if let failure = failure.withLock({ $0 }) { return failure }
    let isOffered = information.withLock { $0.channels.contains { $0.type == type } }
    return isOffered ? .channelUnused(type) : .channelMissing(type)
  }

  // MARK: Channels

  /// Opens the main channel, then those that the server lists; ends with the first that ends.
  private func runChannels() async {
    await withTaskGroup(of: ClientError?.self) { group in
      group.addTask {
        let engine = MainEngine(hasPassword: self.hasPassword, limits: self.options.limits)
        return await self.runChannel(engine, on: self.hosts.main) { self.admitted.settle(()) }
      }
      group.addTask { await self.runListedChannels() }
      group.addTask { await self.checkOpening() }
      var first: ClientError?
      while first == nil, let next = await group.next() { first = next }
      // What came before the good-bye is still drawn.
      if goodbye.withLock({ $0 }) != nil { await hosts.display.settle(within: Self.farewellTime) }
      conclude(first ?? .closed)
      group.cancelAll()
      admitted.settle(())
      opened.settle(nil)
      listed.settle([])
    }
  }

  /// Notes why the session ends, before the channels that are cancelled for it end too.
  private func conclude(_ error: ClientError) {
    let cause: ClientError? = isClosing.withLock { $0 } ? nil : farewell(error)
    failure.withLock { $0 = cause }
  }

  /// The error where the server does not list its channels in time after it let this client in; nil where it did.
  private func checkOpening() async -> ClientError? {
    await admitted.value
    try? await Task.sleep(for: options.linkTimeout)
    return Task.isCancelled || listed.now != nil ? nil : .notOpened(after: options.linkTimeout)
  }

  private func runListedChannels() async -> ClientError? {
    let eager = options.eagerDisplay.map { ChannelID(.display, $0) }
    let eagerLinked = Settled<Void>()
    return await withTaskGroup(of: ClientError?.self) { group in
      if let eager {
        group.addTask {
          defer { eagerLinked.settle(()) }
          return await self.runEagerly(eager) { eagerLinked.settle(()) }
        }
      }
      let wanted = wanted(of: await listed.value)
      // Where the session ended before there was a list, an empty one lets this task go.
      guard !Task.isCancelled, let session = opened.now ?? nil else { return nil }
      let pending = Countdown(wanted.count) { [opening] in opening.settle(.success(())) }
      for channel in wanted {
        group.addTask {
          guard channel == eager else { return await self.runListed(channel, session: session) { pending.step() } }
          await eagerLinked.value
          pending.step()
          return nil
        }
      }
      while let next = await group.next() {
        guard let next else { continue }
        // A server that ends a session closes all connections at once, and says why over one of them.
        if next.isLoss { try? await Task.sleep(for: Self.farewellTime) }
        group.cancelAll()
        return next
      }
      return nil
    }
  }

  /// Runs a channel from the moment the session has an id; nil where the server then does not list it either.
  private func runEagerly(_ channel: ChannelID, linked: @escaping @Sendable () -> Void) async -> ClientError? {
    guard options.channels.contains(.display), !target.disabledChannels.contains(.display),
      let session = await opened.value, let error = await runListed(channel, session: session, linked: linked)
    else { return nil }
    return await listed.value.contains(channel) ? error : nil
  }

  /// Of the offered channels those to open, in the server's order, each once.
  private func wanted(of offered: [ChannelID]) -> [ChannelID] {
    let types = options.channels.subtracting(target.disabledChannels)
    var counts: [ChannelType: Int] = [:]
    var wanted: [ChannelID] = []
    for channel in offered {
      guard let type = channel.type, types.contains(type), counts[type, default: 0] < Self.channelLimit,
        !wanted.contains(channel)
      else { continue }
      counts[type, default: 0] += 1
      wanted.append(channel)
    }
    return wanted
  }

  private func runListed(
    _ channel: ChannelID, session: UInt32, linked: @escaping @Sendable () -> Void
  ) async -> ClientError? {
    let limits = options.limits
    switch channel.type {
    case .display:
      return await runChannel(
        DisplayEngine(
          connectionID: session, id: channel.id, preferredCompression: options.preferredCompression,
          videoCodecs: options.decodesVideo ? VideoDecoder.available : [], hasDecodingThreads: true,
          pausesToAnswer: true,
          hasPassword: hasPassword, limits: limits),
        on: hosts.display, linked: linked)
    case .inputs:
      return await runChannel(
        InputsEngine(connectionID: session, id: channel.id, hasPassword: hasPassword, limits: limits),
        on: hosts.inputs, linked: linked)
    case .cursor:
      return await runChannel(
        CursorEngine(connectionID: session, id: channel.id, hasPassword: hasPassword, limits: limits),
        on: hosts.cursor, linked: linked)
    default:
      linked()
      return nil
    }
  }

  private var hasPassword: Bool { target.password?.exposed.isEmpty == false }

  /// Connects and runs one channel; where the server asks for TLS and a TLS port is known, a second time over it.
  private func runChannel<Engine: ClientEngine>(
    _ engine: Engine, on host: ChannelHost<Engine>, linked: @escaping @Sendable () -> Void
  ) async -> ClientError? {
    let id = engine.channel.id
    let route = Route(target: target, timeout: options.connectTimeout, tap: options.tap)
    do throws(ClientError) {
      let endpoint = try route.endpoint(for: id, secure: false)
      do throws(ClientError) {
        try await runOnce(engine, on: host, endpoint, linked: linked)
      } catch {
        guard error.isDemandForTLS, route.canSecure, endpoint.tls == nil else { throw error }
        try await runOnce(engine, on: host, try route.endpoint(for: id, secure: true), linked: linked)
      }
      return .closed
    } catch {
      return error
    }
  }

  private func runOnce<Engine: ClientEngine>(
    _ engine: Engine, on host: ChannelHost<Engine>, _ endpoint: Endpoint, linked: @escaping @Sendable () -> Void
  ) async throws(ClientError) {
    let id = engine.channel.id
    var engine = engine
    let greeting = engine.greet()
    let connection: Connection
    do throws(TransportError) {
      connection =
        if let ahead = HeadStart.waiting.take(endpoint, greeting) {
          try await ahead.connection(within: endpoint.connectTimeout)
        } else {
          try await Transport.connect(endpoint, saying: greeting)
        }
    } catch {
      throw .transport(error)
    }
    if let tls = connection.tls { information.withLock { $0.tls[id] = tls.version } }
    let result: ClientError
    do throws(ClientError) {
      try await host.run(engine, over: connection, linkTimeout: options.linkTimeout, linked: linked)
      result = .closed
    } catch {
      result = error
    }
    await connection.close()
    throw result
  }

  /// What a lost connection means when the server had said good-bye.
  private func farewell(_ error: ClientError) -> ClientError {
    if case .transport(.cancelled) = error { return .closed }
    guard error.isLoss, let reason = goodbye.withLock({ $0 }) else { return error }
    return .disconnected(reason: reason)
  }

  // MARK: News

  private func handle(_ event: MainEvent) {
    switch event {
    case .notice(let notice): handle(notice, ChannelID(.main))
    case .opened(let value):
      information.withLock {
        $0.session = value
        $0.supportedMouseModes = value.supportedMouseModes
        $0.mouseMode = value.currentMouseMode
        $0.isAgentConnected = value.agentConnected
      }
      setClock(value.multimediaTime)
      opened.settle(value.sessionID)
    case .channels(let channels):
      // Without a session there is no id to open them with; the deadline for opening tells of it.
      let isOpened = information.withLock { information in
        information.channels = channels
        return information.session != nil
      }
      if isOpened { listed.settle(channels) }
    case .mouseMode(let supported, let current):
      information.withLock {
        $0.supportedMouseModes = supported
        $0.mouseMode = current
      }
      events.yield(.mouseMode(current))
    case .multimediaTime(let time): setClock(time)
    case .agentConnected:
      information.withLock { $0.isAgentConnected = true }
      events.yield(.agentConnected(true))
    case .agentDisconnected:
      information.withLock { $0.isAgentConnected = false }
      events.yield(.agentConnected(false))
    case .agent: break  // The engine is made without it.
    case .name(let name): information.withLock { $0.name = String(decoding: name, as: UTF8.self) }
    case .uuid(let uuid): information.withLock { $0.uuid = uuid }
    case .migration(let destination):
      events.yield(
        .migration(
          host: String(decoding: destination.host.prefix(Self.textLimit), as: UTF8.self), port: destination.port,
          securePort: destination.securePort))
    }
  }

  private func setClock(_ time: UInt32) {
    let now = Moment.now
    Task { [hosts] in await hosts.display.change { $0.clock.set(time, at: now) } }
  }

  private func handle(_ event: InputsEvent, _ channel: ChannelID) {
    switch event {
    case .notice(let notice): handle(notice, channel)
    case .modifiers(let modifiers):
      information.withLock { $0.keyboardModifiers = modifiers }
      events.yield(.keyboardModifiers(modifiers))
    case .acknowledged(let motions): acknowledged.post(channel, handled: motions)
    }
  }

  private func handle(_ event: CursorEvent, _ channel: ChannelID) {
    switch event {
    case .notice(let notice): handle(notice, channel)
    case .changed(let state): events.yield(.cursor(state))
    }
  }

  private func handle(_ event: DisplayEvent, _ engine: inout DisplayEngine) {
    let display = Int(engine.channel.id.id)
    switch event {
    case .notice(let notice): handle(notice, engine.channel.id)
    case .primaryCreated(_, let size):
      events.yield(.displayResized(display: display, size))
      feeds(of: display).note(nil)
    case .primaryDestroyed: break
    case .marked: feeds(of: display).note([])
    case .monitors(let heads, _): events.yield(.monitors(display: display, heads))
    case .changed: feeds(of: display).note(engine.takeDamage())
    }
  }

  private func handle(_ notice: ChannelNotice, _ channel: ChannelID) {
    switch notice {
    case .linked(let negotiated):
      information.withLock { $0.links[channel] = negotiated }
      events.yield(.channelOpened(channel))
    case .notify(let notification):
      events.yield(
        .message(
          String(decoding: notification.text.prefix(Self.textLimit), as: UTF8.self), severity: notification.severity))
    case .disconnecting(let reason): goodbye.withLock { $0 = reason }
    case .unknownMessage(let type, _): events.yield(.unknownMessage(channel, type: type))
    case .migrate: break
    }
  }
}

extension ClientError {
  fileprivate var isDemandForTLS: Bool {
    if case .session(.link(_, .refused(LinkErrorCode.needSecured.rawValue))) = self { true } else { false }
  }

  /// True where a connection ended that the other end may have closed on purpose.
  fileprivate var isLoss: Bool {
    switch self {
    case .transport(.reset), .transport(.closed), .transport(.refused), .session(.connectionLost),
      .session(.link(_, .closed)):
      true
    default: false
    }
  }
}

/// Calls `done` at the last of `count` steps, at once where there are none.
private final class Countdown: Sendable {
  private let left: Mutex<Int>
  private let done: @Sendable () -> Void

  init(_ count: Int, done: @escaping @Sendable () -> Void) {
    left = Mutex(count)
    self.done = done
    if count == 0 { done() }
  }

  func step() {
    let isLast = left.withLock { left in
      left -= 1
      return left == 0
    }
    if isLast { done() }
  }
}
