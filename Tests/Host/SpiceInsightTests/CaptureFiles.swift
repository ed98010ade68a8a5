import SpiceInsight
import TestSupport

/// Capture files made by hand, in every dialect the reader has to know.
enum CaptureFiles {
  enum Order { case little, big }

  static func number(_ value: UInt64, _ size: Int, _ order: Order) -> [UInt8] {
    let little = (0..<size).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
    return order == .little ? little : little.reversed()
  }

  static func pcap(_ packets: [[UInt8]], _ order: Order = .little, nanoseconds: Bool = false, link: UInt64 = 101)
    -> [UInt8]
  {
    var file = number(nanoseconds ? 0xa1b2_3c4d : 0xa1b2_c3d4, 4, order)
    file += number(2, 2, order) + number(4, 2, order) + number(0, 8, order) + number(65535, 4, order)
    file += number(link, 4, order)
    for (index, packet) in packets.enumerated() {
      file += number(1000, 4, order) + number(UInt64(index + 1), 4, order)
      file += number(UInt64(packet.count), 4, order) + number(UInt64(packet.count), 4, order) + packet
    }
    return file
  }

  static func block(_ type: UInt64, _ content: [UInt8], _ order: Order) -> [UInt8] {
    let padded = content + [UInt8](repeating: 0, count: (4 - content.count % 4) % 4)
    let length = number(UInt64(padded.count + 12), 4, order)
    return number(type, 4, order) + length + padded + length
  }

  static func section(_ order: Order) -> [UInt8] {
    block(
      0x0a0d_0d0a, number(0x1a2b_3c4d, 4, order) + number(1, 2, order) + number(0, 2, order) + number(.max, 8, order),
      order)
  }

  static func interface(_ link: UInt64, _ order: Order, resolution: UInt8? = nil) -> [UInt8] {
    var content = number(link, 2, order) + [0, 0] + number(0, 4, order)
    if let resolution { content += number(9, 2, order) + number(1, 2, order) + [resolution, 0, 0, 0, 0, 0, 0, 0] }
    return block(1, content, order)
  }

  static func packet(_ interface: UInt64, _ ticks: UInt64, _ bytes: [UInt8], _ order: Order) -> [UInt8] {
    block(
      6,
      number(interface, 4, order) + number(ticks >> 32, 4, order) + number(ticks & 0xffff_ffff, 4, order)
        + number(UInt64(bytes.count), 4, order) + number(UInt64(bytes.count), 4, order) + bytes, order)
  }

  /// An IPv4 packet with a TCP segment.
  static func ip4(_ payload: [UInt8], options: [UInt8] = [], fragment: UInt16 = 0, port: UInt64 = 40_000) -> [UInt8] {
    let total = 20 + options.count + 20 + payload.count
    return [UInt8(0x40 | (5 + options.count / 4)), 0] + number(UInt64(total), 2, .big) + [0, 0]
      + number(UInt64(fragment), 2, .big) + [64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2] + options + tcp(payload, port: port)
  }

  static func ip6(_ payload: [UInt8], extensions: [UInt8] = [], next: UInt8 = 6) -> [UInt8] {
    [0x60, 0, 0, 0] + number(UInt64(extensions.count + 20 + payload.count), 2, .big) + [next, 64]
      + [UInt8](repeating: 0, count: 15) + [1] + [UInt8](repeating: 0, count: 15) + [2] + extensions + tcp(payload)
  }

  static func tcp(_ payload: [UInt8], port: UInt64 = 40_000) -> [UInt8] {
    number(port, 2, .big) + number(5900, 2, .big) + number(7, 4, .big) + number(9, 4, .big) + [0x50, 0x18]
      + number(1000, 2, .big) + [0, 0, 0, 0] + payload
  }

  static func items(_ file: [UInt8], piece: Int = 1 << 20) -> (packets: [CapturedPacket], problems: [CaptureProblem]) {
    var reader = CaptureReader()
    var (packets, problems): ([CapturedPacket], [CaptureProblem]) = ([], [])
    var rest = file[...]
    while !rest.isEmpty {
      reader.feed(Array(rest.prefix(piece)))
      rest = rest.dropFirst(piece)
      while let item = reader.next() {
        switch item {
        case .packet(let packet): packets.append(packet)
        case .problem(let problem): problems.append(problem)
        case .comment, .watched: break
        }
      }
    }
    if let problem = reader.finish() { problems.append(problem) }
    return (packets, problems)
  }

  static func payload(_ packet: CapturedPacket) -> [UInt8]? {
    if case .tcp(let segment) = packet.content { Array(segment.payload) } else { nil }
  }
}
