import SpiceProtocol
import Testing

@Suite("The agent's stream")
struct AgentTests {
  @Test("a message is preceded by 20 bytes: protocol 1, type, opaque, size")
  func header() throws {
    let bytes = AgentMessage.clipboardRequest(selection: .primary, type: 1).encoded(
      dialect: AgentDialect(selection: true))
    #expect(bytes == hex("01000000 08000000 0000000000000000 08000000  01 000000 01000000"))
    var reader = ByteReader(bytes[...], structure: "agent")
    #expect(try AgentHeader(from: &reader) == AgentHeader(type: 8, bodySize: 8))
    #expect(reader.offset == AgentHeader.size)
  }

  @Test("a header cut short is refused with its offset")
  func shortHeader() {
    let bytes = AgentMessage.clientDisconnected.encoded(dialect: AgentDialect())
    for count in bytes.indices {
      let error = wireError { () throws(WireError) in
        var reader = ByteReader(bytes[..<count], structure: "agent")
        _ = try AgentHeader(from: &reader)
      }
      #expect(error.map { (0...count).contains($0.offset) } == true)
    }
  }

  @Test("the dialect is what both ends announced")
  func dialect() {
    let all = Capabilities([AgentCapability.clipboardSelection, .clipboardGrabSerial])
    let some = Capabilities([AgentCapability.clipboardSelection])
    #expect(AgentDialect(ours: all, theirs: all) == AgentDialect(selection: true, grabSerial: true))
    #expect(AgentDialect(ours: all, theirs: some) == AgentDialect(selection: true))
    #expect(AgentDialect(ours: Capabilities(), theirs: all) == AgentDialect())
  }

  @Test("a type that no agent has is refused with its number")
  func unknownType() {
    for type in [0, 17, .max] as [UInt32] {
      let error = wireError { () throws(WireError) in
        _ = try AgentMessage(type: type, body: [], dialect: AgentDialect())
      }
      #expect(error?.problem == .unknown(value: UInt64(type)))
      // Where the header has it.
      #expect(error?.offset == 4)
    }
  }

  @Test("what an agent of the future adds at the end is passed over")
  func longerMessages() throws {
    let reply = try AgentMessage(type: 3, body: hex("02000000 01000000 FFFF")[...], dialect: AgentDialect())
    #expect(reply == .reply(type: 2, error: 1))
  }

  @Test("capabilities that end within a word are refused")
  func partialWord() {
    let error = wireError { () throws(WireError) in
      _ = try AgentMessage(type: 6, body: hex("01000000 41")[...], dialect: AgentDialect())
    }
    #expect(error?.problem == .truncated(needed: 4, available: 1))
  }

  @Test("every name is the protocol's")
  func names() {
    #expect(AgentMessage.Kind(rawValue: 6)?.name.description == "ANNOUNCE_CAPABILITIES")
    #expect(AgentMessage.Kind.allCases.map(\.rawValue) == Array(1...16))
    #expect(AgentCapability.allCases.map(\.rawValue) == Array(0...17))
    #expect(ClipboardType.allCases.map(\.rawValue) == Array(0...6))
    #expect(FileTransferStatus.allCases.map(\.rawValue) == Array(0...7))
  }
}
