import SpiceProtocol
import SpiceSession
import Testing

@Suite("What a server's channels have in common")
struct ServerChannelTests {
  private func bench(_ header: HeaderKind = .mini) -> ServerBench<InputsServer> {
    var bench = ServerBench(InputsServer(accepted(.inputs, header: header)))
    _ = bench.takeMessages()
    return bench
  }

  private let anything = InputsServerMessage.keyModifiers(.numLock)

  @Test("messages are counted from 1 under full headers")
  func serials() {
    var bench = ServerBench(InputsServer(accepted(.inputs, header: .full)))
    bench.act { $0.channel.send(anything) }
    #expect(bench.takeMessages().map(\.serial) == [1, 2])
    #expect(bench.engine.channel.sentMessages == 2)
    #expect(bench.engine.channel.sentBytes == 2 * (18 + 2))
  }

  @Test("what came behind the ticket is the first that is read")
  func surplus() throws {
    var link = accepted(.inputs)
    link.surplus = framed(103, [2, 0], .mini, serial: 1) + [103]
    var bench = ServerBench(InputsServer(link))
    try bench.receive([0, 2, 0, 0, 0, 4, 0])
    #expect(bench.takeEvents() == [.modifiers(.numLock), .modifiers(.capsLock)])
  }

  @Test("two windows may be unconfirmed, and an ACK makes room for one")
  func window() throws {
    var bench = bench()
    #expect(bench.engine.channel.mayPush)
    bench.act { $0.channel.requestAcks(window: 3) }
    #expect(bench.takeMessages() == [.said(CommonServerMessage.setAck(SetAck(generation: 1, window: 3)))])
    try bench.say(CommonClientMessage.ackSync(generation: 1))
    var sent = 0
    while bench.engine.channel.mayPush, sent < 100 {
      bench.act { $0.channel.send(anything) }
      sent += 1
    }
    #expect(sent == 6)
    try bench.say(CommonClientMessage.ack)
    #expect(bench.engine.channel.mayPush && bench.engine.channel.unconfirmedMessages == 3)
  }

  @Test("a client that does not say that it counts is sent two windows' worth and no more")
  func noSync() throws {
    var bench = bench()
    bench.act { $0.channel.requestAcks(window: 2) }
    for _ in 0..<4 { bench.act { $0.channel.send(anything) } }
    #expect(!bench.engine.channel.mayPush)
    // These ACKs are of no window at all, and then of another than was asked for.
    try bench.say(CommonClientMessage.ack, CommonClientMessage.ackSync(generation: 7), CommonClientMessage.ack)
    #expect(!bench.engine.channel.mayPush)
    try bench.say(CommonClientMessage.ackSync(generation: 1), CommonClientMessage.ack)
    #expect(bench.engine.channel.mayPush)
  }

  @Test("acks of an older window say nothing of the new one")
  func generations() throws {
    var bench = bench()
    bench.act { $0.channel.requestAcks(window: 1) }
    try bench.say(CommonClientMessage.ackSync(generation: 1))
    bench.act {
      $0.channel.requestAcks(window: 1)
      $0.channel.send(anything)
      $0.channel.send(anything)
    }
    try bench.say(CommonClientMessage.ack, CommonClientMessage.ack)
    #expect(!bench.engine.channel.mayPush)
    try bench.say(CommonClientMessage.ackSync(generation: 2), CommonClientMessage.ack)
    #expect(bench.engine.channel.mayPush)
  }

  @Test("more acks than messages win nothing, and a window of 0 ends the waiting")
  func excess() throws {
    var bench = bench()
    bench.act { $0.channel.requestAcks(window: 1) }
    try bench.say(CommonClientMessage.ackSync(generation: 1))
    for _ in 0..<9 { try bench.say(CommonClientMessage.ack) }
    for _ in 0..<2 { bench.act { $0.channel.send(anything) } }
    #expect(!bench.engine.channel.mayPush)
    bench.act { $0.channel.requestAcks(window: 0) }
    #expect(bench.engine.channel.mayPush)
  }

  @Test("our own client confirms by the window it was told", arguments: [0, 1, 7])
  func ownClient(_ piece: Int) throws {
    var pair = Pair(InputsEngine(connectionID: 1, hasPassword: false), InputsServer.capabilities, piece: piece) {
      InputsServer($0)
    }
    try pair.act { _, server in server.channel.requestAcks(window: 5) }
    try pair.act { _, server in for _ in 0..<9 { server.channel.send(anything) } }
    #expect(pair.server?.channel.unconfirmedMessages == 4)
  }

  @Test("the round trip is the smallest of the last eight")
  func roundTrip() throws {
    var bench = bench()
    #expect(bench.engine.channel.roundTrip == nil)
    for (number, time) in [900, 300, 700].enumerated() as EnumeratedSequence<[UInt64]> {
      let sent = bench.now
      bench.act { $0.channel.ping(at: sent) }
      bench.now.microseconds += time
      try bench.say(CommonClientMessage.pong(Ping(id: UInt32(number) + 1, timestamp: 0)))
    }
    #expect(bench.engine.channel.roundTrip == 300)
    for number in 4..<12 {
      let sent = bench.now
      bench.act { $0.channel.ping(at: sent) }
      bench.now.microseconds += 500
      try bench.say(CommonClientMessage.pong(Ping(id: UInt32(number), timestamp: 0)))
    }
    #expect(bench.engine.channel.roundTrip == 500)
  }

  @Test("what padding adds to the round trip is the line's width")
  func bandwidth() throws {
    var bench = bench()
    let sent = bench.now
    bench.act {
      $0.channel.ping(at: sent)
      $0.channel.ping(at: sent, padding: ServerChannel.probePadding)
    }
    #expect(bench.takeMessages().map(\.body.count) == [12, 250_012])
    bench.now.microseconds += 1000
    try bench.say(CommonClientMessage.pong(Ping(id: 1, timestamp: 0)))
    #expect(bench.engine.channel.bytesPerSecond == nil)
    bench.now.microseconds += 100_000
    try bench.say(CommonClientMessage.pong(Ping(id: 2, timestamp: 0)))
    #expect(bench.engine.channel.bytesPerSecond == 2_500_000)
    #expect(bench.engine.channel.roundTrip == 1000)
  }

  @Test("a client that answers no ping is asked eight times; answers that nobody asked for say nothing")
  func deafToPings() throws {
    var bench = bench()
    let now = bench.now
    for _ in 0..<20 { bench.act { $0.channel.ping(at: now) } }
    #expect(bench.takeMessages().count == 8)
    try bench.say(CommonClientMessage.pong(Ping(id: 99, timestamp: 0)))
    #expect(bench.engine.channel.roundTrip == nil)
    try bench.say(
      CommonClientMessage.pong(Ping(id: 8, timestamp: 0)), CommonClientMessage.pong(Ping(id: 8, timestamp: 0)))
    bench.act { $0.channel.ping(at: now) }
    bench.act { $0.channel.ping(at: now) }
    #expect(bench.takeMessages().count == 1)
  }

  @Test("a padding larger than a message is cut to one")
  func hugePadding() {
    var bench = bench()
    let now = bench.now
    bench.act {
      $0.channel.ping(at: now, padding: .max)
      $0.channel.ping(at: now, padding: -1)
    }
    #expect(bench.takeMessages().map(\.body.count) == [1 << 20, 12])
  }

  static let limits: [(channel: ChannelType, limit: Int)] = [
    (.inputs, 4 << 10), (.cursor, 4 << 10), (.display, 4 << 10), (.playback, 4 << 10), (.main, 1 << 20),
    (.record, 1 << 20), (.port, 1 << 20), (.webdav, 1 << 20),
  ]

  @Test("a client's messages are as long as their channel needs and no longer", arguments: limits)
  func messageLimits(_ channel: ChannelType, _ limit: Int) {
    // The engine does not matter here, the channel does.
    for size in [UInt32(limit), UInt32(limit) + 1, .max] {
      var bench = ServerBench(InputsServer(accepted(channel)))
      var head = ByteWriter()
      MessageHeader(serial: 1, type: 900, size: size).write(.mini, to: &head)
      let error = sessionError { () throws(SessionError) in try bench.receive(head.bytes) }
      guard size > limit else {
        #expect(error == nil)
        continue
      }
      guard case .messageTooLong(ChannelID(channel), type: 900, size: UInt64(size), limit: limit) = error else {
        Issue.record("\(error.map { "\($0)" } ?? "taken")")
        continue
      }
      #expect(error?.description.contains("the peer announces") == true)
    }
  }

  @Test("numbers that the channel lacks are passed over and told of, farewells told of")
  func notices() throws {
    var bench = bench()
    try bench.receive(framed(4000, [1, 2, 3], .mini, serial: 1) + framed(4, [], .mini, serial: 2))
    try bench.say(CommonClientMessage.disconnecting(Disconnecting(time: 0, reason: 1)))
    #expect(
      bench.takeEvents() == [
        .notice(.unknownMessage(type: 4000, size: 3)), .notice(.unknownMessage(type: 4, size: 0)),
        .notice(.disconnecting(reason: 1)),
      ])
  }

  @Test("texts and farewells reach our own client")
  func texts() throws {
    var pair = Pair(InputsEngine(connectionID: 1, hasPassword: false), InputsServer.capabilities) { InputsServer($0) }
    try pair.act { _, server in
      server.channel.notify(.warning, Array("low on memory".utf8), at: Moment(microseconds: 3))
      server.channel.disconnect(.permissionDenied, at: Moment(microseconds: 4))
    }
    let events = pair.clientEvents.suffix(2)
    guard case .notice(.notify(let text)) = events.first, case .notice(.disconnecting(reason: 7)) = events.last else {
      Issue.record("\(events)")
      return
    }
    #expect(text.text == Array("low on memory".utf8) && text.severity == 1 && text.time == 3000)
  }

  @Test("the end of the connection is the client's")
  func ending() throws {
    var bench = bench()
    try bench.say(InputsClientMessage.keyModifiers(.numLock))
    guard case .clientLeft(ChannelID(.inputs), afterMessages: 1) = bench.engine.channel.errorAtEnd else {
      Issue.record("\(bench.engine.channel.errorAtEnd)")
      return
    }
    #expect(bench.engine.channel.errorAtEnd.description.contains("the client closed the connection after 1 messages"))
  }

  @Test("the last word is remembered by the host's clock")
  func lastHeard() throws {
    var bench = bench()
    #expect(bench.engine.channel.lastHeard == nil)
    bench.now.microseconds += 7
    try bench.receive([1])
    #expect(bench.engine.channel.lastHeard == bench.now)
    #expect(bench.engine.channel.receivedBytes == 1 && bench.engine.channel.receivedMessages == 0)
  }
}
