/// A key of a PC keyboard by its place, not by what is printed on it: a PC/AT set 1 scancode.
///
/// SPICE sends these numbers (`SPICE_MSGC_INPUTS_KEY_DOWN` and the others), and the guest's keyboard layout makes
/// characters of them. The constants follow what QEMU and Xspice understand; where a hardware keyboard does something
/// else (Pause, F13 to F24, the Korean keys) the constant says so.
@frozen
public struct Scancode: Hashable, Sendable {
  /// 1 to 127. Bit 7 is not part of a key: on the wire it marks a release.
  public let code: UInt8
  /// True where the byte 0xE0 goes before `code`.
  public let extended: Bool

  /// Bit 7 of `code` is dropped.
  @inlinable
  public init(_ code: UInt8, extended: Bool = false) {
    self.code = code & 0x7F
    self.extended = extended
  }

  /// The key that a KEY_DOWN or KEY_UP message names, with or without the release bit; nil where `value` is not one
  /// key (0, a prefix alone, or a sequence of several codes).
  @inlinable
  public init?(message value: UInt32) {
    let extended = value & 0xFF == 0xE0 && value > 0xFF
    let code = extended ? value >> 8 : value
    guard code <= 0xFF, code & 0x7F != 0, extended || code != 0xE0 else { return nil }
    self.init(UInt8(truncatingIfNeeded: code), extended: extended)
  }

  /// What KEY_DOWN carries: the code, or 0xE0 in the low byte and the code in the next one.
  @inlinable public var pressed: UInt32 { message(last: code) }

  /// What KEY_UP carries: as `pressed`, with bit 7 set in the last byte.
  @inlinable public var released: UInt32 { message(last: code | 0x80) }

  /// The bytes of a press for KEY_SCANCODE.
  @inlinable public var pressSequence: [UInt8] { sequence(last: code) }

  /// The bytes of a release for KEY_SCANCODE.
  @inlinable public var releaseSequence: [UInt8] { sequence(last: code | 0x80) }

  @inlinable
  func message(last: UInt8) -> UInt32 {
    extended ? 0xE0 | UInt32(last) << 8 : UInt32(last)
  }

  @inlinable
  func sequence(last: UInt8) -> [UInt8] {
    extended ? [0xE0, last] : [last]
  }
}

extension Scancode {
  // MARK: Letters
  public static let a = Scancode(0x1E)
  public static let b = Scancode(0x30)
  public static let c = Scancode(0x2E)
  public static let d = Scancode(0x20)
  public static let e = Scancode(0x12)
  public static let f = Scancode(0x21)
  public static let g = Scancode(0x22)
  public static let h = Scancode(0x23)
  public static let i = Scancode(0x17)
  public static let j = Scancode(0x24)
  public static let k = Scancode(0x25)
  public static let l = Scancode(0x26)
  public static let m = Scancode(0x32)
  public static let n = Scancode(0x31)
  public static let o = Scancode(0x18)
  public static let p = Scancode(0x19)
  public static let q = Scancode(0x10)
  public static let r = Scancode(0x13)
  public static let s = Scancode(0x1F)
  public static let t = Scancode(0x14)
  public static let u = Scancode(0x16)
  public static let v = Scancode(0x2F)
  public static let w = Scancode(0x11)
  public static let x = Scancode(0x2D)
  public static let y = Scancode(0x15)
  public static let z = Scancode(0x2C)

  // MARK: Digits, above the letters
  public static let digit1 = Scancode(0x02)
  public static let digit2 = Scancode(0x03)
  public static let digit3 = Scancode(0x04)
  public static let digit4 = Scancode(0x05)
  public static let digit5 = Scancode(0x06)
  public static let digit6 = Scancode(0x07)
  public static let digit7 = Scancode(0x08)
  public static let digit8 = Scancode(0x09)
  public static let digit9 = Scancode(0x0A)
  public static let digit0 = Scancode(0x0B)

  // MARK: Punctuation, named as on a US keyboard
  public static let minus = Scancode(0x0C)
  public static let equal = Scancode(0x0D)
  public static let leftBracket = Scancode(0x1A)
  public static let rightBracket = Scancode(0x1B)
  public static let semicolon = Scancode(0x27)
  public static let apostrophe = Scancode(0x28)
  public static let grave = Scancode(0x29)
  public static let backslash = Scancode(0x2B)
  public static let comma = Scancode(0x33)
  public static let period = Scancode(0x34)
  public static let slash = Scancode(0x35)

  // MARK: Whitespace and editing
  public static let escape = Scancode(0x01)
  public static let backspace = Scancode(0x0E)
  public static let tab = Scancode(0x0F)
  public static let enter = Scancode(0x1C)
  public static let space = Scancode(0x39)

  // MARK: Modifiers
  public static let leftControl = Scancode(0x1D)
  public static let rightControl = Scancode(0x1D, extended: true)
  public static let leftShift = Scancode(0x2A)
  public static let rightShift = Scancode(0x36)
  public static let leftAlt = Scancode(0x38)
  /// AltGr on layouts that have it.
  public static let rightAlt = Scancode(0x38, extended: true)
  /// The Windows or Command key.
  public static let leftSuper = Scancode(0x5B, extended: true)
  public static let rightSuper = Scancode(0x5C, extended: true)
  /// The key of context menus.
  public static let menu = Scancode(0x5D, extended: true)

  // MARK: Locks
  public static let capsLock = Scancode(0x3A)
  public static let numLock = Scancode(0x45)
  public static let scrollLock = Scancode(0x46)

  // MARK: Function keys
  public static let f1 = Scancode(0x3B)
  public static let f2 = Scancode(0x3C)
  public static let f3 = Scancode(0x3D)
  public static let f4 = Scancode(0x3E)
  public static let f5 = Scancode(0x3F)
  public static let f6 = Scancode(0x40)
  public static let f7 = Scancode(0x41)
  public static let f8 = Scancode(0x42)
  public static let f9 = Scancode(0x43)
  public static let f10 = Scancode(0x44)
  public static let f11 = Scancode(0x57)
  public static let f12 = Scancode(0x58)
  /// F13 to F24 are numbered as Linux's XT keyboards (the "XT KBD" column of keycodemapdb) and QEMU 8 or newer do;
  /// the numbers of some hardware keyboards (0x64 and on) mean other keys to QEMU.
  public static let f13 = Scancode(0x5D)
  public static let f14 = Scancode(0x5E)
  public static let f15 = Scancode(0x5F)
  public static let f16 = Scancode(0x55)
  public static let f17 = Scancode(0x03, extended: true)
  public static let f18 = Scancode(0x77, extended: true)
  public static let f19 = Scancode(0x04, extended: true)
  public static let f20 = Scancode(0x5A)
  public static let f21 = Scancode(0x74)
  public static let f22 = Scancode(0x79, extended: true)
  public static let f23 = Scancode(0x6D)
  public static let f24 = Scancode(0x6F)

  // MARK: Navigation
  public static let insert = Scancode(0x52, extended: true)
  public static let delete = Scancode(0x53, extended: true)
  public static let home = Scancode(0x47, extended: true)
  public static let end = Scancode(0x4F, extended: true)
  public static let pageUp = Scancode(0x49, extended: true)
  public static let pageDown = Scancode(0x51, extended: true)
  public static let up = Scancode(0x48, extended: true)
  public static let down = Scancode(0x50, extended: true)
  public static let left = Scancode(0x4B, extended: true)
  public static let right = Scancode(0x4D, extended: true)

  // MARK: Keypad
  public static let keypad0 = Scancode(0x52)
  public static let keypad1 = Scancode(0x4F)
  public static let keypad2 = Scancode(0x50)
  public static let keypad3 = Scancode(0x51)
  public static let keypad4 = Scancode(0x4B)
  public static let keypad5 = Scancode(0x4C)
  public static let keypad6 = Scancode(0x4D)
  public static let keypad7 = Scancode(0x47)
  public static let keypad8 = Scancode(0x48)
  public static let keypad9 = Scancode(0x49)
  public static let keypadPeriod = Scancode(0x53)
  public static let keypadEnter = Scancode(0x1C, extended: true)
  public static let keypadPlus = Scancode(0x4E)
  public static let keypadMinus = Scancode(0x4A)
  public static let keypadAsterisk = Scancode(0x37)
  public static let keypadSlash = Scancode(0x35, extended: true)
  public static let keypadEqual = Scancode(0x59)
  /// The second separator of Brazilian keypads.
  public static let keypadComma = Scancode(0x7E)

  // MARK: Print, Pause and power
  /// Print Screen; with Alt it is SysRq, and servers see to the other code (0x54) that the key has then.
  public static let print = Scancode(0x37, extended: true)
  /// Pause, by the code that Ctrl with Pause has (Break). A hardware keyboard sends E1 1D 45 E1 9D C5 at the press and
  /// nothing at the release. QEMU takes that sequence for a press that never ends, and Xspice for Ctrl and Num Lock;
  /// both take E0 46 for Pause going down and E0 C6 for Pause coming up.
  public static let pause = Scancode(0x46, extended: true)
  public static let power = Scancode(0x5E, extended: true)
  public static let sleep = Scancode(0x5F, extended: true)
  public static let wake = Scancode(0x63, extended: true)

  // MARK: Media
  public static let mute = Scancode(0x20, extended: true)
  public static let volumeDown = Scancode(0x2E, extended: true)
  public static let volumeUp = Scancode(0x30, extended: true)
  public static let mediaPlay = Scancode(0x22, extended: true)
  public static let mediaStop = Scancode(0x24, extended: true)
  public static let mediaPrevious = Scancode(0x10, extended: true)
  public static let mediaNext = Scancode(0x19, extended: true)
  public static let mediaSelect = Scancode(0x6D, extended: true)

  // MARK: Browser and programs
  public static let browserHome = Scancode(0x32, extended: true)
  public static let browserSearch = Scancode(0x65, extended: true)
  public static let browserFavorites = Scancode(0x66, extended: true)
  public static let browserRefresh = Scancode(0x67, extended: true)
  public static let browserStop = Scancode(0x68, extended: true)
  public static let browserForward = Scancode(0x69, extended: true)
  public static let browserBack = Scancode(0x6A, extended: true)
  public static let mail = Scancode(0x6C, extended: true)
  public static let calculator = Scancode(0x21, extended: true)
  public static let computer = Scancode(0x6B, extended: true)

  // MARK: Editing keys of Sun and some office keyboards
  public static let help = Scancode(0x75, extended: true)
  public static let again = Scancode(0x05, extended: true)
  public static let properties = Scancode(0x06, extended: true)
  public static let undo = Scancode(0x07, extended: true)
  public static let front = Scancode(0x0C, extended: true)
  public static let copy = Scancode(0x78, extended: true)
  public static let open = Scancode(0x64)
  public static let paste = Scancode(0x65)
  public static let find = Scancode(0x41, extended: true)
  public static let cut = Scancode(0x3C, extended: true)

  // MARK: International
  /// The key between left Shift and Z of ISO keyboards, the 102nd.
  public static let nonUSBackslash = Scancode(0x56)
  /// Left of right Shift on Japanese keyboards, and the slash of Brazilian ones.
  public static let ro = Scancode(0x73)
  public static let yen = Scancode(0x7D)
  public static let katakanaHiragana = Scancode(0x70)
  public static let hiragana = Scancode(0x77)
  public static let katakana = Scancode(0x78)
  public static let zenkakuHankaku = Scancode(0x76)
  public static let henkan = Scancode(0x79)
  public static let muhenkan = Scancode(0x7B)
  /// Hardware sends 0xF2 at the press and nothing at the release; on this wire that byte is the release of 0x72.
  public static let hangul = Scancode(0x72)
  /// As with `hangul`: 0xF1 on hardware.
  public static let hanja = Scancode(0x71)
}

extension Scancode: CustomStringConvertible {
  /// The bytes of a press: `1e`, `e0 46`.
  public var description: String {
    let digits = String(code, radix: 16)
    let byte = code < 0x10 ? "0\(digits)" : digits
    return extended ? "e0 \(byte)" : byte
  }
}
