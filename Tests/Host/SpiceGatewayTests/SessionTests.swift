import SpiceClient
import SpiceGateway
import SpiceProtocol
import SpiceServer
import SpiceSession
import SpiceTransport
import Synchronization
import TestSupport
import Testing

@Suite("A session through the gateway", .timeLimit(.minutes(1)))
struct GatewaySessionTests {
  @Test("keys that our own client presses arrive at our own server")
  func keys() async throws {
    try await withServer { server in
      try await withGateway(["vm": "spice://\(server.addresses[0])"]) { gateway in
        let client = try await Client.connect(to: try gateway.target(try await gateway.path(to: "vm")))
        try await client.send([.press(.a), .release(.a)])
        var actions: [ClientInput.Action] = []
        for await input in server.input {
          if case .key = input.action { actions.append(input.action) }
          if actions.count == 2 { break }
        }
        await client.disconnect()
        #expect(actions == [.key(KeyChange(.a, isPress: true)), .key(KeyChange(.a, isPress: false))])
      }
    }
  }

  @Test("a tap sees all that a browser and the gateway say, the link stage and what is only passed on")
  func tap() async throws {
    let tap = Ears()
    let far = try await ScriptedServer()
    try await withGateway(["vm": far.uri], { $0.tap = tap }) { gateway in
      let (near, server) = try await openSession(gateway, far, try await gateway.path(to: "vm"))
      try await near.write(Array("from the browser".utf8))
      var taker = Taker(server)
      _ = try await taker.take(16)
      await near.close()
      _ = try await waitUntil("the end of the connection", every: .milliseconds(5)) { tap.isClosed ? true : nil }
    }
    let (browser, gateway) = tap.heard
    #expect(browser.starts(with: LinkConstants.magic) && browser.suffix(16).elementsEqual("from the browser".utf8))
    let welcome = ScriptedServer.welcome
    #expect(gateway.starts(with: LinkConstants.magic) && gateway.suffix(welcome.count).elementsEqual(welcome))
  }

  /// Keeps what it hears of one connection.
  private final class Ears: ConnectionTap {
    private let state = Mutex<(received: [UInt8], sent: [UInt8], isClosed: Bool)>(([], [], false))

    var heard: ([UInt8], [UInt8]) { state.withLock { ($0.received, $0.sent) } }
    var isClosed: Bool { state.withLock { $0.isClosed } }

    func opened(local: Address?, remote: Address?) -> Int { 1 }
    func sent(_ bytes: [UInt8], on connection: Int) { state.withLock { $0.sent += bytes } }
    func received(_ bytes: [UInt8], on connection: Int) { state.withLock { $0.received += bytes } }
    func closed(_ connection: Int, byPeer: Bool) { state.withLock { $0.isClosed = true } }
  }

  @Test("each end hears what the other one can do")
  func capabilities() async throws {
    let far = try await ScriptedServer()
    try await withGateway(["vm": far.uri]) { gateway in
      let near = try await gateway.webSocket(try await gateway.path(to: "vm"))
      let specific = Capabilities(words: [0xF000_000F, 0, 1])
      try await near.write(linkBytes(ChannelID(.main), specific: specific))
      async let accepted = far.accept()
      var taker = Taker(near)
      let reply = try await taker.linkReply()
      #expect(reply.specific == ScriptedServer.specific)
      #expect(reply.publicKey != far.publicKey)
      await near.close()
      _ = try? await accepted
    }
  }

  @Test("a link message that comes byte by byte, and what comes on the heels of the ticket, arrive whole")
  func nothingIsLost() async throws {
    let far = try await ScriptedServer()
    try await withGateway(["vm": far.uri]) { gateway in
      let near = try await gateway.webSocket(try await gateway.path(to: "vm"))
      let behind = (0..<3000).map { UInt8(truncatingIfNeeded: $0) }
      let (sent, note) = AsyncStream.makeStream(of: Void.self)
      let server = Task {
        // The answer to the ticket waits until all behind it has been sent.
        try await far.accept { for await _ in sent { return } }
      }
      async let linked = link(near, piece: 1, behind: behind) { note.yield() }
      let (connection, message, _, surplus) = try await server.value
      _ = try await linked
      var taker = Taker(connection)
      taker.rest = surplus
      let arrived = try await taker.take(behind.count)
      #expect(arrived.elementsEqual(behind))
      #expect(message.channel == ChannelID(.main))
      await near.close()
    }
  }

  @Test("the gateway's password goes to the server, and not the browser's")
  func password() async throws {
    let far = try await ScriptedServer()
    try await withGateway(
      [:],
      { options in
        guard let target = try? Target(uri: far.uri) else { return }
        options.consoles = [
          Console(name: "vm", source: ConsoleSource(.target(target), password: .secret(Secret("of the gateway"))))
        ]
      }
    ) { gateway in
      let near = try await gateway.webSocket(try await gateway.path(to: "vm"))
      async let accepted = far.accept()
      _ = try await link(near, password: "of the browser")
      #expect(try await accepted.password == "of the gateway")
      await near.close()
    }
  }

  @Test("where the gateway has no password the browser's goes to the server")
  func browsersPassword() async throws {
    let far = try await ScriptedServer()
    try await withGateway(["vm": far.uri]) { gateway in
      let near = try await gateway.webSocket(try await gateway.path(to: "vm"))
      async let accepted = far.accept()
      _ = try await link(near, password: "of the browser")
      #expect(try await accepted.password == "of the browser")
      await near.close()
    }
  }

  @Test("thirty mebibytes pass each way at once, byte for byte")
  func bulk() async throws {
    let far = try await ScriptedServer()
    try await withGateway(["vm": far.uri]) { gateway in
      let (near, server) = try await openSession(gateway, far, try await gateway.path(to: "vm"))
      let up = Pattern(seed: 1)
      let down = Pattern(seed: 2)
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await up.write(30 << 20, to: near) }
        group.addTask { try await down.write(30 << 20, to: server) }
        group.addTask { try await up.expect(30 << 20, from: Taker(server)) }
        group.addTask { try await down.expect(30 << 20, from: Taker(near)) }
        try await group.waitForAll()
      }
      await near.close()
    }
  }

  @Test("a browser that reads nothing holds the server back, and gets all when it reads again")
  func backPressure() async throws {
    let far = try await ScriptedServer()
    try await withGateway(["vm": far.uri]) { gateway in
      let (near, server) = try await openSession(gateway, far, try await gateway.path(to: "vm"))
      let size = 96 << 20
      let sent = Mutex(0)
      let writing = Task {
        try await Pattern(seed: 3).write(size, to: server) { count in sent.withLock { $0 += count } }
      }
      // It comes to rest once every buffer on the way is full.
      var last = -1
      var rests = 0
      _ = try await waitUntil("the server is held back", every: .milliseconds(30)) {
        let count = sent.withLock { $0 }
        rests = count == last ? rests + 1 : 0
        last = count
        return rests > 10 ? true : nil
      }
      #expect(last < size / 2)
      try await Pattern(seed: 3).expect(size, from: Taker(near))
      try await writing.value
      await near.close()
    }
  }

  @Test("a server's end is the browser's end")
  func end() async throws {
    let far = try await ScriptedServer()
    try await withGateway(["vm": far.uri]) { gateway in
      let near = try await gateway.webSocket(try await gateway.path(to: "vm"))
      async let accepted = far.accept()
      var (taker, _) = try await link(near)
      let server = try await accepted.connection
      try await server.write(ScriptedServer.welcome + [9, 9, 9])
      await server.close()
      _ = try await taker.take(ScriptedServer.welcome.count + 3)
      let code = try await farewell(near)
      #expect(code == 1000)
    }
  }

  @Test(
    "a .vv file's TLS, host-subject, authority and password are met inside its proxy's tunnel, and none leaves the gateway"
  )
  func keyFile() async throws {
    try await withTemporaryFolder { folder in
      let certificates = try await TestCertificates(in: folder)
      try await withServer { options in
        options.password = Secret("of the file")
        options.identity = ServerIdentity(
          certificates: .file(path: certificates.certificate.path), privateKey: .file(path: certificates.key.path))
      } _: { server in
        let proxy = try await ScriptedProxy()
        let tunnels = Task { await proxy.run(to: server.addresses[0]) }
        defer { tunnels.cancel() }
        let authority = try String(contentsOf: certificates.authority, encoding: .utf8)
          .replacing("\n", with: "\\n")
        let file = """
          [virt-viewer]
          type=spice
          host=pvespiceproxy:0123:100:node::abcdef
          tls-port=61000
          proxy=http://\(proxy.listener.address)
          host-subject=\(certificates.subject)
          ca=\(authority)
          password=of the file
          delete-this-file=1

          """
        try await withGateway { gateway in
          let order = try JSONText.object(["vv": file])
          let created = try await gateway.api("POST", "/api/v1/tokens", order)
          #expect(created.status == 201)
          #expect(!created.body.contains("pvespiceproxy"))
          let src = try #require(created["src"])
          let client = try await Client.connect(to: try gateway.target(src))
          await client.disconnect()
          #expect(proxy.asked.allSatisfy { $0.hasPrefix("CONNECT pvespiceproxy:0123:100:node::abcdef:61000 ") })
          #expect(proxy.asked.count >= 2)
          let listed = try await gateway.api("GET", "/api/v1/tokens")
          #expect(!listed.body.contains("of the file"))
        }
        await proxy.listener.close()
      }
    }
  }
}
