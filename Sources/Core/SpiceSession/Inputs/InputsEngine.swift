import SpicePixels
import SpiceProtocol

/// News from the inputs channel.
public enum InputsEvent: Sendable {
  case notice(ChannelNotice)
  /// The keyboard's lock lights.
  case modifiers(KeyboardModifiers)
  /// So many motions, from the first on, have been taken in, and all that was sent before them.
  case acknowledged(UInt64)
}

/// The client's inputs channel: keys, buttons and the pointer.
///
/// The server acknowledges motions four at a time. Beyond eight unacknowledged ones they are held back and added up (or, for
/// positions, the newest kept), so that a slow line gets few and current motions instead of many and old ones.
public struct InputsEngine: ClientEngine {
  /// `SPICE_INPUT_MOTION_ACK_BUNCH`.
  public static let motionsPerAck: UInt64 = 4
  /// Motions that may be on their way.
  public static let motionWindow: UInt64 = 8

  public var channel: ClientChannel
  public private(set) var modifiers: KeyboardModifiers = []
  public private(set) var buttons: MouseButtons = []
  public private(set) var sentMotions: UInt64 = 0
  public private(set) var acknowledgedMotions: UInt64 = 0

  private enum Held: Sendable {
    case motion(dx: Int32, dy: Int32)
    case position(x: UInt32, y: UInt32, display: UInt8)
  }

  private var held: Held?
  private var events = Queue<InputsEvent>()

  public init(connectionID: UInt32, id: UInt8 = 0, hasPassword: Bool, limits: SessionLimits = .standard) {
    channel = ClientChannel(
      ChannelSetup(
        channel: ChannelID(.inputs, id), connectionID: connectionID,
        specific: Capabilities([InputsCapability.keyScancode]), hasPassword: hasPassword, limits: limits))
  }

  public mutating func process(at now: Moment, _ shared: inout NothingShared) throws(SessionError) {
    while let raw = try channel.nextMessage(at: now) {
      if InputsServerMessage.Kind(rawValue: raw.type) == nil {
        channel.passOver(raw)
        continue
      }
      switch try channel.decode(InputsServerMessage.self, raw) {
      case .initialize(let value), .keyModifiers(let value):
        modifiers = value
        events.append(.modifiers(value))
      case .mouseMotionAck:
        acknowledgedMotions = min(sentMotions, acknowledgedMotions + InputsEngine.motionsPerAck)
        events.append(.acknowledged(acknowledgedMotions))
      }
    }
    // The channel may just have opened, or an ack made room.
    releaseHeld()
  }

  public mutating func next() -> Effect<InputsEvent>? {
    if let bytes = channel.takeOutput() { return .send(bytes) }
    if let key = channel.takeKey() { return .encryptTicket(publicKey: key) }
    if let notice = channel.takeNotice() { return .event(.notice(notice)) }
    return events.popFirst().map { .event($0) }
  }

  // MARK: Keys

  public mutating func press(_ key: Scancode) {
    channel.send(InputsClientMessage.keyDown(key.pressed))
  }

  public mutating func release(_ key: Scancode) {
    channel.send(InputsClientMessage.keyUp(key.released))
  }

  /// Sets the lock lights, and with them what the guest makes of keys.
  public mutating func set(_ modifiers: KeyboardModifiers) {
    self.modifiers = modifiers
    channel.send(InputsClientMessage.keyModifiers(modifiers))
  }

  // MARK: Pointer

  /// Moves by that many pixels (server mouse mode).
  public mutating func move(dx: Int32, dy: Int32) {
    if case .motion(let heldX, let heldY) = held {
      held = .motion(dx: heldX.addingClamped(dx), dy: heldY.addingClamped(dy))
    } else {
      flushHeld()
      held = .motion(dx: dx, dy: dy)
    }
    releaseHeld()
  }

  /// Moves to that pixel of a display (client mouse mode).
  public mutating func move(x: UInt32, y: UInt32, display: UInt8 = 0) {
    if case .motion = held { flushHeld() }
    held = .position(x: x, y: y, display: display)
    releaseHeld()
  }

  /// Presses a button where the pointer is; what was held back of its way there goes first.
  public mutating func press(_ button: MouseButton) {
    flushHeld()
    buttons.insert(button.mask)
    channel.send(InputsClientMessage.mousePress(button, buttons: buttons))
  }

  public mutating func release(_ button: MouseButton) {
    flushHeld()
    buttons.remove(button.mask)
    channel.send(InputsClientMessage.mouseRelease(button, buttons: buttons))
  }

  /// Sends as many motions by nothing as make the server's next ack due.
  ///
  /// - Returns: when so many motions are acknowledged, everything sent before this call has been taken in.
  public mutating func requestAcknowledgement() -> UInt64 {
    flushHeld()
    repeat {
      held = .motion(dx: 0, dy: 0)
      flushHeld()
    } while channel.negotiated != nil && sentMotions % InputsEngine.motionsPerAck != 0
    return sentMotions
  }

  private mutating func releaseHeld() {
    if sentMotions - acknowledgedMotions < InputsEngine.motionWindow { flushHeld() }
  }

  private mutating func flushHeld() {
    guard channel.negotiated != nil, let motion = held else { return }
    held = nil
    sentMotions += 1
    switch motion {
    case .motion(let dx, let dy): channel.send(InputsClientMessage.mouseMotion(dx: dx, dy: dy, buttons: buttons))
    case .position(let x, let y, let display):
      channel.send(InputsClientMessage.mousePosition(x: x, y: y, buttons: buttons, display: display))
    }
  }
}
