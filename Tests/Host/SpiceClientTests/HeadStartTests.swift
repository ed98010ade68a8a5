import SpiceProtocol
import SpiceTransport
import TestSupport
import Testing

import SpiceClient

/// There is one head start at a time in a program.
@Suite("A connection that is begun before the session", .serialized, .timeLimit(.minutes(1)))
struct HeadStartTests {
  @Test("the session goes on with it")
  func taken() async throws {
    try await ScriptedServer.run { server in
      Client.preconnect(to: server.target())
      try await server.accepted.reaches(1)
      let links = try await server.links.reaches(1)
      #expect(links.first?.message.channel == ChannelID(.main))
      try await withClient(of: server) { client in
        #expect(client.displays == [0])
        #expect(server.links.all.count { $0.message.channel == ChannelID(.main) } == 1)
        #expect(server.accepted.all.count == server.links.all.count)
      }
      // It serves once.
      try await withClient(of: server) { _ in
        #expect(server.links.all.count { $0.message.channel == ChannelID(.main) } == 2)
      }
    }
  }

  @Test("a session with a password goes on with it too")
  func password() async throws {
    try await ScriptedServer.run(.with { $0.password = "right" }) { server in
      Client.preconnect(to: server.target())
      let client = try await Client.connect(to: server.target(password: "right"))
      #expect(server.passwords.all.allSatisfy { $0 == "right" })
      #expect(server.links.all.count { $0.message.channel == ChannelID(.main) } == 1)
      await client.disconnect()
    }
  }

  @Test("one that leads elsewhere is left alone, and closed when the next begins")
  func elsewhere() async throws {
    try await ScriptedServer.run { first in
      Client.preconnect(to: first.target())
      try await first.links.reaches(1)
      try await ScriptedServer.run { second in
        try await withClient(of: second) { client in #expect(client.displays == [0]) }
        Client.preconnect(to: second.target())
        try await first.gone.reaches(1)
        try await withClient(of: second) { _ in }
      }
    }
  }

  @Test("what keeps it from coming about is what keeps the session from it")
  func refused() async throws {
    let deaf = try DeafPort()
    let target = Target(host: "127.0.0.1", port: UInt16(clamping: deaf.number))
    Client.preconnect(to: target)
    let error = try #require(await connectFailure(target))
    guard case .transport(.refused) = error else { throw error }
  }

  @Test("a session that is recorded begins anew, so that the recording is whole")
  func recorded() async throws {
    try await ScriptedServer.run { server in
      Client.preconnect(to: server.target())
      try await server.links.reaches(1)
      var options = ClientOptions()
      let ears = Ears()
      options.tap = ears
      try await withClient(of: server, options) { _ in
        #expect(server.links.all.count { $0.message.channel == ChannelID(.main) } == 2)
      }
      #expect(ears.said.all.count { $0.starts(with: LinkConstants.magic) } == server.links.all.count - 1)
    }
  }

  @Test("no way through TLS is begun ahead, nor one without a port")
  func secure() async throws {
    try await ScriptedServer.run { server in
      Client.preconnect(to: Target(host: "127.0.0.1", tlsPort: server.plain.port))
      Client.preconnect(to: Target(host: "127.0.0.1"))
      try await withClient(of: server) { _ in
        #expect(server.links.all.count == server.accepted.all.count)
        #expect(server.links.all.count { $0.message.channel == ChannelID(.main) } == 1)
      }
    }
  }

  @Test("a command whose words are wrong says so, and the server sees no session")
  func wrongWords() async throws {
    try await ScriptedServer.run { server in
      let output = try await Saffron.run("screenshot", "spice://127.0.0.1:\(server.plain.port)", "-x")
      #expect(output.status == 64)
      #expect(output.complaint.contains("-x"))
      #expect(server.passwords.all.isEmpty)
    }
  }

  @Test("a command that is told to go through a proxy knocks nowhere before")
  func proxy() async throws {
    try await ScriptedServer.run { server in
      let deaf = try DeafPort()
      let output = try await Saffron.run(
        "screenshot", "spice://127.0.0.1:\(server.plain.port)", "--proxy", "http://127.0.0.1:\(deaf.number)")
      #expect(output.status == 2)
      #expect(server.accepted.all.isEmpty)
    }
  }
}

/// Hears what the client says.
private final class Ears: ConnectionTap {
  let said = Recorder<[UInt8]>()

  func opened(local: Address?, remote: Address?) -> Int { 0 }
  func sent(_ bytes: [UInt8], on connection: Int) { said.append(bytes) }
  func received(_ bytes: [UInt8], on connection: Int) {}
  func closed(_ connection: Int, byPeer: Bool) {}
}
