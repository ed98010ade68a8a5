import SpiceProtocol
import SpiceSession
import TestSupport
import Testing

/// Every engine of a server against bytes that no client of good will sends: it refuses or waits, and does nothing else.
@Suite("Hostile clients")
struct HostileClientTests {
  /// One of each of a client's messages, and what every channel has.
  static let messages: [ChannelType: [any ChannelMessage]] = {
    let common: [any ChannelMessage] = [
      CommonClientMessage.ackSync(generation: 1), CommonClientMessage.ack,
      CommonClientMessage.pong(Ping(id: 1, timestamp: 2)), CommonClientMessage.migrateFlushMark,
      CommonClientMessage.migrateData([1, 2]), CommonClientMessage.disconnecting(Disconnecting(time: 1, reason: 0)),
    ]
    let agent = AgentMessage.clipboardGrab(selection: .clipboard, serial: nil, types: [1]).encoded(
      dialect: AgentDialect())
    let own: [ChannelType: [any ChannelMessage]] = [
      .main: [
        MainClientMessage.attachChannels, MainClientMessage.mouseModeRequest(.client),
        MainClientMessage.agentStart(tokens: 10), MainClientMessage.agentData(agent[...]),
        MainClientMessage.agentToken(1), MainClientMessage.clientInfo(cacheSize: 1),
      ],
      .inputs: [
        InputsClientMessage.keyDown(0x53E0), InputsClientMessage.keyUp(0x53E0),
        InputsClientMessage.keyScancode([0x1E, 0x9E, 0xE1, 0x1D, 0x45]), InputsClientMessage.keyModifiers(.numLock),
        InputsClientMessage.mouseMotion(dx: 1, dy: -1, buttons: .left),
        InputsClientMessage.mousePosition(x: 1, y: 2, buttons: [], display: 0),
        InputsClientMessage.mousePress(.left, buttons: .left), InputsClientMessage.mouseRelease(.left, buttons: []),
      ],
      .cursor: [], .playback: [],
      .record: [
        RecordClientMessage.mode(time: 1, mode: 3, []), RecordClientMessage.startMark(time: 2),
        RecordClientMessage.data(time: 3, [1, 2, 3, 4]),
      ],
      .port: [
        PortClientMessage.event(0), VMCMessage.data([1, 2, 3]),
        VMCMessage.compressed(
          CompressedData(method: .lz4, plainSize: 21, data: hex("48 01020304 0400 50 0506070809")[...])),
      ],
    ]
    return own.mapValues { common + $0 }
  }()

  static let channels: [ChannelType] = [.main, .inputs, .cursor, .playback, .record, .port]

  /// What these bytes lead to on a channel of that kind.
  private func outcome(_ type: ChannelType, _ bytes: [UInt8], _ header: HeaderKind = .mini) -> SessionError? {
    func run<Engine: ServerEngine>(
      _ make: (AcceptedLink) -> Engine, _ capabilities: Capabilities, _ prepare: (inout Engine) -> Void = { _ in }
    ) -> SessionError? where Engine.Shared == NothingShared {
      var bench = ServerBench(
        make(accepted(type, header: header, specific: capabilities, offered: capabilities)))
      bench.act(prepare)
      return sessionError { () throws(SessionError) in try bench.receive(bytes) }
    }
    switch type {
    case .main:
      var settings = MainSettings(sessionID: 1, channels: [ChannelID(.display)])
      settings.isAgentConnected = true
      return run({ MainServer($0, settings) }, MainServer.capabilities)
    case .inputs: return run({ InputsServer($0) }, InputsServer.capabilities)
    case .cursor: return run({ CursorServer($0) }, Capabilities())
    case .playback:
      return run({ PlaybackServer($0) }, PlaybackServer.capabilities) {
        _ = $0.begin(AudioFormat(channels: 2, rate: 48_000), time: 0)
      }
    case .record:
      return run({ RecordServer($0) }, RecordServer.capabilities) {
        $0.begin(AudioFormat(channels: 2, rate: 48_000))
      }
    default: return run({ PortServer($0) }, PortServer.capabilities)
    }
  }

  private func stream(_ type: ChannelType, _ header: HeaderKind = .mini) -> [UInt8] {
    (HostileClientTests.messages[type] ?? []).enumerated().flatMap { number, message in
      framed(message.type, message.body, header, serial: UInt64(number) + 1)
    }
  }

  @Test("a stream that is well formed is taken", arguments: channels)
  func whole(_ type: ChannelType) {
    for header: HeaderKind in [.mini, .full] {
      #expect(outcome(type, stream(type, header), header) == nil)
    }
  }

  @Test("a stream that ends at any byte is waited for", arguments: channels)
  func truncatedStream(_ type: ChannelType) {
    let stream = stream(type)
    for end in stream.indices { #expect(outcome(type, Array(stream[..<end])) == nil) }
  }

  @Test("a message whose body ends at any byte is taken or refused by name", arguments: channels)
  func truncatedBodies(_ type: ChannelType) {
    var refused = 0
    for message in HostileClientTests.messages[type] ?? [] {
      for count in 0..<message.body.count {
        let error = outcome(type, framed(message.type, Array(message.body.prefix(count)), .mini, serial: 1))
        if let error {
          #expect(error.description.contains("\(type.name)/0: message 1"))
          refused += 1
        }
      }
    }
    #expect(refused > 0)
  }

  @Test("mutated bytes are taken or refused in a sentence", arguments: channels)
  func mutated(_ type: ChannelType) {
    var random = FixedRandom(seed: UInt64(type.rawValue))
    for header: HeaderKind in [.mini, .full] {
      let stream = stream(type, header)
      for _ in 0..<1500 {
        var bytes = stream
        for _ in 0..<Int.random(in: 1...6, using: &random) {
          let place = Int.random(in: bytes.indices, using: &random)
          switch Int.random(in: 0..<4, using: &random) {
          case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
          case 1: bytes[place] = [0, 1, 0x7F, 0x80, 0xFF][Int.random(in: 0..<5, using: &random)]
          case 2: bytes.remove(at: place)
          default: bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
          }
        }
        if let error = outcome(type, bytes, header) { #expect(!error.description.isEmpty) }
      }
    }
  }

  /// What real clients said to real servers, but for the display's channels.
  @Test("recorded clients are linked and understood", arguments: RecordedSession.names)
  func recorded(_ name: String) throws {
    let session = try RecordedSession(name)
    for connection in session.connections where connection.channel != ChannelType.display.rawValue {
      let type = try #require(ChannelType(rawValue: connection.channel))
      var link = ServerLink(publicKey: [UInt8](repeating: 0, count: 162))
      let size = Int(connection.client[12]) + LinkHeader.size
      try link.receive(Array(connection.client[..<size]), at: Moment(microseconds: 0))
      guard case .judge(let message) = link.next() else {
        Issue.record("nothing is to be judged")
        continue
      }
      #expect(message.channel == ChannelID(type, connection.id))
      link.accept(common: ServerLink.capabilities, specific: Capabilities())
      try link.receive(Array(connection.client[size..<size + 132]), at: Moment(microseconds: 0))
      link.conclude(.ok)
      #expect(link.stage == .linked)
      let error = outcome(type, Array(connection.client[(size + 132)...]))
      #expect(error == nil, "\(name), \(type.name): \(error.map { "\($0)" } ?? "")")
    }
  }
}
