/// A structure that stands in messages.
public protocol WireStructure: Sendable {
  init(from reader: inout ByteReader) throws(WireError)
  func write(to writer: inout ByteWriter)
}

/// One message of a channel in one direction: its number and its body.
public protocol ChannelMessage: Sendable {
  /// The number in the message's header.
  var type: UInt16 { get }
  /// - Parameter fields: is told of each field, where it is not nil.
  /// - Throws: `WireError` where `type` is not of this channel, or `body` is not what `type` says.
  init(type: UInt16, body: ArraySlice<UInt8>, fields: FieldLog?) throws(WireError)
  /// Writes the body; `ByteWriter.finishBody` must follow.
  func write(to writer: inout ByteWriter)
}

extension ChannelMessage {
  /// - Throws: `WireError` where `type` is not of this channel, or `body` is not what `type` says.
  public init(type: UInt16, body: ArraySlice<UInt8>) throws(WireError) {
    try self.init(type: type, body: body, fields: nil)
  }

  /// The body alone, without a header.
  public var body: [UInt8] {
    var writer = ByteWriter()
    write(to: &writer)
    writer.finishBody()
    return writer.bytes
  }
}

extension WireStructure {
  /// Reads a whole message of this structure; bytes behind it are refused.
  static func whole(
    _ body: ArraySlice<UInt8>, _ structure: StaticString, _ fields: FieldLog?
  ) throws(WireError) -> Self {
    var reader = ByteReader(body, structure: structure, fields: fields)
    let value = try Self(from: &reader)
    try reader.finish()
    return value
  }

  /// Reads a message of this structure that may be longer: its offsets lead into the tail, or the protocol lets it grow.
  static func head(
    _ body: ArraySlice<UInt8>, _ structure: StaticString, _ fields: FieldLog?
  ) throws(WireError) -> Self {
    var reader = ByteReader(body, structure: structure, fields: fields)
    return try Self(from: &reader)
  }
}

/// The error for a message number that a channel does not have.
func unknownMessage(_ type: UInt16, _ structure: StaticString) -> WireError {
  WireError(structure: structure, field: "type", offset: 0, problem: .unknown(value: UInt64(type)))
}

/// Checks that a message that has no body has none.
func requireEmpty(_ body: ArraySlice<UInt8>, _ structure: StaticString) throws(WireError) {
  try ByteReader(body, structure: structure).finish()
}
