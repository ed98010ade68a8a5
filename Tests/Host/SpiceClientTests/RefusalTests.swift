import SpiceProtocol
import SpiceSession
import SpiceTransport
import TestSupport
import Testing

import SpiceClient

@Suite("Errors that name their cause", .serialized, .timeLimit(.minutes(1)))
struct RefusalTests {
  @Test("nothing listens at the port")
  func refused() async throws {
    let deaf = try DeafPort()
    let error = try #require(await connectFailure(Target(host: "127.0.0.1", port: UInt16(clamping: deaf.number))))
    guard case .transport(.refused) = error else { throw error }
    #expect("\(error)".contains("nothing listens at 127.0.0.1:\(deaf.number)"))
  }

  @Test("no port is given")
  func noPort() async throws {
    let error = try #require(await connectFailure(Target(host: "somewhere")))
    guard case .noPort = error else { throw error }
    #expect("\(error)".contains("write spice://somewhere:5900"))
  }

  @Test("there is no socket at the path")
  func noSocket() async throws {
    let error = try #require(await connectFailure(Target(unixPath: "/nowhere/spice.sock")))
    guard case .transport(.socketMissing) = error else { throw error }
  }

  // MARK: Strangers

  @Test(
    "who answers is no SPICE server, and is named",
    arguments: [
      ("RFB 003.008\n", StrangePeer.vnc, "the peer is a VNC server"),
      ("HTTP/1.1 400 Bad Request\r\n\r\n", .http, "the peer is an HTTP server"),
      ("SSH-2.0-OpenSSH_9.2\r\n", .ssh, "the peer is an SSH server"),
      ("220 mail.example ESMTP\r\n", .unknown, "its first bytes are 32 32 30 20"),
      ("NO", .unknown, "its first bytes are 4e 4f"),
    ])
  func strangers(greeting: String, who: StrangePeer, words: String) async throws {
    try await withPeer { connection in
      // What the client says is taken in first: an end with bytes unread is a reset, which may swallow the greeting.
      _ = try await connection.read()
      try await connection.write([UInt8](greeting.utf8))
    } _: { port in
      let error = try #require(await connectFailure(Target(host: "127.0.0.1", port: port)))
      guard case .session(.link(_, .strangePeer(who, _))) = error else { throw error }
      #expect("\(error)".contains(words))
    }
  }

  @Test("the peer accepts the connection and is silent")
  func silence() async throws {
    let end = Gate()
    defer { end.open() }
    try await withPeer { _ in
      try await end.wait()
    } _: { port in
      let error = try #require(await connectFailure(Target(host: "127.0.0.1", port: port), .impatient))
      guard case .session(.link(_, .timedOut(.awaitingReply))) = error else { throw error }
      #expect("\(error)".contains("accepted the connection and then said nothing"))
    }
  }

  @Test("the deadline holds for a peer that sends a byte now and then")
  func slowLink() async throws {
    try await withPeer { connection in
      for byte in ScriptedServer.reply(.ok, key: [], common: Capabilities()) {
        try await connection.write([byte])
        try await Task.sleep(for: .milliseconds(50))
      }
    } _: { port in
      let error = try #require(await connectFailure(Target(host: "127.0.0.1", port: port), .impatient))
      guard case .session(.link(_, .timedOut)) = error else { throw error }
    }
  }

  @Test("the peer closes the connection at once")
  func closed() async throws {
    try await withPeer { _ in
    } _: { port in
      let error = try #require(await connectFailure(Target(host: "127.0.0.1", port: port)))
      switch error {
      case .session(.link(_, .closed)), .transport(.reset): break
      default: throw error
      }
    }
  }

  @Test("the server speaks another version of SPICE")
  func version() async throws {
    try await withPeer { connection in
      var writer = ByteWriter()
      LinkHeader(majorVersion: 3, minorVersion: 0, bodySize: 178).write(to: &writer)
      try await connection.write(writer.bytes)
      while try await connection.read() != nil {}
    } _: { port in
      let error = try #require(await connectFailure(Target(host: "127.0.0.1", port: port)))
      guard case .session(.link(_, .majorVersion(3))) = error else { throw error }
    }
  }

  @Test("the link reply is longer than any can be")
  func longReply() async throws {
    try await withPeer { connection in
      var writer = ByteWriter()
      LinkHeader(bodySize: 1 << 30).write(to: &writer)
      try await connection.write(writer.bytes)
      while try await connection.read() != nil {}
    } _: { port in
      let error = try #require(await connectFailure(Target(host: "127.0.0.1", port: port)))
      guard case .session(.link(_, .replyTooLong(1 << 30, _))) = error else { throw error }
    }
  }

  @Test("the key in the link reply is none")
  func badKey() async throws {
    try await withPeer { connection in
      try await connection.write(ScriptedServer.reply(.ok, key: [1, 2, 3], common: Capabilities()))
      while try await connection.read() != nil {}
    } _: { port in
      let error = try #require(await connectFailure(Target(host: "127.0.0.1", port: port)))
      guard case .session(.link(_, .ticketFailed)) = error else { throw error }
    }
  }

  // MARK: Refusals

  @Test("each link error is named", arguments: LinkErrorCode.allCases.filter { $0 != .ok })
  func linkErrors(code: LinkErrorCode) async throws {
    try await ScriptedServer.run(.with { $0.refusal = { _, _ in code } }) { server in
      let error = try #require(await connectFailure(server.target()))
      guard case .session(.link(_, .refused(code.rawValue))) = error else { throw error }
      #expect("\(error)".contains("error \(code.rawValue), \(code.name)"))
    }
  }

  @Test("a channel that the server lists and then does not have is named")
  func channelNotAvailable() async throws {
    let script = ScriptedServer.Script.with {
      $0.refusal = { message, _ in message.channel.type == .cursor ? .channelNotAvailable : nil }
    }
    try await ScriptedServer.run(script) { server in
      let error = try #require(await connectFailure(server.target()))
      #expect("\(error)".hasPrefix("cursor/0: the server refused the link (error 9, CHANNEL_NOT_AVAILABLE)"))
    }
  }

  @Test("a server that knows no tickets is named")
  func onlySASL() async throws {
    let script = ScriptedServer.Script.with { $0.common = Capabilities([CommonCapability.authSelection, .authSASL]) }
    try await ScriptedServer.run(script) { server in
      let error = try #require(await connectFailure(server.target()))
      guard case .session(.link(_, .noCommonMechanism)) = error else { throw error }
    }
  }

  // MARK: Passwords

  @Test("the password is wrong, or has expired: the server does not say which")
  func wrongPassword() async throws {
    try await ScriptedServer.run(.with { $0.password = "right" }) { server in
      let error = try #require(await connectFailure(server.target(password: "wrong")))
      guard case .session(.link(_, .ticketRefused(7, passwordGiven: true))) = error else { throw error }
      #expect("\(error)".contains("it is wrong, or it has expired"))
      #expect(server.passwords.all == ["wrong"])
    }
  }

  @Test("a password is wanted and none was given")
  func missingPassword() async throws {
    try await ScriptedServer.run(.with { $0.password = "right" }) { server in
      let error = try #require(await connectFailure(server.target()))
      guard case .session(.link(_, .ticketRefused(7, passwordGiven: false))) = error else { throw error }
      #expect("\(error)".contains("wants a password and none was given"))
    }
  }

  @Test("the password is longer than a ticket can carry, and is not sent")
  func longPassword() async throws {
    try await ScriptedServer.run { server in
      let error = try #require(await connectFailure(server.target(password: String(repeating: "x", count: 61))))
      guard case .session(.link(_, .passwordTooLong(bytes: 61))) = error else { throw error }
      #expect(server.passwords.all == [])
    }
  }

  @Test("a password of sixty bytes is sent")
  func longestPassword() async throws {
    let password = String(repeating: "x", count: 60)
    try await ScriptedServer.run(.with { $0.password = password }) { server in
      #expect(await connectFailure(server.target(password: password)) == nil)
    }
  }

  @Test("the server refuses the ticket for another reason")
  func otherRefusal() async throws {
    try await ScriptedServer.run(.with { $0.ticketResult = .error }) { server in
      let error = try #require(await connectFailure(server.target(password: "any")))
      guard case .session(.link(_, .ticketRefused(1, passwordGiven: true))) = error else { throw error }
    }
  }

  // MARK: Nonsense

  private static func main(_ say: @escaping @Sendable (ServerChannel) async throws -> Void) -> ScriptedServer.Script {
    .with {
      $0.main = { channel, _ in
        try await say(channel)
        try await channel.drain()
      }
    }
  }

  @Test("a message longer than its channel allows is refused before it comes")
  func longMessage() async throws {
    let script = Self.main { try await $0.write($0.bytes(of: 103, [], announcing: 2 << 20)) }
    try await ScriptedServer.run(script) { server in
      let error = try #require(await connectFailure(server.target()))
      guard case .session(.messageTooLong(_, 103, 2_097_152, _)) = error else { throw error }
    }
  }

  @Test("a malformed message is named with its field")
  func malformed() async throws {
    let script = Self.main { try await $0.write($0.bytes(of: 103, [1, 2, 3])) }
    try await ScriptedServer.run(script) { server in
      let error = try #require(await connectFailure(server.target()))
      guard case .session(.message(_, 1, _)) = error else { throw error }
      #expect("\(error)".contains("main/0: message 1 is malformed"))
      #expect("\(error)".contains("session_id"))
    }
  }

  @Test("a message that nobody knows is passed over, and told")
  func unknownMessage() async throws {
    let script = ScriptedServer.Script.with {
      $0.main = { channel, server in
        try await channel.write(channel.bytes(of: 999, [1, 2, 3]))
        try await channel.openSession(server.script)
        try await channel.drain()
      }
    }
    try await withSession(script) { client, _ in
      for await case .unknownMessage(let channel, let type) in client.events {
        #expect(channel == ChannelID(.main))
        #expect(type == 999)
        break
      }
    }
  }

  @Test("the server lets the client in and never opens the session")
  func neverOpens() async throws {
    try await ScriptedServer.run(Self.main { _ in }) { server in
      let error = try #require(await connectFailure(server.target(), .impatient))
      guard case .notOpened = error else { throw error }
      #expect("\(error)".contains("let this client in and then did not open the session"))
    }
  }

  @Test("the server opens the session and never lists its channels")
  func neverLists() async throws {
    let script = ScriptedServer.Script.with {
      $0.main = { channel, server in
        try await channel.sendInit(server.script)
        try await channel.drain()
      }
    }
    try await ScriptedServer.run(script) { server in
      let error = try #require(await connectFailure(server.target(), .impatient))
      guard case .notOpened = error else { throw error }
    }
  }
}
