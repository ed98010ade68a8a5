import SpicePixels
import SpiceProtocol

/// The pointer as the server sees it.
public struct CursorState: Sendable, Hashable {
  /// Where its hot spot is on the screen, in pixels.
  public var position: Point
  public var isVisible: Bool
  /// Nil where the server has set none.
  public var shape: CursorShape?

  public init(position: Point, isVisible: Bool, shape: CursorShape?) {
    self.position = position
    self.isVisible = isVisible
    self.shape = shape
  }
}

/// News from the cursor channel.
public enum CursorEvent: Sendable {
  case notice(ChannelNotice)
  case changed(CursorState)
}

/// The client's cursor channel: the pointer's shape, place and cache.
public struct CursorEngine: ClientEngine {
  public var channel: ClientChannel
  public private(set) var state = CursorState(position: Point(x: 0, y: 0), isVisible: false, shape: nil)
  private var cache: [UInt64: CursorShape] = [:]
  private var cachedPixels: Int { cache.values.reduce(0) { $0 + $1.pixels.count } }
  /// True where `state` has changed since it was last told; many moves become one piece of news.
  private var changed = false

  public init(connectionID: UInt32, id: UInt8 = 0, hasPassword: Bool, limits: SessionLimits = .standard) {
    channel = ClientChannel(
      ChannelSetup(
        channel: ChannelID(.cursor, id), connectionID: connectionID, hasPassword: hasPassword, limits: limits))
  }

  public mutating func process(at now: Moment, _ shared: inout NothingShared) throws(SessionError) {
    while let raw = try channel.nextMessage(at: now) {
      if CursorServerMessage.Kind(rawValue: raw.type) == nil {
        channel.passOver(raw)
        continue
      }
      let message = try channel.decode(CursorServerMessage.self, raw)
      do throws(CursorFault) {
        try handle(message)
      } catch {
        throw .cursor(channel.id, serial: raw.serial, error)
      }
    }
  }

  public mutating func next() -> Effect<CursorEvent>? {
    if let bytes = channel.takeOutput() { return .send(bytes) }
    if let key = channel.takeKey() { return .encryptTicket(publicKey: key) }
    if let notice = channel.takeNotice() { return .event(.notice(notice)) }
    guard changed else { return nil }
    changed = false
    return .event(.changed(state))
  }

  private mutating func handle(_ message: CursorServerMessage) throws(CursorFault) {
    switch message {
    case .initialize(let value):
      cache = [:]
      state = CursorState(
        position: Point(x: Int32(value.x), y: Int32(value.y)), isVisible: value.visible,
        shape: try shape(value.cursor))
    case .set(let x, let y, let visible, let cursor):
      state = CursorState(
        position: Point(x: Int32(x), y: Int32(y)), isVisible: visible, shape: try shape(cursor))
    case .move(let x, let y):
      state.position = Point(x: Int32(x), y: Int32(y))
      state.isVisible = true
    case .hide: state.isVisible = false
    case .reset:
      cache = [:]
      state = CursorState(position: state.position, isVisible: false, shape: nil)
    case .trail: return  // No client has drawn trails since the last century.
    case .invalidateOne(let id):
      cache[id] = nil
      return
    case .invalidateAll:
      cache = [:]
      return
    }
    changed = true
  }

  private mutating func shape(_ cursor: Cursor) throws(CursorFault) -> CursorShape? {
    guard let header = cursor.header else { return nil }
    if cursor.flags & Cursor.fromCache != 0 {
      guard let shape = cache[header.unique] else { throw .notCached(header.unique) }
      return shape
    }
    let shape = try CursorShape(header, cursor.data, limit: channel.setup.limits.cursorSide)
    if cursor.flags & Cursor.cacheMe != 0 {
      let limits = channel.setup.limits
      guard cache.count < limits.cursors || cache[header.unique] != nil else {
        throw .cacheFull(limit: limits.cursors)
      }
      let before = cache[header.unique]?.pixels.count ?? 0
      guard cachedPixels - before + shape.pixels.count <= limits.cursorPixels else {
        throw .cachedPixels(limit: limits.cursorPixels)
      }
      cache[header.unique] = shape
    }
    return shape
  }
}
