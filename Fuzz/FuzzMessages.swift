import SpiceProtocol

/// Any bytes as a message: u8 which channel and direction (or link structure), u8 which of its kinds, then the body. No
/// input may trap; what is read must be written and read again as the same; what is refused must be refused inside the
/// message.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzMessages(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
  guard size >= 2 else { return 0 }
  let bytes = Array(UnsafeBufferPointer(start: data, count: size))
  // Behind two bytes of its own, so that a body never begins where its memory does.
  let body = bytes[2...]
  let kind = bytes[1]
  switch bytes[0] % 20 {
  case 0: check(CommonServerMessage.self, pick(CommonServerMessage.Kind.allCases, kind).rawValue, body)
  case 1: check(CommonClientMessage.self, pick(CommonClientMessage.Kind.allCases, kind).rawValue, body)
  case 2: check(MainServerMessage.self, pick(MainServerMessage.Kind.allCases, kind).rawValue, body)
  case 3: check(MainClientMessage.self, pick(MainClientMessage.Kind.allCases, kind).rawValue, body)
  case 4: check(DisplayServerMessage.self, pick(DisplayServerMessage.Kind.allCases, kind).rawValue, body)
  case 5: check(DisplayClientMessage.self, pick(DisplayClientMessage.Kind.allCases, kind).rawValue, body)
  case 6: check(InputsServerMessage.self, pick(InputsServerMessage.Kind.allCases, kind).rawValue, body)
  case 7: check(InputsClientMessage.self, pick(InputsClientMessage.Kind.allCases, kind).rawValue, body)
  case 8: check(CursorServerMessage.self, pick(CursorServerMessage.Kind.allCases, kind).rawValue, body)
  case 9: check(PlaybackServerMessage.self, pick(PlaybackServerMessage.Kind.allCases, kind).rawValue, body)
  case 10: check(RecordServerMessage.self, pick(RecordServerMessage.Kind.allCases, kind).rawValue, body)
  case 11: check(RecordClientMessage.self, pick(RecordClientMessage.Kind.allCases, kind).rawValue, body)
  case 12: check(VMCMessage.self, pick(VMCMessage.Kind.allCases, kind).rawValue, body)
  case 13: check(PortServerMessage.self, pick(PortServerMessage.Kind.allCases, kind).rawValue, body)
  case 14: check(PortClientMessage.self, pick(PortClientMessage.Kind.allCases, kind).rawValue, body)
  case 15: check(SmartcardMessage.self, pick(SmartcardMessage.Kind.allCases, kind).rawValue, body)
  case 16: check(LinkMessage.self, body)
  case 17: check(LinkReply.self, body)
  case 18: check(LinkHeader.self, body)
  default: checkSubMessages(body, at: UInt32(kind))
  }
  return 0
}

private func pick<Kind>(_ kinds: [Kind], _ place: UInt8) -> Kind { kinds[Int(place) % kinds.count] }

private func check<Message: ChannelMessage & Equatable>(
  _ type: Message.Type, _ number: UInt16, _ body: ArraySlice<UInt8>
) {
  do throws(WireError) {
    let message = try Message(type: number, body: body)
    precondition(message.type == number)
    let written = message.body
    do throws(WireError) {
      let again = try Message(type: number, body: written[...])
      precondition(again == message, "\(message) is written and read as \(again)")
      precondition(again.body == written)
    } catch {
      preconditionFailure("\(message) is refused when it is written: \(error)")
    }
  } catch {
    check(error, in: body.count)
  }
}

private func check<Structure: WireStructure & Equatable>(_ type: Structure.Type, _ body: ArraySlice<UInt8>) {
  do throws(WireError) {
    var reader = ByteReader(body, structure: "structure")
    let value = try Structure(from: &reader)
    var writer = ByteWriter()
    value.write(to: &writer)
    let written = writer.bytes
    var second = ByteReader(written[...], structure: "structure")
    let again = try? Structure(from: &second)
    precondition(again == value, "\(value) is not what is written")
  } catch {
    check(error, in: body.count)
  }
}

private func checkSubMessages(_ body: ArraySlice<UInt8>, at offset: UInt32) {
  let message = RawMessage(serial: 1, type: 0, body: body)
  do throws(WireError) {
    let inside = try message.subMessages(at: offset)
    precondition(inside.reduce(0) { $0 + $1.body.count } <= body.count)
  } catch {
    check(error, in: body.count)
  }
}

private func check(_ error: WireError, in size: Int) {
  precondition((0...size).contains(error.offset), "offset \(error.offset) of \(size)")
  precondition(!error.description.isEmpty)
}
