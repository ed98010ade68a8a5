import SpiceProtocol
import SpiceSession
import SpiceTransport
import Testing

import SpiceClient

@Suite("How sessions end", .serialized, .timeLimit(.minutes(1)))
struct EndingTests {
  // MARK: By the other side

  @Test(
    "a connection that is lost while the main channel is linked is told with its stage",
    arguments: ScriptedServer.Stage.allCases)
  func lostLinking(stage: ScriptedServer.Stage) async throws {
    try await ScriptedServer.run(.with { $0.drop = (.main, stage) }) { server in
      let error = try #require(await connectFailure(server.target()))
      switch (stage, error) {
      case (.linkMessage, .session(.link(ChannelID(.main), .closed(.awaitingReply)))),
        (.linkReply, .session(.link(ChannelID(.main), .closed(.awaitingResult)))),
        (.ticket, .session(.link(ChannelID(.main), .closed(.awaitingResult)))),
        (.linked, .session(.connectionLost(ChannelID(.main), afterMessages: 0))), (_, .transport(.reset)):
        break
      default: throw error
      }
    }
  }

  @Test(
    "a connection that is lost while a display is linked names the display",
    arguments: ScriptedServer.Stage.allCases)
  func lostLinkingDisplay(stage: ScriptedServer.Stage) async throws {
    switch try #require(try await ending(with: .with { $0.drop = (.display, stage) })) {
    case .session(.link(ChannelID(.display), _)), .session(.connectionLost(ChannelID(.display), _)),
      .transport(.reset):
      break
    case let error: throw error
    }
  }

  @Test("a session whose connection is lost ends with that")
  func lost() async throws {
    let gate = Gate()
    let script = ScriptedServer.Script.with {
      $0.main = { channel, server in
        try await channel.openSession(server.script)
        try await gate.wait()
      }
    }
    try await withSession(script) { client, _ in
      let frames = client.frames()
      gate.open()
      for await _ in frames {}
      let error = try #require(client.failure)
      guard case .session(.connectionLost(ChannelID(.main), _)) = error else { throw error }
      var last: ClientEvent?
      for await event in client.events { last = event }
      guard case .ended(.session(.connectionLost))? = last else { throw Unexpected("\(String(describing: last))") }
    }
  }

  @Test("a picture that was broken off is never complete, and the loss is told")
  func lostPicture() async throws {
    let gate = Gate()
    let script = ScriptedServer.Script.with {
      $0.display = { channel, _ in
        try await channel.expectDisplayInit()
        try await gate.wait()
        let bytes = channel.bytes(of: Screen.create().type, Screen.create().body)
        try await channel.write(Array(bytes.dropLast(3)))
      }
    }
    try await withSession(script) { client, _ in
      gate.open()
      let error = await failure { () throws(ClientError) in _ = try await client.picture() }
      guard case .session(.connectionLost(ChannelID(.display), _))? = error else {
        throw Unexpected("\(String(describing: error))")
      }
    }
  }

  @Test(
    "the reason that a server gives before it closes is the session's end",
    arguments: [LinkErrorCode.ok, .error, .permissionDenied])
  func goodbye(reason: LinkErrorCode) async throws {
    let gate = Gate()
    let script = ScriptedServer.Script.with {
      $0.main = { channel, server in
        try await channel.openSession(server.script)
        try await gate.wait()
        try await channel.send(CommonServerMessage.disconnecting(Disconnecting(time: 1, reason: reason.rawValue)))
      }
    }
    try await withSession(script) { client, _ in
      gate.open()
      for await _ in client.events {}
      let error = try #require(client.failure)
      guard case .disconnected(reason.rawValue) = error else { throw error }
      #expect("\(error)".contains("the server ended the session (\(reason.name))"))
    }
  }

  @Test("the reason counts where another channel is closed before it")
  func lateGoodbye() async throws {
    let gate = Gate()
    let script = ScriptedServer.Script.with {
      $0.display = { channel, _ in
        try await channel.expectDisplayInit()
        try await gate.wait()
      }
      $0.main = { channel, server in
        try await channel.openSession(server.script)
        try await server.ended.reaches(1)
        try await channel.send(CommonServerMessage.disconnecting(Disconnecting(time: 1, reason: 7)))
      }
    }
    try await withSession(script) { client, _ in
      gate.open()
      for await _ in client.events {}
      let error = try #require(client.failure)
      guard case .disconnected(reason: 7) = error else { throw error }
    }
  }

  // MARK: By this side

  @Test("disconnecting closes every connection and is no failure")
  func disconnect() async throws {
    try await ScriptedServer.run { server in
      let client = try await Client.connect(to: server.target())
      await client.disconnect()
      try await server.ended.reaches(4)
      #expect(client.failure == nil)
      var last: ClientEvent?
      for await event in client.events { last = event }
      guard case .ended(nil)? = last else { throw Unexpected("\(String(describing: last))") }
    }
  }

  @Test("a session that nobody holds any more is closed, though somebody reads its frames and news")
  func dropped() async throws {
    try await ScriptedServer.run { server in
      var client: Client? = try await Client.connect(to: server.target())
      let frames = try #require(client?.frames())
      let events = try #require(client?.events)
      let reading = Task { for await _ in frames {} }
      let listening = Task { for await _ in events {} }
      client = nil
      await reading.value
      await listening.value
      try await server.ended.reaches(4)
    }
  }

  @Test("nothing of a session stays in memory when it is over and nobody holds it")
  func memory() async throws {
    try await ScriptedServer.run { server in
      weak var core: AnyObject?
      do {
        let client = try await Client.connect(to: server.target())
        _ = try await client.picture()
        core = Mirror(reflecting: client).children.first { $0.label == "core" }.map { $0.value as AnyObject }
        #expect(core != nil)
        await client.disconnect()
      }
      for _ in 0..<1000 where core != nil { try await Task.sleep(for: .milliseconds(2)) }
      #expect(core == nil)
    }
  }

  @Test("frames of a display that nobody had asked for end with the session too")
  func framesAfterTheEnd() async throws {
    try await withSession { client, _ in
      await client.disconnect()
      for display in 0..<3 {
        for await _ in client.frames(of: display) { Issue.record("a frame after the end") }
      }
    }
  }

  @Test("a picture after the end says that the session was closed")
  func pictureAfterTheEnd() async throws {
    try await withSession { client, _ in
      await client.disconnect()
      let error = await failure { () throws(ClientError) in _ = try await client.picture() }
      guard case .closed? = error else { throw Unexpected("\(String(describing: error))") }
    }
  }

  // MARK: By cancelling

  @Test("a connect that is cancelled before the peer answers gives up")
  func cancelSilent() async throws {
    let isThere = Gate()
    let end = Gate()
    defer { end.open() }
    try await withPeer { connection in
      _ = try await connection.read()
      isThere.open()
      try await end.wait()
    } _: { port in
      let connecting = Task { await connectFailure(Target(host: "127.0.0.1", port: port)) }
      try await isThere.wait()
      connecting.cancel()
      let error = await connecting.value
      guard case .closed? = error else { throw Unexpected("\(String(describing: error))") }
    }
  }

  @Test("a connect that is cancelled before it begins does not begin")
  func cancelledBefore() async throws {
    try await ScriptedServer.run { server in
      let target = server.target()
      let connecting = Task {
        withUnsafeCurrentTask { $0?.cancel() }
        return await connectFailure(target)
      }
      let error = await connecting.value
      guard case .closed? = error else { throw Unexpected("\(String(describing: error))") }
    }
  }

  @Test(
    "a connect that is cancelled while a channel is linked gives up and closes what was open",
    arguments: [ChannelType.main, .display, .inputs])
  func cancelLinking(type: ChannelType) async throws {
    let isThere = Gate()
    let script = ScriptedServer.Script.with {
      $0.refusal = { message, _ in
        if message.channel.type == type { isThere.open() }
        return nil
      }
      $0.main = { channel, server in
        if type != .main { try await channel.openSession(server.script) }
        try await channel.drain()
      }
    }
    try await ScriptedServer.run(script) { server in
      let target = server.target()
      let connecting = Task { await connectFailure(target) }
      try await isThere.wait()
      connecting.cancel()
      switch await connecting.value {
      case .closed?: break
      // The last channel may have been quicker than the cancellation; then the session was open and was closed.
      case nil where type != .main: break
      case let error: throw Unexpected("\(String(describing: error))")
      }
      try await server.gone.until { $0.count == server.accepted.all.count }
    }
  }

  @Test("a reader of frames that is cancelled ends, and the session goes on")
  func cancelledReader() async throws {
    try await withSession { client, _ in
      let isReading = Gate()
      let frames = client.frames()
      let reading = Task { for await _ in frames { isReading.open() } }
      try await isReading.wait()
      reading.cancel()
      await reading.value
      #expect(try await client.picture().image.only == Screen.green)
    }
  }

  @Test("a picture that is cancelled says that it was given up")
  func cancelledPicture() async throws {
    let script = ScriptedServer.Script.with { $0.display = { channel, _ in try await channel.drain() } }
    try await withSession(script) { client, server in
      let waiting = Task { await failure { () throws(ClientError) in _ = try await client.picture() } }
      waiting.cancel()
      let error = await waiting.value
      guard case .closed? = error else { throw Unexpected("\(String(describing: error))") }
    }
  }

  @Test("a reader of news that is cancelled takes none of it along")
  func cancelledListener() async throws {
    let gate = Gate()
    let script = ScriptedServer.Script.with {
      $0.inputs = { channel, _ in
        try await channel.send(InputsServerMessage.initialize([]))
        try await gate.wait()
        try await channel.send(InputsServerMessage.keyModifiers(.numLock))
        try await channel.drain()
      }
    }
    try await withSession(script) { client, _ in
      let isListening = Gate()
      let listening = Task { for await _ in client.events { isListening.open() } }
      try await isListening.wait()
      listening.cancel()
      await listening.value
      gate.open()
      for await case .keyboardModifiers(let modifiers) in client.events where modifiers == .numLock { return }
      Issue.record("the news was lost")
    }
  }
}
