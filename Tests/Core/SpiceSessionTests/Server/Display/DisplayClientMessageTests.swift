import SpiceCanvas
import SpicePixels
import SpiceProtocol
import SpiceSession
import Testing

@Suite("What clients say on a server's display channel")
struct DisplayClientMessageTests {
  private static let size = Size(width: 40, height: 30)

  private struct Ends {
    var server: DisplayServer
    var store = DisplayServerStore(key: 1)
    let now = Moment(microseconds: 1)

    init(_ capabilities: [DisplayCapability] = DisplayPair.everything) {
      server = DisplayServer(
        AcceptedLink(
          channel: ChannelID(.display), connectionID: 1, header: .mini, specific: Capabilities(capabilities)),
        size: size)
      server.start(at: now, &store)
    }

    mutating func hear(_ messages: any ChannelMessage...) throws(SessionError) {
      for message in messages {
        try server.receive(framed(message.type, message.body, .mini, serial: 0), at: now, &store)
      }
    }

    mutating func images(_ screen: Raster) -> [ImageType: Int] {
      server.produce(from: screen, at: now, room: 1 << 20, &store)
      return server.statistics.images
    }
  }

  private static func initialize(_ cache: Int64 = 1 << 20, _ window: Int32 = 1 << 20) -> DisplayClientMessage {
    .initialize(DisplayInit(pixmapCacheID: 1, pixmapCacheSize: cache, glzDictionaryID: 1, glzWindowSize: window))
  }

  private static var text: Raster {
    var surface = testSurface(size)
    surface.paintText(Rect(size), firstLine: 1)
    surface.paintPhoto(rect(0, 0, 20, 30), seed: 1)
    return surface.raster
  }

  @Test(
    "the compression that a client prefers is what it gets",
    arguments: [
      (.off, .bitmap), (.quic, .quic), (.lz, .lzRGB), (.glz, .glzRGB), (.lz4, .lz4),
    ] as [(ImageCompression, ImageType)])
  func preference(compression: ImageCompression, type: ImageType) throws {
    var ends = Ends()
    try ends.hear(Self.initialize(), DisplayClientMessage.preferredCompression(compression))
    #expect(ends.images(Self.text) == [type: 1])
  }

  @Test("a client that prefers LZ4 and does not say that it has it gets LZ")
  func lz4Unknown() throws {
    var ends = Ends([])
    try ends.hear(Self.initialize(), DisplayClientMessage.preferredCompression(.lz4))
    #expect(ends.images(Self.text) == [.lzRGB: 1])
  }

  @Test("sizes that cannot be are none", arguments: [(Int64.min, Int32.min), (-1, -1), (0, 0), (1, 1)])
  func strangeInit(cache: Int64, window: Int32) throws {
    var ends = Ends()
    try ends.hear(Self.initialize(cache, window), DisplayClientMessage.preferredCompression(.glz))
    #expect(ends.images(Self.text) == [.lzRGB: 1])
    #expect(ends.store.cachedPixels == 0)
  }

  @Test("as much as a number can say is no more than the server gives")
  func largeInit() throws {
    var ends = Ends()
    try ends.hear(Self.initialize(.max, .max))
    #expect(!ends.images(Self.text).isEmpty)
  }

  @Test("a second INIT changes nothing")
  func secondInit() throws {
    var ends = Ends()
    try ends.hear(Self.initialize(), Self.initialize(0, 0), DisplayClientMessage.preferredCompression(.glz))
    #expect(ends.images(Self.text) == [.glzRGB: 1])
  }

  @Test("reports of videos that are not, codecs and GL are passed over")
  func others() throws {
    var ends = Ends()
    try ends.hear(
      Self.initialize(), DisplayClientMessage.glDrawDone, DisplayClientMessage.preferredVideoCodecs([.vp8]),
      DisplayClientMessage.streamReport(
        StreamReport(
          stream: 7, unique: 9, startFrameTime: 0, endFrameTime: .max, frames: .max, drops: .max,
          lastFrameDelay: .min, audioDelay: 0)))
    #expect(!ends.images(Self.text).isEmpty)
  }

  @Test("a number that the channel does not have is told, and passed over")
  func unknown() throws {
    var ends = Ends()
    try ends.server.receive(framed(150, [1, 2, 3], .mini, serial: 0), at: ends.now, &ends.store)
    var notices: [ServerNotice] = []
    while let effect = ends.server.next() {
      if case .event(.notice(let notice)) = effect { notices.append(notice) }
    }
    #expect(notices == [.unknownMessage(type: 150, size: 3)])
  }

  @Test("a compression that is none is refused")
  func unknownCompression() {
    var ends = Ends()
    #expect(
      sessionError { () throws(SessionError) in
        try ends.server.receive(framed(103, [99], .mini, serial: 0), at: ends.now, &ends.store)
      } != nil)
  }

  @Test("bytes at random end in an error or are passed over", arguments: 1...30 as ClosedRange<UInt64>)
  func noise(seed: UInt64) {
    var random = FixedRandom(seed: seed)
    var ends = Ends()
    for _ in 0..<200 {
      let types: [UInt16] = [1, 2, 3, 101, 102, 103, 104, 105, 106]
      let count = Int.random(in: 0..<40, using: &random)
      let body = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
      let message = framed(types.randomElement(using: &random) ?? 1, body, .mini, serial: 0)
      if sessionError({ () throws(SessionError) in try ends.server.receive(message, at: ends.now, &ends.store) }) != nil
      {
        ends = Ends()
      }
      _ = ends.images(Self.text)
    }
  }

  @Test("an encoder's answers that nobody waits for are passed over")
  func strayAnswers() throws {
    var ends = Ends()
    try ends.server.complete(3, [1], at: ends.now, &ends.store)
    try ends.server.complete(-1, nil, at: ends.now, &ends.store)
    try ends.hear(Self.initialize())
    #expect(!ends.images(Self.text).isEmpty)
  }
}
