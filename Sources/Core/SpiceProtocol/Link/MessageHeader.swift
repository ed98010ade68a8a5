/// How messages are headed on a channel.
public enum HeaderKind: Sendable, Hashable {
  /// u64 serial, u16 type, u32 size, u32 sub_list.
  case full
  /// u16 type, u32 size: both ends have `MINI_HEADER`.
  case mini

  /// Bytes of the header.
  public var size: Int {
    switch self {
    case .full: 18
    case .mini: 6
    }
  }
}

/// What stands before each message.
public struct MessageHeader: Hashable, Sendable {
  /// Counts from 1 in each direction of each channel; under mini headers it is counted and not sent.
  public var serial: UInt64
  public var type: UInt16
  /// Bytes of the body.
  public var size: UInt32
  /// Offset of the list of sub-messages in the body; 0 where there is none. Full headers only.
  public var subList: UInt32

  public init(serial: UInt64, type: UInt16, size: UInt32, subList: UInt32 = 0) {
    self.serial = serial
    self.type = type
    self.size = size
    self.subList = subList
  }

  /// Reads a header of that kind; under mini headers the serial is the one the caller counted.
  public init(_ kind: HeaderKind, serial counted: UInt64, from reader: inout ByteReader) throws(WireError) {
    switch kind {
    case .full:
      serial = try reader.u64("serial")
      type = try reader.u16("type")
      size = try reader.u32("size")
      subList = try reader.u32("sub_list")
    case .mini:
      serial = counted
      type = try reader.u16("type")
      size = try reader.u32("size")
      subList = 0
    }
  }

  public func write(_ kind: HeaderKind, to writer: inout ByteWriter) {
    switch kind {
    case .full:
      writer.u64(serial)
      writer.u16(type)
      writer.u32(size)
      writer.u32(subList)
    case .mini:
      writer.u16(type)
      writer.u32(size)
    }
  }
}

/// A message cut out of the stream: its number, its place in the count, and its body.
public struct RawMessage: Hashable, Sendable {
  public var serial: UInt64
  public var type: UInt16
  public var body: ArraySlice<UInt8>

  public init(serial: UInt64, type: UInt16, body: ArraySlice<UInt8>) {
    self.serial = serial
    self.type = type
    self.body = body
  }

  /// The messages inside this one. Under full headers `subList` points to them, and they are handled before the
  /// message itself; under mini headers they are the whole of a message LIST, and `subList` is 0.
  public func subMessages(at subList: UInt32) throws(WireError) -> [RawMessage] {
    try SubMessage.list(at: subList, in: body).map { RawMessage(serial: serial, type: $0.type, body: $0.body) }
  }
}

/// A message inside another one (`SpiceSubMessage`).
public struct SubMessage: Hashable, Sendable {
  public var type: UInt16
  public var body: ArraySlice<UInt8>

  public init(type: UInt16, body: ArraySlice<UInt8>) {
    self.type = type
    self.body = body
  }

  /// Reads a `SpiceSubMessageList`: u16 count, then that many u32 offsets to `{u16 type, u32 size, body}`.
  ///
  /// Two of them may not be made of the same bytes, or one message could ask for the work of thousands.
  static func list(at offset: UInt32, in body: ArraySlice<UInt8>) throws(WireError) -> [SubMessage] {
    var start = ByteReader(body, structure: "sub-message list")
    _ = try start.bytes(offset, "sub_list")
    let count = try start.u16("count")
    let offsets = try start.list(count: count, stride: 4, "offsets") { (reader) throws(WireError) in
      try reader.u32("offset")
    }
    var messages: [SubMessage] = []
    var room = start.remaining + start.offset
    for offset in offsets {
      var reader = ByteReader(body, structure: "sub-message")
      _ = try reader.bytes(offset, "offset")
      let type = try reader.u16("type")
      let before = reader
      let size = try reader.u32("size")
      let content = try reader.bytes(size, "body")
      guard content.count <= room else {
        throw before.error("size", .limit(value: UInt64(size), limit: UInt64(room)))
      }
      room -= content.count
      messages.append(SubMessage(type: type, body: content))
    }
    return messages
  }
}

extension ByteWriter {
  /// A `SpiceSubMessageList`; what it lists is written by `finishBody`.
  mutating func subMessages(_ messages: [SubMessage]) {
    let messages = messages.prefix(Int(UInt16.max))
    count16(messages.count)
    for message in messages {
      pointer { writer in
        writer.u16(message.type)
        writer.count32(message.body.count)
        writer.append(message.body)
      }
    }
  }
}
