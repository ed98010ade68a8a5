import SpiceInsight
import SpiceProtocol
import TestSupport
import Testing

@Suite("SPICE inside a WebSocket, the agent inside SPICE")
struct CarriageTests {
  static let request = Array(
    "GET /spice HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: x\r\n\r\n".utf8)
  static let answer = Array("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n".utf8)

  static func frame(_ bytes: some Collection<UInt8>, masked: Bool, opcode: UInt8 = 2) -> [UInt8] {
    let flag: UInt8 = masked ? 0x80 : 0
    var frame: [UInt8] = [0x80 | opcode]
    switch bytes.count {
    case ..<126: frame.append(flag | UInt8(bytes.count))
    case ..<65_536: frame += [flag | 126, UInt8(bytes.count >> 8), UInt8(bytes.count & 255)]
    default: frame += [flag | 127] + (0..<8).reversed().map { UInt8(truncatingIfNeeded: bytes.count >> ($0 * 8)) }
    }
    guard masked else { return frame + bytes }
    let mask: [UInt8] = [0x37, 0xfa, 0x21, 0x3d]
    return frame + mask + bytes.enumerated().map { $0.element ^ mask[$0.offset & 3] }
  }

  @Test("is read as if there were none, however frames and packets cut it", arguments: [1 << 20, 1000, 7])
  func sameEvents(_ size: Int) throws {
    let steps = Playback(try RecordedSession("grub-menu")).steps.filter { $0.conversation == 0 }
    var plain = Pair()
    var carried = Pair()
    carried.say(Self.request, .client)
    carried.say(Self.answer, .server)
    for step in steps {
      plain.say(step.bytes, step.speaker)
      // Frames of another size than packets, with a ping between them.
      var bytes: [UInt8] = []
      for start in stride(from: 0, to: step.bytes.count, by: 3000) {
        bytes += Self.frame(step.bytes[start..<min(start + 3000, step.bytes.count)], masked: step.speaker == .client)
        bytes += Self.frame([1, 2, 3], masked: step.speaker == .client, opcode: 9)
      }
      for start in stride(from: 0, to: bytes.count, by: size) {
        carried.say(Array(bytes[start..<min(start + size, bytes.count)]), step.speaker)
      }
    }
    func told(_ pair: Pair) -> [String] {
      pair.events.compactMap { event in
        if case .message(let message) = event.kind { "\(message.name) \(event.range)" } else { nil }
      }
    }
    let (left, right) = (told(plain), told(carried))
    #expect(left.count > 10 && left.elementsEqual(right))
    #expect(carried.events.contains { if case .webSocket("/spice") = $0.kind { true } else { false } })
    #expect(carried.findings().isEmpty)
  }

  @Test("a request that the server does not grant is HTTP") func notGranted() {
    var pair = Pair()
    pair.say(Self.request, .client)
    pair.say(Array("HTTP/1.1 404 Not Found\r\n\r\n".utf8), .server)
    #expect(pair.events.contains { if case .stranger(.webSocket, _) = $0.kind { true } else { false } })
    #expect(pair.events.contains { if case .stranger(.http, _) = $0.kind { true } else { false } })
  }

  @Test("bytes that were lost inside a message cost that message; lost headers of frames, the rest") func gaps() throws
  {
    func carried(_ lose: (inout Pair) -> Void) -> Pair {
      var pair = Pair()
      pair.say(Self.request, .client)
      pair.say(Self.answer, .server)
      let request = LinkMessage(
        connectionID: 0, channel: ChannelID(.main), common: Pair.common, specific: Pair.all(.main))
      pair.say(Self.frame(Pair.linkMessage(request), masked: true), .client)
      pair.say(Self.frame(Pair.linkReply(), masked: false), .server)
      pair.say(Self.frame([1, 0, 0, 0] + Pair.ticket, masked: true), .client)
      pair.say(Self.frame([0, 0, 0, 0], masked: false), .server)
      lose(&pair)
      return pair
    }
    let ping = [4, 0, 112, 0, 0, 0] + [UInt8](repeating: 9, count: 112)
    let inside = carried { pair in
      let frame = Self.frame(ping + ping, masked: false)
      pair.say(Array(frame[..<60]), .server)
      pair.reader.gap(20, from: .server, at: pair.time, conversation: 0)
      pair.say(Array(frame[80...]), .server)
    }
    let names = inside.events.compactMap { event -> Bool? in
      if case .message(let message) = event.kind { message.isDamaged } else { nil }
    }
    #expect(names == [true, false])
    var outside = carried { pair in pair.reader.gap(3, from: .server, at: pair.time, conversation: 0) }
    outside.say(Self.frame(ping, masked: false), .server)
    #expect(!outside.events.contains { if case .message = $0.kind { true } else { false } })
  }

  @Test("agent messages are read out of the chunks that carry them, and what was copied is not told") func agent()
    throws
  {
    var pair = Pair()
    pair.openMain()
    let capabilities = Capabilities([AgentCapability.clipboardByDemand, .clipboardSelection])
    let hello = AgentMessage.announceCapabilities(request: true, capabilities).encoded(dialect: AgentDialect())
    pair.message(MainServerMessage.agentConnectedTokens(10), .server)
    pair.message(MainClientMessage.agentData(hello[...]), .client)
    pair.message(MainServerMessage.agentData(hello[..<25]), .server)
    pair.message(MainServerMessage.agentData(hello[25...]), .server)
    let dialect = AgentDialect(selection: true)
    let grab = AgentMessage.clipboardGrab(selection: .primary, serial: nil, types: [1]).encoded(dialect: dialect)
    let text = AgentMessage.clipboard(selection: .primary, type: 1, Array("hunter2".utf8)[...]).encoded(
      dialect: dialect)
    pair.message(MainClientMessage.agentData((grab + text)[...]), .client)
    let entries = pair.events.filter { if case .agent = $0.kind { true } else { false } }.map { FlowEntry($0) }
    #expect(
      entries.map { "\($0.speaker) \($0.name)" } == [
        "client agent ANNOUNCE_CAPABILITIES", "server agent ANNOUNCE_CAPABILITIES", "client agent CLIPBOARD_GRAB",
        "client agent CLIPBOARD",
      ])
    #expect(entries.allSatisfy { $0.error == nil })
    #expect(entries[2].details.map { $0.value }.contains("primary"))
    #expect(entries[3].details.map { $0.value }.contains("7 bytes, not shown"))
  }
}
