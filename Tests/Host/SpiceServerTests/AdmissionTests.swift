import SpiceClient
import SpicePixels
import SpiceProtocol
import SpiceServer
import SpiceTransport
import TestSupport
import Testing

@Suite("Who is let in at a server", .timeLimit(.minutes(1)))
struct AdmissionTests {
  @Test("a ticket lets in; a wrong, a missing and an expired one do not, and the log says which")
  func ticket() async throws {
    let log = LogLines()
    try await withServer {
      $0.password = Secret("sesame")
      $0.logger = log.logger
    } _: { server in
      #expect(try await refusal(server.uri, password: "sesame") == nil)
      #expect(try await refusal(server.uri, password: "sesamf")?.contains("refused the password") == true)
      #expect(try await refusal(server.uri, password: "sesame2")?.contains("refused the password") == true)
      #expect(try await refusal(server.uri)?.contains("wants a password") == true)
      try server.setPassword(Secret("other"), expiry: .now)
      #expect(try await refusal(server.uri, password: "other")?.contains("refused the password") == true)
      try server.setPassword(nil)
      #expect(try await refusal(server.uri) == nil)
    }
    #expect(log.all.contains { $0.contains("its password is wrong") })
    #expect(log.all.contains { $0.contains("its password has expired") })
    #expect(!log.all.contains { $0.contains("sesam") || $0.contains("other") })
  }

  @Test("a ticket without its first byte, which is zero, and with a zero at its end is read as what it was meant to be")
  func shiftedTicket() throws {
    let key = try TicketKey()
    // One in 256 begins with zero.
    for _ in 0..<20_000 {
      let ticket = try Ticket.encrypt(Secret("secret"), publicKey: key.publicKey)
      guard ticket[0] == 0 else { continue }
      #expect(key.decrypt(ticket) == Array("secret\0".utf8))
      #expect(key.decrypt(ticket.dropFirst() + [0]) == Array("secret\0".utf8))
      #expect(key.decrypt(ticket.dropFirst() + [1]) == nil)
      return
    }
    Issue.record("no ticket began with a zero")
  }

  @Test("the program may turn a client away that has the right ticket")
  func hook() async throws {
    try await withServer {
      $0.admits = { _ in false }
    } _: { server in
      let refused = try await refusal(server.uri)
      #expect(refused != nil)
      #expect(server.clients.isEmpty)
    }
  }

  @Test("options that make no server are refused with the reason")
  func options() async throws {
    func failure(_ change: (inout ServerOptions) -> Void) async -> String? {
      do {
        try await withServer(change) { _ in }
        return nil
      } catch {
        return "\(error)"
      }
    }
    #expect(await failure { $0.listen = [] } == "the server has no address to listen at")
    #expect(await failure { $0.screens = [] } == "the server has no screen; it needs at least one")
    #expect(await failure { $0.uuid = [1] } == "the machine's UUID has 1 bytes and not 16")
    #expect(await failure { $0.secureChannels = [.main] }?.contains("there is no certificate") == true)
    #expect(await failure { $0.password = Secret(String(repeating: "x", count: 61)) }?.contains("61 bytes") == true)
    let taken = try DeafPort()
    #expect(
      await failure { $0.listen = [.tcp(host: "127.0.0.1", port: taken.number)] }?.contains("cannot listen") == true)
  }

  @Test("a session's channels need its number, and each is there once")
  func channels() async throws {
    try await withServer { server in
      // A display without a session.
      #expect(try await linkError(ChannelID(.display), connection: 0, at: server) == .badConnectionID)
      #expect(try await linkError(ChannelID(.display), connection: 77, at: server) == .badConnectionID)
      #expect(try await linkError(ChannelID(.main), connection: 77, at: server) == .badConnectionID)
      #expect(try await linkError(ChannelID(.smartcard), connection: 1, at: server) == .channelNotAvailable)
      #expect(try await linkError(ChannelID(.display, 9), connection: 1, at: server) == .channelNotAvailable)
      try await withClient(server.uri) { client in
        let session = try #require(client.information.session?.sessionID)
        #expect(try await linkError(ChannelID(.display), connection: session, at: server) == .channelNotAvailable)
      }
    }
  }

  /// The error in the link reply.
  private func linkError(_ channel: ChannelID, connection: UInt32, at server: Server) async throws -> LinkErrorCode? {
    var body = ByteWriter()
    LinkMessage(connectionID: connection, channel: channel, common: Capabilities(), specific: Capabilities())
      .write(to: &body)
    var writer = ByteWriter()
    LinkHeader(bodySize: UInt32(body.bytes.count)).write(to: &writer)
    let reply = try await answer(to: writer.bytes + body.bytes, at: server)
    guard reply.count >= 20 else { return nil }
    return LinkErrorCode(rawValue: UInt32(reply[16]))
  }

  @Test("the padded link message that began it all gets error 3, and the log says why")
  func padded() async throws {
    let log = LogLines()
    try await withServer {
      $0.logger = log.logger
    } _: { server in
      // A C structure: two bytes of padding before the counts shift all that follows.
      let message: [UInt8] = [0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 20, 0, 0, 0, 1, 0, 0, 0]
      let reply = try await answer(
        to: [0x52, 0x45, 0x44, 0x51, 2, 0, 0, 0, 2, 0, 0, 0, 24, 0, 0, 0] + message, at: server)
      #expect(reply.prefix(4).elementsEqual(LinkConstants.magic))
      #expect(reply.dropFirst(16).prefix(4).elementsEqual([3, 0, 0, 0]))
    }
    #expect(log.all.contains { $0.contains("65536") && $0.contains("padding") })
  }

  @Test("a wrong magic is answered at its first wrong byte, a wrong version and size at once")
  func magic() async throws {
    try await withServer { server in
      let header = Array("REDQ".utf8)
      let cases: [(opening: [UInt8], code: UInt8)] = [
        (Array("REDX".utf8), 2), (header + [9, 0, 0, 0, 2, 0, 0, 0, 18, 0, 0, 0], 4),
        (header + [2, 0, 0, 0, 2, 0, 0, 0, 255, 255, 255, 255], 3),
      ]
      for (opening, code) in cases {
        let reply = try await answer(to: opening, at: server)
        #expect(errorCode(in: reply) == code)
      }
    }
  }

  /// The low byte of a link reply's error; nil where there is no reply.
  private func errorCode(in reply: [UInt8]) -> UInt8? {
    reply.count >= 20 && reply.starts(with: LinkConstants.magic) ? reply[16] : nil
  }

  @Test("a link that is not done in time is closed, and the log says what was waited for")
  func late() async throws {
    let log = LogLines()
    try await withServer {
      $0.linkTimeout = .seconds(1)
      $0.logger = log.logger
    } _: { server in
      let reply = try await answer(to: Array("REDQ".utf8) + [2, 0, 0], at: server)
      #expect(reply.isEmpty)
    }
    #expect(log.all.contains { $0.contains("the rest of its link header") })
  }

  @Test("a VNC client that speaks early is told in its own protocol")
  func vnc() async throws {
    try await withServer { server in
      let reply = try await answer(to: Array("RFB 003.008\n".utf8), at: server)
      #expect(String(decoding: reply, as: UTF8.self).contains("this is a SPICE server; connect with a SPICE client"))
    }
  }

  @Test("plain, TLS on the same port, a port for TLS alone, WebSockets and a Unix socket all show the same")
  func ways() async throws {
    try await withTemporaryFolder { folder in
      let certificates = try await TestCertificates(in: folder)
      let socket = folder.appending(path: "spice").path
      try await withServer {
        $0.listen = [.tcp(host: "127.0.0.1", port: 0), .unix(path: socket)]
        $0.listenSecurely = [.tcp(host: "127.0.0.1", port: 0)]
        $0.identity = ServerIdentity(
          certificates: .file(path: folder.appending(path: "server-cert.pem").path),
          privateKey: .file(path: folder.appending(path: "server-key.pem").path))
      } _: { server in
        server.screen.fill(Rect(server.screen.size), 0x33_6699)
        let (plain, secure) = (server.addresses[0], server.addresses[2])
        let trust = { (target: inout Target) in
          target.tls.authority = .file(path: certificates.authority.path)
          target.tls.hostSubject = certificates.subject
        }
        for uri in [
          "spice://\(plain)", "spice+tls://\(plain)", "spice+tls://\(secure)", "spice+unix://\(socket)",
          "ws://\(plain)",
          "wss://\(plain)/path?token=1", "wss://\(secure)",
        ] {
          try await withClient(uri, adjust: trust) { client in
            _ = try await client.picture()
            try await client.shows(server.screen)
          }
        }
      }
    }
  }

  @Test("channels for TLS alone say so, and a client that knows the TLS port obeys")
  func secureChannels() async throws {
    try await withTemporaryFolder { folder in
      let certificates = try await TestCertificates(in: folder)
      try await withServer {
        $0.secureChannels = [.inputs, .main]
        $0.identity = ServerIdentity(
          certificates: .file(path: folder.appending(path: "server-cert.pem").path),
          privateKey: .file(path: folder.appending(path: "server-key.pem").path))
      } _: { server in
        #expect(try await refusal(server.uri)?.contains("TLS") == true)
        guard case .tcp(_, let port) = server.addresses[0] else { return }
        try await withClient(
          "\(server.uri)?tls-port=\(port)",
          adjust: {
            $0.tls.authority = .file(path: certificates.authority.path)
            $0.tls.hostSubject = certificates.subject
          }
        ) { client in
          #expect(Set(client.information.tls.keys.compactMap(\.type)) == [.inputs, .main])
        }
      }
    }
  }
}
