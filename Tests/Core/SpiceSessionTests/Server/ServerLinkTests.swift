import SpiceProtocol
import SpiceSession
import Testing

@Suite("The server's link stage")
struct ServerLinkTests {
  private let now = Moment(microseconds: 0)
  private let key = [UInt8](repeating: 0x30, count: 162)
  private let all = Capabilities([CommonCapability.authSelection, .authSpice, .miniHeader])

  private func message(
    _ common: Capabilities, specific: Capabilities = Capabilities(), channel: ChannelID = ChannelID(.main)
  ) -> [UInt8] {
    var body = ByteWriter()
    LinkMessage(connectionID: 0, channel: channel, common: common, specific: specific).write(to: &body)
    return linkHeader(size: UInt32(body.bytes.count)) + body.bytes
  }

  /// What these bytes are refused for and answered with.
  private func turnedAway(_ bytes: [UInt8], slowly: Bool = false) -> (refusal: LinkRefusal, answer: [UInt8])? {
    var link = ServerLink(publicKey: key)
    do throws(LinkRefusal) {
      for piece in slowly ? bytes.map({ [$0] }) : [bytes] { try link.receive(piece, at: now) }
      return nil
    } catch {
      var answer: [UInt8] = []
      while let effect = link.next() {
        if case .send(let bytes) = effect { answer += bytes }
      }
      #expect(link.stage == .refused)
      return (error, answer)
    }
  }

  /// A link reply that says no: 16 bytes of header, the code, and zeros but for the offset of no capabilities.
  private func reply(_ code: UInt8) -> [UInt8] {
    hex("52454451 02000000 02000000 B2000000") + [code, 0, 0, 0] + [UInt8](repeating: 0, count: 162 + 8)
      + hex("B2000000")
  }

  /// A link that was accepted, its reply taken.
  private func accepted(
    client: Capabilities, server: Capabilities = ServerLink.capabilities
  ) throws -> (link: ServerLink, reply: [UInt8]) {
    var link = ServerLink(publicKey: key)
    try link.receive(message(client), at: now)
    guard case .judge = link.next() else { throw Unexpected("nothing is to be judged") }
    link.accept(common: server, specific: Capabilities([MainCapability.nameAndUUID]))
    guard case .send(let reply) = link.next() else { throw Unexpected("there is no reply") }
    return (link, reply)
  }

  struct Unexpected: Error {
    init(_ what: String) { Issue.record("\(what)") }
  }

  @Test("gives the link message to be judged, the key to the client, the ticket to be compared, and the yes")
  func walk() throws {
    var link = ServerLink(publicKey: key)
    #expect(link.stage == .awaitingHeader)
    let sent = message(all, specific: Capabilities([MainCapability.agentConnectedTokens]))
    try link.receive(sent, at: now)
    guard case .judge(let message) = link.next() else { throw Unexpected("nothing is to be judged") }
    #expect(message.channel == ChannelID(.main) && message.connectionID == 0 && message.common == all)
    #expect(link.stage == .awaitingJudgement)
    link.accept(common: ServerLink.capabilities, specific: Capabilities([MainCapability.nameAndUUID]))
    guard case .send(let reply) = link.next() else { throw Unexpected("there is no reply") }
    #expect(
      reply == hex("52454451 02000000 02000000 BA000000 00000000") + key
        + hex("01000000 01000000 B2000000 0B000000 02000000"))
    try link.receive(hex("01000000"), at: now)
    #expect(link.stage == .awaitingTicket)
    try link.receive([UInt8](repeating: 7, count: 128), at: now)
    guard case .ticket(let ticket) = link.next() else { throw Unexpected("there is no ticket") }
    #expect(ticket == [UInt8](repeating: 7, count: 128))
    link.conclude(.ok)
    guard case .send([0, 0, 0, 0]) = link.next(), case .linked(let accepted) = link.next() else {
      throw Unexpected("there is no yes")
    }
    #expect(accepted.header == .mini && accepted.common == all && accepted.surplus.isEmpty)
    #expect(accepted.specific == Capabilities([MainCapability.agentConnectedTokens]))
    #expect(accepted.offered == Capabilities([MainCapability.nameAndUUID]))
    #expect(link.next() == nil && link.stage == .linked)
  }

  static let clients: [(client: [CommonCapability], mechanism: Bool, header: HeaderKind)] = [
    ([.authSelection, .authSpice, .miniHeader], true, .mini), ([.authSelection, .authSpice], true, .full),
    ([.miniHeader], false, .mini), ([], false, .full),
  ]

  @Test("expects the mechanism and mini headers exactly where both ends have them", arguments: clients)
  func agreement(_ client: [CommonCapability], _ mechanism: Bool, _ header: HeaderKind) throws {
    var (link, _) = try accepted(client: Capabilities(client))
    #expect(link.stage == (mechanism ? .awaitingMechanism : .awaitingTicket))
    try link.receive((mechanism ? hex("01000000") : []) + [UInt8](repeating: 1, count: 128), at: now)
    _ = link.next()
    link.conclude(.ok)
    _ = link.next()
    guard case .linked(let accepted) = link.next() else { throw Unexpected("not linked") }
    #expect(accepted.header == header)
    var (other, _) = try self.accepted(client: Capabilities(client), server: Capabilities())
    #expect(other.stage == .awaitingTicket)
    try other.receive([UInt8](repeating: 1, count: 128), at: now)
    #expect(other.stage == .awaitingConclusion)
  }

  @Test("reads the capabilities where caps_offset says they are")
  func offset() throws {
    var link = ServerLink(publicKey: key)
    try link.receive(
      linkHeader(size: 28) + hex("00000000 02 03 01000000 00000000 18000000 FFFFFFFFFFFF 0B000000"), at: now)
    guard case .judge(let message) = link.next() else { throw Unexpected("nothing is to be judged") }
    #expect(message.channel == ChannelID(.display, 3) && message.common == all)
  }

  @Test("refuses the padded C structure with error 3, and says what is wrong with it")
  func padded() throws {
    let bytes = hex("52454451 02000000 02000000 18000000 00000000 01000000 01000000 00000000 14000000 01000000")
    let (refusal, answer) = try #require(turnedAway(bytes))
    guard case .paddedMessage = refusal else { throw Unexpected("\(refusal)") }
    #expect(answer == reply(3))
    #expect(refusal.code == .invalidData)
    for words in [
      "num_common_caps at offset 6", "65536", "a C structure of 20 bytes", "a link message is 18 packed bytes",
    ] {
      #expect(refusal.description.contains(words), "\(refusal)")
    }
  }

  static let callers: [(first: String, who: StrangePeer, words: String)] = [
    ("RFB 003.008\n", .vnc, "VNC client"), ("RF", .vnc, "VNC client"), ("GET / HTTP/1.1\r\n", .http, "HTTP client"),
    ("CONNECT a:1 HTTP/1.1\r\n", .http, "HTTP client"), ("SSH-2.0-OpenSSH\r\n", .ssh, "SSH client"),
    ("\u{16}\u{03}\u{01}\u{02}", .tls, "TLS"), ("?", .unknown, "its first bytes are 3f"),
    ("REDX", .unknown, "52 45 44 58"),
  ]

  @Test("names who calls instead of a SPICE client, with error 2", arguments: callers)
  func strangers(_ first: String, _ who: StrangePeer, _ words: String) throws {
    let (refusal, answer) = try #require(turnedAway(Array(first.utf8)))
    guard case .strangePeer(who, _) = refusal else { throw Unexpected("\(refusal)") }
    #expect(refusal.code == .invalidMagic)
    #expect(refusal.description.contains(words), "\(refusal)")
    #expect(answer == reply(2))
  }

  @Test("judges the first wrong byte of the magic, and no earlier one", arguments: 0..<4)
  func firstWrongByte(_ place: Int) throws {
    var bytes = Array(LinkConstants.magic.prefix(place))
    #expect(turnedAway(bytes, slowly: true) == nil)
    bytes.append(LinkConstants.magic[place] ^ 0x20)
    guard case .strangePeer = try #require(turnedAway(bytes, slowly: true)).refusal else { throw Unexpected("taken") }
  }

  static let refused: [(bytes: String, code: LinkErrorCode, words: String)] = [
    ("52454451 01000000", .versionMismatch, "version 1"),
    ("52454451 03000000 00000000", .versionMismatch, "version 3"),
    ("52454451 02000000 02000000 01100000", .invalidData, "4097 bytes"),
    ("52454451 02000000 02000000 FFFFFFFF", .invalidData, "4294967295 bytes"),
    ("52454451 02000000 02000000 11000000", .invalidData, "17 bytes"),
    ("52454451 02000000 02000000 00000000", .invalidData, "0 bytes"),
    ("52454451 02000000 02000000 12000000 00000000 0100 01000000 00000000 12000000", .invalidData, "num_common_caps"),
    ("52454451 02000000 02000000 12000000 00000000 0100 FFFFFFFF FFFFFFFF 12000000", .invalidData, "num_common_caps"),
    (
      "52454451 02000000 02000000 16000000 00000000 0100 01000000 00000000 13000000 00000000", .invalidData,
      "4 bytes, 3 are left"
    ),
    (
      "52454451 02000000 02000000 16000000 00000000 0100 01000000 00000000 FFFFFFFF 00000000", .invalidData,
      "points to 4294967295"
    ),
    (
      "52454451 02000000 02000000 16000000 00000000 0100 01000000 00000000 00000000 00000000", .invalidData,
      "caps_offset"
    ),
  ]

  @Test("refuses what is no link message with the code and the reason", arguments: refused)
  func refusals(_ bytes: String, _ code: LinkErrorCode, _ words: String) throws {
    for slowly in [false, true] {
      let (refusal, answer) = try #require(turnedAway(hex(bytes), slowly: slowly))
      #expect(refusal.code == code)
      #expect(refusal.description.contains(words), "\(refusal)")
      #expect(answer == reply(UInt8(code.rawValue)))
    }
  }

  @Test("takes a link message of 4096 bytes")
  func longest() throws {
    var link = ServerLink(publicKey: key)
    try link.receive(
      linkHeader(size: 4096) + hex("00000000 0100 00000000 00000000 00000000") + [UInt8](repeating: 0, count: 4078),
      at: now)
    #expect(link.stage == .awaitingJudgement)
  }

  @Test("refuses bytes that come before the reply whose key they would need")
  func early() throws {
    let (refusal, answer) = try #require(turnedAway(message(all) + [1]))
    guard case .early(bytes: 1) = refusal else { throw Unexpected("\(refusal)") }
    #expect(answer.isEmpty == false && answer == reply(3))
  }

  @Test("refuses SASL and mechanisms that do not exist, in the four bytes of a result", arguments: [2, 0, 0xDEAD_BEEF])
  func mechanism(_ number: UInt32) throws {
    var (link, _) = try accepted(client: all)
    var thrown: LinkRefusal?
    do throws(LinkRefusal) { try link.receive(linkResult(number), at: now) } catch { thrown = error }
    guard case .mechanism(number) = thrown else { throw Unexpected("\(String(describing: thrown))") }
    #expect(thrown?.description.contains(number == 2 ? "SASL" : "mechanism \(number)") == true)
    guard case .send([3, 0, 0, 0]) = link.next() else { throw Unexpected("not told") }
  }

  @Test("says no to a link with the host's code", arguments: [LinkErrorCode.needSecured, .badConnectionID, .ok])
  func refusedByHost(_ code: LinkErrorCode) throws {
    var link = ServerLink(publicKey: key)
    try link.receive(message(all), at: now)
    _ = link.next()
    link.refuse(code)
    guard case .send(let bytes) = link.next() else { throw Unexpected("not told") }
    #expect(bytes == reply(code == .ok ? 1 : UInt8(code.rawValue)))
    #expect(link.next() == nil && link.stage == .refused)
  }

  @Test("says 7 to a wrong ticket, and the link is over")
  func wrongTicket() throws {
    var (link, _) = try accepted(client: all)
    try link.receive(hex("01000000") + [UInt8](repeating: 1, count: 128), at: now)
    _ = link.next()
    link.conclude(.permissionDenied)
    guard case .send([7, 0, 0, 0]) = link.next() else { throw Unexpected("not told") }
    #expect(link.next() == nil && link.stage == .refused)
  }

  @Test("hands on what came behind the ticket, up to 4096 bytes")
  func surplus() throws {
    var (link, _) = try accepted(client: all)
    try link.receive(hex("01000000") + [UInt8](repeating: 1, count: 128) + [1, 2], at: now)
    try link.receive([3] + [UInt8](repeating: 4, count: 4093), at: now)
    _ = link.next()
    var flooded = link
    link.conclude(.ok)
    _ = link.next()
    guard case .linked(let accepted) = link.next() else { throw Unexpected("not linked") }
    #expect(accepted.surplus.count == 4096 && accepted.surplus.starts(with: [1, 2, 3, 4]))
    var thrown: LinkRefusal?
    do throws(LinkRefusal) { try flooded.receive([5], at: now) } catch { thrown = error }
    guard case .flood(limit: 4096) = thrown else { throw Unexpected("\(String(describing: thrown))") }
    guard case .send([3, 0, 0, 0]) = flooded.next() else { throw Unexpected("not told") }
  }

  @Test("the host's answers out of their turn change nothing")
  func outOfTurn() throws {
    var link = ServerLink(publicKey: key)
    link.accept(common: Capabilities(), specific: Capabilities())
    link.refuse(.error)
    link.conclude(.ok)
    #expect(link.next() == nil && link.stage == .awaitingHeader)
  }

  @Test("knows what it waits for at every byte")
  func stages() throws {
    var link = ServerLink(publicKey: key)
    for byte in message(all).dropLast() {
      try link.receive([byte], at: now)
      #expect([.receivingHeader, .receivingMessage].contains(link.stage))
    }
    for stage in [ServerLinkStage.awaitingHeader, .receivingMessage, .awaitingMechanism, .awaitingTicket] {
      #expect(LinkRefusal.timedOut(stage).code == nil)
      #expect(!LinkRefusal.timedOut(stage).description.isEmpty && !LinkRefusal.closed(stage).description.isEmpty)
    }
    #expect(LinkRefusal.timedOut(.awaitingHeader).description.contains("VNC"))
    #expect(LinkRefusal.closed(.receivingHeader).description.contains("the rest of its link header"))
  }

  @Test("mutated link stages end in a refusal or in waiting, and never link without a yes")
  func random() {
    var random = FixedRandom(seed: 11)
    for _ in 0..<2000 {
      var bytes = message(all)
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        bytes[Int.random(in: 4..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      bytes.removeLast(Int.random(in: 0..<bytes.count, using: &random))
      var link = ServerLink(publicKey: key)
      do throws(LinkRefusal) {
        try link.receive(bytes, at: now)
      } catch {
        #expect(!error.description.isEmpty && error.code != nil)
      }
      while let effect = link.next() {
        if case .linked = effect { Issue.record("linked") }
        if case .ticket = effect { Issue.record("a ticket from nowhere") }
      }
    }
  }
}
