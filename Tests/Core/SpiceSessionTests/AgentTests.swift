import SpiceProtocol
import SpiceSession
import Testing

@Suite("The client's half of the agent")
struct AgentTests {
  private static let able = Capabilities([
    AgentCapability.monitorsConfig, .reply, .clipboardByDemand, .clipboardSelection,
  ])
  private let dialect = AgentDialect(selection: true)

  private func opening(agent: Bool, tokens: UInt32 = 10) -> MainServerMessage {
    .initialize(
      MainInit(
        sessionID: 1, displayChannelsHint: 1, supportedMouseModes: .server, currentMouseMode: .server,
        agentConnected: agent, agentTokens: tokens, multimediaTime: 0, ramHint: 0))
  }

  /// A session with an agent that can do that; nil for one that has not said so yet.
  private func bench(
    _ capabilities: Capabilities? = AgentTests.able, tokens: UInt32 = 10, limits: SessionLimits = .standard
  ) throws -> Bench<MainEngine> {
    var bench = try Bench.linked(MainEngine(hasPassword: false, speaksWithAgent: true, limits: limits))
    try bench.say(opening(agent: true, tokens: tokens))
    if let capabilities {
      try bench.say(.announceCapabilities(request: false, capabilities), AgentDialect())
      _ = bench.takeMessages()
      _ = bench.takeEvents()
    }
    return bench
  }

  @Test("begins with its tokens and its capabilities, where the agent is there from the start and where it comes later")
  func greeting() throws {
    let greeting: [Said] = [
      .said(MainClientMessage.agentStart(tokens: 64)),
      .said(
        MainClientMessage.agentData(
          AgentMessage.announceCapabilities(request: true, AgentEngine.capabilities).encoded(
            dialect: AgentDialect())[...])),
    ]
    var bench = try bench(nil)
    #expect(bench.takeMessages() == [.said(MainClientMessage.attachChannels)] + greeting)
    try bench.say(MainServerMessage.agentDisconnected(reason: 0), MainServerMessage.agentConnectedTokens(3))
    #expect(bench.takeMessages() == greeting)
  }

  @Test("no word goes to an agent that the program does not ask for")
  func withoutAgent() throws {
    var bench = try Bench.linked(MainEngine(hasPassword: false))
    try bench.say(opening(agent: true), MainServerMessage.agentConnectedTokens(5))
    try bench.say(.announceCapabilities(request: true, AgentTests.able), AgentDialect())
    #expect(bench.takeMessages() == [.said(MainClientMessage.attachChannels)])
    #expect(bench.engine.agent == nil)
  }

  @Test("tells when the agent is ready, and says again what this end can do where it asks")
  func ready() throws {
    var bench = try bench(nil)
    _ = bench.takeMessages()
    _ = bench.takeEvents()
    try bench.say(.announceCapabilities(request: true, AgentTests.able), AgentDialect())
    guard case .agent(.ready(AgentTests.able)) = bench.takeEvents().first else {
      Issue.record("not told")
      return
    }
    let answer = AgentMessage.announceCapabilities(request: false, AgentEngine.capabilities)
    #expect(bench.takeMessages() == [.said(MainClientMessage.agentData(answer.encoded(dialect: AgentDialect())[...]))])
  }

  @Test("a long clipboard is cut into chunks of 2048 bytes, and each waits for a token")
  func tokens() throws {
    var bench = try bench(tokens: 3)
    let text = [UInt8](repeating: 0x41, count: 5000)
    #expect(bench.ask { $0.sendClipboard(type: .utf8Text, text) } == true)
    var sent = bench.takeMessages()
    #expect(sent.map { $0.body.count } == [2048, 2048])
    try bench.say(MainServerMessage.agentToken(5))
    sent += bench.takeMessages()
    let message = AgentMessage.clipboard(selection: .clipboard, type: 1, text[...])
    #expect(sent.count == 3)
    #expect(sent.flatMap(\.body).elementsEqual(message.encoded(dialect: dialect)))
    #expect(bench.engine.agent?.waitingBytes == 0)
  }

  @Test("gives tokens back as chunks are taken")
  func returnsTokens() throws {
    var bench = try bench()
    // The first of sixteen brought the agent's capabilities.
    for _ in 0..<14 { try bench.say(.clipboardRelease(selection: .primary), dialect) }
    #expect(bench.takeMessages().isEmpty)
    try bench.say(.clipboardRelease(selection: .primary), dialect)
    #expect(bench.takeMessages() == [.said(MainClientMessage.agentToken(16))])
  }

  @Test("tells of all that the agent says about the clipboard, and of its replies")
  func news() throws {
    var bench = try bench()
    try bench.say(.clipboardGrab(selection: .clipboard, serial: nil, types: [1, 2]), dialect)
    try bench.say(.clipboardRequest(selection: .primary, type: 1), dialect)
    try bench.say(.clipboard(selection: .clipboard, type: 1, [0x61]), dialect)
    try bench.say(.clipboardRelease(selection: .secondary), dialect)
    try bench.say(.reply(type: 2, error: 1), dialect)
    let events = bench.takeEvents()
    guard events.count == 5, case .agent(.clipboardGrabbed(.clipboard, types: [1, 2])) = events[0],
      case .agent(.clipboardRequested(.primary, type: 1)) = events[1],
      case .agent(.clipboard(.clipboard, type: 1, [0x61])) = events[2],
      case .agent(.clipboardReleased(.secondary)) = events[3],
      case .agent(.reply(type: 2, succeeded: true)) = events[4]
    else {
      Issue.record("\(events)")
      return
    }
  }

  @Test("nothing is said to an agent that is not ready, or cannot do it")
  func unable() throws {
    for capabilities in [nil, Capabilities()] {
      var bench = try bench(capabilities)
      _ = bench.takeMessages()
      #expect(bench.ask { $0.grabClipboard(types: [.utf8Text]) } == false)
      #expect(bench.ask { $0.requestClipboard() } == false)
      #expect(bench.ask { $0.releaseClipboard() } == false)
      #expect(bench.ask { $0.wish(monitors: [.init(width: 800, height: 600)]) } == false)
      #expect(bench.takeMessages().isEmpty)
    }
  }

  @Test("a clipboard longer than the agent takes is refused")
  func clipboardLimit() throws {
    var bench = try bench()
    try bench.say(.maxClipboard(4), dialect)
    #expect(bench.ask { $0.sendClipboard(type: .utf8Text, [1, 2, 3, 4, 5]) } == false)
    #expect(bench.ask { $0.sendClipboard(type: .utf8Text, [1, 2, 3, 4]) } == true)
    try bench.say(.maxClipboard(-1), dialect)
    #expect(bench.ask { $0.sendClipboard(type: .utf8Text, [1, 2, 3, 4, 5]) } == true)
  }

  @Test("monitors are wished for, one to sixteen of them")
  func monitors() throws {
    var bench = try bench()
    let one = AgentMonitorsConfig.Monitor(width: 800, height: 600)
    #expect(bench.ask { $0.wish(monitors: [one]) } == true)
    #expect(bench.ask { $0.wish(monitors: []) } == false)
    #expect(bench.ask { $0.wish(monitors: Array(repeating: one, count: 17)) } == false)
    let wish = AgentMessage.monitorsConfig(AgentMonitorsConfig(flags: 0, monitors: [one]))
    #expect(bench.takeMessages() == [.said(MainClientMessage.agentData(wish.encoded(dialect: dialect)[...]))])
  }

  static let nonsense: [[UInt8]] = [
    // Another protocol; a body beyond the limit; a capability word cut short.
    [2, 0, 0, 0] + [UInt8](repeating: 0, count: 16),
    [1, 0, 0, 0, 4, 0, 0, 0] + [UInt8](repeating: 0, count: 8) + [255, 255, 255, 255],
    [1, 0, 0, 0, 6, 0, 0, 0] + [UInt8](repeating: 0, count: 8) + [3, 0, 0, 0, 1, 1, 1],
  ]

  @Test(
    "an agent that talks nonsense is not heard any more, the session goes on, and the next agent is",
    arguments: nonsense)
  func hostile(_ bytes: [UInt8]) throws {
    var bench = try bench()
    try bench.say(MainServerMessage.agentData(bytes[...]))
    guard case .agent(.failed(let reason)) = bench.takeEvents().first else {
      Issue.record("not told")
      return
    }
    #expect(reason.contains("agent"))
    try bench.say(.clipboardRelease(selection: .primary), dialect)
    #expect(bench.takeEvents().isEmpty)
    #expect(bench.ask { $0.grabClipboard(types: [.utf8Text]) } == false)
    try bench.say(MainServerMessage.agentConnectedTokens(10))
    try bench.say(.announceCapabilities(request: false, AgentTests.able), AgentDialect())
    guard case .agent(.ready) = bench.takeEvents().last else {
      Issue.record("the next agent is not heard")
      return
    }
  }

  @Test("a message of a number that is not known is passed over")
  func unknown() throws {
    var bench = try bench()
    try bench.say(
      MainServerMessage.agentData([1, 0, 0, 0, 99, 0, 0, 0] + [UInt8](repeating: 0, count: 8) + [1, 0, 0, 0, 7]))
    try bench.say(.clipboardRelease(selection: .primary), dialect)
    guard case .agent(.clipboardReleased(.primary)) = bench.takeEvents().first else {
      Issue.record("what follows is lost")
      return
    }
  }

  @Test("our own server's agent and our client exchange a clipboard, in pieces of any size", arguments: [0, 1, 13])
  func ownServer(_ piece: Int) throws {
    var settings = MainSettings(sessionID: 1, channels: [])
    settings.isAgentConnected = true
    var pair = Pair(
      MainEngine(hasPassword: false, speaksWithAgent: true), MainServer.capabilities, piece: piece
    ) { MainServer($0, settings) }
    let text = [UInt8](repeating: 0x42, count: 50_000)
    try pair.act { _, server in
      _ = server.send(.announceCapabilities(request: false, AgentTests.able))
      _ = server.send(.clipboard(selection: .clipboard, type: 1, text[...]))
    }
    try pair.act { client, _ in client.withAgent { _ = $0.sendClipboard(type: .utf8Text, text) } }
    let came = pair.clientEvents.compactMap { event -> Int? in
      if case .agent(.clipboard(.clipboard, type: 1, let bytes)) = event { bytes.count } else { nil }
    }
    let went = pair.serverEvents.compactMap { event -> Int? in
      if case .agent(.clipboard(.clipboard, type: 1, let bytes)) = event { bytes.count } else { nil }
    }
    #expect(came == [50_000])
    #expect(went == [50_000])
  }
}

extension Bench where Engine == MainEngine {
  /// The program says something to the agent; true where that can be said.
  fileprivate mutating func ask(_ action: (inout AgentEngine) -> Bool) -> Bool? {
    var answer: Bool?
    act { answer = $0.withAgent(action) }
    return answer
  }

  /// The agent says that, in one chunk.
  fileprivate mutating func say(_ message: AgentMessage, _ dialect: AgentDialect) throws(SessionError) {
    try say(MainServerMessage.agentData(message.encoded(dialect: dialect)[...]))
  }
}
