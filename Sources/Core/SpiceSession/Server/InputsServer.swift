import SpiceProtocol

/// News from a client on the inputs channel.
public enum InputsServerEvent: Sendable, Hashable {
  case notice(ServerNotice)
  case key(KeyChange)
  /// The lock lights that the client's keyboard has.
  case modifiers(KeyboardModifiers)
  /// The pointer moves by that many pixels (server mouse mode).
  case motion(dx: Int32, dy: Int32, buttons: MouseButtons)
  /// The pointer is at that pixel of a display (client mouse mode).
  case position(x: UInt32, y: UInt32, display: UInt8, buttons: MouseButtons)
  /// A button other than the wheel's two.
  case press(MouseButton, buttons: MouseButtons)
  case release(MouseButton, buttons: MouseButtons)
  /// One notch of the wheel: -1 up, 1 down.
  case wheel(Int, buttons: MouseButtons)
}

/// A server's inputs channel: what the client types and points at.
public struct InputsServer: ServerEngine {
  /// This server's capabilities of the inputs channel.
  public static let capabilities = Capabilities([InputsCapability.keyScancode])

  public var channel: ServerChannel
  /// The lock lights as the client knows them.
  public private(set) var modifiers: KeyboardModifiers
  /// Keys that the client holds down; what a host lets go of when the client has gone.
  public private(set) var heldKeys: Set<Scancode> = []
  /// Motions and positions so far.
  public private(set) var motions: UInt64 = 0
  private var events = Queue<InputsServerEvent>()

  public init(_ link: AcceptedLink, modifiers: KeyboardModifiers = [], limits: SessionLimits = .standard) {
    channel = ServerChannel(link, limits: limits)
    self.modifiers = modifiers
  }

  public mutating func start(at now: Moment, _ shared: inout NothingShared) {
    channel.send(InputsServerMessage.initialize(modifiers))
  }

  public mutating func process(at now: Moment, _ shared: inout NothingShared) throws(SessionError) {
    while let raw = try channel.nextMessage(at: now) {
      if InputsClientMessage.Kind(rawValue: raw.type) == nil {
        channel.passOver(raw)
        continue
      }
      let message = try channel.decode(InputsClientMessage.self, raw)
      do throws(ClientFault) {
        try handle(message)
      } catch {
        throw .client(channel.id, serial: raw.serial, error)
      }
    }
  }

  public mutating func next() -> ServerEffect<InputsServerEvent>? {
    if let bytes = channel.takeOutput() { return .send(bytes) }
    if let notice = channel.takeNotice() { return .event(.notice(notice)) }
    return events.popFirst().map { .event($0) }
  }

  /// Tells the client of the guest's lock lights, where they are others than it knows.
  public mutating func set(_ modifiers: KeyboardModifiers) {
    if modifiers == self.modifiers { return }
    self.modifiers = modifiers
    channel.send(InputsServerMessage.keyModifiers(modifiers))
  }

  private mutating func handle(_ message: InputsClientMessage) throws(ClientFault) {
    switch message {
    case .keyDown(let value): note(try ScancodeSequence.strokes(value, isPress: true))
    case .keyUp(let value): note(try ScancodeSequence.strokes(value, isPress: false))
    case .keyScancode(let bytes): note(try ScancodeSequence.strokes(bytes))
    case .keyModifiers(let value):
      modifiers = value
      events.append(.modifiers(value))
    case .mouseMotion(let dx, let dy, let buttons):
      events.append(.motion(dx: dx, dy: dy, buttons: buttons))
      acknowledgeMotion()
    case .mousePosition(let x, let y, let buttons, let display):
      events.append(.position(x: x, y: y, display: display, buttons: buttons))
      acknowledgeMotion()
    case .mousePress(.wheelUp, let buttons): events.append(.wheel(-1, buttons: buttons))
    case .mousePress(.wheelDown, let buttons): events.append(.wheel(1, buttons: buttons))
    // A notch is over when it begins.
    case .mouseRelease(.wheelUp, _), .mouseRelease(.wheelDown, _): break
    case .mousePress(let button, let buttons): events.append(.press(button, buttons: buttons))
    case .mouseRelease(let button, let buttons): events.append(.release(button, buttons: buttons))
    }
  }

  private mutating func note(_ strokes: [KeyChange]) {
    for stroke in strokes {
      if stroke.isPress { heldKeys.insert(stroke.key) } else { heldKeys.remove(stroke.key) }
      events.append(.key(stroke))
    }
  }

  private mutating func acknowledgeMotion() {
    motions += 1
    if motions % InputsEngine.motionsPerAck == 0 { channel.send(InputsServerMessage.mouseMotionAck) }
  }
}
