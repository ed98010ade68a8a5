import SpiceProtocol
import SpiceSession
import Testing

@Suite("The client's playback channel")
struct PlaybackTests {
  private let format = AudioFormat(channels: 2, rate: 48_000)

  private func bench(opus: Bool = false) throws -> Bench<PlaybackEngine> {
    try Bench.linked(PlaybackEngine(connectionID: 1, decodesOpus: opus, hasPassword: false))
  }

  /// What happened, in words that can be compared.
  private func told(_ events: [PlaybackEvent]) -> [String] {
    events.map { event in
      switch event {
      case .notice: "notice"
      case .started(let format, let mode, let time): "started \(format.channels)×\(format.rate) \(mode) at \(time)"
      case .data(let time, let bytes): "data \(Array(bytes)) at \(time)"
      case .stopped: "stopped"
      case .volume(let volumes): "volume \(volumes)"
      case .mute(let isMuted): "mute \(isMuted)"
      case .latency(let milliseconds): "latency \(milliseconds)"
      }
    }
  }

  @Test("passes a stream on from its start to its stop")
  func stream() throws {
    var bench = try bench()
    try bench.say(
      PlaybackServerMessage.start(format, time: 7), PlaybackServerMessage.data(time: 8, [1, 2, 3, 4]),
      PlaybackServerMessage.stop)
    #expect(told(bench.takeEvents()) == ["started 2×48000 raw at 7", "data [1, 2, 3, 4] at 8", "stopped"])
    #expect(bench.engine.stream == nil)
  }

  @Test("cuts off what is no whole frame of raw samples, and nothing of an Opus packet")
  func wholeFrames() throws {
    var bench = try bench(opus: true)
    try bench.say(PlaybackServerMessage.start(format, time: 0), PlaybackServerMessage.data(time: 1, [1, 2, 3]))
    try bench.say(PlaybackServerMessage.data(time: 2, [1, 2, 3, 4, 5]))
    #expect(told(bench.takeEvents()) == ["started 2×48000 raw at 0", "data [1, 2, 3, 4] at 2"])
    try bench.say(PlaybackServerMessage.mode(time: 3, mode: 3, []), PlaybackServerMessage.data(time: 3, [9]))
    #expect(told(bench.takeEvents()) == ["started 2×48000 opus at 3", "data [9] at 3"])
  }

  @Test("sound that belongs to no stream is dropped, and so is its end")
  func noStream() throws {
    var bench = try bench()
    try bench.say(PlaybackServerMessage.data(time: 1, [1, 2, 3, 4]), PlaybackServerMessage.stop)
    #expect(bench.takeEvents().isEmpty)
  }

  @Test("volume, mute and latency are told as they come")
  func controls() throws {
    var bench = try bench()
    try bench.say(
      PlaybackServerMessage.volume([65_535, 1]), PlaybackServerMessage.mute(true), PlaybackServerMessage.latency(200))
    #expect(told(bench.takeEvents()) == ["volume [65535, 1]", "mute true", "latency 200"])
  }

  @Test("says that it decodes Opus only where the host does", arguments: [false, true])
  func capabilities(_ opus: Bool) {
    let engine = PlaybackEngine(connectionID: 1, decodesOpus: opus, hasPassword: false)
    let said = engine.channel.setup.specific
    #expect(said.contains(PlaybackCapability.volume.rawValue))
    #expect(said.contains(PlaybackCapability.opus.rawValue) == opus)
    #expect(!said.contains(PlaybackCapability.celt051.rawValue))
  }

  static let refused: [(PlaybackServerMessage, PlaybackFault)] = [
    (.mode(time: 0, mode: 3, []), .mode(3)), (.mode(time: 0, mode: 2, []), .mode(2)),
    (.mode(time: 0, mode: 0, []), .mode(0)),
    (.start(AudioFormat(channels: 0, rate: 48_000), time: 0), .format(channels: 0, rate: 48_000)),
    (.start(AudioFormat(channels: .max, rate: 48_000), time: 0), .format(channels: .max, rate: 48_000)),
    (.start(AudioFormat(channels: 2, rate: 0), time: 0), .format(channels: 2, rate: 0)),
    (.start(AudioFormat(channels: 2, rate: .max), time: 0), .format(channels: 2, rate: .max)),
    (.start(AudioFormat(channels: 2, format: 2, rate: 48_000), time: 0), .sampleFormat(2)),
  ]

  @Test("what cannot be played ends the channel with the reason", arguments: refused)
  func hostile(_ message: PlaybackServerMessage, _ fault: PlaybackFault) throws {
    var bench = try bench()
    let error = sessionError { () throws(SessionError) in try bench.say(message) }
    guard case .playback(_, _, let seen) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(seen == fault)
  }

  @Test("plays what our own server sends, in pieces of any size", arguments: [0, 1, 7])
  func ownServer(_ piece: Int) throws {
    var pair = Pair(
      PlaybackEngine(connectionID: 1, decodesOpus: true, hasPassword: false), PlaybackServer.capabilities, piece: piece
    ) { PlaybackServer($0) }
    try pair.act { _, server in
      let begun = server.begin(format, mode: .opus, time: 5)
      #expect(begun)
      server.setVolume([3, 4])
      server.play([1, 2, 3], time: 6)
    }
    try pair.act { _, server in server.end() }
    let events = told(pair.clientEvents).filter { $0 != "notice" }
    #expect(events == ["volume [3, 4]", "started 2×48000 opus at 5", "data [1, 2, 3] at 6", "stopped"])
  }
}
