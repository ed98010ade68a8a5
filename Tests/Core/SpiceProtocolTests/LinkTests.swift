import SpiceProtocol
import Testing

@Suite("Link stage")
struct LinkTests {
  /// 24 bytes as a client of the field sent them: a structure of C with alignment, where 18 packed bytes and one
  /// capability word belong. Two bytes of padding shift the counts.
  static let padded = hex("00000000 01 00 0000 01000000 00000000 14000000 01000000")

  @Test("the link message is 18 packed bytes and the capability words")
  func message() throws {
    let message = LinkMessage(
      connectionID: 0x57FD_1F78, channel: ChannelID(.display, 1),
      common: Capabilities([CommonCapability.authSelection, .authSpice, .miniHeader]),
      specific: Capabilities([DisplayCapability.sizedStream, .codecMJPEG]))
    let bytes = hex("781FFD57 02 01 01000000 01000000 12000000 0B000000 01020000")
    var writer = ByteWriter()
    message.write(to: &writer)
    #expect(writer.bytes == bytes)
    #expect(try read(LinkMessage.self, bytes) == message)
  }

  @Test("a link message with a structure's padding is refused and says that it counts 65536 words")
  func paddedMessage() {
    #expect(Self.padded.count == 24)
    let error = wireError { () throws(WireError) in _ = try read(LinkMessage.self, Self.padded) }
    #expect(error?.problem == .count(value: 65_536, room: 1))
    #expect(error?.offset == 6)
    #expect(
      error?.description
        == "SpiceLinkMess, num_common_caps at offset 6: it counts 65536, and the message has room for 1")
  }

  @Test("the link reply is 178 packed bytes and the capability words")
  func reply() throws {
    let key = (0..<162).map { UInt8($0) }
    let reply = LinkReply(
      error: 0, publicKey: key, common: Capabilities([CommonCapability.miniHeader]),
      specific: Capabilities(words: [1, 2]))
    let bytes = hex("00000000") + key + hex("01000000 02000000 B2000000 08000000 01000000 02000000")
    var writer = ByteWriter()
    reply.write(to: &writer)
    #expect(writer.bytes == bytes)
    #expect(bytes.count == LinkReply.fixedSize + 12)
    #expect(try read(LinkReply.self, bytes) == reply)
  }

  @Test("a key of another length is cut or filled to 162 bytes")
  func keyLength() throws {
    for count in [0, 10, 200] {
      var writer = ByteWriter()
      let key = [UInt8](repeating: 7, count: count)
      LinkReply(error: 0, publicKey: key, common: Capabilities(), specific: Capabilities()).write(to: &writer)
      #expect(writer.bytes.count == LinkReply.fixedSize)
    }
  }

  @Test("the header is REDQ, the version and the size of what follows")
  func header() throws {
    let bytes = hex("52454451 02000000 02000000 12000000")
    var writer = ByteWriter()
    LinkHeader(bodySize: 18).write(to: &writer)
    #expect(writer.bytes == bytes)
    #expect(try read(LinkHeader.self, bytes) == LinkHeader(bodySize: 18))
  }

  @Test("another magic is refused at offset 0")
  func magic() {
    let error = wireError { () throws(WireError) in
      _ = try read(LinkHeader.self, Array("RFB 003.008\n....".utf8))
    }
    #expect(error?.offset == 0)
    #expect(error?.problem == .unknown(value: 0x2042_4652))
  }

  @Test("capabilities are read where caps_offset says, behind fields of the future too")
  func capabilitiesOffset() throws {
    let bytes = hex("00000000 01 00 01000000 00000000 14000000 FFFF 08000000")
    #expect(try read(LinkMessage.self, bytes).common == Capabilities([CommonCapability.miniHeader]))
  }

  @Test("no capabilities need no offset")
  func noCapabilities() throws {
    let bytes = hex("01000000 03 00 00000000 00000000 00000000")
    #expect(try read(LinkMessage.self, bytes).common.words.isEmpty)
  }

  @Test("an offset outside the message is refused", arguments: [0, 25, 0xFFFF_FFFF] as [UInt32])
  func offsetOutside(_ offset: UInt32) {
    var writer = ByteWriter()
    writer.append(hex("00000000 01 00 01000000 00000000"))
    writer.u32(offset)
    writer.u32(0)
    let bytes = writer.bytes
    let error = wireError { () throws(WireError) in _ = try read(LinkMessage.self, bytes) }
    #expect(error?.offset == 14)
    #expect(error?.problem == (offset == 0 ? .missing : .offset(value: UInt64(offset), size: 22)))
  }

  @Test("counts that are more than the bytes hold are refused, each by itself and both together")
  func counts() {
    let cases: [(String, UInt64, Int)] = [
      ("FFFFFFFF 00000000 12000000 00000000", 0xFFFF_FFFF, 6), ("00000000 FFFFFFFF 12000000 00000000", 0xFFFF_FFFF, 10),
      ("01000000 01000000 12000000 00000000", 1, 10), ("02000000 00000000 12000000 00000000", 2, 6),
    ]
    for (text, value, offset) in cases {
      let bytes = hex("00000000 01 00" + text)
      let error = wireError { () throws(WireError) in _ = try read(LinkMessage.self, bytes) }
      #expect(error?.offset == offset)
      guard case .count(value, _) = error?.problem else {
        Issue.record("\(text): \(error.map { "\($0)" } ?? "taken")")
        continue
      }
    }
  }

  @Test("link structures cut short at any byte are refused with an offset inside them")
  func truncation() {
    let message = hex("781FFD57 02 01 01000000 01000000 12000000 0B000000 01020000")
    for count in message.indices {
      let error = wireError { () throws(WireError) in _ = try read(LinkMessage.self, Array(message[..<count])) }
      #expect(error.map { (0...count).contains($0.offset) } == true, "\(count) bytes")
    }
    let reply = [UInt8](repeating: 0, count: 166) + hex("01000000 00000000 B2000000 08000000")
    for count in reply.indices {
      let error = wireError { () throws(WireError) in _ = try read(LinkReply.self, Array(reply[..<count])) }
      #expect(error.map { (0...count).contains($0.offset) } == true, "\(count) bytes")
    }
  }

  @Test("a capability is a bit of a word, counted from the lowest")
  func capabilities() {
    var set = Capabilities([0, 3, 33])
    #expect(set.words == [0b1001, 0b10])
    #expect(set.numbers == [0, 3, 33])
    #expect(set.contains(33) && !set.contains(32) && !set.contains(1000) && !set.contains(-1))
    set.remove(33)
    set.remove(1000)
    set.insert(-1)
    #expect(set.numbers == [0, 3])
  }

  @Test("every error code has a name and says what to do")
  func errorCodes() {
    for code in LinkErrorCode.allCases {
      #expect(!code.name.description.isEmpty && !code.meaning.description.isEmpty)
    }
    #expect(LinkErrorCode(rawValue: 3)?.name.description == "INVALID_DATA")
    #expect(LinkErrorCode(rawValue: 9)?.name.description == "CHANNEL_NOT_AVAILABLE")
  }

  private func read<Value: WireStructure>(_ type: Value.Type, _ bytes: [UInt8]) throws(WireError) -> Value {
    var reader = ByteReader(bytes[...], structure: type == LinkMessage.self ? "SpiceLinkMess" : "SpiceLinkReply")
    return try Value(from: &reader)
  }
}
