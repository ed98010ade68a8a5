import SpiceInsight
import SpiceProtocol
import TestSupport
import Testing

@Suite("Captures that lack something")
struct LossTests {
  private static func segments(_ name: String) throws -> [TCPSegment] {
    CaptureFiles.items(try RenderingTests.capture(name)).packets.compactMap { packet in
      if case .tcp(let segment) = packet.content { segment } else { nil }
    }
  }

  /// Everything from these segments on.
  func watch(_ segments: some Sequence<TCPSegment>) -> (events: [FlowEvent], findings: [Finding]) {
    var (streams, reader, diagnosis) = (TCPStreams(), FlowReader(), Diagnosis())
    var events: [FlowEvent] = []
    func drain() {
      for event in streams.takeEvents() { reader.feed(event) }
      for event in reader.takeEvents() {
        diagnosis.see(event)
        events.append(event)
      }
    }
    for segment in segments {
      streams.feed(segment)
      drain()
    }
    streams.finish()
    reader.finish()
    drain()
    diagnosis.finish(at: reader.now)
    return (events, diagnosis.findings)
  }

  @Test(
    "a packet that was not captured is a gap, and nobody is blamed for it", arguments: ["grub-menu", "desktop-mjpeg"])
  func lost(_ name: String) throws {
    let segments = try Self.segments(name)
    for lost in stride(from: 0, to: segments.count, by: max(1, segments.count / 60)) {
      let (events, findings) = watch(segments.enumerated().filter { $0.offset != lost }.map { $0.element })
      #expect(findings.map { $0.description } == [], "without packet \(lost)")
      let flags = segments[lost].flags
      if !segments[lost].payload.isEmpty, flags & 3 == 0 {
        #expect(events.contains { if case .gap = $0.kind { true } else { false } }, "without packet \(lost)")
      }
    }
  }

  @Test("a capture that begins in the middle says so and blames nobody") func middle() throws {
    let segments = try Self.segments("grub-menu")
    let (events, findings) = watch(segments.filter { $0.flags & 2 == 0 }.dropFirst(12))
    #expect(findings.map { $0.description } == [])
    #expect(
      events.contains { if case .unreadable(.captureBeganInTheMiddle) = $0.kind { true } else { false } })
  }

  @Test("a gap inside one message costs that message alone") func damaged() {
    var pair = Pair()
    pair.openMain()
    pair.openDisplay()
    pair.say([102, 0, 100, 0, 0, 0] + [UInt8](repeating: 0, count: 40), .server, on: 1)
    pair.reader.gap(60, from: .server, at: pair.time, conversation: 1)
    pair.message(DisplayServerMessage.mark, .server, on: 1)
    let messages = pair.events.compactMap { if case .message(let message) = $0.kind { message } else { nil } }
    #expect(messages.suffix(2).map { $0.isDamaged } == [true, false])
    #expect(messages.last?.name == "MARK")
    #expect(pair.codes() == [])
  }
}
