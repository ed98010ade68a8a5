import SpiceProtocol
import SpiceSession
import Testing

@Suite("The client's main channel")
struct MainTests {
  private func opening(
    supported: MouseModes = [.server, .client], current: MouseModes = .server
  ) -> MainServerMessage {
    .initialize(
      MainInit(
        sessionID: 0xABCD, displayChannelsHint: 1, supportedMouseModes: supported, currentMouseMode: current,
        agentConnected: false, agentTokens: 10, multimediaTime: 5, ramHint: 0))
  }

  private func bench() throws -> Bench<MainEngine> {
    try Bench.linked(MainEngine(hasPassword: false))
  }

  @Test("is silent until INIT, then attaches the channels before it says anything else")
  func attachesChannels() throws {
    var bench = try bench()
    #expect(bench.takeMessages().isEmpty)
    try bench.say(opening())
    #expect(bench.takeMessages().first == .said(MainClientMessage.attachChannels))
  }

  @Test("tells of the session, then of its channels when they are listed")
  func tells() throws {
    var bench = try bench()
    try bench.say(opening())
    guard case .opened(let value) = bench.takeEvents().first, value.sessionID == 0xABCD else {
      Issue.record("the session is not told of")
      return
    }
    try bench.say(MainServerMessage.channelsList([ChannelID(.display), ChannelID(rawType: 77, id: 1)]))
    guard case .channels([ChannelID(.display), ChannelID(rawType: 77, id: 1)]) = bench.takeEvents().first else {
      Issue.record("the channels are not told of")
      return
    }
  }

  static let modes: [(supported: MouseModes, current: MouseModes, asks: Bool)] = [
    ([.server, .client], .server, true), (.server, .server, false), ([.server, .client], .client, false),
  ]

  @Test("asks to move the pointer itself where the server can let it and does not yet", arguments: modes)
  func mouseMode(_ supported: MouseModes, _ current: MouseModes, _ asks: Bool) throws {
    var bench = try bench()
    try bench.say(opening(supported: supported, current: current))
    #expect(bench.takeMessages().contains(.said(MainClientMessage.mouseModeRequest(.client))) == asks)
    #expect(bench.engine.mouseModes.current == current)
  }

  @Test("asks again when the server learns to let it, as an agent starts, and only then")
  func laterMouseMode() throws {
    var bench = try bench()
    try bench.say(opening(supported: .server))
    _ = bench.takeMessages()
    try bench.say(MainServerMessage.mouseMode(supported: .server, current: .server))
    #expect(bench.takeMessages().isEmpty)
    try bench.say(MainServerMessage.mouseMode(supported: [.server, .client], current: .server))
    #expect(bench.takeMessages() == [.said(MainClientMessage.mouseModeRequest(.client))])
    try bench.say(MainServerMessage.mouseMode(supported: [.server, .client], current: .client))
    #expect(bench.takeMessages().isEmpty)
    #expect(bench.engine.mouseModes.current == .client)
  }

  @Test("asks for the mode the program wants")
  func requestedMode() throws {
    var bench = try bench()
    bench.act { $0.request(.server) }
    #expect(bench.takeMessages() == [.said(MainClientMessage.mouseModeRequest(.server))])
  }

  @Test("tells of the agent, the machine's name and its number")
  func news() throws {
    var bench = try bench()
    try bench.say(
      MainServerMessage.agentConnectedTokens(10), MainServerMessage.agentConnected,
      MainServerMessage.agentDisconnected(reason: 1), MainServerMessage.name(Array("vm".utf8)),
      MainServerMessage.uuid(Array(0..<16)))
    let events = bench.takeEvents()
    guard events.count == 5, case .agentConnected = events[0], case .agentConnected = events[1],
      case .agentDisconnected(reason: 1) = events[2], case .name([0x76, 0x6D]) = events[3], case .uuid = events[4]
    else {
      Issue.record("\(events)")
      return
    }
  }

  @Test("tells where the machine moves to, however it is said")
  func migration() throws {
    let destination = MigrationDestination(port: 1, securePort: 2, host: [0x68], certificateSubject: [])
    for message in [
      MainServerMessage.migrateBegin(destination), .migrateBeginSeamless(destination, sourceVersion: 1),
      .migrateSwitchHost(destination),
    ] {
      var bench = try bench()
      try bench.say(message)
      guard case .migration(destination) = bench.takeEvents().first else {
        Issue.record("\(message)")
        continue
      }
    }
  }

  @Test("says nothing to what it did not begin: the agent's words, tokens, a migration's ends")
  func silence() throws {
    var bench = try bench()
    try bench.say(
      MainServerMessage.agentData([1]), MainServerMessage.agentToken(1), MainServerMessage.migrateCancel,
      MainServerMessage.migrateEnd, MainServerMessage.migrateDestinationSeamlessAck,
      MainServerMessage.migrateDestinationSeamlessNack)
    #expect(bench.takeMessages().isEmpty)
    #expect(bench.takeEvents().isEmpty)
  }
}
