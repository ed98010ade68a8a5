/// What a server says on the inputs channel (`SPICE_MSG_INPUTS_*`).
public enum InputsServerMessage: Sendable, Hashable {
  case initialize(KeyboardModifiers)
  case keyModifiers(KeyboardModifiers)
  /// Four motions have been taken in (`SPICE_INPUT_MOTION_ACK_BUNCH`).
  case mouseMotionAck

  public enum Kind: UInt16, CaseIterable, Sendable {
    case initialize = 101
    case keyModifiers = 102
    case mouseMotionAck = 111

    public var name: StaticString {
      switch self {
      case .initialize: "INIT"
      case .keyModifiers: "KEY_MODIFIERS"
      case .mouseMotionAck: "MOUSE_MOTION_ACK"
      }
    }
  }
}

/// What a client says on the inputs channel (`SPICE_MSGC_INPUTS_*`).
public enum InputsClientMessage: Sendable, Hashable {
  /// A set 1 scancode; a 0xE0 prefix is the low byte, the code the next one.
  case keyDown(UInt32)
  case keyUp(UInt32)
  case keyModifiers(KeyboardModifiers)
  /// A sequence of set 1 bytes, as a keyboard would send them (needs `KEY_SCANCODE`).
  case keyScancode([UInt8])
  case mouseMotion(dx: Int32, dy: Int32, buttons: MouseButtons)
  case mousePosition(x: UInt32, y: UInt32, buttons: MouseButtons, display: UInt8)
  case mousePress(MouseButton, buttons: MouseButtons)
  case mouseRelease(MouseButton, buttons: MouseButtons)

  public enum Kind: UInt16, CaseIterable, Sendable {
    case keyDown = 101
    case keyUp = 102
    case keyModifiers = 103
    case keyScancode = 104
    case mouseMotion = 111
    case mousePosition = 112
    case mousePress = 113
    case mouseRelease = 114

    public var name: StaticString {
      switch self {
      case .keyDown: "KEY_DOWN"
      case .keyUp: "KEY_UP"
      case .keyModifiers: "KEY_MODIFIERS"
      case .keyScancode: "KEY_SCANCODE"
      case .mouseMotion: "MOUSE_MOTION"
      case .mousePosition: "MOUSE_POSITION"
      case .mousePress: "MOUSE_PRESS"
      case .mouseRelease: "MOUSE_RELEASE"
      }
    }
  }
}

/// Lock lights (`SPICE_KEYBOARD_MODIFIER_FLAGS_*`).
public struct KeyboardModifiers: OptionSet, Hashable, Sendable {
  public let rawValue: UInt16

  public init(rawValue: UInt16) { self.rawValue = rawValue }

  public static let scrollLock = KeyboardModifiers(rawValue: 1)
  public static let numLock = KeyboardModifiers(rawValue: 2)
  public static let capsLock = KeyboardModifiers(rawValue: 4)
}

/// A button by number (`SPICE_MOUSE_BUTTON_*`). The wheel is two buttons.
public enum MouseButton: UInt8, Hashable, Sendable, CaseIterable {
  case left = 1
  case middle = 2
  case right = 3
  case wheelUp = 4
  case wheelDown = 5
  case side = 6
  case extra = 7

  /// This button in a set.
  public var mask: MouseButtons { MouseButtons(rawValue: 1 << UInt16(rawValue - 1)) }
}

/// Buttons held down (`SPICE_MOUSE_BUTTON_MASK_*`).
public struct MouseButtons: OptionSet, Hashable, Sendable {
  public let rawValue: UInt16

  public init(rawValue: UInt16) { self.rawValue = rawValue }

  public static let left = MouseButton.left.mask
  public static let middle = MouseButton.middle.mask
  public static let right = MouseButton.right.mask
}

extension InputsServerMessage: ChannelMessage {
  public var type: UInt16 { kind.rawValue }

  var kind: Kind {
    switch self {
    case .initialize: .initialize
    case .keyModifiers: .keyModifiers
    case .mouseMotionAck: .mouseMotionAck
    }
  }

  public init(type: UInt16, body: ArraySlice<UInt8>, fields: FieldLog?) throws(WireError) {
    guard let kind = Kind(rawValue: type) else { throw unknownMessage(type, "inputs channel server message") }
    var reader = ByteReader(body, structure: kind.name, fields: fields)
    switch kind {
    case .initialize: self = .initialize(KeyboardModifiers(rawValue: try reader.u16("modifiers")))
    case .keyModifiers: self = .keyModifiers(KeyboardModifiers(rawValue: try reader.u16("modifiers")))
    case .mouseMotionAck: self = .mouseMotionAck
    }
    try reader.finish()
  }

  public func write(to writer: inout ByteWriter) {
    switch self {
    case .initialize(let modifiers), .keyModifiers(let modifiers): writer.u16(modifiers.rawValue)
    case .mouseMotionAck: break
    }
  }
}

extension InputsClientMessage: ChannelMessage {
  public var type: UInt16 { kind.rawValue }

  var kind: Kind {
    switch self {
    case .keyDown: .keyDown
    case .keyUp: .keyUp
    case .keyModifiers: .keyModifiers
    case .keyScancode: .keyScancode
    case .mouseMotion: .mouseMotion
    case .mousePosition: .mousePosition
    case .mousePress: .mousePress
    case .mouseRelease: .mouseRelease
    }
  }

  public init(type: UInt16, body: ArraySlice<UInt8>, fields: FieldLog?) throws(WireError) {
    guard let kind = Kind(rawValue: type) else { throw unknownMessage(type, "inputs channel client message") }
    var reader = ByteReader(body, structure: kind.name, fields: fields)
    switch kind {
    case .keyDown: self = .keyDown(try reader.u32("code"))
    case .keyUp: self = .keyUp(try reader.u32("code"))
    case .keyModifiers: self = .keyModifiers(KeyboardModifiers(rawValue: try reader.u16("modifiers")))
    case .keyScancode: self = .keyScancode([UInt8](reader.rest()))
    case .mouseMotion:
      self = .mouseMotion(dx: try reader.i32("dx"), dy: try reader.i32("dy"), buttons: try reader.buttons())
    case .mousePosition:
      self = .mousePosition(
        x: try reader.u32("x"), y: try reader.u32("y"), buttons: try reader.buttons(),
        display: try reader.u8("display_id"))
    case .mousePress:
      self = .mousePress(try reader.u8(MouseButton.self, "button"), buttons: try reader.buttons())
    case .mouseRelease:
      self = .mouseRelease(try reader.u8(MouseButton.self, "button"), buttons: try reader.buttons())
    }
    try reader.finish()
  }

  public func write(to writer: inout ByteWriter) {
    switch self {
    case .keyDown(let code), .keyUp(let code): writer.u32(code)
    case .keyModifiers(let modifiers): writer.u16(modifiers.rawValue)
    case .keyScancode(let bytes): writer.append(bytes)
    case .mouseMotion(let dx, let dy, let buttons):
      writer.i32(dx)
      writer.i32(dy)
      writer.u16(buttons.rawValue)
    case .mousePosition(let x, let y, let buttons, let display):
      writer.u32(x)
      writer.u32(y)
      writer.u16(buttons.rawValue)
      writer.u8(display)
    case .mousePress(let button, let buttons), .mouseRelease(let button, let buttons):
      writer.u8(button.rawValue)
      writer.u16(buttons.rawValue)
    }
  }
}

extension ByteReader {
  fileprivate mutating func buttons() throws(WireError) -> MouseButtons {
    MouseButtons(rawValue: try u16("buttons_state"))
  }
}
