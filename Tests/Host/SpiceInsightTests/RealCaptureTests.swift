import Foundation
import SpiceInsight
import SpiceProtocol
import TestSupport
import Testing

@Suite("Captures by other programs")
struct RealCaptureTests {
  static let names = ["ether-ipv4.pcapng", "cooked-ipv6.pcap"]

  private static func bytes(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: Fixtures.url("captures").appending(path: name)))
  }

  private static func segments(_ name: String) throws -> [TCPSegment] {
    CaptureFiles.items(try bytes(name)).packets.compactMap { packet in
      if case .tcp(let segment) = packet.content { segment } else { nil }
    }
  }

  /// The file without its first packets.
  private static func without(first count: Int, in file: [UInt8]) throws -> [UInt8] {
    func number(_ place: Int) -> Int { file[place..<place + 4].reversed().reduce(0) { $0 << 8 | Int($1) } }
    let isNew = number(0) == 0x0a0d_0d0a
    var (kept, place, left) = (isNew ? [] : Array(file[..<24]), isNew ? 0 : 24, count)
    while place < file.count {
      let size = isNew ? number(place + 4) : 16 + number(place + 8)
      let isPacket = !isNew || number(place) == 6
      if isPacket, left > 0 { left -= 1 } else { kept += file[place..<place + size] }
      place += size
    }
    return kept
  }

  /// What each end of each connection said, in its order; connections are told apart by the client's end.
  private static func said(_ segments: some Sequence<TCPSegment>) -> (lines: [String: [String]], findings: [Finding]) {
    let (events, findings) = LossTests().watch(segments)
    var clients: [Int: String] = [:]
    var lines: [String: [String]] = [:]
    for event in events {
      if case .opened(let client, _) = event.kind { clients[event.conversation] = client }
      guard !event.range.isEmpty else { continue }
      let key = "\(clients[event.conversation] ?? "") \(event.speaker.rawValue)"
      let entry = FlowEntry(event)
      lines[key, default: []].append("\(entry.name) \(event.range)")
    }
    return (lines, findings)
  }

  @Test(
    "are read whole: frames, addresses, connections, messages",
    arguments: [
      ("ether-ipv4.pcapng", 5, "KEY_DOWN", "127.0.0.1:"), ("cooked-ipv6.pcap", 4, "MOUSE_POSITION", "[::1]:"),
    ])
  func whole(_ name: String, _ connections: Int, _ message: String, _ address: String) throws {
    let lines = try RenderingTests.report(try Self.bytes(name))
    #expect(lines.last == "Nothing wrong was found.")
    #expect(!lines.contains { $0.hasPrefix("capture:") })
    #expect(lines.count { $0.hasPrefix("#") } == connections)
    for words in [message, "SURFACE_CREATE", "DRAW_COPY", "CHANNELS_LIST", "client \(address)"] {
      #expect(lines.contains { $0.contains(words) }, "\(words)")
    }
  }

  @Test("tell the same when packets are out of order and sent again", arguments: names, 1...10 as ClosedRange<UInt64>)
  func shuffled(_ name: String, _ seed: UInt64) throws {
    let segments = try Self.segments(name)
    let truth = Self.said(segments)
    #expect(truth.lines.count >= 8)
    var state = seed &* 0x9e37_79b9_7f4a_7c15
    func chance(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    // What opens connections stays first: those who come in the middle are another matter.
    var mixed: [TCPSegment] = []
    for segment in segments {
      let isData = segment.flags & 7 == 0
      let place = isData && mixed.last.map { $0.flags & 7 == 0 } == true ? chance(2) : 0
      mixed.insert(segment, at: mixed.count - place)
      if isData, chance(4) == 0 { mixed.append(segment) }
    }
    let told = Self.said(mixed)
    #expect(told.findings.map { $0.description } == [])
    #expect(told.lines.keys.sorted() == truth.lines.keys.sorted())
    for (end, lines) in truth.lines { #expect(told.lines[end] == lines, "\(end)") }
  }

  @Test("that begin in the middle say what they lack, and judge what is there", arguments: names)
  func middle(_ name: String) throws {
    let file = try Self.bytes(name)
    var report = FlowReport()
    var lines: [String] = []
    try report.feed(try Self.without(first: 8, in: file)) { lines.append($0) }
    try report.finish { lines.append($0) }
    #expect(lines.contains { $0.hasPrefix("capture: #") && $0.contains("began before the capture") })
    #expect(lines.last == "Nothing wrong was found in what is there.")
  }

  @Test("cut short at any byte are told to there, and hold no fault", arguments: names) func truncated(_ name: String)
    throws
  {
    let file = try Self.bytes(name)
    for end in stride(from: 1, to: file.count, by: 97) {
      var report = FlowReport()
      try report.feed(Array(file[..<end])) { _ in }
      try report.finish { _ in }
      #expect(report.findings.allSatisfy { $0.code.severity == .warning }, "at byte \(end)")
    }
  }
}
