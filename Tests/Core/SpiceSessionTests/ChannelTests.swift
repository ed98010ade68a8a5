import SpiceProtocol
import SpiceSession
import Testing

@Suite("What every channel does")
struct ChannelTests {
  private func bench(_ header: HeaderKind = .mini) throws -> Bench<MainEngine> {
    try Bench.linked(MainEngine(hasPassword: false), header: header)
  }

  private let anything = MainServerMessage.multimediaTime(0)
  private let ack = Said.said(CommonClientMessage.ack)

  @Test("a new window is answered with its generation at once")
  func ackSync() throws {
    var bench = try bench()
    try bench.say(CommonServerMessage.setAck(SetAck(generation: 7, window: 20)))
    #expect(bench.takeMessages() == [.said(CommonClientMessage.ackSync(generation: 7))])
  }

  @Test("each window of messages is acknowledged once, with its last message", arguments: [1, 2, 3, 20] as [UInt32])
  func acks(_ window: UInt32) throws {
    var bench = try bench()
    try bench.say(CommonServerMessage.setAck(SetAck(generation: 1, window: window)))
    _ = bench.takeMessages()
    for number in 1...100 {
      try bench.say(anything)
      #expect(bench.takeMessages() == (number % Int(window) == 0 ? [ack] : []), "message \(number)")
    }
  }

  @Test("pings, notices and lists of sub-messages count for a window as one message each")
  func whatCounts() throws {
    var bench = try bench()
    try bench.say(CommonServerMessage.setAck(SetAck(generation: 1, window: 3)))
    _ = bench.takeMessages()
    try bench.say(
      CommonServerMessage.ping(Ping(id: 1, timestamp: 2)),
      CommonServerMessage.notify(Notification(time: 0, severity: 0, visibility: 0, what: 0, text: [])),
      CommonServerMessage.list([SubMessage(type: 106, body: [0, 0, 0, 0]), SubMessage(type: 106, body: [0, 0, 0, 0])]))
    #expect(bench.takeMessages().filter { $0 == ack }.count == 1)
  }

  @Test(
    "messages are acknowledged once, all that are whole before the first is handled, wherever a piece ends",
    arguments: [HeaderKind.mini, .full], 0...80)
  func pieces(_ header: HeaderKind, end: Int) throws {
    var bench = try bench(header)
    try bench.say(CommonServerMessage.setAck(SetAck(generation: 1, window: 1)))
    _ = bench.takeMessages()
    let one = bench.bytes([anything])
    let bytes =
      one + bench.bytes([anything, CommonServerMessage.setAck(SetAck(generation: 2, window: 2))])
      + bench.bytes([anything, anything, anything, anything])
    try bench.receive([UInt8](bytes.prefix(end)))
    var types = bench.takeMessages().map(\.type)
    if end < 2 * one.count { #expect(types.count == end / one.count) }
    try bench.receive([UInt8](bytes.dropFirst(end)))
    types += bench.takeMessages().map(\.type)
    let (ack, sync) = (CommonClientMessage.ack.type, CommonClientMessage.ackSync(generation: 2).type)
    #expect(types == [ack, ack, ack, sync, ack, ack])
  }

  @Test("of a message that is longer than any may be nothing is acknowledged, and the channel ends")
  func hostileLength() throws {
    var bench = try bench()
    try bench.say(CommonServerMessage.setAck(SetAck(generation: 1, window: 1)))
    _ = bench.takeMessages()
    let bytes = bench.bytes([anything]) + [106, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0]
    #expect(throws: SessionError.self) { try bench.receive(bytes) }
    #expect(bench.takeMessages() == [ack])
  }

  @Test("a window of none is never acknowledged, and a new window begins to count anew")
  func windowChanges() throws {
    var bench = try bench()
    try bench.say(CommonServerMessage.setAck(SetAck(generation: 1, window: 0)), anything, anything)
    #expect(!bench.takeMessages().contains(ack))
    try bench.say(CommonServerMessage.setAck(SetAck(generation: 2, window: 3)), anything, anything)
    try bench.say(CommonServerMessage.setAck(SetAck(generation: 3, window: 3)))
    _ = bench.takeMessages()
    try bench.say(anything, anything)
    #expect(bench.takeMessages().isEmpty)
    try bench.say(anything)
    #expect(bench.takeMessages() == [ack])
  }

  @Test("the largest window does not overflow")
  func largestWindow() throws {
    var bench = try bench()
    try bench.say(CommonServerMessage.setAck(SetAck(generation: .max, window: .max)), anything)
    #expect(bench.takeMessages().count == 1)
  }

  @Test("a ping is answered without its padding, however much that is")
  func ping() throws {
    var bench = try bench()
    try bench.say(CommonServerMessage.ping(Ping(id: 3, timestamp: 0x8D_E496_228B, padding: 256_000)))
    #expect(bench.takeMessages() == [Said(type: 3, body: hex("03000000 8B2296E48D000000"))])
  }

  @Test("what is sent under full headers is counted from 1")
  func sentSerials() throws {
    var bench = try bench(.full)
    try bench.say(
      CommonServerMessage.setAck(SetAck(generation: 1, window: 1)), CommonServerMessage.ping(Ping(id: 1, timestamp: 1)))
    #expect(bench.takeMessages().map(\.serial) == [1, 2, 3])
    #expect(bench.engine.channel.sentMessages == 3)
  }

  @Test("nothing is sent before the channel is open")
  func beforeOpening() {
    var bench = Bench(MainEngine(hasPassword: false))
    bench.start()
    _ = bench.takeBytes()
    bench.act { $0.request(.client) }
    #expect(bench.takeBytes().isEmpty)
    #expect(bench.engine.channel.sentMessages == 0)
  }

  @Test("a channel that waits for others handles nothing more until all of them are done")
  func waiting() throws {
    var bench = try bench()
    let first = ChannelID(.display, 0)
    let second = ChannelID(.display, 1)
    try bench.say(
      CommonServerMessage.waitForChannels([
        ChannelWait(channel: first, serial: 10), ChannelWait(channel: second, serial: 20),
      ]), anything)
    #expect(bench.engine.channel.waits.count == 2)
    #expect(!bench.engine.wantsInput)
    #expect(bench.takeEvents().isEmpty)
    #expect(bench.engine.handledSerial == 0)
    try bench.note(first, handled: 9)
    try bench.note(second, handled: 25)
    #expect(bench.engine.channel.waits == [ChannelWait(channel: first, serial: 10)])
    #expect(bench.takeEvents().isEmpty)
    try bench.note(first, handled: 10)
    #expect(bench.takeEvents().count == 1)
    #expect(bench.engine.wantsInput)
    #expect(bench.engine.handledSerial == 2)
  }

  @Test("what others had done before is not waited for, nor what came on the same channel")
  func alreadyDone() throws {
    var bench = try bench()
    try bench.note(ChannelID(.display), handled: 10)
    try bench.note(ChannelID(.display), handled: 4)
    try bench.say(
      CommonServerMessage.waitForChannels([
        ChannelWait(channel: ChannelID(.display), serial: 10), ChannelWait(channel: ChannelID(.main), serial: .max),
      ]), anything)
    #expect(bench.takeEvents().count == 1)
  }

  @Test("a wait among sub-messages holds back those behind it, and the message they came with")
  func waitingInside() throws {
    var bench = try bench()
    let wait = CommonServerMessage.waitForChannels([ChannelWait(channel: ChannelID(.display), serial: 1)])
    try bench.say(
      anything,
      CommonServerMessage.list([SubMessage(type: 5, body: wait.body[...]), SubMessage(type: 106, body: [9, 0, 0, 0])]))
    #expect(bench.takeEvents().count == 1)
    #expect(bench.engine.handledSerial == 1)
    try bench.note(ChannelID(.display), handled: 1)
    guard case .multimediaTime(9) = bench.takeEvents().first else {
      Issue.record("the sub-message is lost")
      return
    }
    #expect(bench.engine.handledSerial == 2)
  }

  @Test("the server's texts and farewells are told of")
  func notices() throws {
    var bench = try bench()
    let text = Notification(time: 1, severity: 1, visibility: 2, what: 3, text: Array("keep calm".utf8))
    try bench.say(
      CommonServerMessage.notify(text), CommonServerMessage.disconnecting(Disconnecting(time: 0, reason: 1)),
      CommonServerMessage.migrate(flags: 0))
    let events = bench.takeEvents()
    guard case .notice(.notify(text)) = events[0], case .notice(.disconnecting(reason: 1)) = events[1],
      case .notice(.migrate(flags: 0)) = events[2]
    else {
      Issue.record("\(events)")
      return
    }
  }

  @Test("a migration that wants it is answered with the flush mark")
  func flushMark() throws {
    var bench = try bench()
    try bench.say(CommonServerMessage.migrate(flags: MigrateFlags.needFlush | MigrateFlags.needDataTransfer))
    #expect(bench.takeMessages() == [.said(CommonClientMessage.migrateFlushMark)])
  }

  @Test("migration data are not sent back to the host they came from")
  func migrateData() throws {
    var bench = try bench()
    try bench.say(CommonServerMessage.migrateData([1, 2, 3]))
    #expect(bench.takeMessages().isEmpty)
  }

  @Test("a message number of the future is passed over and told of")
  func unknownMessage() throws {
    var bench = try bench()
    try bench.receive(framed(4000, [1, 2, 3], .mini, serial: 1) + framed(50, [], .mini, serial: 2))
    try bench.say(anything)
    let events = bench.takeEvents()
    guard case .notice(.unknownMessage(type: 4000, size: 3)) = events[0],
      case .notice(.unknownMessage(type: 50, size: 0)) = events[1], case .multimediaTime = events[2]
    else {
      Issue.record("\(events)")
      return
    }
  }

  @Test("ten thousand messages in one piece are told of in their order")
  func manyMessages() throws {
    var bench = try bench()
    try bench.receive(bench.bytes((0..<10_000).map { MainServerMessage.multimediaTime($0) }))
    let times = bench.takeEvents().compactMap { if case .multimediaTime(let time) = $0 { time } else { nil } }
    #expect(times == Array(0..<10_000))
  }

  @Test("a malformed message ends the channel with its serial and the offset")
  func malformed() throws {
    var bench = try bench()
    try bench.say(anything)
    let error = sessionError { () throws(SessionError) in try bench.receive(framed(103, [0, 0, 0], .mini, serial: 2)) }
    guard case .message(ChannelID(.main), serial: 2, let wire) = error else {
      Issue.record("\(error.map { "\($0)" } ?? "taken")")
      return
    }
    #expect(wire.offset == 0)
    #expect(
      error?.description.contains("message 2 is malformed: INIT, session_id at offset 0: needs 4 bytes, 3 are left")
        == true)
  }
}
