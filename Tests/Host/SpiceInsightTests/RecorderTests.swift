import SpiceInsight
import SpiceProtocol
import TestSupport
import Testing

/// A recorder with its file in memory.
struct Tape {
  final class Bytes {
    var all: [UInt8] = []
  }

  let file = Bytes()
  var recorder: Recorder
  var time = FlowTime(nanoseconds: 1_700_000_000_000_000_000)

  init(keepsSecrets: Bool = false, opening conversations: Int = 1) throws {
    var options = Recorder.Options()
    options.keepsSecrets = keepsSecrets
    let file = file
    recorder = try Recorder(options: options) { file.all += $0 }
    for number in 0..<conversations {
      _ = try recorder.open(
        client: Endpoint(127, 0, 0, 1, port: UInt16(40_000 + number)), server: Endpoint(127, 0, 0, 1, port: 5900),
        at: time)
    }
  }

  /// Conversations count from 0 in tests and from 1 in recorders.
  mutating func say(_ bytes: [UInt8], _ speaker: Speaker, on conversation: Int = 0) throws {
    time.nanoseconds += 1_000_000
    try recorder.record(bytes, from: speaker, in: conversation + 1, at: time)
  }

  static func events(_ file: [UInt8]) -> (events: [FlowEvent], problems: [String]) {
    var flow = CaptureFlow()
    var events: [FlowEvent] = []
    flow.feed(file) { events.append($0) }
    flow.finish { events.append($0) }
    return (events, flow.problems)
  }

  /// What `saffron flow` finds in the file.
  static func findings(_ file: [UInt8]) -> [Finding] {
    var flow = CaptureFlow()
    var diagnosis = Diagnosis()
    flow.feed(file) { diagnosis.see($0) }
    flow.finish { diagnosis.see($0) }
    diagnosis.finish(at: flow.now)
    return diagnosis.findings
  }

  func contains(_ bytes: [UInt8]) -> Bool {
    guard let first = bytes.first else { return true }
    return file.all.indices.contains { place in
      file.all[place] == first && file.all[place...].starts(with: bytes)
    }
  }
}

@Suite("Recording")
struct RecorderTests {
  static let message = Array("hunter2 opens every door".utf8)

  /// Keys, a ticket and a copied text on three channels, with the words for each direction of what was said.
  private func secrets(_ tape: inout Tape) throws {
    var said: [(bytes: [UInt8], speaker: Speaker, conversation: Int)] = []
    func message(_ type: UInt16, _ body: [UInt8], _ speaker: Speaker, _ conversation: Int) {
      var writer = ByteWriter()
      MessageHeader(serial: 1, type: type, size: UInt32(body.count)).write(.mini, to: &writer)
      said.append((writer.bytes + body, speaker, conversation))
    }
    for (conversation, type) in [ChannelType.main, .inputs, .port].enumerated() {
      let request = LinkMessage(
        connectionID: type == .main ? 0 : Pair.session, channel: ChannelID(type), common: Pair.common,
        specific: Capabilities())
      said.append((Pair.linkMessage(request), .client, conversation))
      said.append((Pair.linkReply(), .server, conversation))
      said.append(([1, 0, 0, 0] + Pair.ticket, .client, conversation))
      said.append(([0, 0, 0, 0], .server, conversation))
    }
    message(103, Pair.opening().body, .server, 0)
    let agent = AgentMessage.clipboard(selection: .clipboard, type: 1, Self.message[...]).encoded(
      dialect: AgentDialect())
    // The stream is cut in the middle of its header, and of the text.
    for piece in [agent[..<9], agent[9..<30], agent[30...]] { message(107, Array(piece), .client, 0) }
    message(101, [0x1e, 0xe0, 0x77, 0x66], .client, 1)
    message(104, [0x55, 0x44, 0x33, 0x22, 0x11], .client, 1)
    message(101, Array("the port's bytes".utf8), .server, 2)
    for one in said { try tape.say(one.bytes, one.speaker, on: one.conversation) }
    for conversation in 1...3 {
      try tape.recorder.close(conversation, from: .client, at: tape.time)
      try tape.recorder.close(conversation, from: .server, at: tape.time)
    }
  }

  static let kept: [[UInt8]] = [
    [0x1e, 0xe0, 0x77, 0x66], [0x55, 0x44, 0x33, 0x22], message, Array("hunter2".utf8), Array("every door".utf8),
    Pair.ticket, [0xa5, 0xa5, 0xa5], Array("port's bytes".utf8),
  ]

  @Test("keys, tickets, the clipboard and devices' bytes are not in the file") func blanked() throws {
    var tape = try Tape(opening: 3)
    try secrets(&tape)
    let found = Self.kept.filter { tape.contains($0) }
    #expect(found.isEmpty)
    let (events, problems) = Tape.events(tape.file.all)
    #expect(problems.isEmpty)
    let names = events.compactMap { if case .message(let message) = $0.kind { message.name } else { nil } }
    #expect(names == ["INIT", "AGENT_DATA", "AGENT_DATA", "AGENT_DATA", "KEY_DOWN", "KEY_SCANCODE", "DATA"])
    // What kind of agent message it was can still be told.
    let agent = events.compactMap { if case .agent(let reading) = $0.kind { reading.name } else { nil } }
    #expect(agent == ["CLIPBOARD"])
  }

  @Test("with secrets, they are") func unblanked() throws {
    var tape = try Tape(keepsSecrets: true, opening: 3)
    try secrets(&tape)
    let hasBoth = tape.contains([0x1e, 0xe0, 0x77, 0x66]) && tape.contains(Pair.ticket)
    #expect(hasBoth)
    let sent = Tape.events(tape.file.all).events.compactMap { event -> [UInt8]? in
      guard case .agent(let reading) = event.kind, case .success(.clipboard(_, _, let text))? = reading.content else {
        return nil
      }
      return Array(text)
    }
    #expect(sent == [Self.message])
  }

  @Test("the file says which of both it is", arguments: [false, true]) func comment(_ keepsSecrets: Bool) throws {
    var reader = CaptureReader()
    reader.feed(try Tape(keepsSecrets: keepsSecrets).file.all)
    guard case .comment(let text)? = reader.next() else {
      Issue.record("no comment")
      return
    }
    #expect(text.hasPrefix("Blanked") == !keepsSecrets)
    #expect(text.contains("can be read in this file") == keepsSecrets)
  }

  @Test("a wrong ticket's bytes are blanked too, though nobody knows where they end") func wrongTicket() throws {
    var tape = try Tape()
    try tape.say(
      Pair.linkMessage(
        LinkMessage(connectionID: 0, channel: ChannelID(.main), common: Pair.common, specific: Capabilities())),
      .client)
    try tape.say(Pair.linkReply(), .server)
    try tape.say([1, 0, 0, 0] + [UInt8](repeating: 0xa5, count: 60), .client)
    try tape.recorder.close(1, from: .client, at: tape.time)
    try tape.recorder.finish(at: tape.time)
    let isKept = tape.contains([0xa5])
    #expect(!isKept)
    #expect(tape.recorder.findings.map { $0.code } == [.ticketSize])
  }

  @Test("of what is no SPICE the first bytes are kept, and no more") func stranger() throws {
    var tape = try Tape()
    try tape.say(
      Array(("GET /private HTTP/1.1\r\nAuthorization: Basic " + String(repeating: "x", count: 90)).utf8), .client)
    try tape.say(Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8), .server)
    try tape.recorder.close(1, from: .client, at: tape.time)
    let hasBeginning = tape.contains(Array("GET /private".utf8))
    let hasRest = tape.contains([UInt8](repeating: UInt8(ascii: "x"), count: 40))
    #expect(hasBeginning && !hasRest)
  }

  @Test("a session's file tells what was said, message by message", arguments: RecordedSession.names)
  func same(_ name: String) throws {
    let session = try RecordedSession(name)
    var pair = Pair()
    var tape = try Tape(opening: session.connections.count)
    for step in Playback(session).steps {
      pair.say(step.bytes, step.speaker, on: step.conversation)
      try tape.say(step.bytes, step.speaker, on: step.conversation)
    }
    try tape.recorder.finish(at: tape.time)
    func told(_ events: [FlowEvent], _ offset: Int) -> [String] {
      events.compactMap { event in
        guard case .message(let message) = event.kind else { return nil }
        return "\(event.conversation - offset) \(message.name) \(event.range) \(message.serial)"
      }
    }
    let (events, problems) = Tape.events(tape.file.all)
    #expect(problems.isEmpty)
    let (left, right) = (told(pair.events, 0), told(events, 1))
    #expect(left.count > 10 && left.elementsEqual(right))
    #expect(tape.recorder.findings.isEmpty)
  }

  @Test("a file that was cut anywhere is read to there") func cut() throws {
    let session = try RecordedSession("desktop-off")
    var tape = try Tape(opening: session.connections.count)
    for step in Playback(session).steps { try tape.say(step.bytes, step.speaker, on: step.conversation) }
    let whole = Tape.events(tape.file.all).events.count
    var last = 0
    for size in stride(from: 0, to: tape.file.all.count, by: 9973) {
      let (events, problems) = Tape.events(Array(tape.file.all[..<size]))
      #expect(events.count >= last && events.count <= whole + 12)
      #expect(problems.count <= 1)
      last = events.count - 12
    }
  }

  @Test("each piece keeps the time at which it came, also where it was held back") func times() throws {
    var tape = try Tape()
    let request = Pair.linkMessage(
      LinkMessage(connectionID: 0, channel: ChannelID(.main), common: Pair.common, specific: Capabilities()))
    try tape.say(Array(request.prefix(20)), .client)
    try tape.say(Array(request.dropFirst(20)), .client)
    let (packets, _) = CaptureFiles.items(tape.file.all)
    let times = packets.filter { CaptureFiles.payload($0)?.isEmpty == false }.map {
      $0.time.nanoseconds % 1_000_000_000
    }
    #expect(times == [1_000_000, 1_000_000, 2_000_000])
  }

  @Test("what is found live is found in the file, and the other way round") func findings() throws {
    var pair = Pair()
    pair.openMain()
    pair.link(.display, on: 1)
    pair.pass(30)
    pair.close(.server, on: 1)
    var tape = try Tape(opening: 2)
    try tape.say(pair.events, ticket: Pair.ticket)
    tape.time.nanoseconds += 30_000_000_000
    try tape.recorder.close(2, from: .server, at: tape.time)
    try tape.recorder.finish(at: tape.time)
    #expect(tape.recorder.findings.map { $0.code } == [.displayInitMissing])
    #expect(Tape.findings(tape.file.all).map { $0.code } == [.displayInitMissing])
  }
}

extension Tape {
  /// What a pair said, with the tickets that its events do not show.
  mutating func say(_ events: [FlowEvent], ticket: [UInt8]) throws {
    var isLinked: Set<Int> = []
    for event in events {
      if case .linkResult = event.kind, isLinked.insert(event.conversation).inserted {
        try say(ticket, .client, on: event.conversation)
      }
      if case .message(let message) = event.kind {
        var writer = ByteWriter()
        MessageHeader(serial: message.serial, type: message.type, size: UInt32(message.body.count))
          .write(.mini, to: &writer)
        try say(writer.bytes + Array(message.body), event.speaker, on: event.conversation)
      } else if !event.bytes.isEmpty {
        try say(Array(event.bytes), event.speaker, on: event.conversation)
      }
    }
  }
}
