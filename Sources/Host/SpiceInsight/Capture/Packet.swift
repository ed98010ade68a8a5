/// What frames a packet (`LINKTYPE_*` of the capture formats).
public struct LinkType: RawRepresentable, Hashable, Sendable {
  public var rawValue: UInt32

  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// BSD's loopback: u32 address family in the byte order of whoever captured.
  public static let null = LinkType(rawValue: 0)
  public static let ethernet = LinkType(rawValue: 1)
  /// Begins with the IP header.
  public static let raw = LinkType(rawValue: 101)
  /// OpenBSD's loopback: u32 address family, big-endian.
  public static let loop = LinkType(rawValue: 108)
  /// Linux's "any" interface.
  public static let linuxCooked = LinkType(rawValue: 113)
  public static let ipv4 = LinkType(rawValue: 228)
  public static let ipv6 = LinkType(rawValue: 229)
  public static let linuxCooked2 = LinkType(rawValue: 276)
}

/// A TCP segment taken out of its packet.
public struct TCPSegment: Sendable {
  public var time: FlowTime
  public var source: Endpoint
  public var destination: Endpoint
  public var sequence: UInt32
  public var acknowledgement: UInt32
  /// `TCPFlags`.
  public var flags: UInt8
  /// Bytes the sender of this segment is ready to receive, not scaled.
  public var window: UInt16
  public var payload: ArraySlice<UInt8>
  /// Bytes of the payload that the capture cut off its end.
  public var missing: Int

  public init(
    time: FlowTime, source: Endpoint, destination: Endpoint, sequence: UInt32, acknowledgement: UInt32, flags: UInt8,
    window: UInt16, payload: ArraySlice<UInt8>, missing: Int
  ) {
    self.time = time
    self.source = source
    self.destination = destination
    self.sequence = sequence
    self.acknowledgement = acknowledgement
    self.flags = flags
    self.window = window
    self.payload = payload
    self.missing = missing
  }
}

/// What came of a packet.
public enum PacketContent: Sendable {
  case tcp(TCPSegment)
  case skipped(PacketSkip)
}

/// Why a packet gives no TCP segment.
public enum PacketSkip: String, Hashable, Sendable, CaseIterable {
  case unknownLinkType = "of a link type that is not read"
  case notIP = "not IP"
  case notTCP = "not TCP"
  case fragment = "IP fragments, which are not put together"
  case malformed = "cut short or malformed"
}

extension CapturedPacket {
  /// The TCP segment inside.
  public var content: PacketContent {
    var reader = PacketReader(bytes)
    do throws(PacketSkip) {
      let (source, destination, size) = try reader.internet(linkType)
      return .tcp(try reader.segment(time, source, destination, size))
    } catch {
      return .skipped(error)
    }
  }
}

extension PacketSkip: Error {}

/// Walks through a packet's headers.
private struct PacketReader {
  private let bytes: ArraySlice<UInt8>
  private var index: Int

  init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    index = bytes.startIndex
  }

  private func need(_ count: Int) throws(PacketSkip) {
    if bytes.endIndex - index < count { throw .malformed }
  }

  private mutating func skip(_ count: Int) throws(PacketSkip) {
    try need(count)
    index += count
  }

  private func u8(_ offset: Int) -> UInt8 { bytes[index + offset] }
  private func u16(_ offset: Int) -> Int { Int(u8(offset)) << 8 | Int(u8(offset + 1)) }
  private func u32(_ offset: Int) -> UInt32 { UInt32(u16(offset)) << 16 | UInt32(u16(offset + 2)) }

  /// Comes to rest at the TCP header: the addresses, without ports, and the bytes from here to the IP packet's end.
  mutating func internet(_ link: LinkType) throws(PacketSkip) -> (Endpoint, Endpoint, Int) {
    switch link {
    case .raw, .ipv4, .ipv6: break
    case .null, .loop: try skip(4)
    case .ethernet:
      try skip(12)
      try etherType()
    case .linuxCooked:
      try skip(14)
      try etherType()
    case .linuxCooked2:
      try need(20)
      guard u16(0) == 0x0800 || u16(0) == 0x86dd else { throw .notIP }
      try skip(20)
    default: throw .unknownLinkType
    }
    try need(1)
    switch u8(0) >> 4 {
    case 4: return try internet4()
    case 6: return try internet6()
    default: throw .notIP
    }
  }

  /// Passes the type that stands here, and VLAN tags before it.
  private mutating func etherType() throws(PacketSkip) {
    for _ in 0..<4 {
      try need(2)
      switch u16(0) {
      case 0x0800, 0x86dd: return try skip(2)
      case 0x8100, 0x88a8, 0x9100: try skip(4)
      default: throw .notIP
      }
    }
    throw .malformed
  }

  private mutating func internet4() throws(PacketSkip) -> (Endpoint, Endpoint, Int) {
    try need(20)
    let header = Int(u8(0) & 15) * 4
    guard header >= 20 else { throw .malformed }
    // Offloading leaves the length of what is captured before it is cut at 0.
    let total = u16(2) == 0 ? bytes.endIndex - index : u16(2)
    guard u16(6) & 0x3fff == 0 else { throw .fragment }
    guard u8(9) == 6 else { throw .notTCP }
    let source = Endpoint(address: bytes[index + 12..<index + 16], port: 0)
    let destination = Endpoint(address: bytes[index + 16..<index + 20], port: 0)
    try skip(header)
    guard total >= header else { throw .malformed }
    return (source, destination, total - header)
  }

  private mutating func internet6() throws(PacketSkip) -> (Endpoint, Endpoint, Int) {
    try need(40)
    var size = u16(4)
    if size == 0 { size = bytes.endIndex - index - 40 }
    var next = u8(6)
    let source = Endpoint(address: bytes[index + 8..<index + 24], port: 0)
    let destination = Endpoint(address: bytes[index + 24..<index + 40], port: 0)
    try skip(40)
    while next != 6 {
      try need(8)
      let length: Int
      switch next {
      case 0, 43, 60, 135: length = (Int(u8(1)) + 1) * 8  // hop-by-hop, routing, destination, mobility
      case 51: length = (Int(u8(1)) + 2) * 4  // authentication
      case 44: throw .fragment
      default: throw .notTCP
      }
      next = u8(0)
      try skip(length)
      size -= length
    }
    guard size >= 0 else { throw .malformed }
    return (source, destination, size)
  }

  mutating func segment(
    _ time: FlowTime, _ source: Endpoint, _ destination: Endpoint, _ size: Int
  ) throws(PacketSkip) -> TCPSegment {
    try need(20)
    var source = source
    var destination = destination
    source.port = UInt16(u16(0))
    destination.port = UInt16(u16(2))
    let header = Int(u8(12) >> 4) * 4
    guard header >= 20, header <= size else { throw .malformed }
    let wanted = size - header
    let sequence = u32(4)
    let acknowledgement = u32(8)
    let flags = u8(13)
    let window = UInt16(u16(14))
    try skip(header)
    let payload = bytes[index...].prefix(wanted)
    return TCPSegment(
      time: time, source: source, destination: destination, sequence: sequence, acknowledgement: acknowledgement,
      flags: flags, window: window, payload: payload, missing: wanted - payload.count)
  }
}
