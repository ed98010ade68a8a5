/// Messages that every channel's server may send (`SPICE_MSG_*`, numbers 1 to 100).
public enum CommonServerMessage: Sendable, Hashable {
  case migrate(flags: UInt32)
  case migrateData(ArraySlice<UInt8>)
  case setAck(SetAck)
  case ping(Ping)
  case waitForChannels([ChannelWait])
  case disconnecting(Disconnecting)
  case notify(Notification)
  /// Messages that are handled in this order, as one (where `sub_list` has no place, under mini headers).
  case list([SubMessage])

  public enum Kind: UInt16, CaseIterable, Sendable {
    case migrate = 1
    case migrateData = 2
    case setAck = 3
    case ping = 4
    case waitForChannels = 5
    case disconnecting = 6
    case notify = 7
    case list = 8

    public var name: StaticString {
      switch self {
      case .migrate: "MIGRATE"
      case .migrateData: "MIGRATE_DATA"
      case .setAck: "SET_ACK"
      case .ping: "PING"
      case .waitForChannels: "WAIT_FOR_CHANNELS"
      case .disconnecting: "DISCONNECTING"
      case .notify: "NOTIFY"
      case .list: "LIST"
      }
    }
  }
}

/// Messages that every channel's client may send (`SPICE_MSGC_*`, numbers 1 to 100).
public enum CommonClientMessage: Sendable, Hashable {
  case ackSync(generation: UInt32)
  case ack
  case pong(Ping)
  case migrateFlushMark
  case migrateData(ArraySlice<UInt8>)
  case disconnecting(Disconnecting)

  public enum Kind: UInt16, CaseIterable, Sendable {
    case ackSync = 1
    case ack = 2
    case pong = 3
    case migrateFlushMark = 4
    case migrateData = 5
    case disconnecting = 6

    public var name: StaticString {
      switch self {
      case .ackSync: "ACK_SYNC"
      case .ack: "ACK"
      case .pong: "PONG"
      case .migrateFlushMark: "MIGRATE_FLUSH_MARK"
      case .migrateData: "MIGRATE_DATA"
      case .disconnecting: "DISCONNECTING"
      }
    }
  }
}

/// Bits of MIGRATE's flags (`SPICE_MIGRATE_*`).
public enum MigrateFlags {
  public static let needFlush: UInt32 = 1
  public static let needDataTransfer: UInt32 = 2
}

/// From now on one ACK per `window` messages (`SpiceMsgSetAck`).
public struct SetAck: Hashable, Sendable, WireStructure {
  public var generation: UInt32
  public var window: UInt32

  public init(generation: UInt32, window: UInt32) {
    self.generation = generation
    self.window = window
  }

  public init(from reader: inout ByteReader) throws(WireError) {
    generation = try reader.u32("generation")
    window = try reader.u32("window")
  }

  public func write(to writer: inout ByteWriter) {
    writer.u32(generation)
    writer.u32(window)
  }
}

/// PING and PONG (`SpiceMsgPing`). A ping may carry padding of any length behind these 12 bytes; a pong never does.
public struct Ping: Hashable, Sendable, WireStructure {
  public static let size = 12

  public var id: UInt32
  /// The sender's clock; its unit is the sender's affair (libspice-server: nanoseconds).
  public var timestamp: UInt64
  /// Bytes of padding that came or will go behind it.
  public var padding: Int

  public init(id: UInt32, timestamp: UInt64, padding: Int = 0) {
    self.id = id
    self.timestamp = timestamp
    self.padding = padding
  }

  public init(from reader: inout ByteReader) throws(WireError) {
    id = try reader.u32("id")
    timestamp = try reader.u64("timestamp")
    padding = reader.rest().count
  }

  public func write(to writer: inout ByteWriter) {
    writer.u32(id)
    writer.u64(timestamp)
    writer.zeros(padding)
  }
}

/// "Handle nothing more here until that channel has handled that serial."
public struct ChannelWait: Hashable, Sendable, WireStructure {
  public var channel: ChannelID
  public var serial: UInt64

  public init(channel: ChannelID, serial: UInt64) {
    self.channel = channel
    self.serial = serial
  }

  public init(from reader: inout ByteReader) throws(WireError) {
    channel = ChannelID(rawType: try reader.u8("channel_type"), id: try reader.u8("channel_id"))
    serial = try reader.u64("message_serial")
  }

  public func write(to writer: inout ByteWriter) {
    writer.u8(channel.rawType)
    writer.u8(channel.id)
    writer.u64(serial)
  }
}

/// The other end is about to close (`SpiceMsgDisconnect`).
public struct Disconnecting: Hashable, Sendable, WireStructure {
  public var time: UInt64
  /// A `LinkErrorCode`.
  public var reason: UInt32

  public init(time: UInt64, reason: UInt32) {
    self.time = time
    self.reason = reason
  }

  public init(from reader: inout ByteReader) throws(WireError) {
    time = try reader.u64("time_stamp")
    reason = try reader.u32("reason")
  }

  public func write(to writer: inout ByteWriter) {
    writer.u64(time)
    writer.u32(reason)
  }
}

/// A text for the person in front of the client (`SpiceMsgNotify`).
public struct Notification: Hashable, Sendable, WireStructure {
  public enum Severity: UInt32, Sendable { case info, warning, error }

  public var time: UInt64
  /// 0 info, 1 warning, 2 error.
  public var severity: UInt32
  /// 0 low, 1 medium, 2 high.
  public var visibility: UInt32
  public var what: UInt32
  /// UTF-8, without its NUL.
  public var text: [UInt8]

  public init(time: UInt64, severity: UInt32, visibility: UInt32, what: UInt32, text: [UInt8]) {
    self.time = time
    self.severity = severity
    self.visibility = visibility
    self.what = what
    self.text = text
  }

  public init(from reader: inout ByteReader) throws(WireError) {
    time = try reader.u64("time_stamp")
    severity = try reader.u32("severity")
    visibility = try reader.u32("visibilty")
    what = try reader.u32("what")
    let length = try reader.u32("message_len")
    text = [UInt8](try reader.bytes(length, "message"))
    // The NUL behind the text is not counted in its length; old servers leave it out.
    if reader.remaining == 1 { _ = try reader.u8("NUL") }
  }

  public func write(to writer: inout ByteWriter) {
    writer.u64(time)
    writer.u32(severity)
    writer.u32(visibility)
    writer.u32(what)
    writer.count32(text.count)
    writer.append(text)
    writer.u8(0)
  }
}

extension CommonServerMessage: ChannelMessage {
  public var type: UInt16 { kind.rawValue }

  var kind: Kind {
    switch self {
    case .migrate: .migrate
    case .migrateData: .migrateData
    case .setAck: .setAck
    case .ping: .ping
    case .waitForChannels: .waitForChannels
    case .disconnecting: .disconnecting
    case .notify: .notify
    case .list: .list
    }
  }

  public init(type: UInt16, body: ArraySlice<UInt8>, fields: FieldLog?) throws(WireError) {
    guard let kind = Kind(rawValue: type) else { throw unknownMessage(type, "common server message") }
    switch kind {
    case .migrate:
      var reader = ByteReader(body, structure: kind.name, fields: fields)
      self = .migrate(flags: try reader.u32("flags"))
      try reader.finish()
    case .migrateData: self = .migrateData(body)
    case .setAck: self = .setAck(try .whole(body, kind.name, fields))
    case .ping: self = .ping(try .head(body, kind.name, fields))
    case .waitForChannels:
      var reader = ByteReader(body, structure: kind.name, fields: fields)
      self = .waitForChannels(try reader.channelWaits())
      try reader.finish()
    case .disconnecting: self = .disconnecting(try .whole(body, kind.name, fields))
    case .notify: self = .notify(try .whole(body, kind.name, fields))
    case .list: self = .list(try SubMessage.list(at: 0, in: body))
    }
  }

  public func write(to writer: inout ByteWriter) {
    switch self {
    case .migrate(let flags): writer.u32(flags)
    case .migrateData(let data): writer.append(data)
    case .setAck(let value): value.write(to: &writer)
    case .ping(let value): value.write(to: &writer)
    case .waitForChannels(let waits): writer.channelWaits(waits)
    case .disconnecting(let value): value.write(to: &writer)
    case .notify(let value): value.write(to: &writer)
    case .list(let messages): writer.subMessages(messages)
    }
  }
}

extension CommonClientMessage: ChannelMessage {
  public var type: UInt16 { kind.rawValue }

  var kind: Kind {
    switch self {
    case .ackSync: .ackSync
    case .ack: .ack
    case .pong: .pong
    case .migrateFlushMark: .migrateFlushMark
    case .migrateData: .migrateData
    case .disconnecting: .disconnecting
    }
  }

  public init(type: UInt16, body: ArraySlice<UInt8>, fields: FieldLog?) throws(WireError) {
    guard let kind = Kind(rawValue: type) else { throw unknownMessage(type, "common client message") }
    switch kind {
    case .ackSync:
      var reader = ByteReader(body, structure: kind.name, fields: fields)
      self = .ackSync(generation: try reader.u32("generation"))
      try reader.finish()
    case .ack:
      try requireEmpty(body, kind.name)
      self = .ack
    case .pong: self = .pong(try .head(body, kind.name, fields))
    case .migrateFlushMark:
      try requireEmpty(body, kind.name)
      self = .migrateFlushMark
    case .migrateData: self = .migrateData(body)
    case .disconnecting: self = .disconnecting(try .whole(body, kind.name, fields))
    }
  }

  public func write(to writer: inout ByteWriter) {
    switch self {
    case .ackSync(let generation): writer.u32(generation)
    case .ack, .migrateFlushMark: break
    case .pong(let value): value.write(to: &writer)
    case .migrateData(let data): writer.append(data)
    case .disconnecting(let value): value.write(to: &writer)
    }
  }
}

extension ByteReader {
  mutating func channelWaits() throws(WireError) -> [ChannelWait] {
    let count = try u8("wait_count")
    return try list(count: count, stride: 10, "wait_list") { (reader) throws(WireError) in
      try ChannelWait(from: &reader)
    }
  }
}

extension ByteWriter {
  mutating func channelWaits(_ waits: [ChannelWait]) {
    let waits = waits.prefix(Int(UInt8.max))
    count8(waits.count)
    for wait in waits { wait.write(to: &self) }
  }
}
