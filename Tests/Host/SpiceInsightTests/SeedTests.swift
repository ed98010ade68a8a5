import SpiceInsight
import SpiceProtocol
import Testing

/// The two documents this project began with: two people who stared at bytes.
@Suite("What the first two documents could not explain")
struct SeedTests {
  @Test("error 3 to a padded link message: every number in it is explained") func invalidData() throws {
    var pair = Pair()
    pair.say([82, 69, 68, 81, 2, 0, 0, 0, 2, 0, 0, 0, 24, 0, 0, 0], .client)
    pair.say([0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 20, 0, 0, 0, 1, 0, 0, 0], .client)
    pair.say(Pair.linkReply(error: 3), .server)
    pair.close(.server)
    let findings = pair.findings()
    #expect(findings.map { $0.code } == [.linkPadded])
    let finding = try #require(findings.first)
    #expect(
      finding.sentence
        == "the link message of 24 bytes has two bytes of padding at offset 6: read as the protocol has it, packed, it "
        + "counts 65536 common capability words at offset 6, 0 channel capability words at offset 10, and has them "
        + "begin at 1310720; it was meant to have its words at 20; the server answered error 3 (INVALID_DATA)")
    #expect(finding.advice.contains("18 + 4 per word"))
    // What was meant is understood: the main channel, with AUTH_SELECTION.
    let reading = pair.events.compactMap { if case .linkMessage(let reading) = $0.kind { reading } else { nil } }.first
    #expect(reading?.channel == ChannelID(.main))
    #expect(reading?.common.contains(.authSelection) == true)
  }

  @Test("connects, but no messages are received, blocks for ever: DISPLAY INIT is missing") func silentDisplay() throws
  {
    var pair = Pair()
    pair.headers = .full
    let caps = Capabilities([CommonCapability.authSelection])
    pair.link(.main, common: caps, client: Capabilities(), server: Capabilities(words: [9]))
    pair.message(Pair.opening(), .server)
    pair.message(MainClientMessage.attachChannels, .client)
    // What the document calls extra_data, 141, is the upper half of the timestamp.
    let ping = Ping(id: 1, timestamp: 0x8d_e496_228b)
    pair.message(CommonServerMessage.ping(ping), .server)
    pair.serials[0]?[.client] = 0  // the document's client gives its PONG serial 1 again
    pair.message(CommonClientMessage.pong(ping), .client)
    for id: UInt32 in 2...4 {
      pair.message(
        CommonServerMessage.notify(
          Notification(time: 0, severity: 0, visibility: 0, what: 0, text: Array("\(id)".utf8))), .server)
    }
    pair.message(
      MainServerMessage.channelsList([
        ChannelID(.display), ChannelID(.inputs), ChannelID(.cursor), ChannelID(.playback),
      ]), .server)
    let list = pair.events.compactMap { if case .message(let message) = $0.kind { message } else { nil } }.last
    #expect(list?.serial == 6)
    for (index, type) in [ChannelType.display, .inputs, .cursor].enumerated() {
      pair.link(type, on: index + 1, common: caps, client: Capabilities(), server: Capabilities())
    }
    pair.pass(30)
    pair.close(.server, on: 1)
    let findings = pair.findings()
    // The serial that does not count is seen too, and is not what stops the session.
    #expect(findings.map { $0.code } == [.displayInitMissing, .serialOrder])
    let finding = try #require(findings.first)
    #expect(finding.evidence.channel == ChannelID(.display))
    #expect(
      finding.sentence
        == "the display channel was linked and its client has not sent INIT (message 101): the server closed it after "
        + "30 s")
  }
}
