import SpiceProtocol

/// Any bytes as messages of the guest agent: u8 dialect (1 selection, 2 grab serial), u8 kind, then the body; the same
/// bytes also as a stream of messages with their headers. No input may trap; what is read must be written and read again
/// as the same.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzAgent(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
  guard size >= 2 else { return 0 }
  let bytes = Array(UnsafeBufferPointer(start: data, count: size))
  let dialect = AgentDialect(selection: bytes[0] & 1 != 0, grabSerial: bytes[0] & 2 != 0)
  let kinds = AgentMessage.Kind.allCases
  check(kinds[Int(bytes[1]) % kinds.count].rawValue, bytes[2...], dialect)

  var reader = ByteReader(bytes[1...], structure: "agent stream")
  while let header = try? AgentHeader(from: &reader), let body = try? reader.bytes(header.bodySize, "body") {
    check(header.type, body, dialect)
  }
  return 0
}

private func check(_ type: UInt32, _ body: ArraySlice<UInt8>, _ dialect: AgentDialect) {
  do throws(WireError) {
    let message = try AgentMessage(type: type, body: body, dialect: dialect)
    precondition(message.kind.rawValue == type)
    let stream = message.encoded(dialect: dialect)
    var reader = ByteReader(stream[...], structure: "agent stream")
    guard let header = try? AgentHeader(from: &reader), header.type == type, header.bodySize == reader.remaining else {
      preconditionFailure("\(message) has a header that does not fit")
    }
    let again = try? AgentMessage(type: type, body: reader.rest(), dialect: dialect)
    precondition(again == message, "\(message) is not what is written")
  } catch {
    // An unknown type stands in the header, whose offset that is.
    let isKnown = AgentMessage.Kind(rawValue: type) != nil
    precondition(!isKnown || (0...body.count).contains(error.offset), "offset \(error.offset) of \(body.count)")
  }
}
