import SpiceInsight
import TestSupport
import Testing

@Suite("Capture files are read in every dialect")
struct CaptureTests {
  static let orders: [CaptureFiles.Order] = [.little, .big]

  @Test("pcap in both byte orders, microseconds and nanoseconds", arguments: orders, [false, true])
  func pcap(_ order: CaptureFiles.Order, _ nanoseconds: Bool) {
    let (packets, problems) = CaptureFiles.items(
      CaptureFiles.pcap([CaptureFiles.ip4([1, 2, 3])], order, nanoseconds: nanoseconds))
    #expect(problems.isEmpty)
    #expect(packets.first?.time == FlowTime(nanoseconds: 1_000_000_000_000 + (nanoseconds ? 1 : 1000)))
    #expect(packets.first.flatMap(CaptureFiles.payload) == [1, 2, 3])
  }

  @Test(
    "pcapng: sections of either order, interfaces of their own, unknown blocks passed over, in pieces of any size",
    arguments: [1, 7, 1 << 20])
  func pcapng(_ piece: Int) {
    var file: [UInt8] = []
    for order in Self.orders {
      file += CaptureFiles.section(order) + CaptureFiles.interface(101, order)
      file += CaptureFiles.block(0x0bad, [1, 2, 3, 4, 5], order) + CaptureFiles.interface(1, order, resolution: 9)
      file += CaptureFiles.packet(0, 5_000_000, CaptureFiles.ip4([1]), order)
      let ethernet = [UInt8](repeating: 0, count: 12) + [8, 0] + CaptureFiles.ip4([2])
      file += CaptureFiles.packet(1, 5_000_000_001, ethernet, order)
    }
    let (packets, problems) = CaptureFiles.items(file, piece: piece)
    #expect(problems.isEmpty)
    #expect(packets.map { $0.time.nanoseconds } == [5_000_000_000, 5_000_000_001, 5_000_000_000, 5_000_000_001])
    #expect(packets.compactMap(CaptureFiles.payload) == [[1], [2], [1], [2]])
  }

  @Test("times in powers of two") func binaryTimes() {
    let file =
      CaptureFiles.section(.little) + CaptureFiles.interface(101, .little, resolution: 0x81)
      + CaptureFiles.packet(0, 3, CaptureFiles.ip4([]), .little)
    #expect(CaptureFiles.items(file).packets.first?.time.nanoseconds == 1_500_000_000)
  }

  @Test(
    "each link type",
    arguments: [
      (0, [2, 0, 0, 0]), (108, [0, 0, 0, 2]), (101, []), (228, []),
      (1, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0]),
      (1, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x81, 0, 0, 5, 0x88, 0xa8, 0, 6, 8, 0]),
      (113, [0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0]),
      (276, [8, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0]),
    ] as [(UInt64, [UInt8])])
  func linkTypes(_ link: UInt64, _ head: [UInt8]) {
    let (packets, _) = CaptureFiles.items(CaptureFiles.pcap([head + CaptureFiles.ip4([9])], link: link))
    #expect(packets.first.flatMap(CaptureFiles.payload) == [9])
  }

  @Test("IPv4 options and IPv6 extension headers are passed over, padding behind the packet is none of it")
  func headers() {
    let hop: [UInt8] = [60, 0, 0, 0, 0, 0, 0, 0]
    let destination: [UInt8] = [6, 0, 0, 0, 0, 0, 0, 0]
    let packets = [
      CaptureFiles.ip4([1], options: [1, 1, 1, 1]) + [0, 0, 0, 0],
      CaptureFiles.ip6([2]), CaptureFiles.ip6([3], extensions: hop + destination, next: 0),
    ]
    #expect(CaptureFiles.items(CaptureFiles.pcap(packets)).packets.compactMap(CaptureFiles.payload) == [[1], [2], [3]])
  }

  @Test(
    "what is no TCP is named",
    arguments: [
      (CaptureFiles.ip4([1], fragment: 0x2000), PacketSkip.fragment), ([0x10], .notIP), ([0x45, 0], .malformed),
      (CaptureFiles.ip6([], extensions: [6, 0, 0, 0, 0, 0, 0, 0], next: 44), .fragment),
      (Array(CaptureFiles.ip4([1]).prefix(30)), .malformed),
    ])
  func skipped(_ packet: [UInt8], _ reason: PacketSkip) {
    guard case .skipped(let found)? = CaptureFiles.items(CaptureFiles.pcap([packet])).packets.first?.content else {
      Issue.record("a segment was found")
      return
    }
    #expect(found == reason)
  }

  @Test("a file cut at any byte gives the whole packets before, and says what is missing") func truncated() {
    let file =
      CaptureFiles.section(.little) + CaptureFiles.interface(101, .little)
      + CaptureFiles.packet(0, 1, CaptureFiles.ip4([1, 2]), .little)
    for count in 0..<file.count {
      let (packets, problems) = CaptureFiles.items(Array(file.prefix(count)))
      #expect(packets.isEmpty)
      #expect(problems.count == (count == 28 || count == 48 ? 0 : 1), "\(count)")
    }
  }

  @Test("lengths that cannot be end the reading with a sentence") func badLengths() {
    for length: UInt64 in [0, 8, 13] {
      var file = CaptureFiles.section(.little)
      file += CaptureFiles.number(6, 4, .little) + CaptureFiles.number(length, 4, .little) + [0, 0, 0, 0]
      #expect(CaptureFiles.items(file).problems == [.badLength(at: 32, length: length)])
    }
    #expect(CaptureFiles.items([1, 2, 3, 4, 5]).problems == [.unknownFormat([1, 2, 3, 4])])
  }

  @Test("a huge block is passed over") func hugeBlock() {
    var file = CaptureFiles.section(.little) + CaptureFiles.interface(101, .little)
    file += CaptureFiles.block(77, [UInt8](repeating: 0, count: 3 << 20), .little)
    file += CaptureFiles.packet(0, 1, CaptureFiles.ip4([4]), .little)
    let (packets, problems) = CaptureFiles.items(file, piece: 4096)
    #expect(packets.compactMap(CaptureFiles.payload) == [[4]])
    #expect(problems.count == 1)
  }

  @Test("what the writer writes is read again: ends, times, bytes and closes", arguments: [false, true])
  func roundTrip(_ isIPv6: Bool) throws {
    let server =
      isIPv6
      ? Endpoint(address: [UInt8](repeating: 0, count: 15)[...] + [1], port: 5900)
      : Endpoint(127, 0, 0, 1, port: 5900)
    let file = try Written()
    var writer = try PcapngWriter(comment: "secrets are blanked") { file.bytes += $0 }
    let start = FlowTime(nanoseconds: 1_700_000_000_123_456_789)
    let big = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    try writer.open(1, client: Endpoint(127, 0, 0, 1, port: 40_000), server: server, at: start)
    try writer.write([1, 2, 3], from: .client, in: 1, at: start)
    try writer.write(big[...], from: .server, in: 1, at: start)
    for speaker in Speaker.allCases { try writer.close(1, from: speaker, at: start) }
    var streams = TCPStreams()
    for packet in CaptureFiles.items(file.bytes).packets {
      #expect(packet.time == start)
      if case .tcp(let segment) = packet.content { streams.feed(segment) }
    }
    var said: [Speaker: [UInt8]] = [:]
    var closed = 0
    for event in streams.takeEvents() {
      switch event.kind {
      case .opened(_, let end, let whole): #expect(whole && end.port == 5900)
      case .bytes(let bytes): said[event.speaker, default: []] += bytes
      case .finished: closed += 1
      default: Issue.record("\(event.kind)")
      }
    }
    #expect(said[.client] == [1, 2, 3])
    #expect(said[.server]?.elementsEqual(big) == true)
    #expect(closed == 2)
  }
}

/// Where a writer puts its blocks.
final class Written {
  var bytes: [UInt8] = []
  init() throws {}
}
