/// Flags of a TCP header.
enum TCPFlags {
  static let fin: UInt8 = 1
  static let syn: UInt8 = 2
  static let reset: UInt8 = 4
  static let push: UInt8 = 8
  static let ack: UInt8 = 16
}

/// An IP packet around a piece of a stream, with checksums that hold.
struct SyntheticPacket {
  let source: Endpoint
  let destination: Endpoint
  let sequence: UInt32
  let acknowledgement: UInt32
  let flags: UInt8
  let window: UInt16
  let payload: ArraySlice<UInt8>

  /// One end of each kind is told in the longer form, an IPv4 address as ::ffff:a.b.c.d.
  private var isIPv6: Bool { source.isIPv6 || destination.isIPv6 }
  private var addresses: [UInt8] { [source, destination].flatMap { isIPv6 ? Self.long($0) : $0.address } }
  /// Bytes of TCP's header and what it carries.
  private var segment: Int { 20 + payload.count }
  /// Bytes of the packet.
  var count: Int { (isIPv6 ? 40 : 20) + segment }

  func append(to bytes: inout [UInt8]) {
    let addresses = addresses
    bytes += isIPv6 ? Self.headerIPv6(addresses, segment) : Self.headerIPv4(addresses, segment)
    let start = bytes.count
    Self.append(&bytes, UInt32(source.port) << 16 | UInt32(destination.port))
    Self.append(&bytes, sequence)
    Self.append(&bytes, acknowledgement)
    bytes.append(5 << 4)  // five words of header
    bytes.append(flags)
    Self.append(&bytes, UInt32(window) << 16)  // the checksum follows below
    bytes.append(contentsOf: [0, 0])
    bytes.append(contentsOf: payload)
    var pseudo = addresses
    Self.append(&pseudo, UInt32(segment))
    Self.append(&pseudo, 6)
    let sum = Self.checksum(pseudo[...], bytes[start...])
    bytes[start + 16] = UInt8(sum >> 8)
    bytes[start + 17] = UInt8(sum & 0xff)
  }

  private static func long(_ end: Endpoint) -> [UInt8] {
    end.isIPv6 ? end.address : [UInt8](repeating: 0, count: 10) + [0xff, 0xff] + end.address
  }

  private static func headerIPv4(_ addresses: [UInt8], _ count: Int) -> [UInt8] {
    var header: [UInt8] = [0x45, 0]
    header.append(contentsOf: [UInt8(truncatingIfNeeded: (count + 20) >> 8), UInt8(truncatingIfNeeded: count + 20)])
    header.append(contentsOf: [0, 0, 0x40, 0, 64, 6, 0, 0])  // not to be fragmented, TTL 64, TCP
    header.append(contentsOf: addresses)
    let sum = checksum(header[...])
    header[10] = UInt8(sum >> 8)
    header[11] = UInt8(sum & 0xff)
    return header
  }

  private static func headerIPv6(_ addresses: [UInt8], _ count: Int) -> [UInt8] {
    var header: [UInt8] = [0x60, 0, 0, 0]
    header.append(contentsOf: [UInt8(truncatingIfNeeded: count >> 8), UInt8(truncatingIfNeeded: count), 6, 64])
    return header + addresses
  }

  private static func append(_ bytes: inout [UInt8], _ value: UInt32) {
    for shift: UInt32 in [24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: value >> shift)) }
  }

  /// The ones' complement sum of all parts as big-endian words (RFC 1071); all but the last have an even count.
  static func checksum(_ parts: ArraySlice<UInt8>...) -> UInt16 {
    var sum = parts.reduce(0 as UInt64) { sum, part in sum &+ part.withUnsafeBytes(littleEndianSum) }
    while sum > 0xffff { sum = sum & 0xffff + sum >> 16 }
    return ~UInt16(truncatingIfNeeded: sum).byteSwapped
  }

  /// The sum is the same in either order of bytes, but for its own: so it is made of the longest words there are.
  private static func littleEndianSum(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    var (low, high) = (0 as UInt64, 0 as UInt64)
    var place = 0
    while place + 8 <= bytes.count {
      let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self))
      low &+= word & 0xffff_ffff
      high &+= word >> 32
      place += 8
    }
    for (step, byte) in bytes[place...].enumerated() { low &+= UInt64(byte) << UInt64(step % 2 * 8) }
    return low &+ high
  }
}
