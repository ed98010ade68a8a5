import SpicePixels
import SpiceProtocol

/// News from a client on the cursor channel, which has none but what every channel has.
public enum CursorServerEvent: Sendable, Hashable {
  case notice(ServerNotice)
}

/// A server's cursor channel: the pointer's shape and place, and what of it the client keeps.
///
/// Changes are kept as the newest state and sent when the client has room for them, so that a slow line shows where the
/// pointer is and not everywhere it was.
public struct CursorServer: ServerEngine {
  /// Messages that the client confirms together, as libspice-server asks for.
  public static let ackWindow: UInt32 = 20

  /// What the client's pointer is to be.
  private struct Look: Sendable, Equatable {
    var position = Point(x: 0, y: 0)
    var isVisible = false
    /// Counts the shapes that were set; equal where it is the same shape.
    var shape = 0
    var trail = Trail()
  }

  private struct Trail: Sendable, Equatable {
    var length: UInt16 = 0
    var frequency: UInt16 = 0
  }

  public var channel: ServerChannel
  private var wanted = Look()
  /// What the client was told; nil before INIT.
  private var told: Look?
  private var shape: CursorShape?
  private var shapeID: UInt64?
  private var cache: CursorCacheLedger
  /// The count of shapes at a RESET that the client is still to be told of.
  private var shapeAtReset: Int?
  /// Shapes that the client is to be told to give up.
  private var forgotten: [UInt64] = []

  public init(_ link: AcceptedLink, limits: SessionLimits = .standard) {
    channel = ServerChannel(link, limits: limits)
    cache = CursorCacheLedger(pixelLimit: limits.cursorPixels)
  }

  /// INIT with what was set before.
  public mutating func start(at now: Moment, _ shared: inout NothingShared) {
    channel.requestAcks(window: CursorServer.ackWindow)
    sendInit()
  }

  public mutating func process(at now: Moment, _ shared: inout NothingShared) throws(SessionError) {
    // A client says nothing here but what it says on every channel.
    while let raw = try channel.nextMessage(at: now) { channel.passOver(raw) }
  }

  public mutating func next() -> ServerEffect<CursorServerEvent>? {
    if told != nil, channel.mayPush { sendChanges() }
    if let bytes = channel.takeOutput() { return .send(bytes) }
    return channel.takeNotice().map { .event(.notice($0)) }
  }

  // MARK: The host's words

  /// Where its hot spot is on the screen, in pixels.
  public var position: Point { wanted.position }
  public var isVisible: Bool { wanted.isVisible }

  /// Gives the pointer another shape, nil for none.
  ///
  /// - Parameter id: Names these very pixels for as long as the channel lives, so that a client that has them is not sent
  ///   them again; nil for a shape that will not come back.
  /// - Returns: False where the shape is larger than `SessionLimits.cursorSide`, or its arrays are not of its size; nothing
  ///   is changed then.
  @discardableResult
  public mutating func set(_ shape: CursorShape?, id: UInt64? = nil) -> Bool {
    if let shape, !isSendable(shape) { return false }
    self.shape = shape
    shapeID = shape == nil ? nil : id
    wanted.shape += 1
    return true
  }

  /// Moves the pointer and shows it. On the wire a coordinate has 16 bits.
  public mutating func move(to position: Point) {
    wanted.position = position
    wanted.isVisible = true
  }

  public mutating func hide() {
    wanted.isVisible = false
  }

  /// The trail that the pointer draws behind itself: how many ghosts, and a new one after how many milliseconds.
  public mutating func setTrail(length: UInt16, frequency: UInt16) {
    wanted.trail = Trail(length: length, frequency: frequency)
  }

  /// Makes the client forget that shape.
  public mutating func forget(_ id: UInt64) {
    if cache.remove(id) { forgotten.append(id) }
  }

  /// Makes the client forget everything: its pointer is invisible and has no shape.
  public mutating func reset() {
    cache.removeAll()
    forgotten = []
    shape = nil
    shapeID = nil
    wanted.isVisible = false
    wanted.shape += 1
    if told != nil { shapeAtReset = wanted.shape }
  }

  private func isSendable(_ shape: CursorShape) -> Bool {
    let side = min(channel.limits.cursorSide, Int(UInt16.max))
    return (1...side).contains(shape.width) && (1...side).contains(shape.height)
      && shape.pixels.count == shape.width * shape.height
      && (shape.inverting.isEmpty || shape.inverting.count == shape.pixels.count)
  }

  // MARK: Sending

  private mutating func sendInit() {
    channel.send(
      CursorServerMessage.initialize(
        CursorInit(
          x: Int16(clamping: wanted.position.x), y: Int16(clamping: wanted.position.y),
          trailLength: wanted.trail.length, trailFrequency: wanted.trail.frequency, visible: wanted.isVisible,
          cursor: cursor())))
    told = wanted
  }

  private mutating func sendChanges() {
    if let shapeAtReset {
      self.shapeAtReset = nil
      channel.send(CursorServerMessage.reset)
      told?.isVisible = false
      told?.shape = shapeAtReset
    }
    for id in forgotten { channel.send(CursorServerMessage.invalidateOne(id)) }
    forgotten = []
    guard let told, told != wanted else { return }
    if told.trail != wanted.trail {
      channel.send(CursorServerMessage.trail(length: wanted.trail.length, frequency: wanted.trail.frequency))
    }
    let x = Int16(clamping: wanted.position.x)
    let y = Int16(clamping: wanted.position.y)
    if told.shape != wanted.shape {
      let cursor = cursor()
      channel.send(CursorServerMessage.set(x: x, y: y, visible: wanted.isVisible, cursor))
    } else if !wanted.isVisible {
      if told.isVisible { channel.send(CursorServerMessage.hide) }
    } else if !told.isVisible || told.position != wanted.position {
      channel.send(CursorServerMessage.move(x: x, y: y))
    }
    self.told = wanted
  }

  /// The current shape as the client is to get it; what it has to give up for that is said before.
  private mutating func cursor() -> Cursor {
    guard let shape else { return Cursor(flags: Cursor.none, header: nil, data: []) }
    guard let id = shapeID else { return whole(shape, id: 0, flags: 0) }
    switch cache.use(id, pixels: shape.pixels.count) {
    case .cached:
      return Cursor(flags: Cursor.fromCache, header: header(shape, id: id, .alpha), data: [])
    case .keep(let victims):
      for victim in victims { channel.send(CursorServerMessage.invalidateOne(victim)) }
      return whole(shape, id: id, flags: Cursor.cacheMe)
    case .tooLarge: return whole(shape, id: id, flags: 0)
    }
  }

  private func whole(_ shape: CursorShape, id: UInt64, flags: UInt16) -> Cursor {
    let encoded = EncodedCursor(shape)
    return Cursor(flags: flags, header: header(shape, id: id, encoded.type), data: encoded.data[...])
  }

  private func header(_ shape: CursorShape, id: UInt64, _ type: CursorType) -> CursorHeader {
    CursorHeader(
      unique: id, type: type, width: UInt16(clamping: shape.width), height: UInt16(clamping: shape.height),
      hotSpotX: UInt16(clamping: shape.hotSpot.x), hotSpotY: UInt16(clamping: shape.hotSpot.y))
  }
}
