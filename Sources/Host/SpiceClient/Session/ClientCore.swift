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
  private let events: AsyncStream<ClientEvent>.Continuation
  private let allFeeds = Mutex<[Int: FrameFeeds]>([:])
  private let isClosing = Mutex(false)
  private let goodbye = Mutex<UInt32?>(nil)
  private let listed = Settled<[ChannelID]>()
  /// Pointer motions that the server has acknowledged, by inputs channel.
  private let acknowledged = ProgressBoard()
  private let hosts: Hosts

  private struct Hosts: Sendable {
    let main: ChannelHost<MainEngine>
    let inputs: ChannelHost<InputsEngine>
    let cursor: ChannelHost<CursorEngine>
    let display: ChannelHost<DisplayEngine>
  }

  init(target: Target, options: ClientOptions, events: AsyncStream<ClientEvent>.Continuation) {
    self.target = target
    self.options = options
    self.events = events
    let progress = ProgressBoard()
    let news = News()
    hosts = Hosts(
      main: ChannelHost(shared: NothingShared(), password: target.password, progress: progress) { event, _ in
        news.core?.handle(event)
      },
      inputs: ChannelHost(shared: NothingShared(), password: target.password, progress: progress) { event, engine in
        news.core?.handle(event, engine.channel.id)
      },
      cursor: ChannelHost(shared: NothingShared(), password: target.password, progress: progress) { event, engine in
        news.core?.handle(event, engine.channel.id)
      },
      display: ChannelHost(
        shared: DisplayStore(limits: options.limits), password: target.password, progress: progress
      ) { event, engine in
        news.core?.handle(event, &engine)
      })
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
    var ending: ClientError?
    do throws(ClientError) {
      try await runChannels()
    } catch {
      ending = isClosing.withLock { $0 } ? nil : farewell(error)
    }
    let cause = ending
    failure.withLock { $0 = cause }
    opening.settle(.failure(cause ?? .closed))
    for feeds in allFeeds.withLock({ Array($0.values) }) { feeds.end() }
    events.yield(.ended(cause))
    events.finish()
  }

  func closeByUs() {
    isClosing.withLock { $0 = true }
  }

  // MARK: For the program

  func feeds(of display: Int) -> FrameFeeds {
    let feeds = allFeeds.withLock { all in
      let feeds = all[display] ?? FrameFeeds()
      all[display] = feeds
      return feeds
    }
    if case .failure = opening.now { feeds.end() }
    return feeds
  }

  func frame(of display: Int, for feed: FrameFeed) async -> Frame? {
    guard let id = UInt8(exactly: display) else { return nil }
    let shown = await hosts.display.inspect(ChannelID(.display, id)) { engine in
      engine.primary.flatMap { engine.surfaces[$0] }.map { (image: $0.raster, isComplete: engine.isMarked) }
    }
    guard let (image, isComplete) = shown ?? nil, let damage = feed.take(image.size) else { return nil }
    return Frame(display: display, image: image, damage: damage, isComplete: isComplete)
  }

  func inspect<Value: Sendable>(_ display: Int, _ look: @Sendable (DisplayEngine) -> Value) async -> Value? {
    guard let id = UInt8(exactly: display) else { return nil }
    return await hosts.display.inspect(ChannelID(.display, id), look)
  }

  func cursor() async -> CursorState? {
    guard let id = channel(.cursor) else { return nil }
    return await hosts.cursor.inspect(id) { $0.state }
  }

  func input(_ action: @Sendable (inout InputsEngine) -> Void) async throws(ClientError) {
    guard let id = channel(.inputs) else { throw failure.withLock { $0 } ?? .channelMissing(.inputs) }
    try await hosts.inputs.perform(on: id, action)
  }

  /// Waits until the server has taken in all input that was sent; false where that took longer.
  func inputTaken(within time: Duration) async throws(ClientError) -> Bool {
    guard let id = channel(.inputs) else { throw failure.withLock { $0 } ?? .channelMissing(.inputs) }
    let target = try await hosts.inputs.perform(on: id) { $0.requestAcknowledgement() }
    return await withDeadline(time) { [acknowledged] in
      await acknowledged.wait(for: [ChannelWait(channel: id, serial: target)])
    }
  }

  private func channel(_ type: ChannelType) -> ChannelID? {
    information.withLock { $0.channels.first { $0.type == type } }
  }

  // MARK: Channels

  /// Opens the main channel, then those that the server lists; ends, by throwing, with the first that ends.
  private func runChannels() async throws(ClientError) {
    let result = await withTaskGroup(of: ClientError?.self) { group in
      group.addTask {
        await self.runChannel(MainEngine(hasPassword: self.hasPassword, limits: self.options.limits), on: self.hosts.main) {}
      }
      group.addTask { await self.runListedChannels() }
      group.addTask { await self.checkOpening() }
      var first: ClientError?
      while first == nil, let next = await group.next() { first = next }
      group.cancelAll()
      self.listed.settle([])
      return first ?? .closed
    }
    throw result
  }

  /// The error where the server does not list its channels in time; nil where it did.
  private func checkOpening() async -> ClientError? {
    let time = options.connectTimeout + options.linkTimeout
    try? await Task.sleep(for: time)
    return listed.now == nil ? .notOpened(after: time) : nil
  }

  private func runListedChannels() async -> ClientError? {
    let all = await listed.value
    guard let session = information.withLock({ $0.session?.sessionID }) else { return nil }
    let wanted = all.filter { channel in
      channel.type.map { options.channels.contains($0) && !target.disabledChannels.contains($0) } ?? false
    }
    let pending = Countdown(wanted.count) { [opening] in opening.settle(.success(())) }
    return await withTaskGroup(of: ClientError?.self) { group in
      for channel in wanted {
        group.addTask { await self.runListed(channel, session: session) { pending.step() } }
      }
      while let next = await group.next() {
        if let next {
          group.cancelAll()
          return next
        }
      }
      return nil
    }
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
          hasPassword: hasPassword, limits: limits), on: hosts.display, linked: linked)
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
    let route = Route(target: target, timeout: options.connectTimeout)
    do throws(ClientError) {
      do throws(ClientError) {
        try await runOnce(engine, on: host, try route.endpoint(for: id, secure: false), linked: linked)
      } catch {
        guard error.isDemandForTLS, route.canSecure else { throw error }
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
    let connection: Connection
    do throws(TransportError) {
      connection = try await Transport.connect(endpoint)
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
    guard case .session(.connectionLost) = error, let reason = goodbye.withLock({ $0 }) else { return error }
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
    case .channels(let channels):
      information.withLock { $0.channels = channels }
      listed.settle(channels)
    case .mouseMode(let supported, let current):
      information.withLock {
        $0.supportedMouseModes = supported
        $0.mouseMode = current
      }
      events.yield(.mouseMode(current))
    case .multimediaTime: break
    case .agentConnected:
      information.withLock { $0.isAgentConnected = true }
      events.yield(.agentConnected(true))
    case .agentDisconnected:
      information.withLock { $0.isAgentConnected = false }
      events.yield(.agentConnected(false))
    case .name(let name): information.withLock { $0.name = String(decoding: name, as: UTF8.self) }
    case .uuid(let uuid): information.withLock { $0.uuid = uuid }
    case .migration(let destination):
      events.yield(
        .migration(
          host: String(decoding: destination.host, as: UTF8.self), port: destination.port,
          securePort: destination.securePort))
    }
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
        .message(String(decoding: notification.text, as: UTF8.self), severity: notification.severity))
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
