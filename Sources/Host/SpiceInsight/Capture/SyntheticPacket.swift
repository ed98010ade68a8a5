/// Flags of a TCP header.
enum TCPFlags {
  static let fin: UInt8 = 1
  static let syn: UInt8 = 2
  static let reset: UInt8 = 4
  static let push: UInt8 = 8
  static let ack: UInt8 = 16
}

/// An IP packet around a piece of a stream, with checksums that hold.
enum SyntheticPacket {
  static func bytes(
    from source: Endpoint, to destination: Endpoint, sequence: UInt32, acknowledgement: UInt32, flags: UInt8,
    payload: ArraySlice<UInt8>, window: UInt16 = .max
  ) -> [UInt8] {
    var segment: [UInt8] = []
    segment.reserveCapacity(20 + payload.count)
    append(&segment, UInt32(source.port) << 16 | UInt32(destination.port))
    append(&segment, sequence)
    append(&segment, acknowledgement)
    segment.append(5 << 4)  // five words of header
    segment.append(flags)
    append(&segment, UInt32(window) << 16)  // the checksum follows below
    segment.append(contentsOf: [0, 0])
    segment.append(contentsOf: payload)
    // One end of each kind is told in the longer form, an IPv4 address as ::ffff:a.b.c.d.
    let isIPv6 = source.isIPv6 || destination.isIPv6
    let addresses = [source, destination].flatMap { isIPv6 ? long($0) : $0.address }
    var pseudo = addresses
    append(&pseudo, UInt32(segment.count))
    append(&pseudo, 6)
    let sum = checksum(pseudo, segment)
    segment[16] = UInt8(sum >> 8)
    segment[17] = UInt8(sum & 0xff)
    return (isIPv6 ? headerIPv6(addresses, segment.count) : headerIPv4(addresses, segment.count)) + segment
  }

  private static func long(_ end: Endpoint) -> [UInt8] {
    end.isIPv6 ? end.address : [UInt8](repeating: 0, count: 10) + [0xff, 0xff] + end.address
  }

  private static func headerIPv4(_ addresses: [UInt8], _ count: Int) -> [UInt8] {
    var header: [UInt8] = [0x45, 0]
    header.append(contentsOf: [UInt8(truncatingIfNeeded: (count + 20) >> 8), UInt8(truncatingIfNeeded: count + 20)])
    header.append(contentsOf: [0, 0, 0x40, 0, 64, 6, 0, 0])  // not to be fragmented, TTL 64, TCP
    header.append(contentsOf: addresses)
    let sum = checksum(header, [])
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

  /// The ones' complement sum of both parts as big-endian words; the first part has an even count.
  static func checksum(_ first: [UInt8], _ second: [UInt8]) -> UInt16 {
    var sum: UInt64 = 0
    for part in [first, second] {
      var index = 0
      while index + 1 < part.count {
        sum &+= UInt64(part[index]) << 8 | UInt64(part[index + 1])
        index += 2
      }
      if index < part.count { sum &+= UInt64(part[index]) << 8 }
    }
    while sum > 0xffff { sum = sum & 0xffff + sum >> 16 }
    return ~UInt16(truncatingIfNeeded: sum)
  }
}
