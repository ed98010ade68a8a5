import SpiceInsight
import SpiceProtocol
import TestSupport
import Testing

/// Plays a recorded session, of which only each direction's bytes were kept, in an order in which it can have happened.
struct Playback {
  private struct Said {
    var type: UInt16
    var bytes: [UInt8]
    var body: ArraySlice<UInt8> { bytes[6...] }
  }

  /// What is given, in order: whose bytes, on which connection.
  var steps: [(conversation: Int, speaker: Speaker, bytes: [UInt8])] = []

  init(_ session: RecordedSession) {
    for (index, connection) in session.connections.enumerated() { play(connection, index) }
  }

  private mutating func play(_ connection: RecordedSession.Connection, _ index: Int) {
    func size(_ bytes: [UInt8]) -> Int { 16 + bytes[12..<16].reversed().reduce(0) { $0 << 8 | Int($1) } }
    let request = size(connection.client)
    let reply = size(connection.server)
    steps.append((index, .client, Array(connection.client[..<request])))
    steps.append((index, .server, Array(connection.server[..<reply])))
    steps.append((index, .client, Array(connection.client[request..<request + 132])))
    steps.append((index, .server, Array(connection.server[reply..<reply + 4])))
    var waiting = Self.cut(connection.client[(request + 132)...])[...]
    let type = ChannelType(rawValue: connection.channel)
    var (pings, syncs, window, received, motions) = (0, 0, 0, 0, 0)
    func mayBeSaid(_ said: Said) -> Bool {
      switch (said.type, type) {
      case (1, _): syncs > 0
      case (2, _): received >= window && window > 0
      case (3, _): pings > 0
      case (111...112, .inputs): motions < 8
      default: true
      }
    }
    func give(_ steps: inout [(conversation: Int, speaker: Speaker, bytes: [UInt8])]) {
      while let said = waiting.first, mayBeSaid(said) {
        waiting = waiting.dropFirst()
        switch (said.type, type) {
        case (1, _): syncs -= 1
        case (2, _): received -= window
        case (3, _): pings -= 1
        case (111...112, .inputs): motions += 1
        default: break
        }
        steps.append((index, .client, said.bytes))
      }
    }
    // The main channel's client waits for INIT.
    if type != .main { give(&steps) }
    for said in Self.cut(connection.server[(reply + 4)...]) {
      steps.append((index, .server, said.bytes))
      switch (said.type, type) {
      case (3, _):
        syncs += 1
        window = said.body.dropFirst(4).prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
        received = 0
      case (4, _): pings += 1
      case (111, .inputs): motions -= 4
      default: break
      }
      if said.type != 3 { received += 1 }
      give(&steps)
    }
    for said in waiting { steps.append((index, .client, said.bytes)) }
  }

  private static func cut(_ bytes: ArraySlice<UInt8>) -> [Said] {
    var all: [Said] = []
    var rest = bytes
    while rest.count >= 6 {
      let start = rest.startIndex
      let size = rest[start + 2..<start + 6].reversed().reduce(0) { $0 << 8 | Int($1) }
      all.append(
        Said(type: UInt16(rest[start]) | UInt16(rest[start + 1]) << 8, bytes: Array(rest.prefix(6 + size))))
      rest = rest.dropFirst(6 + size)
    }
    return all
  }
}

@Suite("Recorded sessions")
struct HealthyTests {
  @Test("a healthy session has no finding, and every message is read", arguments: RecordedSession.names)
  func healthy(_ name: String) throws {
    var pair = Pair()
    for step in Playback(try RecordedSession(name)).steps { pair.say(step.bytes, step.speaker, on: step.conversation) }
    var messages = 0
    for event in pair.events {
      if case .message(let message) = event.kind {
        messages += 1
        if case .failure(let error) = message.content { Issue.record("\(message.name): \(error)") }
      }
    }
    #expect(messages > 10)
    #expect(pair.findings().map { $0.description } == [])
  }

  @Test("each end's events cover its bytes without a hole", arguments: ["grub-menu", "desktop-off"])
  func coverage(_ name: String) throws {
    let session = try RecordedSession(name)
    var pair = Pair()
    for step in Playback(session).steps { pair.say(step.bytes, step.speaker, on: step.conversation) }
    for (index, connection) in session.connections.enumerated() {
      for speaker in Speaker.allCases {
        var next: UInt64 = 0
        for event in pair.events where event.conversation == index && event.speaker == speaker && !event.range.isEmpty {
          #expect(event.range.lowerBound <= next)
          next = max(next, event.range.upperBound)
        }
        let said = speaker == .client ? connection.client : connection.server
        #expect(next == UInt64(said.count))
      }
    }
  }

  @Test("events are the same however the bytes are cut") func pieces() throws {
    let steps = Playback(try RecordedSession("grub-menu")).steps
    func names(_ size: Int) -> [String] {
      var pair = Pair()
      for step in steps {
        var rest = step.bytes[...]
        while !rest.isEmpty {
          pair.say(Array(rest.prefix(size)), step.speaker, on: step.conversation)
          rest = rest.dropFirst(size)
        }
      }
      return pair.events.compactMap { event in
        if case .message(let message) = event.kind { "\(message.name) \(event.range)" } else { nil }
      }
    }
    let whole = names(1 << 20)
    #expect(names(7) == whole)
    #expect(!whole.isEmpty)
  }
}
