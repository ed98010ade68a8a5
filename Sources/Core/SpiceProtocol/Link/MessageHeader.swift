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

  /// The sub-messages that a full header's `sub_list` points to; they are handled before the message itself.
  ///
  /// The list is u16 count, then that many u32 offsets to `{u16 type, u32 size, body}`.
  public static func subMessages(
    at offset: UInt32, in body: ArraySlice<UInt8>, serial: UInt64
  ) throws(WireError) -> [RawMessage] {
    if offset == 0 { return [] }
    var start = ByteReader(body, structure: "sub-message list")
    _ = try start.bytes(offset, "sub_list")
    let count = try start.u16("count")
    let offsets = try start.list(count: count, stride: 4, "offsets") { (reader) throws(WireError) in
      try reader.u32("offset")
    }
    var messages: [RawMessage] = []
    for offset in offsets {
      var reader = ByteReader(body, structure: "sub-message")
      _ = try reader.bytes(offset, "offset")
      let type = try reader.u16("type")
      let size = try reader.u32("size")
      messages.append(RawMessage(serial: serial, type: type, body: try reader.bytes(size, "body")))
    }
    return messages
  }
}
