/// A keyboard with US letters, read as set 1 scancodes.
struct Keyboard: Sendable {
  enum Stroke: Equatable, Sendable {
    /// Printable ASCII.
    case character(UInt8)
    case enter, backspace, delete, escape
    case left, right, home, end
    case function(Int)
  }

  var locks: DemoDesktop.Locks = []
  private var leftShift = false
  private var rightShift = false
  private var controls: Set<UInt32> = []

  var isShifted: Bool { leftShift || rightShift }

  /// What a code of the wire means: a press has bit 7 of its last byte clear, a prefix of 0xE0 is the low byte.
  ///
  /// - Returns: Nil for a release, for keys that only change others, and for codes that no key has.
  mutating func stroke(_ code: UInt32) -> Stroke? {
    guard let (key, isExtended, isPress) = Keyboard.key(code) else { return nil }
    switch (key, isExtended) {
    case (0x2A, false): leftShift = isPress
    case (0x36, false): rightShift = isPress
    case (0x1D, _), (0x38, _), (0x5B, true), (0x5C, true):
      let control = key | (isExtended ? 0x100 : 0)
      if isPress { controls.insert(control) } else { controls.remove(control) }
    case (0x3A, false): if isPress { locks.formSymmetricDifference(.capsLock) }
    case (0x45, false): if isPress { locks.formSymmetricDifference(.numLock) }
    case (0x46, false): if isPress { locks.formSymmetricDifference(.scrollLock) }
    default: return isPress ? (isExtended ? extended(key) : plain(key)) : nil
    }
    return nil
  }

  /// The key's own byte, whether it has the prefix, and whether it goes down.
  static func key(_ code: UInt32) -> (key: UInt32, isExtended: Bool, isPress: Bool)? {
    let isExtended = code & 0xFF == 0xE0
    let last = isExtended ? code >> 8 : code
    guard last <= 0xFF, last & 0x7F != 0 else { return nil }
    return (last & 0x7F, isExtended, last & 0x80 == 0)
  }

  private func extended(_ key: UInt32) -> Stroke? {
    switch key {
    case 0x1C: .enter
    case 0x35: .character(UInt8(ascii: "/"))
    case 0x47: .home
    case 0x4B: .left
    case 0x4D: .right
    case 0x4F: .end
    case 0x53: .delete
    default: nil
    }
  }

  private func plain(_ key: UInt32) -> Stroke? {
    switch key {
    case 0x01: return .escape
    case 0x0E: return .backspace
    case 0x1C: return .enter
    case 0x3B...0x44: return .function(Int(key) - 0x3A)
    case 0x57, 0x58: return .function(Int(key) - 0x4C)
    case 0x47...0x53: return keypad(key)
    default: break
    }
    // What is typed with Control or Alt is for a program, not for a text.
    guard controls.isEmpty, let index = Keyboard.keys.firstIndex(of: UInt8(key)) else { return nil }
    let letter = Keyboard.plain[index]
    let isLetter = (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(letter)
    let isUpper = isShifted != (isLetter && locks.contains(.capsLock))
    return .character(isUpper ? Keyboard.shifted[index] : letter)
  }

  private func keypad(_ key: UInt32) -> Stroke? {
    switch key {
    case 0x4A: return .character(UInt8(ascii: "-"))
    case 0x4E: return .character(UInt8(ascii: "+"))
    default: break
    }
    if locks.contains(.numLock) != isShifted {
      return .character(Keyboard.figures[Int(key) - 0x47])
    }
    return extended(key)
  }

  // Side by side: the keys' codes, and what they type without and with Shift.
  private static let keys: [UInt8] =
    Array(0x02...0x0D) + Array(0x10...0x1B) + Array(0x1E...0x29) + Array(0x2B...0x35) + [0x37, 0x39]
  private static let plain = Array("1234567890-=qwertyuiop[]asdfghjkl;'`\\zxcvbnm,./* ".utf8)
  private static let shifted = Array("!@#$%^&*()_+QWERTYUIOP{}ASDFGHJKL:\"~|ZXCVBNM<>?* ".utf8)
  private static let figures = Array("789-456+1230.".utf8)
}
