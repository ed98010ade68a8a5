import SpicePixels
import SpiceProtocol
import SpiceSession
import Testing

@Suite("When frames of video are shown")
struct FrameTimeTests {
  /// A screen with stream 1, whose server's clock is at 10 000 ms.
  private func cinema(_ codec: VideoCodec = .mjpeg, clock: UInt32 = 10_000) throws -> Display {
    var bench = try Display.screen(videoCodecs: codec == .mjpeg ? [] : [codec])
    bench.shared.clock.set(clock, at: bench.now)
    try bench.say(stream(codec: codec))
    return bench
  }

  /// The bytes of the frames that the host is asked to decode; each is answered by a picture of its first byte's colour.
  private func play(_ bench: inout Display) throws -> [UInt8] {
    var played: [UInt8] = []
    while true {
      let jobs = bench.takeJobs()
      if jobs.isEmpty { return played }
      for job in jobs {
        guard case .jpeg(let data, _, _) = job.work else {
          guard case .video(let data, _, _) = job.work else { continue }
          played += data
          let picture = Raster(width: 2, height: 2, kind: .opaque, fill: UInt32(data[data.startIndex]))
          try bench.complete(job.id, .pixels(picture))
          continue
        }
        played += data
        try bench.paint(job, UInt32(data[data.startIndex]))
      }
    }
  }

  private func pass(_ milliseconds: UInt64, _ bench: inout Display) throws {
    bench.now.microseconds += milliseconds * 1000
    try bench.process()
  }

  @Test("a frame waits for its time, the engine says when that is, and draws meanwhile go before it")
  func onTime() throws {
    var bench = try cinema()
    let due = Moment(microseconds: bench.now.microseconds + 40_000)
    try bench.say(frame(at: 10_040, data: [5]))
    #expect(bench.engine.alarm == due && bench.takeJobs().isEmpty && bench.engine.isSettled)
    try bench.say(fill(7))
    try pass(39, &bench)
    #expect(try play(&bench).isEmpty && bench.color() == 7 && bench.engine.alarm == due)
    try pass(1, &bench)
    #expect(try play(&bench) == [5])
    #expect(bench.color() == 5 && bench.engine.alarm == nil && bench.engine.statistics.lateFrames == 0)
  }

  @Test("each of several streams has its own frames' times, and the alarm is for the first")
  func several() throws {
    var bench = try cinema()
    try bench.say(stream(2, to: rect(2, 2, 2, 2)), frame(1, at: 10_030, data: [1]), frame(2, at: 10_020, data: [2]))
    #expect(bench.engine.alarm?.since(bench.now) == 20_000)
    try pass(25, &bench)
    #expect(try play(&bench) == [2])
    try pass(5, &bench)
    #expect(try play(&bench) == [1])
  }

  @Test("of frames whose time has come the last is shown; those before it are not even decoded")
  func late() throws {
    var bench = try cinema()
    try bench.say(frame(at: 9_900, data: [1]), frame(at: 9_950, data: [2]), frame(at: 10_000, data: [3]))
    #expect(try play(&bench) == [3])
    #expect(bench.color() == 3 && bench.engine.statistics.lateFrames == 2 && bench.engine.statistics.frames == 3)
    // One alone is better than a picture that stands still.
    try bench.say(frame(at: 9_800, data: [4]))
    #expect(try play(&bench) == [4])
  }

  @Test("a decoder that remembers gets the late ones too; they are not shown")
  func lateButNeeded() throws {
    var bench = try cinema(.vp9)
    try bench.say(fill(7), frame(at: 9_900, data: [1]), frame(at: 9_950, data: [2]))
    var colors: [UInt32?] = []
    for expected in [[1], [2]] as [[UInt8]] {
      let job = try #require(bench.takeJobs().first)
      #expect(job.work == .video(expected[...], .vp9, stream: 0))
      let picture = Raster(width: 2, height: 2, kind: .opaque, fill: UInt32(expected[0]))
      try bench.complete(job.id, .pixels(picture))
      colors.append(bench.color())
    }
    #expect(colors == [7, 2] && bench.engine.statistics.lateFrames == 1)
  }

  @Test("a late frame with a place of its own, which the next leaves uncovered, is shown")
  func latePlace() throws {
    var bench = try cinema()
    func sized(_ place: Rect, _ color: UInt8) -> DisplayServerMessage {
      frame(at: 9_000, sizing: StreamFrame.Sizing(width: 1, height: 1, destination: place), data: [color])
    }
    try bench.say(sized(rect(3, 3, 1, 1), 1), sized(rect(0, 0, 1, 1), 2))
    #expect(try play(&bench) == [1, 2])
    #expect(bench.colors().last == 1 && bench.color() == 2)
  }

  @Test("what is drawn after a frame whose time has come stays over it")
  func order() throws {
    var bench = try cinema()
    try bench.say(frame(at: 10_000, data: [5]), fill(9))
    #expect(try play(&bench) == [5])
    #expect(bench.color() == 9)
  }

  @Test("the clip is the stream's when the frame is shown, and a stream that ends takes its frames along")
  func end() throws {
    var bench = try cinema()
    try bench.say(frame(at: 10_010, data: [5]), DisplayServerMessage.streamClip(id: 1, clip: .rects([])), fill(3))
    try pass(10, &bench)
    #expect(try play(&bench) == [5])
    #expect(bench.color() == 3)
    for farewell in [DisplayServerMessage.streamDestroy(1), .streamDestroyAll] {
      var bench = try cinema()
      try bench.say(frame(at: 10_010, data: [5]), farewell)
      #expect(bench.engine.alarm == nil)
      try pass(20, &bench)
      #expect(try play(&bench).isEmpty)
    }
  }

  @Test("times are compared across the clock's wrap, and one of another clock is shown at once")
  func wrap() throws {
    var bench = try cinema(clock: .max - 9)
    try bench.say(frame(at: 10, data: [5]))
    #expect(bench.engine.alarm?.since(bench.now) == 20_000)
    try bench.say(frame(at: 1_000_000, data: [6]))
    #expect(try play(&bench).last == 6)
    #expect(bench.engine.alarm == nil)
  }

  @Test("a server that sets its clock back gets more time, and sound that is heard sets it too")
  func clock() throws {
    var bench = try cinema()
    try bench.say(frame(at: 10_040, data: [5]))
    bench.shared.clock.set(9_900, at: bench.now)
    try bench.process()
    #expect(bench.engine.alarm?.since(bench.now) == 140_000)
    // What comes now is heard in 100 ms.
    bench.shared.clock.hear(10_100, after: 100, at: bench.now)
    try bench.process()
    #expect(bench.engine.alarm?.since(bench.now) == 40_000)
    #expect(bench.shared.clock.soundDelay(at: bench.now) == 100)
    // Nothing was heard for a long time: the server's clock holds again.
    bench.now.microseconds += 1_500_000
    #expect(bench.shared.clock.soundDelay(at: bench.now) == nil)
    #expect(bench.shared.clock.moment(of: 11_400, at: bench.now) == bench.now)
  }

  @Test("more frames than may wait stop the reading until some are shown")
  func room() throws {
    var limits = SessionLimits.standard
    limits.waitingDraws = 3
    var bench = try Display.screen(limits: limits)
    bench.shared.clock.set(10_000, at: bench.now)
    try bench.say(stream())
    for number in 1...5 { try bench.say(frame(at: 10_000 + 10 * UInt32(number), data: [UInt8(number)])) }
    #expect(!bench.engine.wantsInput && bench.engine.statistics.frames == 3)
    for number in 1...5 as ClosedRange<UInt8> {
      try pass(10, &bench)
      #expect(try play(&bench) == [number])
    }
    #expect(bench.engine.wantsInput)
  }

  // MARK: Reports

  private func ask(window: UInt32 = 3, timeout: UInt32 = 1000) -> DisplayServerMessage {
    .streamActivateReport(StreamActivateReport(stream: 1, unique: 77, maximumWindow: window, timeout: timeout))
  }

  /// The reports that were sent since the last look.
  private func reports(_ bench: inout Display) throws -> [StreamReport] {
    try bench.takeMessages().compactMap { said in
      guard case .streamReport(let report) = try DisplayClientMessage(type: said.type, body: said.body[...]) else {
        return nil
      }
      return report
    }
  }

  @Test("a report is sent for so many frames, and says how early the last one came")
  func report() throws {
    var bench = try cinema()
    try bench.say(ask(), frame(at: 10_010), frame(at: 10_020))
    #expect(try reports(&bench).isEmpty)
    try bench.say(frame(at: 10_030))
    let report = StreamReport(
      stream: 1, unique: 77, startFrameTime: 10_010, endFrameTime: 10_030, frames: 3, drops: 0, lastFrameDelay: 30,
      audioDelay: .max)
    #expect(try reports(&bench) == [report])
    bench.shared.clock.hear(10_500, after: 60, at: bench.now)
    for time in [10_040, 10_050, 10_060] as [UInt32] { try bench.say(frame(at: time)) }
    let next = try #require(try reports(&bench).first)
    #expect(next.startFrameTime == 10_040 && next.lastFrameDelay == -380 && next.audioDelay == 60)
  }

  @Test("a report is sent after so long a time, and at once where frame after frame is late")
  func reportInTime() throws {
    var bench = try cinema()
    try bench.say(ask(window: 100, timeout: 50), frame(at: 10_010))
    bench.now.microseconds += 50_000
    try bench.say(frame(at: 10_060))
    #expect(try reports(&bench).map { $0.frames } == [2])

    bench = try cinema()
    try bench.say(ask(window: 100, timeout: 100_000))
    try bench.say(frame(at: 9_000), frame(at: 9_010), frame(at: 9_020))
    let first = try #require(try reports(&bench).first)
    #expect(first.frames == 3 && first.drops == 0 && first.lastFrameDelay == -980)
    try bench.say(frame(at: 9_030), frame(at: 10_010), frame(at: 9_040), frame(at: 9_050))
    #expect(try reports(&bench).isEmpty)
    try bench.say(frame(at: 9_060))
    let second = try #require(try reports(&bench).first)
    #expect(second.frames == 5 && second.drops == 5 && second.endFrameTime == 9_060)
  }

  @Test("a stream that nobody knows is not reported on, and one that nobody asked about neither")
  func unasked() throws {
    var bench = try Display.screen()
    try bench.say(ask(), stream(), frame(), frame(), frame(), frame())
    #expect(try reports(&bench).isEmpty)
  }
}
