import SpiceProtocol
import SpiceSession
import Testing

@Suite("Messages cut from a stream")
struct CutterTests {
  static let kinds: [HeaderKind] = [.mini, .full]

  private func bench(_ header: HeaderKind) throws -> Bench<MainEngine> {
    try Bench.linked(MainEngine(hasPassword: false), header: header)
  }

  /// The clock's times that were told of.
  private func times(_ bench: inout Bench<MainEngine>) -> [UInt32] {
    bench.takeEvents().compactMap { if case .multimediaTime(let time) = $0 { time } else { nil } }
  }

  @Test("are the same whether they come at once, byte by byte or in any pieces", arguments: kinds)
  func pieces(_ header: HeaderKind) throws {
    var random = FixedRandom(seed: 7)
    let messages: [any ChannelMessage] = (0..<40).flatMap { number -> [any ChannelMessage] in
      [
        MainServerMessage.multimediaTime(number),
        MainServerMessage.agentData(ArraySlice(repeating: 1, count: Int(number) * 7)),
      ]
    }
    var atOnce = try bench(header)
    try atOnce.receive(atOnce.bytes(messages))
    var slowly = try bench(header)
    try slowly.receiveSlowly(slowly.bytes(messages))
    var pieces = try bench(header)
    var rest = pieces.bytes(messages)[...]
    while !rest.isEmpty {
      let piece = rest.prefix(Int.random(in: 1...50, using: &random))
      rest = rest.dropFirst(piece.count)
      try pieces.receive(Array(piece))
    }
    for bench in [atOnce, slowly, pieces] {
      var bench = bench
      #expect(times(&bench) == Array(0..<40))
      #expect(bench.engine.channel.receivedMessages == 80)
      #expect(bench.engine.handledSerial == 80)
      #expect(bench.engine.channel.receivedBytes == atOnce.engine.channel.receivedBytes)
    }
  }

  @Test("may be as long as the limit and no longer", arguments: kinds)
  func limit(_ header: HeaderKind) throws {
    var bench = try bench(header)
    let limit = SessionLimits.standard.otherMessage
    try bench.say(MainServerMessage.agentData(ArraySlice(repeating: 0, count: limit)))
    #expect(bench.engine.channel.receivedMessages == 1)
    for size in [UInt32(limit) + 1, .max] {
      var other = try self.bench(header)
      var head = ByteWriter()
      MessageHeader(serial: 1, type: 109, size: size).write(header, to: &head)
      let error = sessionError { () throws(SessionError) in try other.receive(head.bytes) }
      guard case .messageTooLong(ChannelID(.main), type: 109, size: UInt64(size), limit: limit) = error else {
        Issue.record("\(error.map { "\($0)" } ?? "taken")")
        continue
      }
    }
  }

  @Test("that are longer than the limit are refused in the last byte of their header, not before")
  func limitInPieces() throws {
    var bench = try bench(.mini)
    let head = hex("6D00 FFFFFFFF")
    try bench.receiveSlowly(Array(head.dropLast()))
    #expect(sessionError { () throws(SessionError) in try bench.receive([head[5]]) } != nil)
  }

  @Test("have their sub-messages handled first, under a full header's sub_list")
  func subList() throws {
    var bench = try bench(.full)
    // AGENT_DATA may have any bytes: here three of its own, then the list and what it lists.
    let list = hex("0200 0D000000 17000000  6A00 04000000 01000000  6A00 04000000 02000000")
    let body = hex("FFFFFF") + list
    try bench.receive(framed(109, body, .full, serial: 1, subList: 0))
    #expect(times(&bench).isEmpty)
    try bench.receive(framed(109, body, .full, serial: 2, subList: 3))
    #expect(times(&bench) == [1, 2])
    #expect(bench.engine.channel.receivedMessages == 2)
    #expect(bench.engine.handledSerial == 2)
  }

  @Test("of the type LIST are their sub-messages and nothing else", arguments: kinds)
  func list(_ header: HeaderKind) throws {
    var bench = try bench(header)
    try bench.say(
      CommonServerMessage.list([
        SubMessage(type: 106, body: [5, 0, 0, 0]), SubMessage(type: 4, body: [UInt8](repeating: 1, count: 12)[...]),
        SubMessage(type: 106, body: [6, 0, 0, 0]),
      ]))
    #expect(times(&bench) == [5, 6])
    #expect(bench.takeMessages().map(\.type) == [3])
    #expect(bench.engine.handledSerial == 1)
  }

  @Test("within messages within messages are passed over")
  func nestedList() throws {
    var bench = try bench(.mini)
    let inner = CommonServerMessage.list([SubMessage(type: 106, body: [5, 0, 0, 0])])
    try bench.say(CommonServerMessage.list([SubMessage(type: 8, body: inner.body[...])]))
    guard case .notice(.unknownMessage(type: 8, size: 16)) = bench.takeEvents().first else {
      Issue.record("not told of")
      return
    }
  }

  @Test("with a hostile list of sub-messages end the channel", arguments: [1, 3, 0x7FFF_FFFF, UInt32.max])
  func hostileSubList(_ offset: UInt32) throws {
    var bench = try bench(.full)
    let error = sessionError { () throws(SessionError) in
      try bench.receive(framed(109, [0xFF, 0xFF, 0xFF, 0xFF], .full, serial: 9, subList: offset))
    }
    guard case .message(ChannelID(.main), serial: 9, _) = error else {
      Issue.record("\(error.map { "\($0)" } ?? "taken")")
      return
    }
  }

  @Test("count by the server's serials where it gives them, though it leaves some out")
  func skippedSerials() throws {
    var bench = try bench(.full)
    try bench.receive(framed(106, [0, 0, 0, 0], .full, serial: 40))
    #expect(bench.engine.handledSerial == 40)
    try bench.receive(framed(106, [0, 0, 0, 0], .full, serial: 42))
    #expect(bench.engine.handledSerial == 42)
    #expect(bench.engine.channel.receivedMessages == 2)
  }

  @Test("random bytes are refused or wait for more, and never more", arguments: kinds)
  func random(_ header: HeaderKind) throws {
    var random = FixedRandom(seed: 3)
    for _ in 0..<500 {
      var bench = try bench(header)
      let bytes = (0..<Int.random(in: 1...80, using: &random)).map { _ in
        UInt8.random(in: 0...255, using: &random) & (Bool.random(using: &random) ? 0x07 : 0xFF)
      }
      _ = sessionError { () throws(SessionError) in try bench.receive(bytes) }
    }
  }
}
