import SpiceClient
import SpicePixels
import SpiceProtocol
import SpiceServer
import SpiceTransport
import Testing

@Suite("Slow and lost clients of a server", .timeLimit(.minutes(1)))
struct ServerEndingTests {
  @Test("a server that shuts down says good-bye")
  func goodbye() async throws {
    var options = ServerOptions()
    options.screens = [.init(size: Size(width: 32, height: 32))]
    let server = try await Server.start(options)
    let running = Task { try await server.run() }
    let client = try await Client.connect(to: Target(uri: server.uri))
    running.cancel()
    for await _ in client.events {}
    guard case .disconnected(LinkErrorCode.ok.rawValue)? = client.failure else {
      Issue.record("\(String(describing: client.failure))")
      return
    }
    try await running.value
  }

  @Test("the program can end one client's session, and the others stay")
  func thrownOut() async throws {
    try await withServer { server in
      try await withClient(server.uri) { first in
        let unlucky = try #require(server.clients.first?.id)
        try await withClient(server.uri) { second in
          await server.disconnect(unlucky)
          for await _ in first.events {}
          guard case .disconnected(LinkErrorCode.permissionDenied.rawValue)? = first.failure else {
            Issue.record("\(String(describing: first.failure))")
            return
          }
          server.screen.fill(Rect(server.screen.size), 0x11_2233)
          try await second.shows(server.screen)
        }
      }
    }
  }

  @Test("a client that stops reading delays no other, and costs bounded memory")
  func stopped() async throws {
    try await withServer {
      $0.screens = [.init(size: Size(width: 800, height: 600))]
    } _: { server in
      try await withClient(server.uri) { watcher in
        let session = try #require(watcher.information.session?.sessionID)
        // Another client's display that is linked, opened and never read again.
        let idle = try await Client.connect(to: Target(uri: server.uri), options: ClientOptions(channels: []))
        let number = try #require(idle.information.session?.sessionID)
        #expect(number != session)
        let stuck = try await openDisplay(of: number, at: server)
        var numbers = SeededNumbers(state: 5)
        for _ in 0..<100 {
          let seed = UInt32(truncatingIfNeeded: numbers.next())
          server.screen.draw(Rect(server.screen.size)) { picture in
            var noise = seed
            for place in picture.pixels.indices {
              noise = noise &* 1_664_525 &+ 1_013_904_223
              picture.pixels[place] = noise >> 8
            }
          }
        }
        try await watcher.shows(server.screen)
        #expect(stuck.peer == server.addresses[0])
        await stuck.close()
        await idle.disconnect()
      }
    }
  }

  /// Links a display channel and says what opens it, and no more.
  private func openDisplay(of session: UInt32, at server: Server) async throws -> Connection {
    let connection = try await Transport.connect(Endpoint(address: server.addresses[0]))
    var body = ByteWriter()
    LinkMessage(
      connectionID: session, channel: ChannelID(.display), common: Capabilities([CommonCapability.miniHeader]),
      specific: Capabilities()
    ).write(to: &body)
    var writer = ByteWriter()
    LinkHeader(bodySize: UInt32(body.bytes.count)).write(to: &writer)
    try await connection.write(writer.bytes + body.bytes)
    var reply: [UInt8] = []
    while reply.count < 16 + LinkReply.fixedSize, let more = try await connection.read() { reply += more }
    let ticket = try Ticket.encrypt(nil, publicKey: Array(reply[20..<(20 + LinkConstants.publicKeySize)]))
    try await connection.write(ticket)
    _ = try await connection.read()
    let opening = DisplayClientMessage.initialize(
      DisplayInit(pixmapCacheID: 1, pixmapCacheSize: 1 << 20, glzDictionaryID: 1, glzWindowSize: 1 << 20))
    var message = ByteWriter()
    MessageHeader(serial: 1, type: opening.type, size: UInt32(opening.body.count)).write(.mini, to: &message)
    try await connection.write(message.bytes + opening.body)
    return connection
  }

  @Test("a client that vanishes without a word is noticed")
  func vanished() async throws {
    try await withServer {
      $0.vanishTimeout = .milliseconds(400)
    } _: { server in
      // A main channel that answers no ping.
      let connection = try await openMain(at: server)
      var events = server.events.makeAsyncIterator()
      _ = await events.next()
      guard case .left(_, let reason)? = await events.next() else {
        Issue.record("it stayed")
        return
      }
      #expect(reason.contains("nothing was heard of it"))
      await connection.close()
    }
  }

  @Test("a client that rests and answers stays")
  func resting() async throws {
    try await withServer {
      $0.vanishTimeout = .seconds(1)
    } _: { server in
      try await withClient(server.uri) { client in
        try await client.shows(server.screen)
        try await Task.sleep(for: .seconds(3))
        #expect(server.clients.count == 1)
        server.screen.fill(Rect(server.screen.size), 0x12_3456)
        try await client.shows(server.screen)
      }
    }
  }

  private func openMain(at server: Server) async throws -> Connection {
    let connection = try await Transport.connect(Endpoint(address: server.addresses[0]))
    var body = ByteWriter()
    LinkMessage(connectionID: 0, channel: ChannelID(.main), common: Capabilities(), specific: Capabilities())
      .write(to: &body)
    var writer = ByteWriter()
    LinkHeader(bodySize: UInt32(body.bytes.count)).write(to: &writer)
    try await connection.write(writer.bytes + body.bytes)
    var reply: [UInt8] = []
    while reply.count < 16 + LinkReply.fixedSize, let more = try await connection.read() { reply += more }
    // A process that is starved is taken for a VNC client, and gets another, shorter answer.
    try #require(reply.count >= 16 + LinkReply.fixedSize)
    try await connection.write(
      try Ticket.encrypt(nil, publicKey: Array(reply[20..<(20 + LinkConstants.publicKeySize)])))
    return connection
  }
}
