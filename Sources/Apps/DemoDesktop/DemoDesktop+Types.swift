import SpicePixels

extension DemoDesktop {
  /// What happened to the picture. Rectangles lie inside of it and are not empty.
  public enum Change: Equatable, Sendable {
    /// The pixels of the rectangle are others now.
    case damage(Rect)
    /// All of them have one colour, `0x00RRGGBB`.
    case fill(Rect, UInt32)
    /// The pixels came from an equal rectangle at another place, which may be partly the same.
    case scroll(Rect, from: Point)
    /// The picture has another size, and everything on it is new.
    case resized(Size)
  }

  /// What a person does. All numbers may be as a stranger sent them.
  public enum Input: Equatable, Sendable {
    /// A set 1 scancode as `KEY_DOWN` and `KEY_UP` carry it: a prefix of 0xE0 is the low byte, and the last byte has bit
    /// 7 set where the key goes up.
    case key(UInt32)
    /// The pointer moves by so many pixels.
    case motion(dx: Int32, dy: Int32)
    /// The pointer is at a place of the picture.
    case position(x: Int32, y: Int32)
    case press(Button)
    case release(Button)
    /// So many steps of the wheel, upwards if positive.
    case wheel(Int)
    /// The lock lights as the client has them.
    case locks(Locks)
  }

  public enum Button: Hashable, Sendable, CaseIterable {
    case left, middle, right, side, extra
  }

  /// Lock lights; the raw values are the wire's (`SPICE_KEYBOARD_MODIFIER_FLAGS_*`).
  public struct Locks: OptionSet, Hashable, Sendable {
    public let rawValue: UInt16

    public init(rawValue: UInt16) { self.rawValue = rawValue }

    public static let scrollLock = Locks(rawValue: 1)
    public static let numLock = Locks(rawValue: 2)
    public static let capsLock = Locks(rawValue: 4)
  }

  /// What the desktop asks of its host. Never anything of what was typed.
  public enum Event: Equatable, Sendable {
    /// Play a tone: `tone(frequency:sampleRate:samples:)` makes it.
    case tone(frequency: Double, seconds: Double)
    /// The tone that plays is to end.
    case silence
    /// How loud the clients are to play, of `DemoDesktop.loudest` steps.
    case volume(Int)
  }
}
