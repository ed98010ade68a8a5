import SpiceProtocol
import Testing

import SpiceClient

@Suite("Opening a session", .serialized, .timeLimit(.minutes(1)))
struct SessionTests {
  @Test("every wanted channel that is offered is linked, the later ones with the session's id")
  func links() async throws {
    try await withSession { _, server in
      let links = try await server.links.reaches(4).map(\.message)
      #expect(links.first?.channel == ChannelID(.main))
      #expect(links.first?.connectionID == 0)
      #expect(Set(links.map { $0.channel.type }) == [.main, .display, .inputs, .cursor])
      #expect(links.dropFirst().allSatisfy { $0.connectionID == 0x1234_5678 })
    }
  }

  @Test("a channel that the options leave out is not opened")
  func leftOut() async throws {
    try await withSession(.init(), ClientOptions(channels: [.display])) { client, server in
      _ = try await client.picture()
      #expect(Set(server.links.all.map { $0.message.channel.type }) == [.main, .display])
    }
  }

  @Test("a channel that the target disables is not opened")
  func disabled() async throws {
    try await ScriptedServer.run { server in
      var target = server.target()
      target.disabledChannels = [.cursor, .inputs]
      let client = try await Client.connect(to: target)
      #expect(Set(server.links.all.map { $0.message.channel.type }) == [.main, .display])
      await client.disconnect()
    }
  }

  @Test("a channel that is offered twice is opened once")
  func offeredTwice() async throws {
    let script = ScriptedServer.Script.with { $0.channels = [ChannelID(.display), ChannelID(.display)] }
    try await withSession(script) { client, server in
      let picture = try await client.picture()
      #expect(picture.image.only == Screen.green)
      #expect(server.links.all.filter { $0.message.channel.type == .display }.count == 1)
    }
  }

  @Test("of more displays than any server has, sixteen are opened")
  func manyDisplays() async throws {
    let script = ScriptedServer.Script.with { $0.channels = (0...255).map { ChannelID(.display, $0) } }
    try await withSession(script, ClientOptions(channels: [.display])) { client, _ in
      #expect(client.displays == Array(0..<16))
    }
  }

  @Test("a session opens with full headers")
  func fullHeaders() async throws {
    let script = ScriptedServer.Script.with { $0.common = Capabilities([CommonCapability.authSelection, .authSpice]) }
    try await withSession(script) { client, _ in
      let picture = try await client.picture()
      #expect(picture.image.only == Screen.green)
    }
  }

  @Test("a session opens with a server that does not select mechanisms")
  func noSelection() async throws {
    let script = ScriptedServer.Script.with { $0.common = Capabilities([CommonCapability.miniHeader]) }
    try await withSession(script) { client, _ in
      let picture = try await client.picture()
      #expect(picture.image.only == Screen.green)
    }
  }

  @Test("every channel's ticket carries the password")
  func tickets() async throws {
    try await ScriptedServer.run(.with { $0.password = "pässword" }) { server in
      let client = try await Client.connect(to: server.target(password: "pässword"))
      #expect(server.passwords.all == ["pässword", "pässword", "pässword", "pässword"])
      await client.disconnect()
    }
  }

  @Test("without a password the tickets carry an empty one")
  func emptyTickets() async throws {
    try await withSession { _, server in
      #expect(server.passwords.all == ["", "", "", ""])
    }
  }

  @Test("what the server tells of itself is known")
  func information() async throws {
    let script = ScriptedServer.Script.with {
      $0.main = { channel, server in
        try await channel.send(MainServerMessage.name(Array("guest".utf8)), MainServerMessage.uuid(Array(0..<16)))
        try await channel.openSession(server.script)
        try await channel.drain()
      }
    }
    try await withSession(script) { client, _ in
      let information = client.information
      #expect(information.name == "guest")
      #expect(information.uuid == Array(0..<16))
      #expect(information.session?.sessionID == 0x1234_5678)
      #expect(information.mouseMode == .client)
      #expect(information.links.count == 4)
    }
  }

  @Test("client mouse mode is asked for where it can be had, and its coming is news")
  func mouseMode() async throws {
    let script = ScriptedServer.Script.with {
      $0.mouseModes = ([.server, .client], .server)
      $0.main = { channel, server in
        try await channel.openSession(server.script)
        while try await channel.receive().type != MainClientMessage.Kind.mouseModeRequest.rawValue {}
        try await channel.send(MainServerMessage.mouseMode(supported: [.server, .client], current: .client))
        try await channel.drain()
      }
    }
    try await withSession(script) { client, _ in
      for await case .mouseMode(let mode) in client.events {
        #expect(mode == .client)
        break
      }
      #expect(client.information.mouseMode == .client)
    }
  }

  @Test("a text for the person is news, cut where it is endless")
  func notice() async throws {
    let script = ScriptedServer.Script.with {
      $0.main = { channel, server in
        try await channel.openSession(server.script)
        let text = Array("keyboard channel is insecure".utf8) + [UInt8](repeating: 0x2E, count: 100_000)
        try await channel.send(
          CommonServerMessage.notify(Notification(time: 1, severity: 1, visibility: 2, what: 3, text: text)))
        try await channel.drain()
      }
    }
    try await withSession(script) { client, _ in
      for await case .message(let text, let severity) in client.events {
        #expect(text.hasPrefix("keyboard channel is insecure..."))
        #expect(text.utf8.count == 4096)
        #expect(severity == 1)
        break
      }
    }
  }

  @Test("a list of channels that comes before the session is not enough to open one")
  func listBeforeSession() async throws {
    let script = ScriptedServer.Script.with {
      $0.main = { channel, server in
        try await channel.send(MainServerMessage.channelsList(server.script.channels))
        try await channel.drain()
      }
    }
    try await ScriptedServer.run(script) { server in
      let error = try #require(await connectFailure(server.target(), .impatient))
      guard case .notOpened = error else { throw error }
    }
  }

  @Test("a server without channels is a session without displays")
  func noChannels() async throws {
    try await withSession(.with { $0.channels = [] }) { client, _ in
      #expect(client.displays == [])
      let error = await failure { () throws(ClientError) in _ = try await client.picture() }
      guard case .channelMissing(.display)? = error else { throw Unexpected("\(String(describing: error))") }
    }
  }

  @Test("no description of a target, a client or an error shows the password")
  func secrets() async throws {
    let password = "S3cr3t-0f-mine"
    try await ScriptedServer.run(.with { $0.password = "another" }) { server in
      let target = server.target(password: password)
      let error = try #require(await connectFailure(target))
      var shown = "\(error) \(String(reflecting: error)) \(target) \(String(reflecting: target))"
      dump(error, to: &shown)
      dump(target, to: &shown)
      #expect(!shown.contains(password))
    }
    try await ScriptedServer.run(.with { $0.password = password }) { server in
      let client = try await Client.connect(to: server.target(password: password))
      var shown = "\(client) \(String(reflecting: client)) \(client.information)"
      dump(client, to: &shown)
      #expect(!shown.contains(password))
      await client.disconnect()
    }
  }
}
