import SpiceProtocol
import SpiceSession
import Testing

@Suite("The agent's way through a server")
struct AgentServerTests {
  /// A server with an agent and a client that takes `tokens` chunks; nil for a client that has not started with it.
  private func bench(
    tokens: UInt32? = 100, renews: Bool = true, limits: SessionLimits = .standard
  ) throws -> ServerBench<MainServer> {
    var settings = MainSettings(sessionID: 1, channels: [])
    settings.isAgentConnected = true
    let capabilities = Capabilities(renews ? [MainCapability.agentConnectedTokens] : [])
    var bench = ServerBench(MainServer(accepted(.main, specific: capabilities), settings, limits: limits))
    if let tokens { try bench.say(MainClientMessage.agentStart(tokens: tokens)) }
    _ = bench.takeMessages()
    _ = bench.takeEvents()
    return bench
  }

  private func clipboard(_ count: Int) -> AgentMessage {
    .clipboard(selection: .clipboard, type: 1, ArraySlice((0..<count).map { UInt8(truncatingIfNeeded: $0) }))
  }

  /// The message in chunks as a client cuts it.
  private func chunks(_ message: AgentMessage, _ size: Int = AgentConstants.chunkSize) -> [any ChannelMessage] {
    let bytes = message.encoded(dialect: AgentDialect())
    return stride(from: 0, to: bytes.count, by: size).map {
      MainClientMessage.agentData(bytes[$0..<min(bytes.count, $0 + size)])
    }
  }

  private func agentMessages(_ bench: inout ServerBench<MainServer>) -> [AgentMessage] {
    bench.takeEvents().compactMap { if case .agent(let message) = $0 { message } else { nil } }
  }

  private func data(_ bench: inout ServerBench<MainServer>) -> [[UInt8]] {
    bench.takeMessages().filter { $0.type == MainServerMessage.Kind.agentData.rawValue }.map(\.body)
  }

  @Test("the host's messages are cut into chunks of 2048 bytes, one for each token")
  func tokensToTheClient() throws {
    var bench = try bench(tokens: 2)
    let message = clipboard(5000)
    #expect(bench.act { $0.send(message) })
    var sent = data(&bench)
    #expect(sent.map(\.count) == [2048, 2048])
    #expect(bench.engine.waitingAgentBytes == 20 + 4 + 5000 - 4096)
    try bench.say(MainClientMessage.agentToken(1))
    sent += data(&bench)
    #expect(sent.count == 3)
    #expect(Array(sent.joined()) == message.encoded(dialect: AgentDialect()))
    #expect(bench.engine.waitingAgentBytes == 0)
  }

  @Test("nothing goes to a client that has not started, and all of it when it starts")
  func beforeStart() throws {
    var bench = try bench(tokens: nil)
    #expect(bench.act { $0.send(.clientDisconnected) })
    #expect(data(&bench).isEmpty)
    try bench.say(MainClientMessage.agentStart(tokens: .max))
    #expect(data(&bench).count == 1)
    guard case .agentStarted = bench.takeEvents().first else {
      Issue.record("the start is not told of")
      return
    }
    // More tokens than there are numbers for.
    try bench.say(MainClientMessage.agentToken(.max))
    #expect(bench.act { $0.send(.clientDisconnected) })
    #expect(data(&bench).count == 1)
  }

  @Test("more than the limit does not wait, and a message alone always does")
  func bound() throws {
    var limits = SessionLimits()
    limits.waitingAgentBytes = 100
    var bench = try bench(tokens: nil, limits: limits)
    #expect(bench.act { $0.send(clipboard(500)) })
    #expect(bench.act { $0.send(.clientDisconnected) } == false)
    try bench.say(MainClientMessage.agentStart(tokens: 1))
    #expect(bench.act { $0.send(.clientDisconnected) })
  }

  @Test("nothing is sent where no agent is")
  func noAgent() throws {
    var bench = ServerBench(MainServer(accepted(.main), MainSettings(sessionID: 1, channels: [])))
    #expect(bench.act { $0.send(.clientDisconnected) } == false)
    #expect(bench.act { $0.send(agentType: 99, body: []) } == false)
  }

  @Test("a long message leaves room for acks between its chunks")
  func pace() throws {
    var bench = try bench(tokens: .max)
    bench.act { $0.channel.requestAcks(window: 3) }
    try bench.say(CommonClientMessage.ackSync(generation: 1))
    #expect(bench.act { $0.send(clipboard(100_000)) })
    #expect(data(&bench).count == 6)
    try bench.say(CommonClientMessage.ack)
    #expect(data(&bench).count == 3)
  }

  @Test("the client's chunks become whole messages, however they are cut", arguments: [1, 19, 20, 21, 24, 2048])
  func reassembly(_ size: Int) throws {
    var bench = try bench()
    let all: [AgentMessage] = [
      .clientDisconnected, .reply(type: 1, error: 2), .announceCapabilities(request: true, Capabilities(words: [7])),
    ]
    for message in all {
      for chunk in chunks(message, size) { try bench.say(chunk) }
    }
    #expect(agentMessages(&bench) == all)
  }

  @Test("several messages may come in one chunk, and the tail of one with the head of the next")
  func manyInOne() throws {
    var bench = try bench()
    let bytes = [AgentMessage.reply(type: 1, error: 1), .clientDisconnected, .maxClipboard(5)].flatMap {
      $0.encoded(dialect: AgentDialect())
    }
    try bench.say(MainClientMessage.agentData(bytes[..<30]), MainClientMessage.agentData(bytes[30...]))
    #expect(agentMessages(&bench) == [.reply(type: 1, error: 1), .clientDisconnected, .maxClipboard(5)])
  }

  @Test("tokens are given back five at a time, so that a client never waits for one in vain")
  func tokensBack() throws {
    var bench = try bench()
    for _ in 0..<4 { try bench.say(MainClientMessage.agentData([])) }
    #expect(bench.takeMessages().isEmpty)
    try bench.say(MainClientMessage.agentData([]))
    #expect(bench.takeMessages() == [.said(MainServerMessage.agentToken(5))])
    for _ in 0..<100 { try bench.say(MainClientMessage.agentData([])) }
    #expect(bench.takeMessages() == Array(repeating: .said(MainServerMessage.agentToken(5)), count: 20))
  }

  @Test("messages of unknown numbers are passed on as they are, in both directions")
  func unknown() throws {
    var bench = try bench()
    try bench.say(MainClientMessage.agentData(hex("01000000 E7030000 0000000000000000 03000000 0A0B0C")[...]))
    guard case .unknownAgent(type: 999, body: [10, 11, 12]) = bench.takeEvents().first else {
      Issue.record("not passed on")
      return
    }
    #expect(bench.act { $0.send(agentType: 999, body: [10, 11, 12]) })
    #expect(data(&bench) == [hex("01000000 E7030000 0000000000000000 03000000 0A0B0C")])
  }

  @Test("clipboard messages have a selection when both ends have announced that they know it")
  func dialect() throws {
    var bench = try bench()
    let knows = Capabilities([AgentCapability.clipboardSelection])
    #expect(bench.act { $0.send(.announceCapabilities(request: true, knows)) })
    _ = bench.takeMessages()
    let release = AgentMessage.clipboardRelease(selection: .primary)
    #expect(bench.act { $0.send(release) })
    #expect(data(&bench).map(\.count) == [20])
    for chunk in chunks(.announceCapabilities(request: false, knows)) { try bench.say(chunk) }
    #expect(bench.act { $0.send(release) })
    #expect(data(&bench).map(\.count) == [24])
    _ = bench.takeEvents()
    try bench.say(MainClientMessage.agentData(release.encoded(dialect: AgentDialect(selection: true))[...]))
    #expect(agentMessages(&bench) == [release])
  }

  @Test("a client that goes on without a token is refused", arguments: [true, false])
  func noTokens(_ renews: Bool) throws {
    var bench = try bench(renews: renews)
    // What comes at once can have been paid for by no token that was given back in between.
    let ten = [any ChannelMessage](repeating: MainClientMessage.agentData([]), count: 10)
    try bench.receive(bench.bytes(ten))
    try bench.receive(bench.bytes(ten))
    let eleven = bench.bytes(ten) + bench.bytes([MainClientMessage.agentData([])])
    let error = sessionError { () throws(SessionError) in try bench.receive(eleven) }
    #expect(error?.clientFault == .noAgentTokens)
    #expect(error?.description.contains("message 32: it sends agent data and has no token") == true)
  }

  @Test("a message of another protocol, and one past the limit, are refused before their bytes come")
  func hostileHeaders() throws {
    var bench = try bench()
    let other = bench.fault(MainClientMessage.agentData(hex("02000000 01000000 0000000000000000 00000000")[...]))
    #expect(other == .agentProtocol(2))
    var long = try self.bench()
    let size = UInt32(SessionLimits.standard.agentMessage) + 1
    var writer = ByteWriter()
    AgentHeader(type: 4, bodySize: size).write(to: &writer)
    #expect(
      long.fault(MainClientMessage.agentData(writer.bytes[...]))
        == .agentMessageTooLong(size: size, limit: SessionLimits.standard.agentMessage))
  }

  @Test("a message that is not what its number says is refused with its offset")
  func malformed() throws {
    var bench = try bench()
    let bytes = bench.bytes([MainClientMessage.agentData(hex("01000000 03000000 0000000000000000 02000000 0000")[...])])
    let error = sessionError { () throws(SessionError) in try bench.receive(bytes) }
    guard case .message(ChannelID(.main), _, let wire) = error else {
      Issue.record("\(error.map { "\($0)" } ?? "taken")")
      return
    }
    #expect(wire.offset == 0)
  }

  @Test("an agent's coming is told with tokens where the client knows them", arguments: [true, false])
  func coming(_ renews: Bool) throws {
    var bench = ServerBench(
      MainServer(
        accepted(.main, specific: Capabilities(renews ? [MainCapability.agentConnectedTokens] : [])),
        MainSettings(sessionID: 1, channels: [])))
    _ = bench.takeMessages()
    bench.act { $0.agentConnected() }
    #expect(
      bench.takeMessages() == [
        .said(renews ? MainServerMessage.agentConnectedTokens(10) : MainServerMessage.agentConnected)
      ])
    #expect(bench.engine.isAgentConnected)
    bench.act {
      $0.agentDisconnected()
      $0.agentDisconnected()
    }
    #expect(bench.takeMessages() == [.said(MainServerMessage.agentDisconnected(reason: 0))])
  }

  @Test("what was meant for an agent that is gone is dropped, half of a message too", arguments: [true, false])
  func exchange(_ renews: Bool) throws {
    var bench = try bench(renews: renews)
    try bench.say(MainClientMessage.agentData(hex("01000000 0D000000 00000000")[...]))
    bench.act {
      _ = $0.send(clipboard(10_000_000))
      $0.agentDisconnected()
      $0.agentConnected()
    }
    _ = bench.takeMessages()
    #expect(bench.engine.waitingAgentBytes == 0)
    // Still on its way when the client heard of it.
    try bench.say(MainClientMessage.agentData([1, 2, 3]))
    #expect(bench.takeEvents().isEmpty)
    try bench.say(MainClientMessage.agentStart(tokens: 5))
    for chunk in chunks(.maxClipboard(3)) { try bench.say(chunk) }
    #expect(agentMessages(&bench) == [.maxClipboard(3)])
    // No token was lost on the way.
    for _ in 0..<200 { try bench.say(MainClientMessage.agentData([])) }
  }

  @Test("starts that were not asked for bring a client nothing")
  func uninvitedStart() throws {
    var bench = try bench(tokens: 0)
    try bench.say(MainClientMessage.agentStart(tokens: 100))
    #expect(bench.takeEvents().isEmpty)
    #expect(bench.act { $0.send(.clientDisconnected) })
    #expect(data(&bench).isEmpty)
  }
}
