/// The numbers of the link stage.
public enum LinkConstants {
  /// `"REDQ"`.
  public static let magic: [UInt8] = [0x52, 0x45, 0x44, 0x51]
  public static let majorVersion: UInt32 = 2
  public static let minorVersion: UInt32 = 2
  /// Bytes of a ticket: one block of 1024-bit RSA.
  public static let ticketSize = 128
  /// Longest password in bytes, without its NUL (`SPICE_MAX_PASSWORD_LENGTH`).
  public static let passwordLimit = 60
  /// Bytes of a DER SubjectPublicKeyInfo of a 1024-bit RSA key.
  public static let publicKeySize = 162
}

/// What precedes either end's first structure (`SpiceLinkHeader`): 16 bytes, magic included.
public struct LinkHeader: Hashable, Sendable {
  public static let size = 16

  public var majorVersion: UInt32
  public var minorVersion: UInt32
  /// Bytes of the structure that follows.
  public var bodySize: UInt32

  public init(
    majorVersion: UInt32 = LinkConstants.majorVersion, minorVersion: UInt32 = LinkConstants.minorVersion,
    bodySize: UInt32
  ) {
    self.majorVersion = majorVersion
    self.minorVersion = minorVersion
    self.bodySize = bodySize
  }
}

extension LinkHeader: WireStructure {
  public init(from reader: inout ByteReader) throws(WireError) {
    let before = reader
    let magic = try reader.u32("magic")
    guard magic == 0x5144_4552 else { throw before.error("magic", .unknown(value: UInt64(magic))) }
    majorVersion = try reader.u32("major_version")
    minorVersion = try reader.u32("minor_version")
    bodySize = try reader.u32("size")
  }

  public func write(to writer: inout ByteWriter) {
    writer.append(LinkConstants.magic)
    writer.u32(majorVersion)
    writer.u32(minorVersion)
    writer.u32(bodySize)
  }
}

/// The client's first words on a channel (`SpiceLinkMess`): 18 packed bytes, then the capability words.
public struct LinkMessage: Hashable, Sendable {
  public static let fixedSize = 18

  /// 0 opens a session; later channels give its session id.
  public var connectionID: UInt32
  public var channel: ChannelID
  public var common: Capabilities
  public var specific: Capabilities

  public init(connectionID: UInt32, channel: ChannelID, common: Capabilities, specific: Capabilities) {
    self.connectionID = connectionID
    self.channel = channel
    self.common = common
    self.specific = specific
  }
}

extension LinkMessage: WireStructure {
  public init(from reader: inout ByteReader) throws(WireError) {
    connectionID = try reader.u32("connection_id")
    channel = ChannelID(rawType: try reader.u8("channel_type"), id: try reader.u8("channel_id"))
    (common, specific) = try reader.capabilities()
  }

  public func write(to writer: inout ByteWriter) {
    writer.u32(connectionID)
    writer.u8(channel.rawType)
    writer.u8(channel.id)
    writer.capabilities(common, specific, offset: LinkMessage.fixedSize)
  }
}

/// The server's answer (`SpiceLinkReply`): 178 packed bytes, then the capability words.
public struct LinkReply: Hashable, Sendable {
  public static let fixedSize = 178

  public var error: UInt32
  /// DER SubjectPublicKeyInfo, RSA 1024: 162 bytes.
  public var publicKey: [UInt8]
  public var common: Capabilities
  public var specific: Capabilities

  public init(error: UInt32, publicKey: [UInt8], common: Capabilities, specific: Capabilities) {
    self.error = error
    self.publicKey = publicKey
    self.common = common
    self.specific = specific
  }
}

extension LinkReply: WireStructure {
  public init(from reader: inout ByteReader) throws(WireError) {
    error = try reader.u32("error")
    publicKey = [UInt8](try reader.bytes(LinkConstants.publicKeySize, "pub_key"))
    (common, specific) = try reader.capabilities()
  }

  public func write(to writer: inout ByteWriter) {
    writer.u32(error)
    var key = publicKey.prefix(LinkConstants.publicKeySize)
    while key.count < LinkConstants.publicKeySize { key.append(0) }
    writer.append(key)
    writer.capabilities(common, specific, offset: LinkReply.fixedSize)
  }
}

extension ByteReader {
  /// The three fields and the words that both link structures end with.
  fileprivate mutating func capabilities() throws(WireError) -> (common: Capabilities, specific: Capabilities) {
    // Judged before the offset behind them: a structure with padding shifts all three, and the counts tell of it.
    let commonCount = try capabilityCount("num_common_caps", fieldsAfter: 8, taken: 0)
    let specificCount = try capabilityCount("num_channel_caps", fieldsAfter: 4, taken: Int(clamping: commonCount))
    let empty = commonCount == 0 && specificCount == 0
    func words(_ reader: inout ByteReader) throws(WireError) -> (common: Capabilities, specific: Capabilities) {
      let common = try reader.list(count: commonCount, stride: 4, "common capability words") {
        (reader) throws(WireError) in try reader.u32("capability word")
      }
      let specific = try reader.list(count: specificCount, stride: 4, "channel capability words") {
        (reader) throws(WireError) in try reader.u32("capability word")
      }
      return (Capabilities(words: common), Capabilities(words: specific))
    }
    if empty {
      _ = try u32("caps_offset")
      return (Capabilities(), Capabilities())
    }
    return try requiredPointer("caps_offset", words)
  }

  /// A count of words that stand behind `fieldsAfter` more bytes and `taken` other words.
  private mutating func capabilityCount(
    _ field: StaticString, fieldsAfter: Int, taken: Int
  ) throws(WireError) -> UInt32 {
    let before = self
    let count = try u32(field)
    let room = max(0, (remaining - fieldsAfter) / 4 - taken)
    guard Int(clamping: count) <= room else { throw before.error(field, .count(value: UInt64(count), room: room)) }
    return count
  }
}

extension ByteWriter {
  fileprivate mutating func capabilities(_ common: Capabilities, _ specific: Capabilities, offset: Int) {
    count32(common.words.count)
    count32(specific.words.count)
    u32(UInt32(offset))
    for word in common.words { u32(word) }
    for word in specific.words { u32(word) }
  }
}

/// How the client proves who it is (`SPICE_COMMON_CAP_AUTH_*` as a number on the wire).
public enum AuthMechanism: UInt32, Sendable {
  case spice = 1
  case sasl = 2
}

/// Why a link was refused (`SPICE_LINK_ERR_*`).
public enum LinkErrorCode: UInt32, Hashable, Sendable, CaseIterable {
  case ok, error, invalidMagic, invalidData, versionMismatch, needSecured, needUnsecured, permissionDenied
  case badConnectionID, channelNotAvailable

  public var name: StaticString {
    switch self {
    case .ok: "OK"
    case .error: "ERROR"
    case .invalidMagic: "INVALID_MAGIC"
    case .invalidData: "INVALID_DATA"
    case .versionMismatch: "VERSION_MISMATCH"
    case .needSecured: "NEED_SECURED"
    case .needUnsecured: "NEED_UNSECURED"
    case .permissionDenied: "PERMISSION_DENIED"
    case .badConnectionID: "BAD_CONNECTION_ID"
    case .channelNotAvailable: "CHANNEL_NOT_AVAILABLE"
    }
  }

  /// What it means, and what to do.
  public var meaning: StaticString {
    switch self {
    case .ok: "all is well"
    case .error: "the server gives no reason"
    case .invalidMagic: "the server did not recognise the first four bytes as SPICE; something on the way changed them"
    case .invalidData: "the server could not read the link message: its counts, offset or size do not fit together"
    case .versionMismatch: "the server speaks another major version of SPICE than 2"
    case .needSecured: "the server wants this channel over TLS: connect to its TLS port (spice+tls://host:port)"
    case .needUnsecured: "the server wants this channel without TLS: connect to its plain port"
    case .permissionDenied: "the password is wrong or has expired, or none was given where one is needed"
    case .badConnectionID: "the server does not know this session; it may have ended in the meantime"
    case .channelNotAvailable: "the server has no such channel, or it is taken by another client"
    }
  }
}
