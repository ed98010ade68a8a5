import SpiceProtocol

// Main and inputs channels.
extension Diagnosis {
  mutating func see(_ message: MainServerMessage, _ it: inout ConversationCase, _ event: FlowEvent) {
    switch message {
    case .initialize(let opened):
      it.main.openedAt = event.time
      it.main.clientTokens = UInt64(opened.agentTokens)
      knownSessions.insert(opened.sessionID)
    case .channelsList: it.main.hasList = true
    case .agentConnectedTokens(let tokens):
      it.main.clientTokens = UInt64(tokens)
      require(
        it.clientHas(specific: MainCapability.agentConnectedTokens.rawValue), it, event, "AGENT_CONNECTED_TOKENS",
        .client, "AGENT_CONNECTED_TOKENS")
    case .agentToken(let tokens): it.main.clientTokens = it.main.clientTokens.map { $0 + UInt64(tokens) }
    case .agentData(let data):
      chunk(data.count, event)
      spend(&it.main.serverTokens, it, event)
    case .name, .uuid:
      require(
        it.clientHas(specific: MainCapability.nameAndUUID.rawValue), it, event, "NAME or UUID", .client,
        "NAME_AND_UUID")
    default: break
    }
  }

  mutating func see(_ message: MainClientMessage, _ it: inout ConversationCase, _ event: FlowEvent) {
    switch message {
    case .attachChannels: it.main.hasAttached = true
    case .agentStart(let tokens): it.main.serverTokens = UInt64(tokens)
    case .agentToken(let tokens): it.main.serverTokens = it.main.serverTokens.map { $0 + UInt64(tokens) }
    case .agentData(let data):
      chunk(data.count, event)
      spend(&it.main.clientTokens, it, event)
    default: break
    }
  }

  private mutating func spend(_ tokens: inout UInt64?, _ it: ConversationCase, _ event: FlowEvent) {
    guard let left = tokens, !it.isPartial else { return }
    if left > 0 {
      tokens = left - 1
    } else {
      give(
        .agentTokens, evidence(event),
        "the \(event.speaker.rawValue) sent AGENT_DATA and had no token left; the \(event.speaker.other.rawValue) may "
          + "drop it or end the session")
    }
  }

  private mutating func chunk(_ size: Int, _ event: FlowEvent) {
    guard size > AgentConstants.chunkSize else { return }
    give(
      .agentChunk, evidence(event),
      "the \(event.speaker.rawValue)'s AGENT_DATA has \(size) bytes; at most \(AgentConstants.chunkSize) fit")
  }

  mutating func see(_ message: InputsClientMessage, _ it: inout ConversationCase, _ event: FlowEvent) {
    switch message {
    case .mouseMotion, .mousePosition:
      it.motions += 1
      guard it.motions > 8, !it.isPartial else { return }
      give(
        .motionFlood, evidence(event),
        "\(it.motions) motions are not acknowledged; clients stop at 8 and the server acknowledges each 4")
    case .keyScancode:
      require(
        it.serverHas(specific: InputsCapability.keyScancode.rawValue), it, event, "KEY_SCANCODE", .server,
        "KEY_SCANCODE")
    default: break
    }
  }
}
