import SpiceInsight
import TestSupport
import Testing

@Suite("TCP streams are put together again")
struct StreamTests {
  private let client = Endpoint(10, 0, 0, 1, port: 40_000)
  private let server = Endpoint(10, 0, 0, 2, port: 5900)

  private func segment(
    _ sequence: UInt32, _ payload: [UInt8] = [], flags: UInt8 = 16, from speaker: Speaker = .client, missing: Int = 0
  ) -> TCPSegment {
    TCPSegment(
      time: FlowTime(nanoseconds: 1), source: speaker == .client ? client : server,
      destination: speaker == .client ? server : client, sequence: sequence, acknowledgement: 0, flags: flags,
      window: 100, payload: payload[...], missing: missing)
  }

  /// What came of the segments, in short: bytes as they are, gaps as `-count`.
  private func told(_ segments: [TCPSegment], limits: TCPStreams.Limits = .init()) -> [Int] {
    var streams = TCPStreams(limits: limits)
    for segment in segments { streams.feed(segment) }
    streams.finish()
    var told: [Int] = []
    for event in streams.takeEvents() {
      switch event.kind {
      case .bytes(let bytes): told += bytes.map { Int($0) }
      case .gap(let missing): told.append(-missing)
      case .finished: told.append(1000)
      case .reset: told.append(2000)
      default: break
      }
    }
    return told
  }

  private var opening: TCPSegment { segment(99, flags: 2) }

  @Test("out of order") func order() {
    #expect(
      told([opening, segment(102, [3]), segment(103, [4]), segment(101, [2]), segment(100, [1])]) == [1, 2, 3, 4])
  }

  @Test("sent again, overlapping and contained") func overlaps() {
    #expect(
      told([
        opening, segment(100, [1, 2, 3]), segment(100, [1, 2, 3]), segment(101, [2, 3, 4, 5]), segment(104, [5]),
        segment(107, [8]), segment(105, [6, 7, 8, 9]),
      ]) == [1, 2, 3, 4, 5, 6, 7, 8, 9])
  }

  @Test("numbers that wrap around") func wrapping() {
    #expect(
      told([segment(.max - 2, flags: 2), segment(1, [4]), segment(.max - 1, [1, 2, 3])]) == [1, 2, 3, 4])
  }

  @Test("a lost packet is a gap of its size") func gap() {
    #expect(told([opening, segment(100, [1]), segment(105, [6]), segment(106, [], flags: 17)]) == [1, -4, 6, 1000])
  }

  @Test("what the other end acknowledges and nobody captured is a gap after a short wait") func acknowledged() {
    var ack = segment(1, from: .server)
    ack.acknowledgement = 103
    let acks = [TCPSegment](repeating: ack, count: 20)
    #expect(told([opening] + acks + [segment(103, [4])]) == [-3, 4])
    #expect(told([opening, segment(102, [3])] + acks + [segment(100, [1, 2])]) == [-2, 3])
    var late = segment(103, [4])
    late.time = FlowTime(nanoseconds: 1_000_000_000)
    #expect(told([opening, ack, late, segment(100, [1, 2, 3])]) == [-3, 4])
  }

  @Test("an answer that was captured before what it answers waits for it") func overtaken() {
    var answer = segment(1, [9], from: .server)
    answer.acknowledgement = 103
    #expect(told([opening, answer, segment(100, [1, 2, 3])]) == [1, 2, 3, 9])
    #expect(told([opening, answer, segment(102, [3]), segment(100, [1, 2])]) == [1, 2, 3, 9])
  }

  @Test("bytes the capture cut off are a gap") func cut() {
    #expect(told([opening, segment(100, [1], missing: 9), segment(110, [2])]) == [1, -9, 2])
  }

  @Test("what is held back is bounded") func bound() {
    var limits = TCPStreams.Limits()
    limits.held = 3
    #expect(told([opening, segment(101, [2, 3]), segment(110, [1, 1])], limits: limits) == [-1, 2, 3, -7, 1, 1])
  }

  @Test("a capture that begins in the middle says so") func middle() {
    var streams = TCPStreams()
    streams.feed(segment(7, [1], from: .server))
    guard case .opened(let client, _, let whole)? = streams.takeEvents().first?.kind else {
      Issue.record("not opened")
      return
    }
    #expect(!whole && client.port == 40_000)
  }

  @Test("the same ends again are another connection") func again() {
    var streams = TCPStreams()
    for one in [opening, segment(100, [1], flags: 4), segment(500, flags: 2), segment(501, [2])] { streams.feed(one) }
    let opened = streams.takeEvents().filter { if case .opened = $0.kind { true } else { false } }
    #expect(opened.map { $0.conversation } == [1, 2])
  }

  @Test("what comes late of a connection that is over is none of its own, until many others have ended") func late() {
    var limits = TCPStreams.Limits()
    limits.ended = 1
    var streams = TCPStreams(limits: limits)
    let stray = segment(100, [1])
    var (other, otherEnd) = (segment(500, flags: 2), segment(501, flags: 4))
    other.source = Endpoint(10, 0, 0, 1, port: 40_001)
    otherEnd.source = other.source
    for one in [opening, segment(100, flags: 4), stray, other, otherEnd, stray] { streams.feed(one) }
    let opened = streams.takeEvents().filter { if case .opened = $0.kind { true } else { false } }
    #expect(opened.map { $0.conversation } == [1, 2, 3])
  }

  @Test("shuffled and doubled segments give the stream", arguments: 1...20) func shuffled(_ seed: UInt64) {
    var random = Shuffler(state: seed)
    let bytes = (0..<500).map { UInt8(truncatingIfNeeded: $0) }
    var segments: [TCPSegment] = []
    var place = 0
    while place < bytes.count {
      let size = Int.random(in: 1...40, using: &random)
      let piece = Array(bytes[place..<min(place + size, bytes.count)])
      segments.append(segment(100 + UInt32(place), piece))
      if Bool.random(using: &random) { segments.append(segment(100 + UInt32(place), piece)) }
      place += Int.random(in: 1...size, using: &random)
    }
    segments.shuffle(using: &random)
    #expect(told([opening] + segments) == bytes.map { Int($0) })
  }
}

private struct Shuffler: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state ^ state >> 29
  }
}
