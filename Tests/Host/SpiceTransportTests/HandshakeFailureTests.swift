import SpiceTransport
import Testing

@Suite("A TLS handshake fails in words", .timeLimit(.minutes(2)))
struct HandshakeFailureTests {
  private let tls: TLS

  init() throws {
    tls = TLS(trust: .authorities(pem: try Authority().pem))
  }

  @Test(
    "a peer that answers something else is named by its first bytes",
    arguments: [
      ("REDQ\u{2}\u{0}\u{0}\u{0}", "a SPICE server's plain port"), ("RFB 003.008\n", "a VNC server"),
      ("HTTP/1.1 400 Bad Request\r\n", "it answers in HTTP"), ("SSH-2.0-OpenSSH\r\n", "an SSH server"),
      ("\u{1}\u{2}\u{3}\u{4}\u{5}\u{6}", "its first bytes are 01 02 03 04 05 06"),
    ])
  func notTLS(greeting: String, meaning: String) async throws {
    try await withPeer { connection in
      _ = try await connection.read()
      try await connection.write(Array(greeting.utf8))
    } _: { address in
      let error = await connectError(Endpoint(address, tls: tls))
      #expect(error == .notTLS(address, seen: Array(greeting.utf8.prefix(16))))
      #expect(error?.description.contains(meaning) == true)
    }
  }

  @Test("a peer that speaks first is no TLS server")
  func speaksFirst() async throws {
    try await withPeer { connection in
      try await connection.write(Array("RFB 003.008\n".utf8))
      try await drain(connection)
    } _: { address in
      let error = await connectError(Endpoint(address, tls: tls))
      #expect(error == .notTLS(address, seen: Array("RFB 003.008\n".utf8)))
    }
  }

  @Test("a peer that is silent in the handshake is given up in time")
  func silent() async throws {
    try await withPeer(script: drain) { address in
      let error = await connectError(Endpoint(address, tls: tls, within: .milliseconds(1500)))
      #expect(error == .timedOut(.tlsHandshake, address, after: .milliseconds(1500), received: 0))
      #expect(error?.description.contains("was silent in the TLS handshake") == true)
    }
  }

  @Test("a peer that closes in the handshake is called so")
  func closes() async throws {
    try await withPeer { connection in
      _ = try await connection.read()
    } _: { address in
      let error = await connectError(Endpoint(address, tls: tls))
      #expect(error == .closedDuring(.tlsHandshake, address))
    }
  }

  @Test("a peer that resets in the handshake is called so")
  func resets() async throws {
    try await withResettingPeer { address in
      #expect(await connectError(Endpoint(address, tls: tls)) == .reset(address))
    }
  }

  @Test("an alert of the peer is told by its name")
  func alert() async throws {
    try await withPeer { connection in
      _ = try await connection.read()
      try await connection.write([0x15, 3, 3, 0, 2, 2, 40])
      try await drain(connection)
    } _: { address in
      let error = await connectError(Endpoint(address, tls: tls))
      #expect(error == .tlsFailed(address, reason: "the peer sent the TLS alert “handshake failure”"))
    }
  }

  @Test("cancellation ends the handshake")
  func cancelled() async throws {
    try await withPeer(script: drain) { address in
      let connecting = Task { await connectError(Endpoint(address, tls: tls)) }
      try await Task.sleep(for: .milliseconds(50))
      connecting.cancel()
      #expect(await connecting.value == .cancelled)
    }
  }
}
