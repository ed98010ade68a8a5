import SpiceTransport
import TestSupport
import Testing

@Suite("A reception", .timeLimit(.minutes(2)))
struct ReceptionTests {
  private static let magic = Array("REDQ\u{2}\u{0}\u{0}\u{0}".utf8)
  /// For what a caller does say to be heard on a busy machine before its time is up.
  private static let enough = Duration.seconds(3)

  // MARK: SPICE

  @Test("a SPICE client is delivered with its first byte in one piece")
  func onePiece() async throws {
    try await withReception { caller in
      #expect(caller.way == .plain)
      #expect(caller.connection.tls == nil)
      try await echo(caller.connection)
    } _: { address, _ in
      let connection = try await Transport.connect(Endpoint(address))
      try await connection.write(Self.magic)
      #expect(try await connection.exactly(8) == Self.magic)
      await connection.close()
    }
  }

  @Test("a SPICE client may come byte by byte")
  func byteByByte() async throws {
    try await withReception { address, _ in
      let connection = try await Transport.connect(Endpoint(address))
      for byte in Self.magic {
        try await connection.write([byte])
        try await Task.sleep(for: .milliseconds(3))
      }
      #expect(try await connection.exactly(8) == Self.magic)
      await connection.close()
    }
  }

  @Test("two bytes of the magic are enough to be delivered")
  func decidingByte() async throws {
    try await withReception { address, _ in
      let connection = try await Transport.connect(Endpoint(address))
      try await connection.write([0x52, 0x45])
      #expect(try await connection.exactly(2) == [0x52, 0x45])
      await connection.close()
    }
  }

  @Test(
    "a wrong magic is delivered too, for the link stage has an answer to it",
    arguments: ["QEDR", "RXXX", "SSH-2.0-OpenSSH\r\n", "\u{0}\u{0}\u{0}\u{0}"])
  func wrongMagic(text: String) async throws {
    try await withReception { address, _ in
      let connection = try await Transport.connect(Endpoint(address))
      try await connection.write(Array(text.utf8))
      #expect(try await connection.exactly(text.utf8.count) == Array(text.utf8))
      await connection.close()
    }
  }

  @Test("8 MiB come back unchanged, over TCP and over a Unix socket")
  func bulk() async throws {
    try await withReception { address, _ in
      let connection = try await Transport.connect(Endpoint(address))
      #expect(try await echoes8MiB(connection))
      await connection.close()
    }
    let path = try socketPath()
    defer { removeFolder(of: path) }
    try await withReception(at: .unix(path: path)) { address, _ in
      let connection = try await Transport.connect(Endpoint(address))
      #expect(try await echoes8MiB(connection))
      await connection.close()
    }
  }

  // MARK: Time

  @Test("half a beginning and then silence is closed in time, with the reason")
  func halfABeginning() async throws {
    try await withReception(ReceptionOptions(decisionTime: Self.enough, silenceGrace: nil)) { address, log in
      let said = try await answer(of: address, to: "R")
      #expect(said == "")
      #expect(try await log.first().reason == .timedOut(.opening, after: Self.enough, received: 1))
    }
  }

  @Test("silence is closed in time where nobody is greeted")
  func silence() async throws {
    let options = ReceptionOptions(decisionTime: Self.enough, silenceGrace: nil)
    try await withReception(options) { address, log in
      let said = try await answer(of: address, to: "")
      #expect(said == "")
      #expect(try await log.first().reason.description == "it was silent for 3 s")
    }
  }

  @Test("a caller who hangs up is reported as such")
  func hangsUp() async throws {
    try await withReception { address, log in
      let connection = try await Transport.connect(Endpoint(address))
      await connection.close()
      #expect(try await log.first().reason == .hungUp(.opening, received: 0))
    }
  }

  // MARK: TLS

  @Test("without a certificate TLS gets an alert that says so to the client")
  func noTLS() async throws {
    try await withReception { address, log in
      let tls = TLS(trust: .authorities(pem: try Authority().pem))
      let error = await connectError(Endpoint(address, tls: tls))
      #expect(error == .tlsFailed(address, reason: "the peer sent the TLS alert “handshake failure”"))
      #expect(try await log.first().reason == .noTLS)
      #expect(try await answer(of: address, to: [0x16]) == [0x15, 3, 1, 0, 2, 2, 40])
    }
  }

  @Test("TLS and plain bytes share a port where there is a certificate")
  func sharedPort() async throws {
    let authority = try Authority()
    let identity = try authority.identity(commonName: "127.0.0.1")
    let ways = AsyncStream<Caller.Way>.makeStream()
    try await withReception(ReceptionOptions(security: .either(identity), silenceGrace: nil)) { caller in
      ways.continuation.yield(caller.way)
      try await echo(caller.connection)
    } _: { address, _ in
      var way = ways.stream.makeAsyncIterator()
      let secure = try await Transport.connect(Endpoint(address, tls: TLS(trust: .authorities(pem: authority.pem))))
      #expect(try await echoes8MiB(secure))
      guard case .tls(let information)? = await way.next() else {
        Issue.record("not delivered as TLS")
        return
      }
      #expect(information.version == "TLS 1.3")
      await secure.close()
      let plain = try await Transport.connect(Endpoint(address))
      try await plain.write(Self.magic)
      #expect(try await plain.exactly(8) == Self.magic)
      #expect(await way.next() == .plain)
      await plain.close()
    }
  }

  @Test("a TLS greeting may come byte by byte, and one that stops is closed in time")
  func slowTLS() async throws {
    let identity = try Authority().identity(commonName: "127.0.0.1")
    let options = ReceptionOptions(security: .either(identity), decisionTime: Self.enough, silenceGrace: nil)
    try await withReception(options) { address, log in
      #expect(try await answer(of: address, to: [0x16, 3, 1, 2, 0, 1]) == [])
      guard case .timedOut(.tlsHandshake, _, _) = try await log.first().reason else {
        Issue.record("\(try await log.first())")
        return
      }
    }
  }

  @Test("silence inside TLS is closed in time, without a greeting")
  func silentInsideTLS() async throws {
    let authority = try Authority()
    let identity = try authority.identity(commonName: "127.0.0.1")
    let options = ReceptionOptions(
      security: .either(identity), decisionTime: .seconds(6), silenceGrace: .seconds(4))
    try await withReception(options) { address, log in
      let tls = TLS(trust: .authorities(pem: authority.pem))
      let said = try await answer(of: address, to: [], tls: tls)
      #expect(said == [])
      #expect(try await log.first().reason == .timedOut(.opening, after: .seconds(6), received: 0))
    }
  }

  @Test("at a port for TLS alone a plain SPICE client is closed, with a sentence for the log")
  func tlsOnly() async throws {
    let authority = try Authority()
    let identity = try authority.identity(commonName: "127.0.0.1")
    try await withReception(ReceptionOptions(security: .tlsOnly(identity), silenceGrace: nil)) { address, log in
      #expect(try await answer(of: address, to: Self.magic) == [])
      #expect(
        try await log.first().reason.description
          == "this port is for TLS alone, and it spoke without (a SPICE client, by its “REDQ”)")
      #expect(try await answer(of: address, to: "GET / HTTP/1.1\r\n\r\n").contains("This port speaks TLS"))
      let secure = try await Transport.connect(Endpoint(address, tls: TLS(trust: .authorities(pem: authority.pem))))
      try await secure.write(Self.magic)
      #expect(try await secure.exactly(8) == Self.magic)
      await secure.close()
    }
  }

  // MARK: VNC

  @Test(
    "a VNC client that speaks early is greeted, told and closed at once",
    arguments: [("003.003", [UInt8](repeating: 0, count: 4)), ("003.007", [0]), ("003.008", [0])])
  func earlyVNC(version: String, types: [UInt8]) async throws {
    try await withReception { address, log in
      let expected = RFBRefusal.greeting + types + [0, 0, 0, 86] + Array(RFBRefusal.reason.utf8)
      let said = try await answer(of: address, to: Array("RFB \(version)\n".utf8))
      #expect(said == expected)
      #expect(try await log.first().reason == .vnc(version: version))
    }
  }

  @Test("four early bytes of a VNC client bring the greeting, and the others the reason")
  func earlyVNCInPieces() async throws {
    try await withReception { address, _ in
      let connection = try await Transport.connect(Endpoint(address))
      try await connection.write(Array("RFB ".utf8))
      #expect(try await connection.exactly(12) == RFBRefusal.greeting)
      for byte in "003.008\n".utf8 { try await connection.write([byte]) }
      #expect(try await connection.all() == [0, 0, 0, 0, 86] + Array(RFBRefusal.reason.utf8))
      await connection.close()
    }
  }

  @Test("a silent VNC client is greeted after the grace, told and closed", arguments: ["003.003", "003.008"])
  func silentVNC(version: String) async throws {
    try await withReception(ReceptionOptions(silenceGrace: .milliseconds(50))) { address, log in
      let connection = try await Transport.connect(Endpoint(address))
      #expect(try await connection.exactly(12) == RFBRefusal.greeting)
      try await connection.write(Array("RFB \(version)\n".utf8))
      let types: [UInt8] = version == "003.003" ? [0, 0, 0, 0] : [0]
      #expect(try await connection.all() == types + [0, 0, 0, 86] + Array(RFBRefusal.reason.utf8))
      #expect(try await log.first().reason == .vnc(version: version))
      await connection.close()
    }
  }

  @Test("a SPICE client that speaks after the greeting is lost, and the log says why")
  func tooLate() async throws {
    try await withReception(ReceptionOptions(silenceGrace: .milliseconds(50))) { address, log in
      let connection = try await Transport.connect(Endpoint(address))
      #expect(try await connection.exactly(12) == RFBRefusal.greeting)
      try await connection.write(Self.magic)
      #expect(try await connection.read() == nil)
      let reason = try await log.first().reason
      #expect(reason == .spokeTooLate(seen: Self.magic))
      #expect(reason.description.contains("a SPICE client, by its “REDQ”"))
      await connection.close()
    }
  }

  @Test("a VNC client that stops in its version is closed in time")
  func halfAVersion() async throws {
    try await withReception(ReceptionOptions(decisionTime: Self.enough, silenceGrace: nil)) { address, log in
      let said = try await answer(of: address, to: "RFB 003")
      #expect(said == "RFB 003.008\n")
      #expect(try await log.first().reason == .timedOut(.vncVersion, after: Self.enough, received: 7))
    }
  }

  @Test("what begins like a VNC client and goes on like none is closed")
  func notVNC() async throws {
    try await withReception { address, log in
      let said = try await answer(of: address, to: "RFBX")
      #expect(said == "RFB 003.008\n")
      #expect(try await log.first().reason == .notVNC(seen: Array("RFBX".utf8)))
    }
  }

  // MARK: Crowds

  @Test("past the bound per address the oldest undecided caller makes room, and others are served")
  func crowdedAddress() async throws {
    try await withReception(ReceptionOptions(silenceGrace: nil, undecidedLimitPerAddress: 3, undecidedPatience: .zero))
    { address, log in
      var silent: [Connection] = []
      for _ in 0..<3 { silent.append(try await Transport.connect(Endpoint(address))) }
      let polite = try await Transport.connect(Endpoint(address))
      #expect(try await silent[0].read() == nil)
      #expect(try await log.first().reason == .crowded(limit: 3, isPerAddress: true))
      // Those who decided are not counted any more.
      try await polite.write(Self.magic)
      #expect(try await polite.exactly(8) == Self.magic)
      silent.append(try await Transport.connect(Endpoint(address)))
      for connection in silent.dropFirst() {
        try await connection.write(Self.magic)
        #expect(try await connection.exactly(8) == Self.magic)
      }
      for connection in silent + [polite] { await connection.close() }
    }
  }

  @Test("past the bound in all the oldest undecided caller makes room")
  func crowded() async throws {
    try await withReception(ReceptionOptions(silenceGrace: nil, undecidedLimit: 2)) { address, log in
      var silent: [Connection] = []
      for _ in 0..<3 { silent.append(try await Transport.connect(Endpoint(address))) }
      #expect(try await silent[0].read() == nil)
      #expect(try await log.first().reason == .crowded(limit: 2, isPerAddress: false))
      for connection in silent { await connection.close() }
    }
  }

  @Test("callers at a Unix socket have no address to be counted by")
  func unixCrowd() async throws {
    let path = try socketPath()
    defer { removeFolder(of: path) }
    let options = ReceptionOptions(silenceGrace: nil, undecidedLimitPerAddress: 1, undecidedPatience: .zero)
    try await withReception(at: .unix(path: path), options) { address, log in
      let silent = try await Transport.connect(Endpoint(address))
      let other = try await Transport.connect(Endpoint(address))
      for connection in [other, silent] {
        try await connection.write(Self.magic)
        #expect(try await connection.exactly(8) == Self.magic)
        await connection.close()
      }
      #expect(log.reasons.isEmpty)
    }
  }

  @Test("callers that nobody takes are bounded, and those past the backlog are closed and reported")
  func backlog() async throws {
    let log = TurnedAwayLog()
    let options = ReceptionOptions(silenceGrace: nil, backlog: 2, onTurnedAway: { log.add($0) })
    let reception = try await Reception.open(at: loopback, options: options)
    var connections: [Connection] = []
    for _ in 0..<3 {
      let connection = try await Transport.connect(Endpoint(reception.address))
      try await connection.write(Self.magic)
      connections.append(connection)
    }
    #expect(try await log.first().reason == .notTaken(waiting: 2))
    for connection in connections { await connection.close() }
    await reception.close()
  }

  @Test("closing sends the undecided away and ends the sequence; who was let in stays")
  func closing() async throws {
    let log = TurnedAwayLog()
    let reception = try await Reception.open(
      at: loopback, options: ReceptionOptions(silenceGrace: nil, onTurnedAway: { log.add($0) }))
    let letIn = try await Transport.connect(Endpoint(reception.address))
    try await letIn.write(Self.magic)
    var callers = reception.makeAsyncIterator()
    let caller = try #require(await callers.next())
    let silent = try await Transport.connect(Endpoint(reception.address))
    try await silent.write([0x52])
    try await waitUntil("the silent one's arrival", every: .milliseconds(5)) {
      // Only what the server has accepted can be sent away by it.
      try await silentHasArrived(reception.address) ? () : nil
    }
    await reception.close()
    #expect(await callers.next() == nil)
    #expect(try await silent.read() == nil)
    #expect(log.reasons.contains(.closing))
    try await caller.connection.write([1, 2])
    #expect(try await letIn.exactly(2) == [1, 2])
    await letIn.close()
    await silent.close()
  }

  /// Connections are accepted in their order: where a later one was answered, an earlier one is in.
  private func silentHasArrived(_ address: Address) async throws -> Bool {
    !(try await answer(of: address, to: [0x16])).isEmpty
  }

  @Test("hundreds of rude callers hold up nobody")
  func rudeCrowd() async throws {
    // All come from one address here: of so many undecided callers none is to go for another.
    let options = ReceptionOptions(
      decisionTime: .seconds(20), silenceGrace: .milliseconds(200), undecidedLimit: 1000,
      undecidedLimitPerAddress: 1000,
      backlog: 1000)
    try await withReception(options) { address, log in
      await withTaskGroup(of: Bool?.self) { group in
        for index in 0..<300 {
          group.addTask {
            await rudeCaller(index, at: address)
            return nil
          }
        }
        for _ in 0..<40 {
          group.addTask {
            do {
              let connection = try await Transport.connect(Endpoint(address))
              try await connection.write(Self.magic)
              let isEchoed = try await connection.exactly(8) == Self.magic
              await connection.close()
              return isEchoed
            } catch {
              return false
            }
          }
        }
        var served = 0
        for await result in group {
          guard let result else { continue }
          #expect(result)
          served += 1
          guard served == 40 else { continue }
          // On a busy machine all forty may be done before the first of the crowd is judged.
          _ = try? await waitUntil("one of the crowd to be turned away") { log.reasons.first }
          group.cancelAll()
        }
        #expect(served == 40)
      }
      #expect(!log.reasons.isEmpty)
    }
  }
}

/// Comes and behaves badly, each number in its way, until it is closed or cancelled.
private func rudeCaller(_ index: Int, at address: Address) async {
  guard let connection = try? await Transport.connect(Endpoint(address)) else { return }
  switch index % 5 {
  case 0: break
  case 1: try? await connection.write([0x52])
  case 2: try? await connection.write(Array("GET / HTTP/1.1\r\nHost: a\r\n".utf8))
  case 3: try? await connection.write((0..<64).map { _ in UInt8.random(in: 0...255) })
  default:
    for byte in "POST /x HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "y", count: 500))".utf8 {
      do {
        try await connection.write([byte])
        try await Task.sleep(for: .milliseconds(50))
      } catch {
        break
      }
    }
  }
  try? await drain(connection)
  await connection.close()
}
