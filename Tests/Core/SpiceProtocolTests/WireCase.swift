import SpiceProtocol
import Testing

/// One message and the bytes that it is on the wire, written out by hand.
struct WireCase: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let type: UInt16
  let bytes: [UInt8]
  /// A body of fewer bytes is cut short; behind them come data to the end of the message, which may be of any length.
  let least: Int
  /// Open data come in pieces of so many bytes.
  let unit: Int
  /// True where bytes behind the message are refused.
  let isClosed: Bool
  /// What the writer makes of the value.
  let written: [UInt8]
  let writtenType: UInt16
  /// True where the bytes read as the value.
  let isRead: @Sendable (ArraySlice<UInt8>) throws(WireError) -> Bool
  /// Reads, writes and reads again; true where both readings are equal.
  let survives: @Sendable (UInt16, ArraySlice<UInt8>) throws(WireError) -> Bool

  /// - Parameters:
  ///   - least: bytes in front of open data; nil where each byte is needed.
  ///   - isClosed: false for messages whose offsets lead into a tail of any length.
  init<Message: ChannelMessage & Equatable>(
    _ name: String, _ message: Message, _ type: UInt16, _ lines: String..., least: Int? = nil, isClosed: Bool = true
  ) {
    testDescription = name
    self.type = type
    bytes = hex(lines.joined())
    self.least = least ?? bytes.count
    unit = 1
    self.isClosed = isClosed && least == nil
    written = message.body
    writtenType = message.type
    isRead = { (body) throws(WireError) in try Message(type: type, body: body) == message }
    survives = { (type, body) throws(WireError) in
      let first = try Message(type: type, body: body)
      return try Message(type: first.type, body: first.body[...]) == first
    }
  }

  /// A message of the guest agent's, without its header.
  init(
    _ name: String, _ message: AgentMessage, _ type: UInt16, in dialect: AgentDialect = AgentDialect(),
    _ lines: String..., least: Int? = nil, unit: Int = 1
  ) {
    testDescription = "agent \(name)"
    self.type = type
    bytes = hex(lines.joined())
    self.least = least ?? bytes.count
    self.unit = unit
    isClosed = false
    var writer = ByteWriter()
    message.write(to: &writer, dialect: dialect)
    written = writer.bytes
    writtenType = UInt16(message.kind.rawValue)
    isRead = { (body) throws(WireError) in
      try AgentMessage(type: UInt32(type), body: body, dialect: dialect) == message
    }
    survives = { (type, body) throws(WireError) in
      let first = try AgentMessage(type: UInt32(type), body: body, dialect: dialect)
      var writer = ByteWriter()
      first.write(to: &writer, dialect: dialect)
      return try AgentMessage(type: first.kind.rawValue, body: writer.bytes[...], dialect: dialect) == first
    }
  }

  /// True where a body of so many bytes is one that was cut short.
  func isShort(_ count: Int) -> Bool {
    count < least || (count - least) % unit != 0
  }

  static let all: [WireCase] =
    commonServer + commonClient + mainServer + mainClient + inputs + cursor + audio + ports + displayServer
    + displayClient + draws + images + agent
}

/// The bytes that the pairs of hexadecimal digits say; everything else in the text is left out.
func hex(_ text: String) -> [UInt8] {
  let digits = text.compactMap(\.hexDigitValue)
  precondition(digits.count.isMultiple(of: 2), "an odd number of digits: \(text)")
  return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
}

/// Numbers that are the same on every run (SplitMix64).
struct FixedRandom: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

/// What the body threw; nil where it threw nothing.
func wireError(_ body: () throws(WireError) -> Void) -> WireError? {
  do throws(WireError) {
    try body()
    return nil
  } catch {
    return error
  }
}
