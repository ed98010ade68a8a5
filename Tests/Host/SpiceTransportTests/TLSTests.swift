import SpiceTransport
import Testing
import X509

@Suite("TLS", .timeLimit(.minutes(2)))
struct TLSTests {
  private let authority: Authority
  private let example: DistinguishedName

  init() throws {
    authority = try Authority()
    example = try DistinguishedName {
      CountryName("US")
      OrganizationName("Example, Inc")
      CommonName("host")
    }
  }

  private var trust: TLS.Trust { .authorities(pem: authority.pem) }

  /// The error with which a client that asks that way turns that server down.
  private func error(from identity: ServerIdentity, to tls: TLS) async throws -> TransportError? {
    try await withPeer(tls: identity, script: echo) { await connectError(Endpoint($0, tls: tls)) }
  }

  private func problem(with identity: ServerIdentity, for tls: TLS) async throws -> CertificateProblem? {
    switch try await error(from: identity, to: tls) {
    case .certificate(_, let problem): return problem
    case let other:
      Issue.record("no problem with the certificate, but \(String(describing: other))")
      return nil
    }
  }

  @Test("bytes go there and back, and the connection says what was agreed on")
  func roundTrip() async throws {
    let identity = try authority.identity(subject: example, names: [loopbackName])
    try await withPeer(tls: identity, script: echo) { address in
      let connection = try await Transport.connect(Endpoint(address, tls: TLS(trust: trust)))
      try await connection.write(Array("hello".utf8))
      #expect(try await connection.exactly(5) == Array("hello".utf8))
      #expect(connection.tls?.version == "TLS 1.3")
      #expect(connection.tls?.peerSubject == "C=US,O=Example\\, Inc,CN=host")
      #expect(connection.tls?.isVerified == true)
      await connection.close()
      #expect(try await connection.read() == nil)
    }
  }

  @Test("a peer that closes is an end, and what it sent before is read")
  func cleanEnd() async throws {
    let identity = try authority.identity(subject: example, names: [loopbackName])
    try await withPeer(tls: identity) { connection in
      try await connection.write([UInt8](repeating: 1, count: 300_000))
    } _: { address in
      let connection = try await Transport.connect(Endpoint(address, tls: TLS(trust: trust)))
      #expect(try await connection.all().count == 300_000)
      await connection.close()
    }
  }

  @Test("a connection that is cut without TLS's farewell has ended, as libspice-server ends them")
  func cutOff() async throws {
    let identity = try authority.identity(subject: example, names: [loopbackName])
    let (cut, scissors) = AsyncStream.makeStream(of: Void.self)
    try await withPeer(tls: identity) { connection in
      try await connection.write([1, 2, 3])
      try await drain(connection)
    } _: { server in
      try await withPeer { connection in
        let onward = try await Transport.connect(Endpoint(server))
        let relays = [Task { try await relay(connection, onward) }, Task { try await relay(onward, connection) }]
        for await _ in cut {}
        await connection.close()
        for relay in relays { relay.cancel() }
        await onward.close()
      } _: { address in
        let connection = try await Transport.connect(Endpoint(address, tls: TLS(trust: trust)))
        #expect(try await connection.exactly(3) == [1, 2, 3])
        scissors.finish()
        #expect(try await connection.read() == nil)
        await connection.close()
      }
    }
  }

  @Test("a peer that sends without end is held back when nobody reads")
  func readAheadIsBounded() async throws {
    let identity = try authority.identity(subject: example, names: [loopbackName])
    let (progress, continuation) = AsyncStream.makeStream(of: Int.self, bufferingPolicy: .bufferingNewest(1))
    try await withPeer(tls: identity) { connection in
      for count in 1...64 {
        try await connection.write([UInt8](repeating: 3, count: 1 << 20))
        continuation.yield(count)
      }
      continuation.finish()
      await connection.close()
    } _: { address in
      let connection = try await Transport.connect(Endpoint(address, tls: TLS(trust: trust)))
      // Time enough to send all of it, were there no bound; too little would only make the test weaker.
      try await Task.sleep(for: .milliseconds(500))
      #expect(await progress.first { _ in true }.map { $0 < 40 } == true)
      #expect(try await connection.all().count == 64 << 20)
      await connection.close()
    }
  }

  // MARK: The chain

  @Test("an expired certificate is refused with its day")
  func expired() async throws {
    let identity = try authority.identity(subject: example, names: [loopbackName], days: -3 ... -1)
    guard case .expired(let subject, let day) = try await problem(with: identity, for: TLS(trust: trust)) else {
      Issue.record("not called expired")
      return
    }
    #expect(subject == "C=US,O=Example\\, Inc,CN=host")
    #expect(day.utf8.count == "2024-01-31 12:00".utf8.count && day.hasPrefix("20"))
  }

  @Test("a certificate of tomorrow is refused")
  func notYetValid() async throws {
    let identity = try authority.identity(subject: example, names: [loopbackName], days: 1...3)
    guard case .notYetValid = try await problem(with: identity, for: TLS(trust: trust)) else {
      Issue.record("not called not yet valid")
      return
    }
  }

  @Test("a certificate of an authority that is not trusted is refused with the authority's name")
  func unknownAuthority() async throws {
    let other = try Authority(named: "Somebody else")
    let identity = try other.identity(subject: example, names: [loopbackName])
    #expect(
      try await problem(with: identity, for: TLS(trust: trust))
        == .unknownAuthority(subject: "C=US,O=Example\\, Inc,CN=host", issuer: "O=Example,CN=Somebody else"))
  }

  @Test("the system's authorities do not vouch for a test's")
  func systemTrust() async throws {
    let identity = try authority.identity(subject: example, names: [loopbackName])
    guard case .unknownAuthority = try await problem(with: identity, for: TLS()) else {
      Issue.record("trusted")
      return
    }
  }

  @Test("a certificate of a namesake of the authority is refused")
  func namesake() async throws {
    let identity = try Authority().identity(subject: example, names: [loopbackName])
    guard case .notSignedByAuthority = try await problem(with: identity, for: TLS(trust: trust)) else {
      Issue.record("not called signed by another")
      return
    }
  }

  @Test("an authority that is out of date vouches for nobody")
  func expiredAuthority() async throws {
    let old = try Authority(validFor: -10 ... -5)
    let identity = try old.identity(subject: example, names: [loopbackName])
    guard case .authorityExpired = try await problem(with: identity, for: TLS(trust: .authorities(pem: old.pem))) else {
      Issue.record("not called out of date")
      return
    }
  }

  @Test("a self-signed certificate is refused, and accepted where it is itself the authority")
  func selfSigned() async throws {
    let identity = try authority.identity(subject: example, names: [loopbackName], selfSigned: true)
    #expect(
      try await problem(with: identity, for: TLS(trust: trust)) == .selfSigned(subject: "C=US,O=Example\\, Inc,CN=host")
    )
    guard case .pem(let own) = identity.certificates else { return }
    #expect(try await error(from: identity, to: TLS(trust: .authorities(pem: own))) == nil)
  }

  @Test("without verification anybody is let in, and the connection says that it is unverified")
  func noVerification() async throws {
    let identity = try authority.identity(commonName: "whoever")
    try await withPeer(tls: identity, script: echo) { address in
      let connection = try await Transport.connect(Endpoint(address, tls: TLS(verification: .none)))
      #expect(connection.tls?.isVerified == false)
      #expect(connection.tls?.peerSubject == "CN=whoever")
      await connection.close()
    }
  }

  // MARK: The name

  @Test("a certificate for another host is refused with the names it has")
  func wrongHost() async throws {
    let identity = try authority.identity(
      subject: example, names: [.dnsName("a.example.org"), .ipAddress(.init(contentBytes: [10, 0, 0, 1]))])
    let error = try await error(from: identity, to: TLS(trust: trust))
    #expect(error?.description.contains("it is for a.example.org, 10.0.0.1, not for “127.0.0.1”") == true)
  }

  @Test(
    "a DNS name fits or not, as spice-gtk has it",
    arguments: [
      ("vm.example.org", "vm.example.org", true), ("vm.example.org", "VM.Example.ORG.", true),
      ("*.example.org", "vm.example.org", true), ("*.example.org", "a.b.example.org", false),
      ("*.example.org", "example.org", false), ("*.org", "example.org", false), ("*", "localhost", false),
      ("vm.example.org", "vm.example.com", false), ("v*.example.org", "vm.example.org", false),
    ])
  func dnsName(name: String, host: String, fits: Bool) async throws {
    let identity = try authority.identity(subject: example, names: [.dnsName(name)])
    let error = try await error(from: identity, to: TLS(trust: trust, serverName: host))
    #expect((error == nil) == fits)
    if !fits { #expect(error?.description.contains("it is for \(name), not for “\(host)”") == true) }
  }

  @Test("a common name counts where there is no other name, an IP literal too")
  func commonName() async throws {
    #expect(try await error(from: authority.identity(commonName: "127.0.0.1"), to: TLS(trust: trust)) == nil)
    let named = try authority.identity(commonName: "vm.example.org")
    #expect(try await error(from: named, to: TLS(trust: trust, serverName: "vm.example.org")) == nil)
  }

  @Test("a common name does not count where there are other names")
  func commonNameOverruled() async throws {
    let subject = try DistinguishedName { CommonName("127.0.0.1") }
    let identity = try authority.identity(subject: subject, names: [.dnsName("a.example.org")])
    #expect(
      try await problem(with: identity, for: TLS(trust: trust))
        == .wrongHost(wanted: "127.0.0.1", names: ["a.example.org"]))
  }

  @Test("a certificate without any name says so")
  func nameless() async throws {
    let identity = try authority.identity(subject: try DistinguishedName { OrganizationName("Example") })
    #expect(try await problem(with: identity, for: TLS(trust: trust)) == .wrongHost(wanted: "127.0.0.1", names: []))
  }

  // MARK: The subject

  @Test(
    "a subject that matches lets in whatever the host is",
    arguments: [
      "C=US,O=Example\\, Inc,CN=host", "C=us, O=EXAMPLE\\,  inc, CN=Host,",
      "2.5.4.6=US,o=Example\\, Inc,commonName=host",
    ])
  func subject(text: String) async throws {
    let identity = try authority.identity(subject: example)
    #expect(try await error(from: identity, to: TLS(trust: trust, verification: .subject(text))) == nil)
  }

  @Test(
    "a subject that differs is refused with both",
    arguments: [
      "CN=host", "CN=host,O=Example\\, Inc,C=US", "C=US,O=Example\\, Inc,CN=host,CN=host",
      "C=US,O=Example\\, Inc,OU=host",
    ])
  func wrongSubject(text: String) async throws {
    let identity = try authority.identity(subject: example, names: [loopbackName])
    #expect(
      try await problem(with: identity, for: TLS(trust: trust, verification: .subject(text)))
        == .wrongSubject(wanted: text, found: "C=US,O=Example\\, Inc,CN=host"))
  }

  @Test("the chain is checked where the subject is")
  func subjectNeedsChain() async throws {
    let identity = try Authority(named: "Somebody else").identity(subject: example)
    let tls = TLS(trust: trust, verification: .subject("C=US,O=Example\\, Inc,CN=host"))
    guard case .unknownAuthority = try await problem(with: identity, for: tls) else {
      Issue.record("trusted")
      return
    }
  }

  @Test(
    "a subject that cannot be read is refused before anything is sent",
    arguments: [
      ("", "empty"), ("CN", "has no “=”"), ("CN=", "no value"), ("=x", "no known kind"),
      ("XX=y", "“XX” is no known kind"),
      ("CN=a\\b", "after “\\”"), ("CN=a\\", "after “\\”"), ("CN=a,,O=b", "has no “=”"),
    ])
  func unreadableSubject(text: String, reason: String) async {
    let error = await connectError(Endpoint(loopback, tls: TLS(verification: .subject(text))))
    guard case .badTLSSettings = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(error?.description.contains(reason) == true)
  }

  // MARK: Settings and ways

  @Test("a server drops a plain client and goes on serving")
  func plainClient() async throws {
    let identity = try authority.identity(subject: example, names: [loopbackName])
    try await withPeer(tls: identity, script: echo) { address in
      let plain = try await Transport.connect(Endpoint(address))
      try await plain.write(Array("REDQ\u{2}\u{0}\u{0}\u{0}\u{2}\u{0}\u{0}\u{0}".utf8))
      _ = try? await plain.all()
      await plain.close()
      #expect(await connectError(Endpoint(address, tls: TLS(trust: trust))) == nil)
    }
  }

  @Test("an authorities' file that is missing is named")
  func missingFile() async {
    let tls = TLS(trust: .authorityFile(path: "/no/such/ca-cert.pem"))
    let error = await connectError(Endpoint(loopback, tls: tls))
    #expect(error?.description.contains("/no/such/ca-cert.pem cannot be read: No such file or directory") == true)
  }

  @Test("an authorities' file without a certificate is named")
  func emptyFile() async {
    let error = await connectError(Endpoint(loopback, tls: TLS(trust: .authorityFile(path: "/etc/passwd"))))
    #expect(error?.description.contains("/etc/passwd holds no certificate in PEM") == true)
  }

  @Test("over a Unix socket a name to check must be given")
  func unixNeedsName() async throws {
    let path = try socketPath()
    defer { removeFolder(of: path) }
    let identity = try authority.identity(commonName: "vm")
    try await withPeer(at: .unix(path: path), tls: identity, script: echo) { address in
      let error = await connectError(Endpoint(address, tls: TLS(trust: trust)))
      #expect(error?.description.contains("a Unix socket has no host name") == true)
      #expect(await connectError(Endpoint(address, tls: TLS(trust: trust, serverName: "vm"))) == nil)
    }
  }

  @Test("through a proxy the peer's name is checked, not the proxy's")
  func throughProxy() async throws {
    let identity = try authority.identity(subject: example, names: [.dnsName("vm.example.org")])
    try await withPeer(tls: identity, script: echo) { server in
      try await withPeer { connection in
        _ = try await connection.read()
        try await connection.write(Array("HTTP/1.1 200 OK\r\n\r\n".utf8))
        let onward = try await Transport.connect(Endpoint(server))
        async let there: Void = relay(connection, onward)
        try await relay(onward, connection)
        await connection.close()
        try? await there
        await onward.close()
      } _: { proxyAddress in
        let proxy = Proxy.http(host: "127.0.0.1", port: proxyAddress.port)
        let target = Address.tcp(host: "vm.example.org", port: 5931)
        let connection = try await Transport.connect(Endpoint(target, tls: TLS(trust: trust), proxy: proxy))
        try await connection.write([1, 2, 3])
        #expect(try await connection.exactly(3) == [1, 2, 3])
        await connection.close()
      }
    }
  }
}
