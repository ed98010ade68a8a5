import SpiceProtocol

/// A message between client and guest agent, as it was read out of the AGENT_DATA that carried it.
public struct AgentReading: Sendable {
  public var header: AgentHeader
  /// Nil where its body was too long to be kept, or has bytes that nobody captured.
  public var content: Result<AgentMessage, WireError>?

  /// As the agent's header has it, without prefix; the number for one that has none.
  public var name: String {
    AgentMessage.Kind(rawValue: header.type)?.name.description ?? "message \(header.type)"
  }

  /// How many bytes of a body say what the message is about; those behind them are what was copied or sent.
  static func openBytes(of type: UInt32) -> UInt32? {
    switch AgentMessage.Kind(rawValue: type) {
    case .clipboard: 4  // the type, or the selection and then the type, as the capabilities have it
    case .fileTransferStart: 4  // the id; then the file's name
    case .fileTransferData: 12  // id and size
    default: nil
    }
  }
}

/// The agent's byte stream in one direction, cut into messages. How AGENT_DATA chunks it means nothing.
struct AgentStream {
  /// Longest body that is kept to be read.
  static let bodyLimit: UInt32 = 64 << 10

  private enum State {
    case header([UInt8])
    /// `left` bytes of the body have not come; those that have stand in `body` where it is short enough.
    case body(AgentHeader, body: [UInt8], left: UInt32)
    /// Bytes are missing: where the next message begins is not known.
    case lost
  }

  private var state = State.header([])

  /// What a chunk brought.
  struct Chunk {
    var messages: [(header: AgentHeader, body: [UInt8]?)] = []
    /// Where in the chunk what a person copied or sent stands.
    var secrets: [Range<Int>] = []
  }

  mutating func lose() { state = .lost }

  mutating func feed(_ bytes: ArraySlice<UInt8>) -> Chunk {
    var chunk = Chunk()
    var rest = bytes
    while !rest.isEmpty {
      switch state {
      case .lost:
        // It may be anything.
        chunk.secrets.append(rest.startIndex - bytes.startIndex..<bytes.count)
        return chunk
      case .header(let partial):
        let whole = partial + rest.prefix(AgentHeader.size - partial.count)
        rest = rest.dropFirst(AgentHeader.size - partial.count)
        guard whole.count == AgentHeader.size else {
          state = .header(whole)
          return chunk
        }
        var reader = ByteReader(whole[...], structure: "VDAgentMessage")
        guard let header = try? AgentHeader(from: &reader) else { return chunk }
        if header.version == AgentConstants.protocolVersion {
          state = .body(header, body: [], left: header.bodySize)
        } else {
          state = .lost
        }
        if header.bodySize == 0 { finish(header, [], &chunk) }
      case .body(let header, var body, let left):
        state = .lost  // gives up this reference, so that appending copies nothing
        let taken = rest.prefix(Int(clamping: left))
        noteSecret(header, left, taken.startIndex - bytes.startIndex, taken.count, &chunk)
        if header.bodySize <= Self.bodyLimit { body.append(contentsOf: taken) }
        rest = rest.dropFirst(taken.count)
        let after = left - UInt32(taken.count)
        if after == 0 { finish(header, body, &chunk) } else { state = .body(header, body: body, left: after) }
      }
    }
    return chunk
  }

  private mutating func finish(_ header: AgentHeader, _ body: [UInt8], _ chunk: inout Chunk) {
    state = .header([])
    chunk.messages.append((header, header.bodySize <= Self.bodyLimit ? body : nil))
  }

  private func noteSecret(_ header: AgentHeader, _ left: UInt32, _ start: Int, _ count: Int, _ chunk: inout Chunk) {
    guard let open = AgentReading.openBytes(of: header.type) else { return }
    let done = header.bodySize - left
    let skipped = Int(open > done ? open - done : 0)
    if skipped < count { chunk.secrets.append(start + skipped..<start + count) }
  }
}

/// Both directions of an agent's conversation: what each end can do decides how clipboard messages are laid out.
struct AgentConversation {
  private var client = AgentStream()
  private var server = AgentStream()
  private var capabilities: [Speaker: Capabilities] = [:]

  /// The agent has come anew, or a part of what was said is missing.
  mutating func restart() { self = AgentConversation() }

  mutating func lose(_ speaker: Speaker) {
    if speaker == .client { client.lose() } else { server.lose() }
  }

  mutating func feed(_ bytes: ArraySlice<UInt8>, from speaker: Speaker) -> (
    messages: [AgentReading], secrets: [Range<Int>]
  ) {
    let chunk = speaker == .client ? client.feed(bytes) : server.feed(bytes)
    return (chunk.messages.map { read($0.header, $0.body, speaker) }, chunk.secrets)
  }

  private mutating func read(_ header: AgentHeader, _ body: [UInt8]?, _ speaker: Speaker) -> AgentReading {
    guard let body else { return AgentReading(header: header, content: nil) }
    let dialect = AgentDialect(
      ours: capabilities[.client] ?? Capabilities(), theirs: capabilities[.server] ?? Capabilities())
    let content = Result { () throws(WireError) in
      try AgentMessage(type: header.type, body: body[...], dialect: dialect)
    }
    if case .success(.announceCapabilities(_, let set)) = content { capabilities[speaker] = set }
    return AgentReading(header: header, content: content)
  }
}
