import SpiceProtocol
import SpiceSession
import Testing

@Suite("A server's sound channels")
struct SoundServerTests {
  private let format = AudioFormat(channels: 2, rate: 48_000)

  private func playback(
    _ capabilities: [PlaybackCapability] = [.volume, .latency, .opus]
  ) throws -> ServerBench<PlaybackServer> {
    var bench = ServerBench(
      PlaybackServer(
        accepted(
          .playback, specific: Capabilities(capabilities.map(\.rawValue)), offered: PlaybackServer.capabilities)))
    #expect(bench.takeMessages() == [.said(CommonServerMessage.setAck(SetAck(generation: 1, window: 20)))])
    try bench.say(CommonClientMessage.ackSync(generation: 1))
    return bench
  }

  private func record(_ capabilities: [RecordCapability] = [.volume, .opus]) -> ServerBench<RecordServer> {
    ServerBench(
      RecordServer(
        accepted(.record, specific: Capabilities(capabilities.map(\.rawValue)), offered: RecordServer.capabilities)))
  }

  @Test("a stream is its mode, its start, its data and its stop")
  func stream() throws {
    var bench = try playback()
    #expect(bench.act { $0.begin(format, mode: .opus, time: 100) })
    bench.act { $0.play([1, 2, 3], time: 110) }
    bench.act { $0.end() }
    #expect(
      bench.takeMessages() == [
        .said(PlaybackServerMessage.mode(time: 100, mode: 3, [])),
        .said(PlaybackServerMessage.start(format, time: 100)),
        .said(PlaybackServerMessage.data(time: 110, [1, 2, 3])), .said(PlaybackServerMessage.stop),
      ])
    // The mode is still the same.
    #expect(bench.act { $0.begin(format, mode: .opus, time: 200) })
    #expect(bench.takeMessages() == [.said(PlaybackServerMessage.start(format, time: 200))])
    #expect(bench.act { $0.begin(format, mode: .raw, time: 300) })
    #expect(bench.takeMessages().map(\.type) == [104, 102, 103])
  }

  @Test("nothing is played where no stream has begun")
  func noStream() throws {
    var bench = try playback()
    bench.act { $0.play([1], time: 1) }
    bench.act { $0.end() }
    #expect(bench.takeMessages().isEmpty)
  }

  @Test("Opus is for clients that know it, CELT for none")
  func modes() throws {
    var bench = try playback([])
    #expect(!bench.engine.supports(.opus) && bench.engine.supports(.raw))
    #expect(bench.act { $0.begin(format, mode: .opus, time: 0) } == false)
    #expect(bench.takeMessages().isEmpty)
    #expect(try playback([.celt051]).engine.supports(.celt051) == false)
  }

  @Test("volume, mute and latency reach clients that know them, when they change", arguments: [true, false])
  func controls(_ knows: Bool) throws {
    var bench = try playback(knows ? [.volume, .latency] : [])
    for _ in 0..<2 {
      bench.act {
        $0.setVolume([1, 2])
        $0.setMute(true)
        $0.setLatency(40)
      }
    }
    let all: [Said] = [
      .said(PlaybackServerMessage.volume([1, 2])), .said(PlaybackServerMessage.mute(true)),
      .said(PlaybackServerMessage.latency(40)),
    ]
    #expect(bench.takeMessages() == (knows ? all : []))
  }

  @Test("of sound that a client does not take in time the newest is kept")
  func dropping() throws {
    var bench = try playback()
    #expect(bench.act { $0.begin(format, time: 0) })
    for time in 0..<1000 { bench.act { $0.play([0, 0, 0, 0], time: UInt32(time)) } }
    let sent = bench.takeMessages()
    // MODE, START and two windows less those two.
    #expect(sent.count == 40)
    #expect(bench.engine.droppedPackets == 1000 - 38 - 32)
    try bench.say(CommonClientMessage.ack, CommonClientMessage.ack)
    let late = bench.takeMessages()
    #expect(late.count == 32 && late.first == .said(PlaybackServerMessage.data(time: 968, [0, 0, 0, 0])))
  }

  @Test("large packets are bounded by their bytes, and what waits of an old stream is dropped with it")
  func bytes() throws {
    var bench = try playback()
    #expect(bench.act { $0.begin(format, time: 0) })
    for _ in 0..<38 { bench.act { $0.play([0], time: 0) } }
    let large = [UInt8](repeating: 0, count: 100 << 10)
    for _ in 0..<3 { bench.act { $0.play(large, time: 0) } }
    #expect(bench.engine.droppedPackets == 1)
    bench.act { $0.play([UInt8](repeating: 0, count: PlaybackServer.byteLimit + 1), time: 0) }
    #expect(bench.engine.droppedPackets == 2)
    #expect(bench.act { $0.begin(format, time: 9) })
    #expect(bench.engine.droppedPackets == 4)
    _ = bench.takeMessages()
    try bench.say(CommonClientMessage.ack)
    #expect(bench.takeMessages().map(\.type) == [104, 103])
  }

  @Test("a client is asked for its sound, and what it says comes as it is")
  func recording() throws {
    var bench = record()
    bench.act { $0.begin(format) }
    #expect(bench.takeMessages() == [.said(RecordServerMessage.start(format))])
    try bench.say(
      RecordClientMessage.mode(time: 1, mode: 3, []), RecordClientMessage.startMark(time: 2),
      RecordClientMessage.data(time: 3, [4, 5]))
    #expect(bench.takeEvents() == [.began(time: 2), .samples(.opus, time: 3, [4, 5])])
    bench.act { $0.end() }
    #expect(bench.takeMessages() == [.said(RecordServerMessage.stop)])
    // Was on its way.
    try bench.say(RecordClientMessage.data(time: 4, [6]), RecordClientMessage.startMark(time: 5))
    #expect(bench.takeEvents().isEmpty)
  }

  @Test("a mode that was not agreed on is refused", arguments: [0, 2, 3, 4, 0xFFFF] as [UInt16])
  func recordModes(_ mode: UInt16) {
    var bench = record([])
    #expect(bench.fault(RecordClientMessage.mode(time: 0, mode: mode, [])) == .audioMode(mode))
  }

  @Test("the microphone's volume reaches clients that know it", arguments: [true, false])
  func recordControls(_ knows: Bool) {
    var bench = record(knows ? [.volume] : [])
    bench.act {
      $0.setVolume([9])
      $0.setMute(false)
    }
    #expect(bench.takeMessages().map(\.type) == (knows ? [103, 104] : []))
  }
}
