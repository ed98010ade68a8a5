/// What a server says on the cursor channel (`SPICE_MSG_CURSOR_*`). The client says nothing there of its own.
public enum CursorServerMessage: Sendable, Hashable {
  case initialize(CursorInit)
  case reset
  case set(x: Int16, y: Int16, visible: Bool, Cursor)
  case move(x: Int16, y: Int16)
  case hide
  case trail(length: UInt16, frequency: UInt16)
  case invalidateOne(UInt64)
  case invalidateAll

  public enum Kind: UInt16, CaseIterable, Sendable {
    case initialize = 101
    case reset = 102
    case set = 103
    case move = 104
    case hide = 105
    case trail = 106
    case invalidateOne = 107
    case invalidateAll = 108

    public var name: StaticString {
      switch self {
      case .initialize: "INIT"
      case .reset: "RESET"
      case .set: "SET"
      case .move: "MOVE"
      case .hide: "HIDE"
      case .trail: "TRAIL"
      case .invalidateOne: "INVAL_ONE"
      case .invalidateAll: "INVAL_ALL"
      }
    }
  }
}

/// The cursor as a new client finds it (`SpiceMsgCursorInit`).
public struct CursorInit: Hashable, Sendable {
  public var x: Int16
  public var y: Int16
  public var trailLength: UInt16
  public var trailFrequency: UInt16
  public var visible: Bool
  public var cursor: Cursor

  public init(x: Int16, y: Int16, trailLength: UInt16, trailFrequency: UInt16, visible: Bool, cursor: Cursor) {
    self.x = x
    self.y = y
    self.trailLength = trailLength
    self.trailFrequency = trailFrequency
    self.visible = visible
    self.cursor = cursor
  }
}

/// A shape, or a word about one (`SpiceCursor`).
public struct Cursor: Hashable, Sendable {
  /// Bits of `flags` (`SPICE_CURSOR_FLAGS_*`).
  public static let none: UInt16 = 1
  public static let cacheMe: UInt16 = 2
  public static let fromCache: UInt16 = 4

  public var flags: UInt16
  /// Nil exactly where `flags` has `none`.
  public var header: CursorHeader?
  /// The shape's bits, as `header.type` says; empty where it comes from the cache.
  public var data: ArraySlice<UInt8>

  public init(flags: UInt16, header: CursorHeader?, data: ArraySlice<UInt8>) {
    self.flags = flags
    self.header = header
    self.data = data
  }
}

/// `SpiceCursorHeader`: 17 bytes.
public struct CursorHeader: Hashable, Sendable {
  /// The name in the cursor cache.
  public var unique: UInt64
  public var type: CursorType
  public var width: UInt16
  public var height: UInt16
  public var hotSpotX: UInt16
  public var hotSpotY: UInt16

  public init(unique: UInt64, type: CursorType, width: UInt16, height: UInt16, hotSpotX: UInt16, hotSpotY: UInt16) {
    self.unique = unique
    self.type = type
    self.width = width
    self.height = height
    self.hotSpotX = hotSpotX
    self.hotSpotY = hotSpotY
  }
}

/// How a cursor's bits are laid out (`SPICE_CURSOR_TYPE_*`).
public enum CursorType: UInt8, Hashable, Sendable, CaseIterable {
  /// 32-bit premultiplied ARGB.
  case alpha
  /// Two 1-bit planes: AND, then XOR.
  case mono
  /// Palette indices or packed colours, then a 1-bit AND mask plane.
  case color4, color8, color16, color24, color32
}

extension Cursor: WireStructure {
  public init(from reader: inout ByteReader) throws(WireError) {
    flags = try reader.u16("flags")
    if flags & Cursor.none != 0 {
      header = nil
    } else {
      header = CursorHeader(
        unique: try reader.u64("unique"), type: try reader.u8(CursorType.self, "type"),
        width: try reader.u16("width"), height: try reader.u16("height"),
        hotSpotX: try reader.u16("hot_spot_x"), hotSpotY: try reader.u16("hot_spot_y"))
    }
    data = reader.rest()
  }

  public func write(to writer: inout ByteWriter) {
    writer.u16(flags)
    if flags & Cursor.none == 0, let header {
      writer.u64(header.unique)
      writer.u8(header.type.rawValue)
      writer.u16(header.width)
      writer.u16(header.height)
      writer.u16(header.hotSpotX)
      writer.u16(header.hotSpotY)
    }
    writer.append(data)
  }
}

extension CursorServerMessage: ChannelMessage {
  public var type: UInt16 { kind.rawValue }

  var kind: Kind {
    switch self {
    case .initialize: .initialize
    case .reset: .reset
    case .set: .set
    case .move: .move
    case .hide: .hide
    case .trail: .trail
    case .invalidateOne: .invalidateOne
    case .invalidateAll: .invalidateAll
    }
  }

  public init(type: UInt16, body: ArraySlice<UInt8>, fields: FieldLog?) throws(WireError) {
    guard let kind = Kind(rawValue: type) else { throw unknownMessage(type, "cursor channel server message") }
    var reader = ByteReader(body, structure: kind.name, fields: fields)
    switch kind {
    case .initialize:
      self = .initialize(
        CursorInit(
          x: try reader.i16("position.x"), y: try reader.i16("position.y"),
          trailLength: try reader.u16("trail_length"), trailFrequency: try reader.u16("trail_frequency"),
          visible: try reader.u8("visible") != 0, cursor: try Cursor(from: &reader)))
    case .reset: self = .reset
    case .set:
      self = .set(
        x: try reader.i16("position.x"), y: try reader.i16("position.y"), visible: try reader.u8("visible") != 0,
        try Cursor(from: &reader))
    case .move: self = .move(x: try reader.i16("position.x"), y: try reader.i16("position.y"))
    case .hide: self = .hide
    case .trail: self = .trail(length: try reader.u16("length"), frequency: try reader.u16("frequency"))
    case .invalidateOne: self = .invalidateOne(try reader.u64("id"))
    case .invalidateAll: self = .invalidateAll
    }
    try reader.finish()
  }

  public func write(to writer: inout ByteWriter) {
    switch self {
    case .initialize(let value):
      writer.i16(value.x)
      writer.i16(value.y)
      writer.u16(value.trailLength)
      writer.u16(value.trailFrequency)
      writer.u8(value.visible ? 1 : 0)
      value.cursor.write(to: &writer)
    case .set(let x, let y, let visible, let cursor):
      writer.i16(x)
      writer.i16(y)
      writer.u8(visible ? 1 : 0)
      cursor.write(to: &writer)
    case .move(let x, let y):
      writer.i16(x)
      writer.i16(y)
    case .trail(let length, let frequency):
      writer.u16(length)
      writer.u16(frequency)
    case .invalidateOne(let id): writer.u64(id)
    case .reset, .hide, .invalidateAll: break
    }
  }
}
