import SpiceProtocol
import Testing

@Suite("Message headers and what stands behind them")
struct HeaderTests {
  @Test("a full header is 18 bytes: serial, type, size, sub_list")
  func full() throws {
    let header = MessageHeader(serial: 0x0102, type: 304, size: 57, subList: 99)
    let bytes = hex("0201000000000000 3001 39000000 63000000")
    var writer = ByteWriter()
    header.write(.full, to: &writer)
    #expect(writer.bytes == bytes)
    var reader = ByteReader(bytes[...], structure: "header")
    #expect(try MessageHeader(.full, serial: 7, from: &reader) == header)
    #expect(HeaderKind.full.size == bytes.count)
  }

  @Test("a mini header is 6 bytes: type and size; its serial is the counted one")
  func mini() throws {
    let bytes = hex("3001 39000000")
    var writer = ByteWriter()
    MessageHeader(serial: 7, type: 304, size: 57).write(.mini, to: &writer)
    #expect(writer.bytes == bytes)
    var reader = ByteReader(bytes[...], structure: "header")
    #expect(try MessageHeader(.mini, serial: 7, from: &reader) == MessageHeader(serial: 7, type: 304, size: 57))
    #expect(HeaderKind.mini.size == bytes.count)
  }

  @Test("sub-messages are found at sub_list, in the order of their offsets")
  func subMessages() throws {
    // A fill of nothing in particular, then two messages, then their list.
    let body = hex("AABBCC  0500 01000000 00  6600 00000000  0200 0A000000 03000000")
    let message = RawMessage(serial: 9, type: 302, body: body[...])
    let inside = try message.subMessages(at: 16)
    #expect(
      inside == [RawMessage(serial: 9, type: 102, body: []), RawMessage(serial: 9, type: 5, body: [0])])
  }

  @Test("a hostile list of sub-messages is refused", arguments: hostileLists)
  func hostileList(_ list: HostileList) {
    let message = RawMessage(serial: 1, type: 8, body: hex(list.body)[...])
    let error = wireError { () throws(WireError) in _ = try message.subMessages(at: list.offset) }
    #expect(error?.field.description == list.field)
  }

  struct HostileList: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let body: String
    var offset: UInt32 = 0
    let field: String
  }

  static let hostileLists = [
    HostileList(testDescription: "that begins outside the message", body: "0000", offset: 3, field: "sub_list"),
    HostileList(testDescription: "that begins at the end", body: "0000", offset: 2, field: "count"),
    HostileList(testDescription: "at the largest offset", body: "0000", offset: .max, field: "sub_list"),
    HostileList(testDescription: "that counts more than there are", body: "FFFF 00000000", field: "offsets"),
    HostileList(testDescription: "that points outside", body: "0100 FFFFFFFF", field: "offset"),
    HostileList(testDescription: "that points to the last byte", body: "0100 05000000", field: "type"),
    HostileList(testDescription: "of one longer than the message", body: "0100 06000000 0100 FFFFFFFF", field: "body"),
    HostileList(
      testDescription: "whose messages are made of the same bytes",
      body: "0300 0E000000 0E000000 0E000000  0200 10000000 01020304050607080102030405060708", field: "size"),
  ]

  @Test("a list within a list is read as it is, and no deeper")
  func nestedList() throws {
    let inner = CommonServerMessage.list([]).body
    let outer = CommonServerMessage.list([SubMessage(type: 8, body: inner[...])])
    #expect(try CommonServerMessage(type: 8, body: outer.body[...]) == outer)
  }
}
