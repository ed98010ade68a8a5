import SpicePixels
import SpiceProtocol
import SpiceSession
import TestSupport
import Testing

/// Real sessions without JPEG and zlib, which the core leaves to its host; the client's tests play the others.
@Suite("Recorded sessions, played to the engines")
struct ReplayTests {
  static let names = [
    "grub-menu", "grub-boot", "desktop-still", "desktop-auto-glz", "desktop-glz", "desktop-lz", "desktop-quic",
    "desktop-lz4", "desktop-off", "photograph-quic",
  ]

  private func hash(_ engine: DisplayEngine) throws -> UInt64 {
    let primary = try #require(engine.primary)
    return FNV1a.hash(pixels: try #require(engine.surfaces[primary]).pixels)
  }

  /// The connections of one kind of channel.
  private func connections(_ session: RecordedSession, _ type: ChannelType) -> [RecordedSession.Connection] {
    session.connections.filter { $0.channel == type.rawValue }
  }

  @Test("the display arrives at the picture that the reference client had", arguments: names)
  func display(_ name: String) throws {
    let session = try RecordedSession(name)
    let connection = try #require(connections(session, .display).first)
    var bench = Display(DisplayEngine(connectionID: 1, hasPassword: false), DisplayStore())
    bench.start()
    try bench.receive(connection.server)
    #expect(bench.takeJobs().isEmpty)
    #expect(bench.engine.isSettled && bench.engine.isMarked)
    #expect(
      bench.engine.surfaces[bench.engine.primary ?? 0]?.size == Size(width: session.width, height: session.height))
    #expect(try hash(bench.engine) == session.hash)
    #expect(bench.engine.statistics.undrawn.isEmpty)
    #expect(bench.engine.handledSerial == bench.engine.channel.receivedMessages)
  }

  @Test("the picture is the same however the bytes were cut into packets", arguments: ["desktop-off", "grub-boot"])
  func pieces(_ name: String) throws {
    let session = try RecordedSession(name)
    let connection = try #require(connections(session, .display).first)
    var random = FixedRandom(seed: 5)
    var bench = Display(DisplayEngine(connectionID: 1, hasPassword: false), DisplayStore())
    bench.start()
    var rest = connection.server[...]
    while !rest.isEmpty {
      let size =
        Bool.random(using: &random) ? Int.random(in: 1...20, using: &random) : Int.random(in: 1...9000, using: &random)
      try bench.receive(Array(rest.prefix(size)))
      rest = rest.dropFirst(size)
    }
    #expect(try hash(bench.engine) == session.hash)
  }

  @Test("every ack that the reference client sent, this one sends", arguments: names)
  func acks(_ name: String) throws {
    let session = try RecordedSession(name)
    let connection = try #require(connections(session, .display).first)
    var bench = Display(DisplayEngine(connectionID: 1, hasPassword: false), DisplayStore())
    bench.start()
    _ = bench.takeBytes()
    try bench.receive(connection.server)
    let ours = Self.messages(bench.takeBytes().dropFirst(132)).filter { $0.type <= 3 }
    // Header and link message: 16 bytes, then as many as they say; mechanism and ticket: 132 bytes.
    let linkSize = 16 + connection.client[12..<16].reversed().reduce(0) { $0 << 8 | Int($1) }
    let theirs = Self.messages(connection.client.dropFirst(linkSize + 132)).filter { $0.type <= 3 }
    #expect(ours == theirs)
  }

  @Test("main, cursor and inputs channels are understood to the last byte", arguments: RecordedSession.names)
  func others(_ name: String) throws {
    let session = try RecordedSession(name)
    for connection in connections(session, .main) {
      var bench = Bench(MainEngine(hasPassword: false))
      bench.start()
      try bench.receive(connection.server)
      var opened = false
      var listed = false
      for event in bench.takeEvents() {
        switch event {
        case .opened: opened = true
        case .channels: listed = true
        case .notice(.unknownMessage(let type, _)): Issue.record("main message \(type)")
        default: break
        }
      }
      #expect(opened && listed)
    }
    for connection in connections(session, .cursor) {
      var bench = Bench(CursorEngine(connectionID: 1, hasPassword: false))
      bench.start()
      try bench.receive(connection.server)
      #expect(bench.engine.channel.receivedMessages > 0)
    }
    for connection in connections(session, .inputs) {
      var bench = Bench(InputsEngine(connectionID: 1, hasPassword: false))
      bench.start()
      try bench.receive(connection.server)
      #expect(!bench.takeEvents().isEmpty)
    }
  }

  @Test("what both ends said is written again as it was read", arguments: RecordedSession.names)
  func recoding(_ name: String) throws {
    for connection in try RecordedSession(name).connections {
      let channel = try #require(ChannelType(rawValue: connection.channel))
      let replySize = 16 + connection.server[12..<16].reversed().reduce(0) { $0 << 8 | Int($1) }
      for said in Self.messages(connection.server.dropFirst(replySize + 4)) {
        try check(said, channel, CommonServerMessage.Kind(rawValue: said.type) != nil) { (type, body) in
          switch channel {
          case .main: try Self.recode(MainServerMessage.self, type, body)
          case .display: try Self.recode(DisplayServerMessage.self, type, body)
          case .cursor: try Self.recode(CursorServerMessage.self, type, body)
          default: try Self.recode(InputsServerMessage.self, type, body)
          }
        }
      }
    }
  }

  private func check(
    _ said: Said, _ channel: ChannelType, _ isCommon: Bool, _ recode: (UInt16, ArraySlice<UInt8>) throws -> Bool
  ) throws {
    let survives =
      isCommon
      ? try Self.recode(CommonServerMessage.self, said.type, said.body[...]) : try recode(said.type, said.body[...])
    #expect(survives, "\(channel) \(said.type)")
  }

  private static func recode<Message: ChannelMessage & Equatable>(
    _ type: Message.Type, _ number: UInt16, _ body: ArraySlice<UInt8>
  ) throws -> Bool {
    let message = try Message(type: number, body: body)
    return try Message(type: message.type, body: message.body[...]) == message
  }

  /// Bytes cut into messages by their mini headers; a last one that is not whole is left out.
  private static func messages(_ bytes: ArraySlice<UInt8>) -> [Said] {
    var messages: [Said] = []
    var reader = ByteReader(bytes, structure: "recorded messages")
    while let type = try? reader.u16("type"), let size = try? reader.u32("size"),
      let body = try? reader.bytes(size, "body")
    {
      messages.append(Said(type: type, body: Array(body)))
    }
    return messages
  }
}
