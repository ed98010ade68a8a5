import SpiceProtocol
import SpiceSession
import SpiceTransport
import Testing

import SpiceClient

@Suite("TLS", .serialized, .timeLimit(.minutes(1)))
struct SecureTests {
  /// Refuses every channel that does not come over TLS.
  private static let demanding = ScriptedServer.Script.with {
    $0.refusal = { _, isSecure in isSecure ? nil : .needSecured }
  }

  @Test("a session over TLS says so for each of its channels")
  func secure() async throws {
    let authority = try Authority()
    try await ScriptedServer.run(identity: authority.identity()) { server in
      let client = try await Client.connect(to: server.secureTarget(trusting: authority))
      #expect(try await client.picture().image.only == Screen.green)
      #expect(client.information.tls.count == 4)
      #expect(client.information.tls.values.allSatisfy { $0.hasPrefix("TLS 1.") })
      #expect(server.links.all.allSatisfy { $0.isSecure })
      await client.disconnect()
    }
  }

  @Test("channels that the server wants secured are tried again over the TLS port")
  func retry() async throws {
    let authority = try Authority()
    try await ScriptedServer.run(Self.demanding, identity: authority.identity()) { server in
      let client = try await Client.connect(to: server.secureTarget(trusting: authority, withPlainPort: true))
      #expect(try await client.picture().image.only == Screen.green)
      #expect(server.links.all.filter(\.isSecure).count == 4)
      #expect(server.links.all.filter { !$0.isSecure }.count == 4)
      await client.disconnect()
    }
  }

  @Test("a server that wants TLS and whose TLS port is not known is named")
  func noTLSPort() async throws {
    try await ScriptedServer.run(Self.demanding) { server in
      let error = try #require(await connectFailure(server.target()))
      guard case .session(.link(_, .refused(LinkErrorCode.needSecured.rawValue))) = error else { throw error }
      #expect("\(error)".contains("connect to its TLS port"))
    }
  }

  @Test("only the channels that the target wants secured use the TLS port")
  func secureChannels() async throws {
    let authority = try Authority()
    try await ScriptedServer.run(identity: authority.identity()) { server in
      var target = try server.secureTarget(trusting: authority, withPlainPort: true)
      target.secureChannels = [.main, .inputs]
      let client = try await Client.connect(to: target)
      let secured = server.links.all.filter(\.isSecure).map { $0.message.channel.type }
      #expect(Set(secured) == [.main, .inputs])
      #expect(server.links.all.count == 4)
      await client.disconnect()
    }
  }

  @Test("a channel that has to be secured needs a TLS port")
  func secureWithoutPort() async throws {
    try await ScriptedServer.run { server in
      var target = server.target()
      target.secureChannels = [.inputs]
      let error = try #require(await connectFailure(target))
      guard case .noTLSPort = error else { throw error }
      #expect(server.links.all.allSatisfy { $0.message.channel.type != .inputs })
    }
  }

  @Test("a TLS port that is spoken to plainly is named")
  func plainToTLS() async throws {
    let authority = try Authority()
    try await ScriptedServer.run(identity: authority.identity()) { server in
      let target = Target(host: "127.0.0.1", port: server.secure?.port)
      let error = try #require(await connectFailure(target, .impatient))
      guard case .session(.link(_, let failure)) = error else { throw error }
      #expect("\(failure)".contains("TLS port"))
    }
  }

  @Test("a plain port that is spoken to in TLS is named")
  func tlsToPlain() async throws {
    try await withPeer { connection in
      // libspice-server answers what does not begin with REDQ with a link reply.
      _ = try await connection.read()
      try await connection.write(ScriptedServer.reply(.invalidMagic, key: [], common: Capabilities()))
    } _: { port in
      let error = try #require(await connectFailure(Target(host: "127.0.0.1", tlsPort: port)))
      guard case .transport(.notTLS) = error else { throw error }
      #expect("\(error)".contains("a SPICE server's plain port"))
    }
  }

  // MARK: Certificates

  private func problem(
    of identity: ServerIdentity, _ change: (inout Target) throws -> Void
  ) async throws -> CertificateProblem {
    try await ScriptedServer.run(identity: identity) { server in
      var target = Target(host: "127.0.0.1", tlsPort: server.secure?.port)
      try change(&target)
      let error = try #require(await connectFailure(target))
      guard case .transport(.certificate(_, let problem)) = error else { throw error }
      #expect(server.links.all.isEmpty)
      return problem
    }
  }

  @Test("a certificate that has expired is refused with its date")
  func expired() async throws {
    let authority = try Authority()
    let problem = try await problem(of: authority.identity(days: -9 ... -1)) {
      $0.tls.authority = .pem(try authority.pem())
    }
    guard case .expired = problem else { throw Unexpected("\(problem)") }
  }

  @Test("a certificate for another host is refused with the names it has")
  func wrongHost() async throws {
    let authority = try Authority()
    let problem = try await problem(of: authority.identity("elsewhere.example")) {
      $0.tls.authority = .pem(try authority.pem())
    }
    #expect(problem == .wrongHost(wanted: "127.0.0.1", names: ["elsewhere.example"]))
  }

  @Test("a certificate that an unknown authority signed is refused")
  func unknownAuthority() async throws {
    let other = try Authority(named: "Another")
    let problem = try await problem(of: Authority().identity()) { $0.tls.authority = .pem(try other.pem()) }
    guard case .unknownAuthority(_, issuer: "CN=Test authority") = problem else { throw Unexpected("\(problem)") }
  }

  @Test("a certificate with another subject than was asked for is refused")
  func wrongSubject() async throws {
    let authority = try Authority()
    let problem = try await problem(of: authority.identity()) {
      $0.tls.authority = .pem(try authority.pem())
      $0.tls.hostSubject = "O=Example,CN=other"
    }
    guard case .wrongSubject = problem else { throw Unexpected("\(problem)") }
  }

  @Test("the subject that was asked for is enough, whatever the host is called")
  func rightSubject() async throws {
    let authority = try Authority()
    try await ScriptedServer.run(identity: authority.identity("elsewhere.example")) { server in
      var target = try server.secureTarget(trusting: authority)
      target.tls.hostSubject = "O=Example,CN=elsewhere.example"
      #expect(await connectFailure(target) == nil)
    }
  }

  @Test("no certificate is refused where the person said so")
  func insecure() async throws {
    try await ScriptedServer.run(identity: Authority().identity("elsewhere.example", days: -9 ... -1)) { server in
      var target = Target(host: "127.0.0.1", tlsPort: server.secure?.port)
      target.tls.isInsecure = true
      #expect(await connectFailure(target) == nil)
    }
  }
}
