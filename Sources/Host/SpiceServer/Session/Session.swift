import SpicePixels
import SpiceProtocol
import SpiceSession
import SpiceTransport
import Synchronization

/// One client: its channels, and what they have in common.
final class Session: Sendable {
  /// The `connection_id` of its channels, which nobody else can guess.
  let key: UInt32
  let id: ClientID

  let main: EngineHost<MainServer>
  let inputs: EngineHost<InputsServer>
  let cursor: EngineHost<CursorServer>
  let displays: EngineHost<DisplayServer>
  let playback: EngineHost<PlaybackServer>
  let record: EngineHost<RecordServer>
  let ports: EngineHost<PortServer>

  /// Where the news of its channels go.
  struct News: Sendable {
    let input: Inbox<ClientInput>
    let recorded: Inbox<ClientSound>
    let ports: Inbox<ClientPortNews>
    let main: EngineHost<MainServer>.Observer
    let portName: @Sendable (ChannelID) -> String
    /// Where on which screen a client's pixel of a display is.
    let place: @Sendable (_ x: Int, _ y: Int, _ display: Int) -> ClientInput.Action
  }

  private struct State {
    var information: ClientInformation
    var connections: [ChannelID: Connection] = [:]
    var isOver = false
    /// Why this side ended it.
    var reason: String?
  }

  private let state: Mutex<State>

  init(key: UInt32, information: ClientInformation, limits: SessionLimits, news: News) {
    self.key = key
    let id = information.id
    self.id = id
    state = Mutex(State(information: information))
    main = EngineHost(shared: NothingShared(), observer: news.main)
    inputs = EngineHost(shared: NothingShared(), readiness: { await news.input.awaitRoom() }) { event, _ in
      if let action = ClientInput.Action(event, place: news.place) {
        news.input.put(ClientInput(client: id, action: action))
      }
    }
    cursor = EngineHost(shared: NothingShared()) { _, _ in }
    displays = EngineHost(shared: DisplayServerStore(key: UInt64.random(in: 0...UInt64.max), limits: limits)) { _, _ in
    }
    playback = EngineHost(shared: NothingShared()) { _, _ in }
    record = EngineHost(shared: NothingShared(), readiness: { await news.recorded.awaitRoom() }) { event, _ in
      if let samples = ClientSound.samples(event) { news.recorded.put(ClientSound(client: id, samples: samples)) }
    }
    ports = EngineHost(shared: NothingShared(), readiness: { await news.ports.awaitRoom() }) { event, engine in
      guard let event = ClientPortNews.Event(event) else { return }
      news.ports.put(ClientPortNews(client: id, port: news.portName(engine.channel.id), event: event))
    }
  }

  var information: ClientInformation { state.withLock { $0.information } }

  func note(roundTrip: UInt64?) {
    state.withLock { $0.information.roundTrip = roundTrip }
  }

  /// False where the client has that channel already, or has gone.
  func join(_ channel: ChannelID, _ connection: Connection) -> Bool {
    state.withLock { state in
      guard !state.isOver, state.connections[channel] == nil else { return false }
      state.connections[channel] = connection
      state.information.channels.append(channel)
      return true
    }
  }

  func leave(_ channel: ChannelID) {
    state.withLock { state in
      state.connections[channel] = nil
      state.information.channels.removeAll { $0 == channel }
    }
  }

  func has(_ channel: ChannelID) -> Bool {
    state.withLock { $0.connections[channel] != nil }
  }

  /// Says good-bye on the main channel, and closes all.
  func end(_ code: LinkErrorCode, reason: String) async {
    state.withLock { $0.reason = $0.reason ?? reason }
    await main.perform { engine, now in engine.channel.disconnect(code, at: now) }
    await close()
  }

  /// Closes what is open; nothing more can be joined.
  func close() async {
    let connections = state.withLock { state in
      state.isOver = true
      return Array(state.connections.values)
    }
    await withDiscardingTaskGroup { group in
      for connection in connections { group.addTask { await connection.close() } }
    }
  }

  /// Why this side ended it; nil where it did not.
  var reason: String? { state.withLock { $0.reason } }
}

extension ClientInput.Action {
  /// Nil for what concerns the connection alone.
  init?(_ event: InputsServerEvent, place: (_ x: Int, _ y: Int, _ display: Int) -> Self) {
    switch event {
    case .notice: return nil
    case .key(let stroke): self = .key(stroke)
    case .modifiers(let modifiers): self = .modifiers(modifiers)
    case .motion(let dx, let dy, _): self = .motion(dx: Int(dx), dy: Int(dy))
    case .position(let x, let y, let display, _):
      self = place(Int(clamping: x), Int(clamping: y), Int(display))
    case .press(let button, _): self = .press(button)
    case .release(let button, _): self = .release(button)
    case .wheel(let notches, _): self = .wheel(notches)
    }
  }
}
