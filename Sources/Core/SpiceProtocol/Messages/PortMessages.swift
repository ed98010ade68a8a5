/// Bytes of a device's stream: usbredir and webdav channels, either direction (`SPICE_MSG_SPICEVMC_*`).
public enum VMCMessage: Sendable, Hashable {
  case data(ArraySlice<UInt8>)
  case compressed(CompressedData)

  public enum Kind: UInt16, CaseIterable, Sendable {
    case data = 101
    case compressed = 102

    public var name: StaticString {
      switch self {
      case .data: "DATA"
      case .compressed: "COMPRESSED_DATA"
      }
    }
  }
}

/// `SpiceMsgCompressedData`.
public struct CompressedData: Hashable, Sendable {
  /// `SPICE_DATA_COMPRESSION_TYPE_*`.
  public enum Method: UInt8, Hashable, Sendable { case none, lz4 }

  public var method: Method
  /// Bytes once unpacked; only sent where there is a method.
  public var plainSize: UInt32
  public var data: ArraySlice<UInt8>

  public init(method: Method, plainSize: UInt32, data: ArraySlice<UInt8>) {
    self.method = method
    self.plainSize = plainSize
    self.data = data
  }
}

/// What a server says on a port channel (`SPICE_MSG_PORT_*`).
public enum PortServerMessage: Sendable, Hashable {
  case stream(VMCMessage)
  /// The port's name without its NUL, e.g. `org.qemu.console.serial.0`.
  case initialize(name: [UInt8], opened: Bool)
  case event(UInt8)

  public enum Kind: UInt16, CaseIterable, Sendable {
    case initialize = 201
    case event = 202

    public var name: StaticString {
      switch self {
      case .initialize: "INIT"
      case .event: "EVENT"
      }
    }
  }
}

/// What a client says on a port channel (`SPICE_MSGC_PORT_*`).
public enum PortClientMessage: Sendable, Hashable {
  case stream(VMCMessage)
  case event(UInt8)

  public enum Kind: UInt16, CaseIterable, Sendable {
    case event = 201

    public var name: StaticString { "EVENT" }
  }
}

/// What happened to a port (`SPICE_PORT_EVENT_*`).
public enum PortEvent: UInt8, Sendable { case opened, closed, breakSignal }

/// The smartcard channel, either direction: one message number with a little header of its own inside.
public enum SmartcardMessage: Sendable, Hashable {
  case data(kind: UInt32, reader: UInt32, ArraySlice<UInt8>)

  public enum Kind: UInt16, CaseIterable, Sendable {
    case data = 101

    public var name: StaticString { "DATA" }
  }

  /// The kind inside (`SPICE_VSC_MESSAGE_TYPE_*`).
  public enum Content: UInt32, Sendable, CaseIterable {
    case initialize = 1
    case error, readerAdd, readerRemove, atr, cardRemove, apdu, flush, flushComplete
  }
}

extension VMCMessage: ChannelMessage {
  public var type: UInt16 {
    switch self {
    case .data: Kind.data.rawValue
    case .compressed: Kind.compressed.rawValue
    }
  }

  public init(type: UInt16, body: ArraySlice<UInt8>, fields: FieldLog?) throws(WireError) {
    guard let kind = Kind(rawValue: type) else { throw unknownMessage(type, "device stream message") }
    switch kind {
    case .data: self = .data(body)
    case .compressed:
      var reader = ByteReader(body, structure: kind.name, fields: fields)
      let method = try reader.u8(CompressedData.Method.self, "type")
      let plainSize = method == .none ? 0 : try reader.u32("uncompressed_size")
      self = .compressed(CompressedData(method: method, plainSize: plainSize, data: reader.rest()))
    }
  }

  public func write(to writer: inout ByteWriter) {
    switch self {
    case .data(let data): writer.append(data)
    case .compressed(let value):
      writer.u8(value.method.rawValue)
      if value.method != .none { writer.u32(value.plainSize) }
      writer.append(value.data)
    }
  }
}

extension PortServerMessage: ChannelMessage {
  public var type: UInt16 {
    switch self {
    case .stream(let message): message.type
    case .initialize: Kind.initialize.rawValue
    case .event: Kind.event.rawValue
    }
  }

  public init(type: UInt16, body: ArraySlice<UInt8>, fields: FieldLog?) throws(WireError) {
    guard let kind = Kind(rawValue: type) else {
      self = .stream(try VMCMessage(type: type, body: body, fields: fields))
      return
    }
    var reader = ByteReader(body, structure: kind.name, fields: fields)
    switch kind {
    case .initialize:
      let name = try reader.sizedText("name_size", "name")
      self = .initialize(name: name, opened: try reader.u8("opened") != 0)
    case .event:
      self = .event(try reader.u8("event"))
      try reader.finish()
    }
  }

  public func write(to writer: inout ByteWriter) {
    switch self {
    case .stream(let message): message.write(to: &writer)
    case .initialize(let name, let opened):
      writer.sizedText(name)
      writer.u8(opened ? 1 : 0)
    case .event(let event): writer.u8(event)
    }
  }
}

extension PortClientMessage: ChannelMessage {
  public var type: UInt16 {
    switch self {
    case .stream(let message): message.type
    case .event: Kind.event.rawValue
    }
  }

  public init(type: UInt16, body: ArraySlice<UInt8>, fields: FieldLog?) throws(WireError) {
    guard let kind = Kind(rawValue: type) else {
      self = .stream(try VMCMessage(type: type, body: body, fields: fields))
      return
    }
    var reader = ByteReader(body, structure: kind.name, fields: fields)
    self = .event(try reader.u8("event"))
    try reader.finish()
  }

  public func write(to writer: inout ByteWriter) {
    switch self {
    case .stream(let message): message.write(to: &writer)
    case .event(let event): writer.u8(event)
    }
  }
}

extension SmartcardMessage: ChannelMessage {
  public var type: UInt16 { Kind.data.rawValue }

  public init(type: UInt16, body: ArraySlice<UInt8>, fields: FieldLog?) throws(WireError) {
    guard let kind = Kind(rawValue: type) else { throw unknownMessage(type, "smartcard channel message") }
    var reader = ByteReader(body, structure: kind.name, fields: fields)
    let content = try reader.u32("type")
    let number = try reader.u32("reader_id")
    let length = try reader.u32("length")
    self = .data(kind: content, reader: number, try reader.bytes(length, "data"))
    try reader.finish()
  }

  public func write(to writer: inout ByteWriter) {
    switch self {
    case .data(let kind, let reader, let data):
      writer.u32(kind)
      writer.u32(reader)
      writer.count32(data.count)
      writer.append(data)
    }
  }
}
