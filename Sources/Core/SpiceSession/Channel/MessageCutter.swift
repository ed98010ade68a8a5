import SpiceProtocol

/// Cuts a channel's byte stream into messages. A message that came in one piece is shared with that piece; one that came
/// in several is put together once, in memory of exactly its size.
struct MessageCutter: Sendable {
  enum State: Sendable {
    /// The header is not complete; these bytes of it have come.
    case header([UInt8])
    /// The header is complete; these bytes of its body have come.
    case body(MessageHeader, [UInt8])
  }

  let kind: HeaderKind
  let limit: Int
  /// Messages cut so far; under mini headers also the serial of the last.
  private(set) var count: UInt64 = 0
  private var state = State.header([])

  init(kind: HeaderKind, limit: Int) {
    self.kind = kind
    self.limit = limit
  }

  struct TooLong: Error {
    var type: UInt16
    var size: UInt64
  }

  /// How many messages become whole with `input`, before one of type `end` or one with sub-messages; 0 where a header came in
  /// two pieces.
  func wholeMessages(in input: ArraySlice<UInt8>, before end: UInt16) -> Int {
    var (rest, count) = (input, 0)
    func take(_ header: MessageHeader, behind head: Int, missing: Int) -> Bool {
      guard header.type != end, header.subList == 0, missing <= rest.count - head else { return false }
      rest = rest.dropFirst(head + missing)
      count += 1
      return true
    }
    switch state {
    case .header(let partial): if !partial.isEmpty { return 0 }
    case .body(let header, let collected):
      if !take(header, behind: 0, missing: Int(header.size) - collected.count) { return 0 }
    }
    while let header = header(rest.prefix(kind.size)),
      take(header, behind: kind.size, missing: Int(clamping: header.size))
    {}
    return count
  }

  /// The next whole message with its header, taken from the front of `input`; nil where more bytes are needed.
  mutating func next(_ input: inout ArraySlice<UInt8>) throws(TooLong) -> (header: MessageHeader, message: RawMessage)?
  {
    if case .header(let partial) = state {
      guard let header = try nextHeader(partial, &input) else { return nil }
      let size = Int(header.size)
      if input.count >= size {
        let body = input.prefix(size)
        input = input.dropFirst(size)
        return finish(header, body)
      }
      state = .body(header, [])
    }
    guard case .body(let header, var collected) = state else { return nil }
    state = .header([])  // gives up this reference, so that appending copies nothing
    if collected.isEmpty { collected.reserveCapacity(min(Int(header.size), 1 << 20)) }
    let taken = input.prefix(Int(header.size) - collected.count)
    collected.append(contentsOf: taken)
    input = input.dropFirst(taken.count)
    if collected.count < Int(header.size) {
      state = .body(header, collected)
      return nil
    }
    return finish(header, collected[...])
  }

  private mutating func nextHeader(
    _ partial: [UInt8], _ input: inout ArraySlice<UInt8>
  ) throws(TooLong) -> MessageHeader? {
    let rest = input.prefix(kind.size - partial.count)
    let bytes = partial.isEmpty ? rest : partial + rest
    guard bytes.count == kind.size else {
      state = .header(Array(bytes))
      input = []
      return nil
    }
    input = input.dropFirst(rest.count)
    guard let header = header(bytes) else { return nil }
    if Int(clamping: header.size) > limit { throw TooLong(type: header.type, size: UInt64(header.size)) }
    return header
  }

  /// What the bytes say, as that of the next message; nil where they are too few.
  private func header(_ bytes: ArraySlice<UInt8>) -> MessageHeader? {
    var reader = ByteReader(bytes, structure: "message header")
    return try? MessageHeader(kind, serial: count + 1, from: &reader)
  }

  private mutating func finish(_ header: MessageHeader, _ body: ArraySlice<UInt8>) -> (MessageHeader, RawMessage) {
    state = .header([])
    count += 1
    return (header, RawMessage(serial: header.serial, type: header.type, body: body))
  }
}
