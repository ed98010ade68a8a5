import SpiceProtocol

/// A key going down or coming up.
public struct KeyChange: Sendable, Hashable {
  public var key: Scancode
  public var isPress: Bool

  public init(_ key: Scancode, isPress: Bool) {
    self.key = key
    self.isPress = isPress
  }
}

/// Set 1 bytes as a keyboard sends them, read as keys.
enum ScancodeSequence {
  /// The keys of a KEY_SCANCODE's bytes, in order.
  static func strokes(_ bytes: [UInt8]) throws(ClientFault) -> [KeyChange] {
    var strokes: [KeyChange] = []
    var rest = bytes[...]
    while let first = rest.popFirst() {
      guard let stroke = stroke(first, &rest) else { throw .scancodes(bytes) }
      strokes.append(stroke)
    }
    return strokes
  }

  /// The keys of a KEY_DOWN's or KEY_UP's value: its bytes from the lowest to the last that is not 0. Which way they go is
  /// what the message says, whatever their bit 7 says.
  static func strokes(_ value: UInt32, isPress: Bool) throws(ClientFault) -> [KeyChange] {
    var bytes = (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * UInt32($0))) }
    while bytes.count > 1, bytes.last == 0 { bytes.removeLast() }
    return try strokes(bytes).map { KeyChange($0.key, isPress: isPress) }
  }

  /// Nil where the bytes are no key, or end within one.
  private static func stroke(_ first: UInt8, _ rest: inout ArraySlice<UInt8>) -> KeyChange? {
    switch first {
    case 0xE0:
      guard let code = rest.popFirst(), code & 0x7F != 0 else { return nil }
      return KeyChange(Scancode(code, extended: true), isPress: code & 0x80 == 0)
    case 0xE1: return pause(&rest)
    default:
      guard first & 0x7F != 0 else { return nil }
      return KeyChange(Scancode(first), isPress: first & 0x80 == 0)
    }
  }

  /// Pause alone has the prefix E1: 1D 45 behind it at the press, 9D C5 at the release.
  private static func pause(_ rest: inout ArraySlice<UInt8>) -> KeyChange? {
    guard let first = rest.popFirst(), let second = rest.popFirst() else { return nil }
    switch (first, second) {
    case (0x1D, 0x45): return KeyChange(.pause, isPress: true)
    case (0x9D, 0xC5): return KeyChange(.pause, isPress: false)
    default: return nil
    }
  }
}
