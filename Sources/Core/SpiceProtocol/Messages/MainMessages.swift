/// What a server says on the main channel (`SPICE_MSG_MAIN_*`).
public enum MainServerMessage: Sendable, Hashable {
  case migrateBegin(MigrationDestination)
  case migrateCancel
  case initialize(MainInit)
  case channelsList([ChannelID])
  case mouseMode(supported: MouseModes, current: MouseModes)
  /// The server's multimedia clock in milliseconds.
  case multimediaTime(UInt32)
  case agentConnected
  /// The reason is a `LinkErrorCode`.
  case agentDisconnected(reason: UInt32)
  case agentData(ArraySlice<UInt8>)
  case agentToken(UInt32)
  case migrateSwitchHost(MigrationDestination)
  case migrateEnd
  /// The virtual machine's name, UTF-8 without its NUL.
  case name([UInt8])
  /// 16 bytes.
  case uuid([UInt8])
  case agentConnectedTokens(UInt32)
  case migrateBeginSeamless(MigrationDestination, sourceVersion: UInt32)
  case migrateDestinationSeamlessAck
  case migrateDestinationSeamlessNack

  public enum Kind: UInt16, CaseIterable, Sendable {
    case migrateBegin = 101
    case migrateCancel = 102
    case initialize = 103
    case channelsList = 104
    case mouseMode = 105
    case multimediaTime = 106
    case agentConnected = 107
    case agentDisconnected = 108
    case agentData = 109
    case agentToken = 110
    case migrateSwitchHost = 111
    case migrateEnd = 112
    case name = 113
    case uuid = 114
    case agentConnectedTokens = 115
    case migrateBeginSeamless = 116
    case migrateDestinationSeamlessAck = 117
    case migrateDestinationSeamlessNack = 118

    public var name: StaticString {
      switch self {
      case .migrateBegin: "MIGRATE_BEGIN"
      case .migrateCancel: "MIGRATE_CANCEL"
      case .initialize: "INIT"
      case .channelsList: "CHANNELS_LIST"
      case .mouseMode: "MOUSE_MODE"
      case .multimediaTime: "MULTI_MEDIA_TIME"
      case .agentConnected: "AGENT_CONNECTED"
      case .agentDisconnected: "AGENT_DISCONNECTED"
      case .agentData: "AGENT_DATA"
      case .agentToken: "AGENT_TOKEN"
      case .migrateSwitchHost: "MIGRATE_SWITCH_HOST"
      case .migrateEnd: "MIGRATE_END"
      case .name: "NAME"
      case .uuid: "UUID"
      case .agentConnectedTokens: "AGENT_CONNECTED_TOKENS"
      case .migrateBeginSeamless: "MIGRATE_BEGIN_SEAMLESS"
      case .migrateDestinationSeamlessAck: "MIGRATE_DST_SEAMLESS_ACK"
      case .migrateDestinationSeamlessNack: "MIGRATE_DST_SEAMLESS_NACK"
      }
    }
  }
}

/// What a client says on the main channel (`SPICE_MSGC_MAIN_*`).
public enum MainClientMessage: Sendable, Hashable {
  case clientInfo(cacheSize: UInt64)
  case migrateConnected
  case migrateConnectError
  case attachChannels
  case mouseModeRequest(MouseModes)
  case agentStart(tokens: UInt32)
  case agentData(ArraySlice<UInt8>)
  case agentToken(UInt32)
  case migrateEnd
  case migrateDestinationDoSeamless(sourceVersion: UInt32)
  case migrateConnectedSeamless
  case qualityIndicator(ArraySlice<UInt8>)

  public enum Kind: UInt16, CaseIterable, Sendable {
    case clientInfo = 101
    case migrateConnected = 102
    case migrateConnectError = 103
    case attachChannels = 104
    case mouseModeRequest = 105
    case agentStart = 106
    case agentData = 107
    case agentToken = 108
    case migrateEnd = 109
    case migrateDestinationDoSeamless = 110
    case migrateConnectedSeamless = 111
    /// In the headers; its layout was never published, so its bytes are passed on as they are.
    case qualityIndicator = 112

    public var name: StaticString {
      switch self {
      case .clientInfo: "CLIENT_INFO"
      case .migrateConnected: "MIGRATE_CONNECTED"
      case .migrateConnectError: "MIGRATE_CONNECT_ERROR"
      case .attachChannels: "ATTACH_CHANNELS"
      case .mouseModeRequest: "MOUSE_MODE_REQUEST"
      case .agentStart: "AGENT_START"
      case .agentData: "AGENT_DATA"
      case .agentToken: "AGENT_TOKEN"
      case .migrateEnd: "MIGRATE_END"
      case .migrateDestinationDoSeamless: "MIGRATE_DST_DO_SEAMLESS"
      case .migrateConnectedSeamless: "MIGRATE_CONNECTED_SEAMLESS"
      case .qualityIndicator: "QUALITY_INDICATOR"
      }
    }
  }
}

/// Who moves the pointer (`SPICE_MOUSE_MODE_*`): the server by relative motion, or the client by position.
public struct MouseModes: OptionSet, Hashable, Sendable {
  public let rawValue: UInt32

  public init(rawValue: UInt32) { self.rawValue = rawValue }

  public static let server = MouseModes(rawValue: 1)
  public static let client = MouseModes(rawValue: 2)
}

/// The session as the server opens it (`SpiceMsgMainInit`).
public struct MainInit: Hashable, Sendable, WireStructure {
  /// The `connection_id` of every later channel.
  public var sessionID: UInt32
  public var displayChannelsHint: UInt32
  public var supportedMouseModes: MouseModes
  public var currentMouseMode: MouseModes
  public var agentConnected: Bool
  public var agentTokens: UInt32
  /// Milliseconds.
  public var multimediaTime: UInt32
  /// Bytes of video memory, or 0.
  public var ramHint: UInt32

  public init(
    sessionID: UInt32, displayChannelsHint: UInt32, supportedMouseModes: MouseModes, currentMouseMode: MouseModes,
    agentConnected: Bool, agentTokens: UInt32, multimediaTime: UInt32, ramHint: UInt32
  ) {
    self.sessionID = sessionID
    self.displayChannelsHint = displayChannelsHint
    self.supportedMouseModes = supportedMouseModes
    self.currentMouseMode = currentMouseMode
    self.agentConnected = agentConnected
    self.agentTokens = agentTokens
    self.multimediaTime = multimediaTime
    self.ramHint = ramHint
  }

  public init(from reader: inout ByteReader) throws(WireError) {
    sessionID = try reader.u32("session_id")
    displayChannelsHint = try reader.u32("display_channels_hint")
    supportedMouseModes = MouseModes(rawValue: try reader.u32("supported_mouse_modes"))
    currentMouseMode = MouseModes(rawValue: try reader.u32("current_mouse_mode"))
    agentConnected = try reader.u32("agent_connected") != 0
    agentTokens = try reader.u32("agent_tokens")
    multimediaTime = try reader.u32("multi_media_time")
    ramHint = try reader.u32("ram_hint")
  }

  public func write(to writer: inout ByteWriter) {
    writer.u32(sessionID)
    writer.u32(displayChannelsHint)
    writer.u32(supportedMouseModes.rawValue)
    writer.u32(currentMouseMode.rawValue)
    writer.u32(agentConnected ? 1 : 0)
    writer.u32(agentTokens)
    writer.u32(multimediaTime)
    writer.u32(ramHint)
  }
}

/// Where a migrating machine goes (`SpiceMigrationDstInfo`).
public struct MigrationDestination: Hashable, Sendable {
  public var port: UInt16
  public var securePort: UInt16
  /// Without its NUL.
  public var host: [UInt8]
  /// The certificate's subject, without its NUL; empty where it is not to be checked.
  public var certificateSubject: [UInt8]

  public init(port: UInt16, securePort: UInt16, host: [UInt8], certificateSubject: [UInt8]) {
    self.port = port
    self.securePort = securePort
    self.host = host
    self.certificateSubject = certificateSubject
  }
}

extension MigrationDestination: WireStructure {
  public init(from reader: inout ByteReader) throws(WireError) {
    port = try reader.u16("port")
    securePort = try reader.u16("sport")
    host = try reader.sizedText("host_size", "host")
    certificateSubject = try reader.sizedText("cert_subject_size", "cert_subject")
  }

  public func write(to writer: inout ByteWriter) {
    writer.u16(port)
    writer.u16(securePort)
    writer.sizedText(host)
    writer.sizedText(certificateSubject)
  }
}

extension MainServerMessage: ChannelMessage {
  public var type: UInt16 { kind.rawValue }

  var kind: Kind {
    switch self {
    case .migrateBegin: .migrateBegin
    case .migrateCancel: .migrateCancel
    case .initialize: .initialize
    case .channelsList: .channelsList
    case .mouseMode: .mouseMode
    case .multimediaTime: .multimediaTime
    case .agentConnected: .agentConnected
    case .agentDisconnected: .agentDisconnected
    case .agentData: .agentData
    case .agentToken: .agentToken
    case .migrateSwitchHost: .migrateSwitchHost
    case .migrateEnd: .migrateEnd
    case .name: .name
    case .uuid: .uuid
    case .agentConnectedTokens: .agentConnectedTokens
    case .migrateBeginSeamless: .migrateBeginSeamless
    case .migrateDestinationSeamlessAck: .migrateDestinationSeamlessAck
    case .migrateDestinationSeamlessNack: .migrateDestinationSeamlessNack
    }
  }

  public init(type: UInt16, body: ArraySlice<UInt8>, fields: FieldLog?) throws(WireError) {
    guard let kind = Kind(rawValue: type) else { throw unknownMessage(type, "main channel server message") }
    var reader = ByteReader(body, structure: kind.name, fields: fields)
    switch kind {
    case .migrateBegin: self = .migrateBegin(try MigrationDestination(from: &reader))
    case .migrateCancel: self = .migrateCancel
    case .initialize: self = .initialize(try MainInit(from: &reader))
    case .channelsList:
      let count = try reader.u32("num_of_channels")
      self = .channelsList(
        try reader.list(count: count, stride: 2, "channels") { (reader) throws(WireError) in
          ChannelID(rawType: try reader.u8("type"), id: try reader.u8("id"))
        })
    case .mouseMode:
      self = .mouseMode(
        supported: MouseModes(rawValue: UInt32(try reader.u16("supported_modes"))),
        current: MouseModes(rawValue: UInt32(try reader.u16("current_mode"))))
    case .multimediaTime: self = .multimediaTime(try reader.u32("time"))
    case .agentConnected: self = .agentConnected
    case .agentDisconnected: self = .agentDisconnected(reason: try reader.u32("error_code"))
    case .agentData: self = .agentData(reader.rest())
    case .agentToken: self = .agentToken(try reader.u32("num_tokens"))
    case .migrateSwitchHost: self = .migrateSwitchHost(try MigrationDestination(from: &reader))
    case .migrateEnd: self = .migrateEnd
    case .name:
      let length = try reader.u32("name_len")
      self = .name(withoutNUL(try reader.bytes(length, "name")))
    case .uuid: self = .uuid([UInt8](try reader.bytes(16, "uuid")))
    case .agentConnectedTokens: self = .agentConnectedTokens(try reader.u32("num_tokens"))
    case .migrateBeginSeamless:
      let destination = try MigrationDestination(from: &reader)
      self = .migrateBeginSeamless(destination, sourceVersion: try reader.u32("src_mig_version"))
    case .migrateDestinationSeamlessAck: self = .migrateDestinationSeamlessAck
    case .migrateDestinationSeamlessNack: self = .migrateDestinationSeamlessNack
    }
    switch kind {
    case .migrateBegin, .migrateBeginSeamless, .migrateSwitchHost: break  // their offsets lead into the tail
    default: try reader.finish()
    }
  }

  public func write(to writer: inout ByteWriter) {
    switch self {
    case .migrateBegin(let destination), .migrateSwitchHost(let destination): destination.write(to: &writer)
    case .initialize(let value): value.write(to: &writer)
    case .channelsList(let channels):
      writer.count32(channels.count)
      for channel in channels {
        writer.u8(channel.rawType)
        writer.u8(channel.id)
      }
    case .mouseMode(let supported, let current):
      writer.u16(UInt16(truncatingIfNeeded: supported.rawValue))
      writer.u16(UInt16(truncatingIfNeeded: current.rawValue))
    case .agentData(let data): writer.append(data)
    case .multimediaTime(let value), .agentDisconnected(let value), .agentToken(let value),
      .agentConnectedTokens(let value):
      writer.u32(value)
    case .name(let name):
      writer.count32(name.count + 1)
      writer.append(name)
      writer.u8(0)
    case .uuid(let uuid):
      writer.append(uuid.prefix(16))
      writer.zeros(max(0, 16 - uuid.count))
    case .migrateBeginSeamless(let destination, let version):
      destination.write(to: &writer)
      writer.u32(version)
    case .migrateCancel, .agentConnected, .migrateEnd, .migrateDestinationSeamlessAck,
      .migrateDestinationSeamlessNack:
      break
    }
  }
}

extension MainClientMessage: ChannelMessage {
  public var type: UInt16 { kind.rawValue }

  var kind: Kind {
    switch self {
    case .clientInfo: .clientInfo
    case .migrateConnected: .migrateConnected
    case .migrateConnectError: .migrateConnectError
    case .attachChannels: .attachChannels
    case .mouseModeRequest: .mouseModeRequest
    case .agentStart: .agentStart
    case .agentData: .agentData
    case .agentToken: .agentToken
    case .migrateEnd: .migrateEnd
    case .migrateDestinationDoSeamless: .migrateDestinationDoSeamless
    case .migrateConnectedSeamless: .migrateConnectedSeamless
    case .qualityIndicator: .qualityIndicator
    }
  }

  public init(type: UInt16, body: ArraySlice<UInt8>, fields: FieldLog?) throws(WireError) {
    guard let kind = Kind(rawValue: type) else { throw unknownMessage(type, "main channel client message") }
    var reader = ByteReader(body, structure: kind.name, fields: fields)
    switch kind {
    case .clientInfo: self = .clientInfo(cacheSize: try reader.u64("cache_size"))
    case .migrateConnected: self = .migrateConnected
    case .migrateConnectError: self = .migrateConnectError
    case .attachChannels: self = .attachChannels
    case .mouseModeRequest: self = .mouseModeRequest(MouseModes(rawValue: UInt32(try reader.u16("mode"))))
    case .agentStart: self = .agentStart(tokens: try reader.u32("num_tokens"))
    case .agentData: self = .agentData(reader.rest())
    case .agentToken: self = .agentToken(try reader.u32("num_tokens"))
    case .migrateEnd: self = .migrateEnd
    case .migrateDestinationDoSeamless:
      self = .migrateDestinationDoSeamless(sourceVersion: try reader.u32("src_version"))
    case .migrateConnectedSeamless: self = .migrateConnectedSeamless
    case .qualityIndicator: self = .qualityIndicator(reader.rest())
    }
    try reader.finish()
  }

  public func write(to writer: inout ByteWriter) {
    switch self {
    case .clientInfo(let size): writer.u64(size)
    case .mouseModeRequest(let modes): writer.u16(UInt16(truncatingIfNeeded: modes.rawValue))
    case .agentStart(let value), .agentToken(let value), .migrateDestinationDoSeamless(let value): writer.u32(value)
    case .agentData(let data), .qualityIndicator(let data): writer.append(data)
    case .migrateConnected, .migrateConnectError, .attachChannels, .migrateEnd, .migrateConnectedSeamless: break
    }
  }
}

extension ByteReader {
  /// u32 size, offset of that many bytes, the last of them a NUL.
  mutating func sizedText(_ sizeField: StaticString, _ field: StaticString) throws(WireError) -> [UInt8] {
    let size = try u32(sizeField)
    let text = try pointer(field) { (reader) throws(WireError) in try reader.bytes(size, field) }
    return withoutNUL(text ?? [])
  }
}

extension ByteWriter {
  mutating func sizedText(_ text: [UInt8]) {
    if text.isEmpty {
      u32(0)
      nullPointer()
    } else {
      count32(text.count + 1)
      pointer { writer in
        writer.append(text)
        writer.u8(0)
      }
    }
  }
}

/// The bytes before the first NUL.
func withoutNUL(_ text: ArraySlice<UInt8>) -> [UInt8] {
  [UInt8](text.prefix { $0 != 0 })
}
