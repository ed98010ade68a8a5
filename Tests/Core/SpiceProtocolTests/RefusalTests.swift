import SpicePixels
import SpiceProtocol
import Testing

@Suite("What no message may say")
struct RefusalTests {
  /// What reading the body of a case, with some of its bytes changed, threw.
  private func error(_ name: String, _ changes: [(at: Int, bytes: String)]) throws -> WireError? {
    let wire = try #require(WireCase.all.first { $0.testDescription == name })
    var bytes = wire.bytes
    for change in changes {
      let new = hex(change.bytes)
      bytes.replaceSubrange(change.at..<change.at + new.count, with: new)
    }
    return wireError { () throws(WireError) in _ = try wire.isRead(bytes[...]) }
  }

  @Test(
    "values that the protocol does not know are refused with the value and its offset",
    arguments: [
      ("COPY_BITS with a clip", 20, "02", "clip.type"), ("DRAW_FILL with a colour", 21, "03", "brush.type"),
      ("QUIC", 65, "02", "image.type"), ("DRAW_COPY", 43, "02", "scale_mode"), ("STREAM_CREATE", 9, "06", "codec_type"),
      ("cursor SET", 15, "07", "type"), ("MOUSE_PRESS", 0, "08", "button"), ("COMPRESSED_DATA", 0, "02", "type"),
      ("PREFERRED_COMPRESSION", 0, "00", "image_compression"), ("PREFERRED_VIDEO_CODEC_TYPE", 1, "00", "codec"),
      ("agent CLIPBOARD of a selection", 0, "03", "selection"),
    ])
  func unknownValues(_ name: String, _ offset: Int, _ value: String, _ field: String) throws {
    let error = try error(name, [(offset, value)])
    #expect(error?.offset == offset)
    #expect(error?.field.description == field)
    #expect(error?.problem == .unknown(value: UInt64(hex(value)[0])))
  }

  @Test(
    "a pointer outside its message is refused with where it leads",
    arguments: [
      ("DRAW_COPY", 21), ("DRAW_OPAQUE", 21), ("DRAW_FILL with a pattern through a mask", 22),
      ("DRAW_INVERS through a mask", 30), ("DRAW_STROKE with a style", 27),
      ("BITMAP of 8 bits with a palette to be cached", 89),
      ("MIGRATE_BEGIN", 8), ("port INIT", 4),
    ])
  func pointersOutside(_ name: String, _ offset: Int) throws {
    let error = try error(name, [(offset, "FFFFFFFF")])
    #expect(error?.offset == offset)
    guard case .offset(0xFFFF_FFFF, _) = error?.problem else {
      Issue.record("\(error.map { "\($0)" } ?? "taken")")
      return
    }
  }

  @Test(
    "an image, a path and a text must be there",
    arguments: [
      ("DRAW_COPY", 21), ("DRAW_STROKE with a style", 21), ("DRAW_TEXT", 21),
      ("DRAW_FILL with a pattern through a mask", 22), ("DRAW_COMPOSITE with a mask and transforms", 29),
    ])
  func missing(_ name: String, _ offset: Int) throws {
    let error = try error(name, [(offset, "00000000")])
    #expect(error?.problem == .missing)
    #expect(error?.offset == offset)
  }

  @Test(
    "counts whose elements the message cannot hold are refused before memory is taken",
    arguments: [
      ("CHANNELS_LIST", 0, "FFFFFFFF"), ("INVAL_LIST", 0, "FFFF"), ("MONITORS_CONFIG", 0, "FFFF"),
      ("COPY_BITS with a clip", 21, "FFFFFFFF"), ("STREAM_CLIP with rectangles", 5, "FFFFFFFF"),
      ("DRAW_STROKE with a style", 40, "FFFFFFFF"), ("DRAW_STROKE with a style", 45, "FFFFFFFF"),
      ("DRAW_TEXT", 51, "FFFF"),
      ("WAIT_FOR_CHANNELS", 0, "FF"), ("agent MONITORS_CONFIG", 0, "FFFFFFFF"),
      ("agent GRAPHICS_DEVICE_INFO", 0, "FFFFFFFF"),
      ("NAME", 0, "FFFFFFFF"), ("NOTIFY", 20, "FFFFFFFF"), ("smartcard DATA", 8, "FFFFFFFF"),
      ("STREAM_DATA", 8, "FFFFFFFF"),
      ("QUIC", 75, "FFFFFFFF"), ("agent GRAPHICS_DEVICE_INFO", 16, "FFFFFFFF"),
    ])
  func counts(_ name: String, _ offset: Int, _ count: String) throws {
    let error = try error(name, [(offset, count)])
    guard case .truncated(let needed, let available) = error?.problem else {
      Issue.record("\(error.map { "\($0)" } ?? "taken")")
      return
    }
    #expect(needed > available)
  }

  @Test("a glyph of the largest size does not overflow the sum of its bytes")
  func largestGlyph() throws {
    // A8, 65535×65535: more than 32 bits hold.
    let error = try error("DRAW_TEXT", [(53, "04"), (70, "FFFFFFFF")])
    #expect(error?.field.description == "glyph.data")
  }

  @Test("a bitmap of the largest stride and height does not overflow the sum of its bytes")
  func largestBitmap() throws {
    let error = try error(
      "BITMAP of 32 bits, from the top, to be cached", [(81, "FFFFFFFF FFFFFFFF")])
    #expect(error?.field.description == "bitmap.data")
  }

  @Test("a palette has at most 256 colours")
  func paletteLimit() throws {
    let error = try error("BITMAP of 8 bits with a palette to be cached", [(105, "0101")])
    #expect(error?.problem == .limit(value: 257, limit: 256))
  }

  @Test("JPEG_ALPHA's picture is no longer than both its parts")
  func jpegAlphaSizes() throws {
    let error = try error("JPEG_ALPHA", [(76, "06000000")])
    #expect(error?.problem == .limit(value: 6, limit: 5))
  }

  @Test("file data are no longer than their message, in 64 bits too")
  func fileDataSize() throws {
    let error = try error("agent FILE_XFER_DATA", [(4, "FFFFFFFFFFFFFFFF")])
    #expect(error?.problem == .limit(value: .max, limit: 3))
  }

  @Test("a notification may lack its NUL, and one byte behind it is one too many")
  func notificationEnd() throws {
    let wire = try #require(WireCase.all.first { $0.testDescription == "NOTIFY" })
    #expect(try wire.isRead(wire.bytes.dropLast()))
    let longer = wire.bytes + [0]
    let error = wireError { () throws(WireError) in _ = try wire.isRead(longer[...]) }
    #expect(error?.problem == .trailing(count: 2))
  }

  @Test("a PONG is written without the padding of its PING")
  func pongWithoutPadding() throws {
    let ping = try CommonServerMessage(type: 4, body: hex("03000000 0500000000000000 000000")[...])
    guard case .ping(let value) = ping else {
      Issue.record("\(ping)")
      return
    }
    #expect(value.padding == 3)
    #expect(CommonClientMessage.pong(Ping(id: value.id, timestamp: value.timestamp)).body.count == Ping.size)
  }

  @Test("a text ends at its first NUL")
  func textEnd() throws {
    let name = try MainServerMessage(type: 113, body: hex("04000000 61006200")[...])
    #expect(name == .name([0x61]))
  }

  @Test("a line without style points nowhere")
  func emptyStyle() throws {
    let message = DisplayServerMessage.draw(
      DrawBase(surface: 0, box: Rect(left: 0, top: 0, right: 1, bottom: 1)),
      .stroke(
        path: [], attributes: LineAttributes(flags: LineAttributes.styled), brush: .none, foreMode: 0, backMode: 0))
    #expect(try DisplayServerMessage(type: message.type, body: message.body[...]) == message)
  }

  @Test("numbers that a channel does not have are refused with the number")
  func unknownTypes() {
    func check<Message: ChannelMessage>(_ type: Message.Type, _ numbers: [UInt16]) {
      for number in numbers {
        let error = wireError { () throws(WireError) in _ = try Message(type: number, body: []) }
        #expect(error?.problem == .unknown(value: UInt64(number)), "\(type) \(number)")
      }
    }
    check(CommonServerMessage.self, [0, 9, 100])
    check(CommonClientMessage.self, [0, 7])
    check(MainServerMessage.self, [1, 100, 119, .max])
    check(MainClientMessage.self, [100, 113])
    check(InputsServerMessage.self, [103, 110, 112])
    check(InputsClientMessage.self, [105, 110, 115])
    check(CursorServerMessage.self, [100, 109])
    check(PlaybackServerMessage.self, [108])
    check(RecordServerMessage.self, [105])
    check(RecordClientMessage.self, [104])
    check(DisplayServerMessage.self, [100, 109, 121, 127, 301, 323])
    check(DisplayClientMessage.self, [100, 106])
    check(VMCMessage.self, [100, 103])
    check(PortServerMessage.self, [200, 203])
    check(PortClientMessage.self, [202])
    check(SmartcardMessage.self, [102])
  }
}
