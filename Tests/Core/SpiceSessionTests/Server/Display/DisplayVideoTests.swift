import SpiceCanvas
import SpicePixels
import SpiceProtocol
import SpiceSession
import Testing

@Suite("Video of a server's display channel")
struct DisplayVideoTests {
  private static let film = rect(40, 30, 160, 120)

  private static func pair(
    _ capabilities: [DisplayCapability] = DisplayPair.everything, options: DisplayServerOptions = .standard
  ) throws -> DisplayPair {
    var pair = try DisplayPair(320, 240, capabilities: capabilities, options: options)
    pair.screen.paintText(rect(0, 0, 320, 240), firstLine: 0)
    try pair.settle()
    pair.lookAway()
    return pair
  }

  /// So many frames, 40 ms apart.
  private static func play(_ pair: inout DisplayPair, frames: Int, from first: Int = 0, settling: Bool = true) throws {
    for frame in first..<(first + frames) {
      pair.pass(milliseconds: 40)
      pair.damage(film) { $0.paintPhoto(film, seed: UInt64(frame)) }
      pair.produce()
      if settling { try pair.settle() }
    }
  }

  @Test("a place that changes ten times in a second becomes a stream, whose frames are all it costs")
  func begin() throws {
    var pair = try Self.pair()
    try Self.play(&pair, frames: 9)
    #expect(!pair.takeSaid().contains { $0.kind == .streamCreate })
    try Self.play(&pair, frames: 1, from: 9)
    let kinds = pair.takeSaid().map { $0.kind }
    #expect(kinds == [.streamCreate, .streamActivateReport, .streamData])
    try Self.play(&pair, frames: 20, from: 10)
    #expect(pair.takeSaid().map { $0.kind } == Array(repeating: .streamData, count: 20))
    #expect(pair.difference == nil)
  }

  @Test("frames carry the multimedia time at which they are to be shown, ahead of now and rising")
  func times() throws {
    var pair = try Self.pair()
    try Self.play(&pair, frames: 10)
    pair.lookAway()
    var last: UInt32 = 0
    for frame in 10..<20 {
      try Self.play(&pair, frames: 1, from: frame)
      guard case .streamData(let data) = try #require(pair.takeSaid().first) else { return #expect(Bool(false)) }
      #expect(data.multimediaTime > DisplayServer.multimediaTime(at: pair.now) && data.multimediaTime > last)
      last = data.multimediaTime
    }
  }

  @Test("half a second of quiet ends it, and what it showed is sent without loss")
  func end() throws {
    var pair = try Self.pair()
    try Self.play(&pair, frames: 12)
    pair.lookAway()
    #expect(pair.server.nextDeadline == pair.now.later(milliseconds: 500))
    try pair.settleAtDeadline()
    let said = pair.takeSaid()
    #expect(said.first?.kind == .streamDestroy)
    #expect(said.dropFirst().allSatisfy { $0.isPicture } && said.count > 1)
    #expect(pair.server.isIdle && pair.server.nextDeadline == nil && pair.difference == nil)
  }

  @Test("changes that change nothing do not keep it alive")
  func standing() throws {
    var pair = try Self.pair()
    try Self.play(&pair, frames: 12)
    for _ in 0..<15 {
      pair.pass(milliseconds: 40)
      pair.damage(rect(0, 0, 320, 240)) { _ in }
      pair.produce()
      try pair.settle()
    }
    #expect(pair.takeSaid().contains { $0.kind == .streamDestroy })
    #expect(pair.difference == nil)
  }

  @Test("text that changes all the time is no video, nor is a small place")
  func noVideo() throws {
    var pair = try Self.pair()
    for frame in 0..<30 {
      pair.pass(milliseconds: 40)
      pair.damage(Self.film) { $0.paintText(Self.film, firstLine: frame * 40) }
      pair.damage(rect(250, 10, 60, 60)) { $0.paintPhoto(rect(250, 10, 60, 60), seed: UInt64(frame)) }
      try pair.settle()
    }
    #expect(!pair.takeSaid().contains { $0.kind == .streamCreate })
    #expect(pair.difference == nil)
  }

  @Test("there is no stream for a client without MJPEG, nor where the server wants none")
  func unwanted() throws {
    var options = DisplayServerOptions.standard
    options.streaming = false
    for var pair in [try Self.pair([.multiCodec, .codecVP8]), try Self.pair(options: options)] {
      try Self.play(&pair, frames: 20)
      #expect(!pair.takeSaid().contains { $0.kind == .streamCreate })
      #expect(pair.difference == nil)
    }
  }

  @Test("a client without reports is asked for none")
  func noReports() throws {
    var pair = try Self.pair([])
    try Self.play(&pair, frames: 11)
    let kinds = pair.takeSaid().map { $0.kind }
    #expect(kinds.contains(.streamCreate) && !kinds.contains(.streamActivateReport))
  }

  @Test("one frame is at the encoder at a time, and the newest counts")
  func oneJob() throws {
    var pair = try Self.pair()
    try Self.play(&pair, frames: 10)
    pair.lookAway()
    pair.encoderSleeps = true
    try Self.play(&pair, frames: 10, from: 10)
    #expect(pair.encodeJobs.count == 1)
    pair.encoderSleeps = false
    try pair.settle()
    #expect(pair.takeSaid().map { $0.kind } == [.streamData, .streamData])
    #expect(pair.difference == nil)
  }

  @Test("a frame that had to wait for acks while the film went on is dropped, and worse ones follow")
  func lateFrame() throws {
    var pair = try Self.pair()
    try Self.play(&pair, frames: 10)
    pair.isDeaf = true
    try Self.play(&pair, frames: 60, from: 10)
    #expect(!pair.server.channel.mayPush)
    let before = pair.server.statistics
    pair.isDeaf = false
    try Self.play(&pair, frames: 3, from: 70)
    #expect(pair.server.statistics.lateFrames == before.lateFrames + 1)
    pair.encoderSleeps = true
    try Self.play(&pair, frames: 1, from: 73)
    guard case .jpeg(_, let quality) = try #require(pair.encodeJobs.first).work else { return }
    #expect(quality < 80)
  }

  @Test("a client that takes nothing for seconds while the film goes on keeps its stream")
  func stall() throws {
    var pair = try Self.pair()
    try Self.play(&pair, frames: 10)
    pair.isDeaf = true
    try Self.play(&pair, frames: 100, from: 10)
    #expect(!pair.server.channel.mayPush && pair.server.nextDeadline == nil)
    pair.isDeaf = false
    pair.lookAway()
    try Self.play(&pair, frames: 3, from: 110)
    #expect(pair.takeSaid().allSatisfy { $0.kind == .streamData })
    #expect(pair.difference == nil)
  }

  @Test("a client that drops frames gets worse ones, then fewer; one that keeps up gets them back")
  func reports() throws {
    var pair = try Self.pair()
    try Self.play(&pair, frames: 10)
    guard
      case .streamActivateReport(let asked) = try #require(pair.takeSaid().first { $0.kind == .streamActivateReport })
    else { return }
    func frames(_ pair: inout DisplayPair, from first: Int) throws -> Int {
      pair.lookAway()
      try Self.play(&pair, frames: 25, from: first)
      return pair.takeSaid().count { $0.kind == .streamData }
    }
    #expect(try frames(&pair, from: 10) == 25)
    for _ in 0..<12 { try pair.report(asked, frames: 10, drops: 9) }
    let few = try frames(&pair, from: 40)
    #expect(few < 8)
    for _ in 0..<40 { try pair.report(asked, frames: 10, drops: 0) }
    #expect(try frames(&pair, from: 80) == 25)
  }

  @Test("a fill over a part of it clips it; over its better part ends it")
  func overlap() throws {
    var pair = try Self.pair()
    try Self.play(&pair, frames: 12)
    pair.lookAway()
    pair.fill(rect(60, 100, 300, 20), 0x00_8800)
    try pair.settle()
    let said = pair.takeSaid()
    #expect(said.map { $0.kind } == [.streamClip, .drawFill])
    guard case .streamClip(_, .rects(let rects)) = try #require(said.first) else { return #expect(Bool(false)) }
    #expect(Region(rects) == Region(Self.film).subtracting(Region(rect(60, 100, 300, 20))))
    pair.fill(rect(0, 0, 320, 110), 0x00_0088)
    try pair.settle()
    #expect(pair.takeSaid().first?.kind == .streamDestroy)
    #expect(pair.difference == nil)
  }

  @Test("what was drawn over it and is gone is video again")
  func uncovered() throws {
    var pair = try Self.pair()
    try Self.play(&pair, frames: 12)
    pair.fill(rect(60, 100, 40, 20), 0x00_8800)
    try pair.settle()
    pair.lookAway()
    try Self.play(&pair, frames: 15, from: 12)
    #expect(pair.takeSaid().contains { $0.kind == .streamClip })
    pair.lookAway()
    try Self.play(&pair, frames: 5, from: 27)
    #expect(pair.takeSaid().allSatisfy { $0.kind == .streamData })
    #expect(pair.difference == nil)
  }

  @Test("a copy out of it is sent as pixels, not as a copy of what the client has")
  func copyOut() throws {
    var pair = try Self.pair()
    try Self.play(&pair, frames: 12)
    pair.lookAway()
    pair.copy(rect(210, 100, 100, 100), from: Point(x: 50, y: 40))
    try pair.settle()
    #expect(!pair.takeSaid().contains { $0.isCopyBits })
    #expect(pair.difference == nil)
  }

  @Test("a resize ends it before its surface is destroyed")
  func resize() throws {
    var pair = try Self.pair()
    try Self.play(&pair, frames: 12)
    pair.lookAway()
    pair.resize(100, 100)
    try pair.settle()
    #expect(pair.takeSaid().prefix(3).map { $0.kind } == [.streamDestroy, .surfaceDestroy, .surfaceCreate])
    #expect(pair.difference == nil)
  }
}

extension Moment {
  fileprivate func later(milliseconds: UInt64) -> Moment {
    Moment(microseconds: microseconds + milliseconds * 1000)
  }
}

extension DisplayPair {
  /// The client reports on a stream.
  fileprivate mutating func report(
    _ asked: StreamActivateReport, frames: UInt32, drops: UInt32
  ) throws(SessionError) {
    let report = DisplayClientMessage.streamReport(
      StreamReport(
        stream: asked.stream, unique: asked.unique, startFrameTime: 0, endFrameTime: 1, frames: frames, drops: drops,
        lastFrameDelay: 20, audioDelay: .max))
    try server.receive(framed(report.type, report.body, .mini, serial: 0), at: now, &serverStore)
  }
}
