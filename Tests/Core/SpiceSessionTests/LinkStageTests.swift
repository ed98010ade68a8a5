import SpiceProtocol
import SpiceSession
import Testing

@Suite("The client's link stage")
struct LinkStageTests {
  private func bench(hasPassword: Bool = false) -> Bench<MainEngine> {
    var bench = Bench(MainEngine(hasPassword: hasPassword))
    bench.start()
    return bench
  }

  /// The failure of a link that receives these bytes.
  private func failure(_ bytes: [UInt8], hasPassword: Bool = false) -> LinkFailure? {
    var bench = bench(hasPassword: hasPassword)
    let error = sessionError { () throws(SessionError) in try bench.receive(bytes) }
    guard case .link(ChannelID(.main), let failure) = error else { return nil }
    return failure
  }

  @Test("begins with REDQ, the sizes and the capabilities, before any byte has come")
  func opening() {
    var bench = bench()
    #expect(
      bench.takeBytes()
        == hex("52454451 02000000 02000000 1A000000")
        + hex("00000000 01 00 01000000 01000000 12000000 0B000000 06000000"))
  }

  @Test("a later channel gives the session's id and its own number")
  func openingOfLaterChannel() {
    var bench = Bench(DisplayEngine(connectionID: 0x57FD_1F78, id: 1, hasPassword: false), DisplayStore())
    bench.start()
    #expect(Array(bench.takeBytes()[16..<22]) == hex("781FFD57 02 01"))
  }

  @Test("goes from reply to ticket to open, and measures the round trip")
  func walk() throws {
    var bench = bench()
    _ = bench.takeBytes()
    try bench.receive(linkReply(specific: Capabilities([MainCapability.nameAndUUID])))
    #expect(bench.engine.channel.negotiated == nil)
    #expect(bench.takeBytes() == hex("01000000") + [UInt8](repeating: 0x77, count: 128))
    bench.now.microseconds += 2500
    try bench.receive(linkResult(0))
    let negotiated = try #require(bench.engine.channel.negotiated)
    #expect(negotiated.majorVersion == 2 && negotiated.minorVersion == 2 && negotiated.header == .mini)
    #expect(negotiated.common == Capabilities([CommonCapability.authSelection, .authSpice, .miniHeader]))
    #expect(negotiated.specific == Capabilities([MainCapability.nameAndUUID]))
    #expect(negotiated.selectedMechanism)
    #expect(negotiated.roundTrip == 2500)
    guard case .notice(.linked(negotiated)) = bench.takeEvents().first else {
      Issue.record("the link is not told of")
      return
    }
  }

  @Test("asks for the ticket with the server's key")
  func key() throws {
    var engine = MainEngine(hasPassword: false)
    var nothing = NothingShared()
    engine.start(at: Moment(microseconds: 0))
    _ = engine.next()
    let key = [UInt8](repeating: 0x30, count: 162)
    try engine.receive(linkReply(key: key), at: Moment(microseconds: 0), &nothing)
    guard case .encryptTicket(key) = engine.next() else {
      Issue.record("no ticket is asked for")
      return
    }
    #expect(engine.next() == nil)
  }

  @Test("one byte at a time comes to the same")
  func slowly() throws {
    var bench = bench()
    _ = bench.takeBytes()
    try bench.receiveSlowly(linkReply())
    #expect(bench.takeBytes().count == 4 + 128)
    try bench.receiveSlowly(linkResult(0))
    #expect(bench.engine.channel.negotiated?.header == .mini)
  }

  @Test("a result that comes before the ticket was asked for is kept until then")
  func earlyResult() throws {
    var bench = bench()
    try bench.receive(linkReply() + linkResult(0))
    #expect(bench.engine.channel.negotiated != nil)
  }

  @Test("names no mechanism where the server lacks AUTH_SELECTION")
  func noSelection() throws {
    var bench = bench()
    _ = bench.takeBytes()
    try bench.receive(linkReply(common: Capabilities([CommonCapability.miniHeader])))
    #expect(bench.takeBytes() == [UInt8](repeating: 0x77, count: 128))
    try bench.receive(linkResult(0))
    #expect(bench.engine.channel.negotiated?.selectedMechanism == false)
  }

  @Test("keeps full headers where the server lacks MINI_HEADER")
  func fullHeaders() throws {
    var bench = bench()
    try bench.receive(linkReply(common: Capabilities([CommonCapability.authSelection, .authSpice])))
    try bench.receive(linkResult(0))
    #expect(bench.engine.channel.negotiated?.header == .full)
  }

  @Test(
    "tells who answers instead of a SPICE server",
    arguments: [
      ("RFB 003.008\n", StrangePeer.vnc), ("HTTP/1.1 400 Bad Request\r\n", .http), ("SSH-2.0-OpenSSH_9.2\r\n", .ssh),
      ("\u{15}\u{03}\u{03}\u{00}\u{02}\u{02}\u{46}", .tls), ("220 smtp.example ESMTP\r\n", .unknown),
      ("REDX", .unknown),
    ])
  func strangers(_ greeting: String, _ peer: StrangePeer) {
    guard case .strangePeer(peer, let bytes) = failure(Array(greeting.utf8)) else {
      Issue.record("\(greeting): \(failure(Array(greeting.utf8)).map { "\($0)" } ?? "taken")")
      return
    }
    #expect(Array(greeting.utf8).starts(with: bytes))
    var bench = bench()
    let error = sessionError { () throws(SessionError) in try bench.receiveSlowly(Array(greeting.utf8)) }
    guard case .link(_, .strangePeer(peer, _)) = error else {
      Issue.record("one byte at a time: \(error.map { "\($0)" } ?? "taken")")
      return
    }
  }

  @Test(
    "tells who it was where the connection ends after few bytes",
    arguments: [
      ("\u{15}\u{03}\u{03}", StrangePeer.tls), ("RF", .unknown), ("?", .unknown),
    ])
  func shortStrangers(_ greeting: String, _ peer: StrangePeer) throws {
    var bench = bench()
    try bench.receive(Array(greeting.utf8))
    guard case .link(_, .strangePeer(peer, Array(greeting.utf8))) = bench.engine.channel.errorAtEnd,
      case .link(_, .strangePeer(peer, _)) = bench.engine.channel.errorAtDeadline
    else {
      Issue.record("\(bench.engine.channel.errorAtEnd)")
      return
    }
  }

  @Test("refuses another major version, whatever the minor one")
  func majorVersion() {
    guard case .majorVersion(3) = failure(linkHeader(size: 178, major: 3)) else {
      Issue.record("not refused")
      return
    }
  }

  @Test("refuses a reply of more than 4096 bytes before it has come", arguments: [4097, UInt32.max])
  func longReply(_ size: UInt32) {
    guard case .replyTooLong(size, limit: 4096) = failure(linkHeader(size: size)) else {
      Issue.record("not refused")
      return
    }
  }

  @Test("tells each error of the server's by its number", arguments: Array(1...9) + [99, .max] as [UInt32])
  func errors(_ code: UInt32) {
    guard case .refused(code) = failure(linkReply(error: code)) else {
      Issue.record("not refused")
      return
    }
    // With zeros for a key and nonsense for capabilities, and with nothing but the number.
    guard
      case .refused(code) = failure(linkHeader(size: 178) + linkResult(code) + [UInt8](repeating: 0xFF, count: 174)),
      case .refused(code) = failure(linkHeader(size: 4) + linkResult(code))
    else {
      Issue.record("not refused where the reply is not whole")
      return
    }
  }

  @Test(
    "refuses a reply that is no reply",
    arguments: [
      linkHeader(size: 0), linkHeader(size: 3) + [0, 0, 0], linkHeader(size: 100) + [UInt8](repeating: 0, count: 100),
      linkHeader(size: 178) + [UInt8](repeating: 0, count: 166) + hex("01000000 00000000 B2000000"),
    ])
  func malformedReply(_ bytes: [UInt8]) {
    guard case .malformedReply = failure(bytes) else {
      Issue.record("not refused")
      return
    }
  }

  @Test("refuses a server that knows SASL alone")
  func saslOnly() {
    guard
      case .noCommonMechanism = failure(linkReply(common: Capabilities([CommonCapability.authSelection, .authSASL])))
    else {
      Issue.record("not refused")
      return
    }
  }

  @Test("tells a wrong password from a missing one", arguments: [true, false])
  func ticketRefused(_ given: Bool) {
    guard case .ticketRefused(code: 7, passwordGiven: given) = failure(linkReply() + linkResult(7), hasPassword: given)
    else {
      Issue.record("not refused")
      return
    }
  }

  @Test("knows where it stood when the connection ended or time was up")
  func stages() throws {
    let steps: [(bytes: [UInt8], stage: LinkStage?)] = [
      ([], .awaitingReply), (linkHeader(size: 178).dropLast(), .receivingReply),
      (linkHeader(size: 178) + [0, 0], .receivingReply), (linkReply(), .awaitingResult),
      (linkReply() + [0, 0, 0], .awaitingResult),
    ]
    for (bytes, stage) in steps {
      var bench = bench()
      try bench.receive(bytes)
      guard case .link(_, .closed(stage)) = bench.engine.channel.errorAtEnd,
        case .link(_, .timedOut(stage)) = bench.engine.channel.errorAtDeadline
      else {
        Issue.record("\(bytes.count) bytes: \(bench.engine.channel.errorAtEnd)")
        continue
      }
    }
    var engine = MainEngine(hasPassword: false)
    var nothing = NothingShared()
    try engine.receive(linkReply(), at: Moment(microseconds: 0), &nothing)
    guard case .link(_, .closed(.awaitingTicket)) = engine.channel.errorAtEnd else {
      Issue.record("\(engine.channel.errorAtEnd)")
      return
    }
  }

  @Test("is over when the server has said yes: then the connection is lost, and no deadline is left")
  func afterwards() throws {
    var bench = try Bench.linked(MainEngine(hasPassword: false))
    try bench.say(MainServerMessage.multimediaTime(1), MainServerMessage.multimediaTime(2))
    #expect(bench.engine.channel.errorAtDeadline == nil)
    guard case .connectionLost(ChannelID(.main), afterMessages: 2) = bench.engine.channel.errorAtEnd else {
      Issue.record("\(bench.engine.channel.errorAtEnd)")
      return
    }
  }

  @Test(
    "every failure is a sentence that tells what was seen",
    arguments: [
      (LinkFailure.strangePeer(.vnc, firstBytes: []), "VNC"), (.strangePeer(.tls, firstBytes: []), "spice+tls://"),
      (.strangePeer(.unknown, firstBytes: [0xDE, 0xAD]), "de ad"), (.majorVersion(3), "version 3"),
      (.replyTooLong(size: 5000, limit: 4096), "5000"), (.refused(code: 5), "NEED_SECURED"),
      (.refused(code: 77), "77"), (.noCommonMechanism, "SASL"),
      (.ticketRefused(code: 7, passwordGiven: true), "refused the password"),
      (.ticketRefused(code: 7, passwordGiven: false), "none was given"),
      (.closed(.awaitingReply), "before it answered"),
      (.closed(.receivingReply), "the rest of its link reply"), (.closed(.awaitingTicket), "while the ticket"),
      (.closed(.awaitingResult), "its answer to the ticket"), (.timedOut(.awaitingReply), "said nothing"),
      (.timedOut(.receivingReply), "the rest of its link reply"), (.timedOut(.awaitingTicket), "on this side"),
    ])
  func sentences(_ failure: LinkFailure, _ words: String) {
    #expect(failure.description.contains(words), "\(failure)")
  }

  @Test("random bytes from any peer end in an error or in waiting")
  func randomPeers() {
    var random = FixedRandom(seed: 1)
    for _ in 0..<300 {
      var bytes = linkReply() + linkResult(0)
      for _ in 0..<Int.random(in: 1...8, using: &random) {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      bytes.removeLast(Int.random(in: 0..<bytes.count, using: &random))
      var bench = bench()
      let error = sessionError { () throws(SessionError) in try bench.receive(bytes) }
      #expect((error ?? bench.engine.channel.errorAtEnd).description.isEmpty == false)
    }
  }
}
