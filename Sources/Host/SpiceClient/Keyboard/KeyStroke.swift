import SpiceSession

/// A key going down or coming up.
public enum KeyEvent: Hashable, Sendable {
  case press(Scancode)
  case release(Scancode)

  public var scancode: Scancode {
    switch self {
    case .press(let scancode), .release(let scancode): scancode
    }
  }

  /// `keys` go down in their order and come up in the reverse one.
  static func chord(_ keys: [Scancode]) -> [KeyEvent] {
    keys.map(KeyEvent.press) + keys.reversed().map(KeyEvent.release)
  }
}

/// One key, with Shift or without: what types a character.
public struct KeyStroke: Hashable, Sendable {
  public var scancode: Scancode
  /// True where left Shift is held meanwhile.
  public var shift: Bool

  public init(_ scancode: Scancode, shift: Bool = false) {
    self.scancode = scancode
    self.shift = shift
  }

  /// The keys to hold down, Shift first.
  public var keys: [Scancode] { shift ? [.leftShift, scancode] : [scancode] }

  /// All that goes over the wire for it: two events, or four with Shift.
  public var events: [KeyEvent] { KeyEvent.chord(keys) }
}
