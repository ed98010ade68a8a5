import SpiceProtocol

/// Puts agent messages together from the chunks of AGENT_DATA; memory is taken as they come.
struct AgentInbox: Sendable {
  private enum State: Sendable {
    /// These bytes of the 20 of a header have come.
    case header([UInt8])
    case body(AgentHeader, [UInt8])
  }

  let limit: Int
  private var state = State.header([])

  init(limit: Int) {
    self.limit = limit
  }

  /// The next whole message, taken from the front of `chunk`; nil where more are needed.
  mutating func next(
    _ chunk: inout ArraySlice<UInt8>
  ) throws(ClientFault) -> (type: UInt32, body: ArraySlice<UInt8>)? {
    if case .header(let partial) = state {
      guard let header = try nextHeader(partial, &chunk) else { return nil }
      state = .body(header, [])
    }
    guard case .body(let header, var collected) = state else { return nil }
    state = .header([])  // gives up this reference, so that appending copies nothing
    let taken = chunk.prefix(Int(header.bodySize) - collected.count)
    collected += taken
    chunk = chunk.dropFirst(taken.count)
    guard collected.count == Int(header.bodySize) else {
      state = .body(header, collected)
      return nil
    }
    return (header.type, collected[...])
  }

  private mutating func nextHeader(
    _ partial: [UInt8], _ chunk: inout ArraySlice<UInt8>
  ) throws(ClientFault) -> AgentHeader? {
    let bytes = partial + chunk.prefix(AgentHeader.size - partial.count)
    chunk = chunk.dropFirst(bytes.count - partial.count)
    var reader = ByteReader(bytes[...], structure: "VDAgentMessage")
    guard let header = try? AgentHeader(from: &reader) else {
      state = .header(bytes)
      return nil
    }
    guard header.version == AgentConstants.protocolVersion else { throw .agentProtocol(header.version) }
    guard Int(clamping: header.bodySize) <= limit else {
      throw .agentMessageTooLong(size: header.bodySize, limit: limit)
    }
    return header
  }
}
