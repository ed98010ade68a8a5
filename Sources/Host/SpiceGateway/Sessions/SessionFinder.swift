import SpiceProtocol

/// Reads along on a main channel, from the server's first message on, until INIT tells the session's id.
///
/// It looks at headers and at the first four bytes of one message, and gives up after `limit` bytes: the session is then
/// one to which no further channel belongs.
package struct SessionFinder {
  /// A server speaks of little else before INIT.
  package static let limit = 64 << 10

  private let header: HeaderKind
  private var seen: [UInt8] = []
  /// Bytes of a message that is none of interest, still to come.
  private var skip = 0
  private var total = 0
  private var isOver = false

  package init(_ header: HeaderKind) {
    self.header = header
  }

  package enum Step: Equatable {
    case goOn
    case found(UInt32)
    case gaveUp
  }

  package mutating func feed(_ bytes: some Sequence<UInt8>) -> Step {
    guard !isOver else { return .gaveUp }
    for byte in bytes {
      total += 1
      guard total <= Self.limit else {
        isOver = true
        return .gaveUp
      }
      if skip > 0 {
        skip -= 1
        continue
      }
      seen.append(byte)
      if let id = look() {
        isOver = true
        return .found(id)
      }
    }
    return .goOn
  }

  /// The id, where INIT's first field is whole.
  private mutating func look() -> UInt32? {
    var reader = ByteReader(seen[...], structure: "a message's header")
    guard let head = try? MessageHeader(header, serial: 0, from: &reader) else { return nil }
    if head.type == MainServerMessage.Kind.initialize.rawValue, head.size >= 4 {
      return try? reader.u32("session_id")
    }
    skip = Int(clamping: head.size)
    seen = []
    return nil
  }
}
