import SpiceClient
import SpiceGateway
import SpiceProtocol
import SpiceTransport
import TestSupport
import Testing

@Suite("Tokens of the gateway's", .timeLimit(.minutes(1)))
struct GatewayTokenTests {
  /// What becomes of a WebSocket that begins with such a link message.
  private func fate(
    _ gateway: Gateway, _ path: String, _ channel: ChannelType, _ connectionID: UInt32
  ) async throws -> UInt16 {
    let near = try await gateway.webSocket(path)
    try? await near.write(linkBytes(ChannelID(channel), connectionID: connectionID))
    return try await farewell(near)
  }

  @Test("the channels of its session are opened")
  func furtherChannel() async throws {
    let far = try await ScriptedServer()
    try await withGateway(["vm": far.uri]) { gateway in
      let path = try await gateway.path(to: "vm")
      let (near, server) = try await openSession(gateway, far, path)
      let second = try await gateway.webSocket(path)
      async let accepted = far.accept()
      _ = try await link(second, ChannelID(.display), connectionID: ScriptedServer.sessionID)
      #expect(try await accepted.message.connectionID == ScriptedServer.sessionID)
      await second.close()
      await near.close()
      await server.close()
    }
  }

  @Test("a second session is refused while the first is open, and when it is over")
  func secondSession() async throws {
    let far = try await ScriptedServer()
    try await withGateway(["vm": far.uri]) { gateway in
      let path = try await gateway.path(to: "vm")
      let (near, server) = try await openSession(gateway, far, path)
      let during = try await fate(gateway, path, .main, 0)
      #expect(during == GatewayRefusal.usedToken.code)
      await near.close()
      await server.close()
      _ = try await waitUntil("the session is over", every: .milliseconds(10)) { gateway.sessions == 0 ? true : nil }
      let later = try await fate(gateway, path, .main, 0)
      #expect(later == GatewayRefusal.usedToken.code)
    }
  }

  @Test("a channel of another session is refused", arguments: [ScriptedServer.sessionID &+ 1, 1, UInt32.max])
  func otherSession(_ id: UInt32) async throws {
    let far = try await ScriptedServer()
    try await withGateway(["vm": far.uri]) { gateway in
      let path = try await gateway.path(to: "vm")
      let (near, server) = try await openSession(gateway, far, path)
      let code = try await fate(gateway, path, .display, id)
      #expect(code == GatewayRefusal.strangeSession.code)
      await near.close()
      await server.close()
    }
  }

  @Test("one session's token opens no channel of another token's session")
  func foreignToken() async throws {
    let far = try await ScriptedServer()
    try await withGateway(["vm": far.uri]) { gateway in
      let (near, server) = try await openSession(gateway, far, try await gateway.path(to: "vm"))
      let code = try await fate(gateway, try await gateway.path(to: "vm"), .inputs, ScriptedServer.sessionID)
      #expect(code == GatewayRefusal.strangeSession.code)
      await near.close()
      await server.close()
    }
  }

  @Test("a channel before the main one is refused")
  func early() async throws {
    let far = try await ScriptedServer()
    try await withGateway(["vm": far.uri]) { gateway in
      let code = try await fate(gateway, try await gateway.path(to: "vm"), .display, ScriptedServer.sessionID)
      #expect(code == GatewayRefusal.strangeSession.code)
    }
  }

  @Test("one that has expired is refused as such")
  func expired() async throws {
    try await withGateway(["vm": "spice://127.0.0.1:9"], { $0.pageTokenLifetime = .zero }) { gateway in
      let code = try await fate(gateway, try await gateway.path(to: "vm"), .main, 0)
      #expect(code == GatewayRefusal.expiredToken.code)
    }
  }

  @Test("another gateway's token, and one with a changed letter, are not known")
  func unknown() async throws {
    let far = try await ScriptedServer()
    try await withGateway(["vm": far.uri]) { gateway in
      let path = try await gateway.path(to: "vm")
      try await withGateway(["vm": far.uri]) { other in
        let code = try await fate(other, path, .main, 0)
        #expect(code == GatewayRefusal.unknownToken.code)
      }
      let changed = String(path.dropLast(3)) + (path.hasSuffix("AAA") ? "BBB" : "AAA")
      let code = try await fate(gateway, changed, .main, 0)
      #expect(code == GatewayRefusal.unknownToken.code)
    }
  }

  @Test("one that is taken back ends its session, and opens none")
  func revoked() async throws {
    let far = try await ScriptedServer()
    try await withGateway { gateway in
      let created = try await gateway.api("POST", "/api/v1/tokens", "{\"uri\": \"\(far.uri)\"}")
      let path = try #require(created["src"])
      let id = try #require(created["id"])
      let (near, server) = try await openSession(gateway, far, path)
      let gone = try await gateway.api("DELETE", "/api/v1/tokens/\(id)")
      #expect(gone.status == 204)
      let code = try await farewell(near)
      #expect(code == GatewayRefusal.revokedToken.code)
      let again = try await fate(gateway, path, .main, 0)
      #expect(again == GatewayRefusal.revokedToken.code)
      await server.close()
    }
  }

  @Test("one whose server was not there may try again")
  func secondAttempt() async throws {
    try await withGateway(["vm": "spice://127.0.0.1:9"]) { gateway in
      let path = try await gateway.path(to: "vm")
      for _ in 0..<2 {
        let code = try await fate(gateway, path, .main, 0)
        #expect(code == GatewayRefusal.unreachable.code)
      }
    }
  }

  @Test("a server that says nothing is called silent, in good time")
  func silent() async throws {
    let listener = try await Listener.bind(.tcp(host: "127.0.0.1", port: 0))
    try await withGateway(["vm": "spice://\(listener.address)"], { $0.linkTimeout = .milliseconds(200) }) { gateway in
      let code = try await fate(gateway, try await gateway.path(to: "vm"), .main, 0)
      #expect(code == GatewayRefusal.silent.code)
    }
    await listener.close()
  }

  @Test("a session has so many channels and no more")
  func channelLimit() async throws {
    let far = try await ScriptedServer()
    try await withGateway(["vm": far.uri], { $0.channelLimit = 1 }) { gateway in
      let path = try await gateway.path(to: "vm")
      let (near, server) = try await openSession(gateway, far, path)
      let code = try await fate(gateway, path, .display, ScriptedServer.sessionID)
      #expect(code == GatewayRefusal.tooManyChannels(limit: 1).code)
      await near.close()
      await server.close()
    }
  }

  @Test("draining takes no new session, lets an open one go on, and ends with it")
  func drain() async throws {
    let far = try await ScriptedServer()
    try await withGateway(["vm": far.uri]) { gateway in
      let fresh = try await gateway.path(to: "vm")
      let (near, server) = try await openSession(gateway, far, try await gateway.path(to: "vm"))
      let draining = Task { await gateway.drain() }
      _ = try await waitUntil("it says that it drains", every: .milliseconds(10)) {
        try await gateway.ask("GET", "/healthz").status == 503 ? true : nil
      }
      let code = try await fate(gateway, fresh, .main, 0)
      #expect(code == GatewayRefusal.closing.code)
      try await near.write([1, 2, 3])
      var taker = Taker(server)
      let passed = try await taker.take(3)
      #expect(passed == [1, 2, 3])
      await near.close()
      await draining.value
      #expect(gateway.sessions == 0)
    }
  }

  @Test("a session that does not end by itself is ended when the time to drain is over")
  func drainTime() async throws {
    let far = try await ScriptedServer()
    try await withGateway(["vm": far.uri], { $0.drainTime = .milliseconds(10) }) { gateway in
      let (near, server) = try await openSession(gateway, far, try await gateway.path(to: "vm"))
      await gateway.drain()
      let code = try await farewell(near)
      #expect(code == GatewayRefusal.closing.code)
      await server.close()
    }
  }
}
