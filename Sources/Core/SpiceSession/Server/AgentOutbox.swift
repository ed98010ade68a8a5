import SpiceProtocol

/// Agent messages that wait for the other end's tokens, and the cutting of them into chunks.
struct AgentOutbox: Sendable {
  /// Bytes that may wait.
  let limit: Int
  /// AGENT_DATA that the other end takes from here on.
  private(set) var tokens: UInt32 = 0
  /// Bytes that wait.
  private(set) var backlog = 0
  private var messages = Queue<[UInt8]>()
  private var current: ArraySlice<UInt8> = []

  init(limit: Int) {
    self.limit = limit
  }

  mutating func set(tokens: UInt32) {
    self.tokens = tokens
  }

  mutating func add(tokens more: UInt32) {
    let (sum, overflow) = tokens.addingReportingOverflow(more)
    tokens = overflow ? .max : sum
  }

  /// False where there is no room for it; a message alone has room in any case.
  mutating func append(_ message: [UInt8]) -> Bool {
    guard backlog == 0 || message.count <= limit - backlog else { return false }
    backlog += message.count
    messages.append(message)
    return true
  }

  /// The next chunk, where there is one and the other end takes it.
  mutating func nextChunk() -> ArraySlice<UInt8>? {
    guard tokens > 0 else { return nil }
    if current.isEmpty {
      guard let next = messages.popFirst() else { return nil }
      current = next[...]
    }
    let chunk = current.prefix(AgentConstants.chunkSize)
    current = current.dropFirst(chunk.count)
    tokens -= 1
    backlog -= chunk.count
    return chunk
  }

  /// Forgets what waits; the tokens were for another agent.
  mutating func clear() {
    self = AgentOutbox(limit: limit)
  }
}
