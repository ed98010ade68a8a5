import SpiceCodecs
import SpiceInsight
import SpicePixels
import SpiceProtocol
import TestSupport
import Testing

@Suite("Each fault, committed alone, is named and nothing else is")
struct FindingTests {
  // MARK: The link stage

  private func answer(to message: [UInt8], error: UInt32 = 3) -> [FindingCode] {
    var pair = Pair()
    pair.say(message, .client)
    pair.say(Pair.linkReply(error: error), .server)
    pair.close(.server)
    return pair.codes()
  }

  @Test("a padded link message") func padded() {
    #expect(
      answer(to: Pair.framed([0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 20, 0, 0, 0, 1, 0, 0, 0])) == [
        .linkPadded
      ])
  }

  @Test("a short link message") func shortMessage() {
    #expect(answer(to: Pair.framed([0, 0, 0, 0, 1, 0, 1, 0, 0, 0])) == [.linkShort])
  }

  @Test("a caps_offset that points elsewhere") func capsOffset() {
    var body = Pair.linkMessage(
      LinkMessage(connectionID: 0, channel: ChannelID(.main), common: Pair.common, specific: Capabilities()))
    body[16 + 14] = 20
    #expect(answer(to: body) == [.linkCapsOffset])
  }

  @Test("capabilities counted instead of words") func countedBits() {
    var body = Pair.linkMessage(
      LinkMessage(connectionID: 0, channel: ChannelID(.main), common: Pair.common, specific: Capabilities()))
    body[16 + 6] = 3
    #expect(answer(to: body) == [.linkCapsCounted])
  }

  @Test("counts that no message could hold") func counts() {
    var body = Pair.linkMessage(
      LinkMessage(connectionID: 0, channel: ChannelID(.main), common: Pair.common, specific: Capabilities()))
    body[16 + 8] = 9
    #expect(answer(to: body) == [.linkCounts])
  }

  @Test("a link message that is never completed") func unfinished() {
    var pair = Pair()
    pair.say(
      Array(
        Pair.linkMessage(
          LinkMessage(connectionID: 0, channel: ChannelID(.main), common: Pair.common, specific: Capabilities())
        ).prefix(25)), .client)
    pair.pass(40)
    #expect(pair.codes() == [.linkUnfinished])
  }

  @Test("silence on both ends") func silence() {
    var pair = Pair()
    pair.reader.open(0, client: "a", server: "b", at: pair.time)
    pair.pass(40)
    #expect(pair.codes() == [.linkUnfinished])
  }

  @Test("a server that never answers") func silentServer() {
    var pair = Pair()
    pair.say(
      Pair.linkMessage(
        LinkMessage(connectionID: 0, channel: ChannelID(.main), common: Pair.common, specific: Capabilities())), .client
    )
    pair.pass(40)
    #expect(pair.codes() == [.linkUnfinished])
  }

  @Test("another magic") func magic() {
    #expect(answer(to: [0x52, 0x45, 0x44, 0x58] + [UInt8](repeating: 0, count: 30), error: 2) == [.magicUnknown])
  }

  @Test(
    "a server of another protocol",
    arguments: [
      ("RFB 003.008\n", FindingCode.peerVNC), ("HTTP/1.1 400 Bad Request\r\n\r\n", .peerHTTP),
      ("\u{15}\u{3}\u{1}\u{0}\u{2}\u{2}F", .peerTLS),
    ])
  func otherServer(_ text: String, _ code: FindingCode) {
    var pair = Pair()
    pair.say(
      Pair.linkMessage(
        LinkMessage(connectionID: 0, channel: ChannelID(.main), common: Pair.common, specific: Capabilities())), .client
    )
    pair.say(Array(text.utf8), .server)
    pair.close(.server)
    #expect(pair.codes() == [code])
  }

  @Test("a VNC client that speaks early is refused by a SPICE server") func clientVNC() {
    #expect(answer(to: Array("RFB 003.008\n".utf8), error: 2) == [.peerVNC])
  }

  @Test("two VNC ends are nobody's fault") func pairVNC() {
    var pair = Pair()
    pair.say(Array("RFB 003.008\n".utf8), .server)
    pair.say(Array("RFB 003.008\n".utf8), .client)
    #expect(pair.codes() == [])
  }

  @Test("another major version") func version() {
    var message = Pair.linkMessage(
      LinkMessage(connectionID: 0, channel: ChannelID(.main), common: Pair.common, specific: Capabilities()))
    message[4] = 1
    #expect(answer(to: message, error: 4) == [.version])
  }

  /// A main channel up to the link reply.
  private func untilReply(_ common: Capabilities) -> Pair {
    var pair = Pair()
    pair.say(
      Pair.linkMessage(
        LinkMessage(connectionID: 0, channel: ChannelID(.main), common: common, specific: Capabilities())), .client)
    pair.say(Pair.linkReply(common), .server)
    return pair
  }

  @Test("no mechanism where one is agreed on") func noMechanism() {
    var pair = untilReply(Pair.common)
    pair.say(Pair.ticket, .client)
    pair.say([7, 0, 0, 0], .server)
    pair.close(.server)
    #expect(pair.codes() == [.mechanismMissing])
  }

  @Test("a mechanism where none is agreed on") func mechanism() {
    var pair = untilReply(Capabilities([CommonCapability.miniHeader]))
    pair.say([1, 0, 0, 0] + Pair.ticket, .client)
    pair.say([7, 0, 0, 0], .server)
    pair.close(.server)
    #expect(pair.codes() == [.mechanismUnexpected])
  }

  @Test("a ticket of another length", arguments: [16, 256]) func ticketSize(_ size: Int) {
    var pair = untilReply(Pair.common)
    pair.say([1, 0, 0, 0] + [UInt8](repeating: 9, count: size), .client)
    if size > 128 { pair.say([7, 0, 0, 0], .server) }
    pair.pass(30)
    pair.close(.server)
    #expect(pair.codes() == [.ticketSize])
  }

  @Test("what follows the ticket at once is no part of it, but the first message", arguments: [false, true])
  func ahead(_ isFull: Bool) {
    let common = isFull ? Capabilities([CommonCapability.authSelection, .authSpice]) : Pair.common
    var pair = Pair()
    pair.say(
      Pair.linkMessage(
        LinkMessage(connectionID: 7, channel: ChannelID(.display), common: common, specific: Capabilities())), .client)
    pair.say(Pair.linkReply(common), .server)
    let opening = DisplayClientMessage.initialize(
      DisplayInit(pixmapCacheID: 1, pixmapCacheSize: 1 << 20, glzDictionaryID: 1, glzWindowSize: 1 << 20))
    var writer = ByteWriter()
    MessageHeader(serial: 1, type: opening.type, size: UInt32(opening.body.count)).write(
      isFull ? .full : .mini, to: &writer)
    pair.say([1, 0, 0, 0] + Pair.ticket + writer.bytes + opening.body, .client)
    pair.say([0, 0, 0, 0], .server)
    pair.close(.client)
    #expect(pair.codes() == [])
  }

  @Test("a wrong password") func password() {
    var pair = untilReply(Pair.common)
    pair.say([1, 0, 0, 0] + Pair.ticket, .client)
    pair.say([7, 0, 0, 0], .server)
    pair.close(.server)
    #expect(pair.codes() == [.ticketRefused])
  }

  @Test("a ticket that lost its first byte, which was zero; where it is let in, it was none")
  func shiftedTicket() {
    for (answer, codes) in [(UInt8(7), [FindingCode.ticketShifted]), (0, [])] {
      var pair = untilReply(Pair.common)
      pair.say([1, 0, 0, 0] + Pair.ticket.dropFirst() + [0], .client)
      pair.say([answer, 0, 0, 0], .server)
      pair.close(.server)
      #expect(pair.codes() == codes)
    }
  }

  @Test("the same in very many connections is told for the first, and counted for the others") func many() throws {
    var pair = Pair()
    for connection in 0..<100 {
      pair.say(
        Pair.linkMessage(
          LinkMessage(connectionID: 0, channel: ChannelID(.main), common: Pair.common, specific: Capabilities())),
        .client, on: connection)
      pair.say(Pair.linkReply(), .server, on: connection)
      pair.say([1, 0, 0, 0] + Pair.ticket, .client, on: connection)
      pair.say([7, 0, 0, 0], .server, on: connection)
      pair.close(.server, on: connection)
      pair.close(.client, on: connection)
    }
    let found = pair.findings()
    #expect(found.map { $0.code } == Array(repeating: .ticketRefused, count: 64))
    #expect(found.map { $0.elsewhere }.filter { $0 > 0 } == [36])
    let told = TextRenderer.lines(found, start: FlowTime(nanoseconds: 0))
    #expect(told.contains { $0 == "FAULT  ticket-refused (and in 36 more connections)" })
  }

  @Test(
    "a refusal by its code",
    arguments: [
      (UInt32(5), FindingCode.needsTLS), (6, .needsPlain), (1, .linkRefused), (9, .linkRefused),
      (8, .connectionIDStale),
    ])
  func refusal(_ error: UInt32, _ code: FindingCode) {
    let message = Pair.linkMessage(
      LinkMessage(connectionID: 0, channel: ChannelID(.main), common: Pair.common, specific: Capabilities()))
    #expect(answer(to: message, error: error) == [code])
  }

  @Test(
    "a channel without, or of another, session",
    arguments: [(UInt32(0), FindingCode.connectionIDZero), (77, .connectionIDStale)])
  func connectionID(_ id: UInt32, _ code: FindingCode) {
    var pair = Pair()
    pair.openMain()
    pair.say(
      Pair.linkMessage(
        LinkMessage(connectionID: id, channel: ChannelID(.cursor), common: Pair.common, specific: Capabilities())),
      .client, on: 1)
    pair.say(Pair.linkReply(error: 8), .server, on: 1)
    pair.close(.server, on: 1)
    #expect(pair.codes() == [code])
  }

  // MARK: What the client has to say

  @Test("ATTACH_CHANNELS missing") func attach() {
    var pair = Pair()
    pair.link(.main)
    pair.message(Pair.opening(), .server)
    pair.pass(5)
    #expect(pair.codes() == [.attachMissing])
  }

  @Test("DISPLAY INIT missing, closed after 30 s") func displayInit() {
    var pair = Pair()
    pair.openMain()
    pair.link(.display, on: 1)
    pair.pass(30)
    pair.close(.server, on: 1)
    #expect(pair.codes() == [.displayInitMissing])
  }

  @Test("a display that shows nothing, though pings go on") func silentDisplay() {
    func silent(_ seconds: Int, surface: Bool = false, pings: Bool = true) -> [FindingCode] {
      var pair = Pair()
      pair.openMain()
      pair.link(.display, on: 1)
      pair.message(Pair.displayInit, .client, on: 1)
      if surface { pair.message(Pair.surface(0), .server, on: 1) }
      for round in 1...seconds {
        pair.pass(1)
        guard pings else { continue }
        pair.message(CommonServerMessage.ping(Ping(id: UInt32(round), timestamp: 1)), .server)
        pair.message(CommonClientMessage.pong(Ping(id: UInt32(round), timestamp: 1)), .client)
      }
      return pair.codes()
    }
    #expect(silent(12) == [.displaySilent])
    #expect(silent(6) == [])
    #expect(silent(12, surface: true) == [])
    #expect(silent(12, pings: false) == [])
  }

  @Test("DISPLAY INIT padded") func displayInitPadded() {
    var pair = Pair()
    pair.openMain()
    pair.link(.display, on: 1)
    pair.raw(101, [UInt8](repeating: 0, count: 24), .client, on: 1)
    pair.pass(5)
    #expect(pair.codes() == [.displayInitMalformed])
  }

  @Test("full headers where mini ones are agreed on") func fullHeaders() {
    var pair = Pair()
    pair.link(.main)
    pair.message(Pair.opening(), .server)
    pair.message(MainClientMessage.attachChannels, .client, headers: .full)
    pair.pass(5)
    #expect(pair.codes() == [.headersFull])
  }

  @Test("mini headers where full ones hold") func miniHeaders() {
    var pair = Pair()
    pair.link(.main, common: Capabilities([CommonCapability.authSelection]))
    pair.message(Pair.opening(), .server, headers: .full)
    pair.message(MainClientMessage.attachChannels, .client, headers: .mini)
    pair.pass(5)
    #expect(pair.codes() == [.headersMini])
  }

  @Test("serials that do not count") func serials() {
    var pair = Pair()
    pair.headers = .full
    pair.link(.main, common: Capabilities([CommonCapability.authSelection]))
    pair.message(Pair.opening(), .server)
    pair.message(MainClientMessage.attachChannels, .client)
    pair.serials[0]?[.client] = 0
    pair.message(MainClientMessage.attachChannels, .client)
    #expect(pair.codes() == [.serialOrder])
  }

  // MARK: Acks and pings

  /// A display with a window of 4, of which `count` messages have come.
  private func windowed(_ count: Int, sync: Bool = true) -> Pair {
    var pair = Pair()
    pair.openMain()
    pair.openDisplay()
    pair.message(CommonServerMessage.setAck(SetAck(generation: 1, window: 4)), .server, on: 1)
    if sync { pair.message(CommonClientMessage.ackSync(generation: 1), .client, on: 1) }
    for _ in 0..<count { pair.message(DisplayServerMessage.mark, .server, on: 1) }
    return pair
  }

  @Test("acks missing") func acks() {
    var pair = windowed(8)
    pair.pass(10)
    #expect(pair.codes() == [.ackMissing])
  }

  @Test("ACK_SYNC missing") func ackSync() {
    var pair = windowed(1, sync: false)
    pair.pass(10)
    #expect(pair.codes() == [.ackMissing])
  }

  @Test("acks late") func lateAcks() {
    var pair = windowed(8)
    for _ in 0..<2 { pair.message(CommonClientMessage.ack, .client, on: 1) }
    for _ in 0..<8 { pair.message(DisplayServerMessage.mark, .server, on: 1) }
    pair.pass(3)
    for _ in 0..<2 { pair.message(CommonClientMessage.ack, .client, on: 1) }
    #expect(pair.codes() == [.ackLate])
  }

  @Test("a client's first ACK may take as long as setting up does") func firstAck() {
    func first(after seconds: Double) -> [FindingCode] {
      var pair = windowed(8)
      pair.pass(seconds)
      for _ in 0..<2 { pair.message(CommonClientMessage.ack, .client, on: 1) }
      return pair.codes()
    }
    #expect(first(after: 4) == [])
    #expect(first(after: 6) == [.ackLate])
  }

  @Test("more acks than messages") func manyAcks() {
    var pair = windowed(4)
    for _ in 0..<4 { pair.message(CommonClientMessage.ack, .client, on: 1) }
    #expect(pair.codes() == [.ackTooMany])
  }

  @Test("a PING without PONG") func noPong() {
    var pair = Pair()
    pair.openMain()
    pair.message(CommonServerMessage.ping(Ping(id: 1, timestamp: 2)), .server)
    pair.pass(6)
    #expect(pair.codes() == [.pongMissing])
  }

  @Test("a PONG with its PING's padding") func pongPadding() {
    var pair = Pair()
    pair.openMain()
    pair.message(CommonServerMessage.ping(Ping(id: 1, timestamp: 2, padding: 1000)), .server)
    pair.message(CommonClientMessage.pong(Ping(id: 1, timestamp: 2, padding: 1000)), .client)
    #expect(pair.codes() == [.pongPadding])
  }

  // MARK: Waits

  @Test("a wait for what is never sent") func wait() {
    var pair = Pair()
    pair.openMain()
    pair.openDisplay()
    pair.openDisplay(on: 2, id: 1)
    pair.message(
      CommonServerMessage.waitForChannels([ChannelWait(channel: ChannelID(.display, 1), serial: 99)]), .server, on: 1)
    pair.pass(4)
    #expect(pair.codes() == [.waitDeadlock])
  }

  @Test("two channels that wait for each other") func deadlock() {
    var pair = Pair()
    pair.openMain()
    pair.openDisplay()
    pair.openDisplay(on: 2, id: 1)
    pair.message(
      CommonServerMessage.waitForChannels([ChannelWait(channel: ChannelID(.display, 1), serial: 3)]), .server, on: 1)
    pair.message(
      CommonServerMessage.waitForChannels([ChannelWait(channel: ChannelID(.display, 0), serial: 3)]), .server, on: 2)
    for conversation in [1, 2] { pair.message(DisplayServerMessage.mark, .server, on: conversation) }
    #expect(pair.codes() == [.waitDeadlock])
  }

  @Test("a wait for what comes is none") func fulfilledWait() {
    var pair = Pair()
    pair.openMain()
    pair.openDisplay()
    pair.openDisplay(on: 2, id: 1)
    pair.message(
      CommonServerMessage.waitForChannels([ChannelWait(channel: ChannelID(.display, 1), serial: 2)]), .server, on: 1)
    pair.message(DisplayServerMessage.mark, .server, on: 2)
    pair.pass(10)
    #expect(pair.codes() == [])
  }

  // MARK: Pictures

  /// A display in good order, then these messages.
  private func drawing(_ messages: [DisplayServerMessage], client: Capabilities? = nil) -> [FindingCode] {
    var pair = Pair()
    pair.openMain()
    pair.openDisplay(client: client)
    for message in messages { pair.message(message, .server, on: 1) }
    pair.pass(3)
    return pair.codes()
  }

  private let cached = Image(id: 5, width: 2, height: 2, content: .fromCache)

  @Test("an image from the cache that was never there") func cache() {
    #expect(drawing([Pair.copy(cached)]) == [.imageNotCached])
    #expect(drawing([Pair.copy(Pair.bitmap(5, flags: .cacheMe)), Pair.copy(cached)]) == [])
  }

  @Test("an image from the cache after its invalidation") func invalidated() {
    #expect(
      drawing([
        Pair.copy(Pair.bitmap(5, flags: .cacheMe)), .invalidateList([CachedResource(id: 5)]), Pair.copy(cached),
      ]) == [.imageNotCached])
  }

  @Test("a palette that was never sent") func palette() {
    let image = Image(
      id: 1, width: 2, height: 2,
      content: .bitmap(
        BitmapImage(format: 5, topDown: true, width: 2, height: 2, stride: 2, palette: .cached(9), rows: [0, 0, 0, 0])))
    #expect(drawing([Pair.copy(image)]) == [.paletteNotCached])
  }

  @Test("a GLZ image that refers to one that never came") func glz() throws {
    // Only the second of two images that share their pixels.
    var encoder = GLZDictionary(capacity: 1 << 20)
    let pixels = (0..<1024).map { UInt32($0 * 7919) & 0xff_ffff }
    let raster = try #require(Raster(width: 32, height: 32, kind: .opaque, pixels: pixels))
    let encoded = [encoder.encode(raster), encoder.encode(raster)]
    let first = try #require(encoded[0])
    let second = try #require(encoded[1])
    func image(_ id: UInt64, _ data: [UInt8]) -> DisplayServerMessage {
      Pair.copy(Image(id: id, width: 32, height: 32, content: .glzRGB(data[...])))
    }
    #expect(drawing([image(1, first), image(2, second)]) == [])
    #expect(drawing([image(2, second)]) == [.glzReference])
  }

  @Test("data for no stream") func stream() {
    #expect(
      drawing([.streamData(StreamFrame(id: 3, multimediaTime: 0, sizing: nil, data: [1]))]) == [.streamUnknown])
  }

  @Test("a surface before its creation and after its end") func surface() {
    #expect(drawing([Pair.copy(Pair.bitmap(1), surface: 7)]) == [.surfaceUnknown])
    #expect(
      drawing([Pair.surface(7), .surfaceDestroy(7), Pair.copy(Pair.bitmap(1), surface: 7)]) == [.surfaceUnknown])
    #expect(drawing([Pair.surface(7), Pair.copy(Pair.bitmap(1), surface: 7), .surfaceDestroy(7)]) == [])
  }

  @Test("a capability that was not advertised") func capability() {
    #expect(drawing([.monitorsConfig([], maximum: 1)], client: Capabilities()) == [.capabilityUnadvertised])
    #expect(drawing([.monitorsConfig([], maximum: 1)]) == [])
  }

  @Test("a message that ends too early") func malformed() {
    var pair = Pair()
    pair.openMain()
    pair.openDisplay()
    pair.raw(DisplayServerMessage.Kind.surfaceCreate.rawValue, [1, 2, 3], .server, on: 1)
    #expect(pair.codes() == [.messageMalformed])
  }

  @Test("a message of no known type") func unknownMessage() {
    var pair = Pair()
    pair.openMain()
    pair.raw(999, [], .server)
    #expect(pair.codes() == [.messageUnknown])
  }

  @Test("a message of four gigabytes") func tooLong() {
    var pair = Pair()
    pair.openMain()
    pair.say([104, 0, 255, 255, 255, 255], .server)
    #expect(pair.codes() == [.messageTooLong])
  }

  // MARK: Agent and inputs

  @Test("agent data without a token") func agentTokens() {
    var pair = Pair()
    pair.openMain(agentTokens: 1)
    for _ in 0..<2 { pair.message(MainClientMessage.agentData([1, 2, 3]), .client) }
    #expect(pair.codes() == [.agentTokens])
  }

  @Test("an agent chunk of more than 2048 bytes") func agentChunk() {
    var pair = Pair()
    pair.openMain()
    pair.message(MainClientMessage.agentData([UInt8](repeating: 0, count: 2049)[...]), .client)
    #expect(pair.codes() == [.agentChunk])
  }

  @Test("more motions than are acknowledged") func motions() {
    func moving(_ count: Int, acks: Int) -> [FindingCode] {
      var pair = Pair()
      pair.openMain()
      pair.link(.inputs, on: 1)
      for _ in 0..<acks { pair.message(InputsServerMessage.mouseMotionAck, .server, on: 1) }
      for _ in 0..<count {
        pair.message(InputsClientMessage.mouseMotion(dx: 1, dy: 1, buttons: []), .client, on: 1)
      }
      return pair.codes()
    }
    #expect(moving(9, acks: 0) == [.motionFlood])
    #expect(moving(8, acks: 0) == [])
  }

  // MARK: The connection

  @Test("an end that does not read") func slowReader() {
    var pair = Pair()
    pair.openMain()
    pair.block(.client, true, on: 0)
    pair.pass(4)
    pair.block(.client, false, on: 0)
    #expect(pair.codes() == [.slowReader])
  }

  @Test("an end that stays open") func halfClosed() {
    var pair = Pair()
    pair.openMain()
    pair.close(.server)
    pair.pass(20)
    #expect(pair.codes() == [.halfClosed])
  }

  @Test("a still screen is no fault, however long") func still() {
    var pair = windowed(3)
    for round: UInt32 in 1...20 {
      pair.pass(30)
      pair.message(CommonServerMessage.ping(Ping(id: round, timestamp: 1)), .server)
      pair.message(CommonClientMessage.pong(Ping(id: round, timestamp: 1)), .client)
    }
    pair.pass(3600)
    #expect(pair.codes() == [])
  }
}
