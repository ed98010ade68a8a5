import Foundation
import SpiceInsight
import SpiceMedia
import SpicePixels
import SpiceProtocol
import SpiceSession
import TestSupport
import Testing

@Suite("The screen of a flow")
struct ScreenTests {
  /// The session as a capture file.
  ///
  /// - Parameter more: what the display channel's server says at the end.
  static func capture(_ name: String, then more: [DisplayServerMessage] = []) throws -> [UInt8] {
    let session = try RecordedSession(name)
    var tape = try Tape(opening: session.connections.count)
    for step in Playback(session).steps { try tape.say(step.bytes, step.speaker, on: step.conversation) }
    let display = try #require(session.connections.firstIndex { $0.channel == ChannelType.display.rawValue })
    for message in more {
      var writer = ByteWriter()
      MessageHeader(serial: 1, type: message.type, size: UInt32(message.body.count)).write(.mini, to: &writer)
      try tape.say(writer.bytes + message.body, .server, on: display)
    }
    try tape.recorder.finish(at: tape.time)
    return tape.file.all
  }

  static func document(_ file: [UInt8]) throws -> JSONRenderer.Document {
    var options = FlowReport.Options()
    options.format = .html
    var report = FlowReport(options: options)
    var page = ""
    try report.feed(file) { page += $0 }
    try report.finish { page += $0 }
    let start = try #require(page.range(of: "type=\"application/json\">"))
    let end = try #require(page.range(of: "</script>"))
    return try JSONDecoder().decode(
      JSONRenderer.Document.self, from: Data(page[start.upperBound..<end.lowerBound].utf8))
  }

  @Test("a page's last picture is the one that the recorded client had", arguments: RecordedSession.names)
  func last(_ name: String) async throws {
    let session = try RecordedSession(name)
    let document = try Self.document(try Self.capture(name))
    #expect(document.problems.isEmpty)
    let picture = try #require(document.pictures?.last)
    #expect(picture.width == session.width && picture.height == session.height)
    let data = [UInt8](try #require(Data(base64Encoded: picture.data)))
    let raster = picture.type == "image/png" ? try PNG.decode(data) : try JPEG.decode(data)
    let ours = Picture(width: raster.width, height: raster.height, pixels: raster.pixels)
    let theirs = try await session.picture()
    guard picture.type == "image/png" else {
      #expect(ours.signalToNoise(theirs) > 30)
      return
    }
    #expect(ours.difference(from: theirs, tolerance: session.isLossy ? 8 : 0) == nil)
  }

  @Test("a film is shown in every codec", arguments: [VideoCodec.vp8, .vp9, .h264, .h265])
  func film(_ codec: VideoCodec) throws {
    let stream = StreamCreate(
      surface: 0, id: 1, flags: StreamCreate.topDown, codec: codec, stamp: 0, streamWidth: 64, streamHeight: 48,
      sourceWidth: 64, sourceHeight: 48, destination: Rect(left: 0, top: 0, right: 64, bottom: 48), clip: .none)
    let frames = try Fixtures.video("\(codec)").map {
      DisplayServerMessage.streamData(StreamFrame(id: 1, multimediaTime: 0, sizing: nil, data: $0))
    }
    let document = try Self.document(try Self.capture("grub-menu", then: [.streamCreate(stream)] + frames))
    #expect(document.problems.isEmpty)
    let picture = try #require(document.pictures?.last)
    let raster = try PNG.decode([UInt8](try #require(Data(base64Encoded: picture.data))))
    // What `Tests/Fixtures/video/make.py` filmed.
    for (x, y, color) in [(4, 4, [200, 40, 40]), (60, 44, [40, 60, 200]), (44, 24, [255, 255, 255])] {
      let pixel = raster[x, y]
      let seen = [16, 8, 0].map { Int(pixel >> $0 & 255) }
      #expect(zip(seen, color).allSatisfy { abs($0 - $1) < 16 }, "\(seen) at \(x),\(y)")
    }
  }

  @Test("pictures are in the order of time, and no more than a page bears") func bounded() throws {
    let pictures = try #require(try Self.document(try Self.capture("desktop-auto-glz")).pictures)
    #expect(pictures.count > 3 && pictures.count <= 96)
    #expect(zip(pictures, pictures.dropFirst()).allSatisfy { $0.time <= $1.time })
  }

  @Test("bytes that were not captured end the pictures, and the page says so") func gap() throws {
    var file = try Self.capture("desktop-still")
    // A byte in the middle of the packets of the display's image: its IP header's protocol, so that it is passed over.
    let (packets, _) = CaptureFiles.items(file)
    let large = try #require(packets.last { $0.bytes.count > 20_000 })
    file[large.bytes.startIndex + 9] = 17
    let document = try Self.document(file)
    #expect(document.problems.contains { $0.contains("not drawn to the end") })
  }
}

@Suite("Playing a recording")
struct RecordingTests {
  private func recording(_ name: String) throws -> Recording {
    var reader = RecordingReader()
    try reader.feed(try ScreenTests.capture(name))
    return try reader.finish()
  }

  @Test("a session's channels are there with all that their server said", arguments: ["grub-boot", "desktop-zlib-glz"])
  func whole(_ name: String) throws {
    let recording = try recording(name)
    let session = try RecordedSession(name)
    #expect(recording.channels.count == session.connections.count)
    for connection in session.connections {
      let id = ChannelID(rawType: connection.channel, id: connection.id)
      let channel = try #require(recording.channels[id])
      let size = channel.messages.reduce(0) { $0 + 6 + $1.body.count }
      let reply = 16 + connection.server[12..<16].reversed().reduce(0) { $0 << 8 | Int($1) }
      // Acks of motions and tokens are given to what each client does.
      let left = connection.server.count - reply - 4 - size
      #expect(left >= 0 && (id.type == .display ? left == 0 : left < 200))
    }
  }

  @Test("what is no capture, and a capture without a session, say so") func nothing() throws {
    var reader = RecordingReader()
    try reader.feed(Array("no capture at all".utf8))
    #expect(throws: RecordingError.self) { _ = try reader.finish() }
    var empty = RecordingReader()
    try empty.feed(try Tape().file.all)
    #expect(throws: RecordingError.noSession) { _ = try empty.finish() }
  }

  /// A replayed channel with a client that says what a test says.
  private struct Stage {
    var engine: ReplayEngine
    var session = ReplaySession(sessionID: 99, playable: [ChannelID(.main), ChannelID(.display)])
    private(set) var events: [ReplayEvent] = []
    let now = Moment(microseconds: 5_000_000)

    init(_ channel: Recording.Channel, _ speed: ReplaySpeed = .unlimited) {
      engine = ReplayEngine(
        AcceptedLink(channel: channel.id, connectionID: 99, header: .mini), playing: channel, speed: speed)
      engine.start(at: now, &session)
    }

    /// Types and bodies of what is sent now.
    mutating func play(at time: Moment? = nil) -> [(type: UInt16, body: [UInt8])] {
      engine.play(&session, room: .max, at: time ?? now)
      var all: [(type: UInt16, body: [UInt8])] = []
      while let effect = engine.next() {
        switch effect {
        case .send(let bytes): all.append((UInt16(bytes[0]) | UInt16(bytes[1]) << 8, Array(bytes[6...])))
        case .event(let event): events.append(event)
        case .encode: break
        }
      }
      return all
    }

    mutating func say(_ message: some ChannelMessage) throws {
      var writer = ByteWriter()
      MessageHeader(serial: 1, type: message.type, size: UInt32(message.body.count)).write(.mini, to: &writer)
      try engine.receive(writer.bytes + message.body, at: now, &session)
    }
  }

  @Test("a main channel names the client's own session, and its channels only when asked") func mainChannel() throws {
    var stage = Stage(try #require(try recording("grub-boot").channels[ChannelID(.main)]))
    let before = stage.play()
    #expect(before.first?.type == 103 && before.first.map { Array($0.body.prefix(4)) } == [99, 0, 0, 0])
    #expect(!before.contains { $0.type == 104 })
    try stage.say(MainClientMessage.attachChannels)
    let after = stage.play()
    // Two channels are played here of those that were listed.
    #expect(after.first { $0.type == 104 }?.body.prefix(4) == [1, 0, 0, 0])
  }

  @Test("a display says nothing before INIT, and no more than two windows past the client's acks") func display() throws
  {
    let channel = try #require(try recording("grub-boot").channels[ChannelID(.display)])
    var stage = Stage(channel, .times(1e9))
    #expect(stage.play().isEmpty)
    try stage.say(Pair.displayInit)
    let first = stage.play(at: Moment(microseconds: stage.now.microseconds + 1))
    let window = try #require(first.first { $0.type == 3 }).body.dropFirst(4).reduce(0) { $0 + Int($1) }
    #expect(window > 0 && first.count < 3 * window)
    let later = Moment(microseconds: stage.now.microseconds + 1)
    #expect(stage.play(at: later).isEmpty)
    try stage.say(CommonClientMessage.ackSync(generation: 1))
    try stage.say(CommonClientMessage.ack)
    #expect(stage.play(at: later).count == window)
    // At full speed a client is waited for to read, not to acknowledge.
    stage = Stage(channel)
    try stage.say(Pair.displayInit)
    #expect(stage.play().count > channel.messages.count)
  }

  @Test("messages come when they came, or as much sooner as is asked for") func pace() throws {
    let channel = try #require(try recording("grub-menu").channels[ChannelID(.main)])
    let last = try #require(channel.messages.last).offset / 1000
    var stage = Stage(channel, .times(2))
    try stage.say(MainClientMessage.attachChannels)
    let before = stage.play(at: Moment(microseconds: stage.now.microseconds + last / 2 - 1)).count
    #expect(before == channel.messages.count - 1)
    #expect(stage.engine.deadline == Moment(microseconds: stage.now.microseconds + last / 2))
    // The last message, and a ping.
    #expect(stage.play(at: Moment(microseconds: stage.now.microseconds + last / 2)).count == 2)
  }

  @Test("who answers the ping behind the last message has taken everything") func taken() throws {
    let start: [UInt8] = [0, 1, 2, 3]
    let message = Recording.Message(type: 101, body: start, offset: 0)
    var stage = Stage(Recording.Channel(id: ChannelID(.display), messages: [message]))
    try stage.say(Pair.displayInit)
    let said = stage.play()
    #expect(said.map { $0.type } == [101, 4])
    #expect(stage.events.map { "\($0)" } == ["played"])
    try stage.say(CommonClientMessage.pong(Ping(id: 1, timestamp: 0)))
    _ = stage.play()
    #expect(stage.events.map { "\($0)" } == ["played", "taken"])
  }

  @Test(
    "frames are to be shown in as much less time as they come in",
    arguments: [(1, 300), (2, 200), (nil, 100)] as [(Double?, UInt32)])
  func frameTimes(_ factor: Double?, _ expected: UInt32) throws {
    let frame = DisplayServerMessage.streamData(
      StreamFrame(id: 1, multimediaTime: 300, sizing: nil, data: [0xFF, 0xD8]))
    let message = Recording.Message(type: frame.type, body: frame.body, offset: 0)
    var stage = Stage(
      Recording.Channel(id: ChannelID(.display), messages: [message]),
      factor.map { .times($0) } ?? .unlimited)
    stage.session.multimediaTime = 100
    try stage.say(Pair.displayInit)
    let said = try #require(stage.play().first)
    guard case .streamData(let played) = try DisplayServerMessage(type: said.type, body: said.body[...]) else {
      Issue.record("\(said)")
      return
    }
    #expect(played.multimediaTime == expected && played.data == [0xFF, 0xD8])
  }
}
