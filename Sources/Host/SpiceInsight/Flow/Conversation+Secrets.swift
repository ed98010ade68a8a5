import SpiceProtocol

/// What a recorder may write of one end's stream.
struct Verdict {
  /// Bytes from the stream's start that are judged.
  var settled: UInt64
  /// Of those, what has to be blanked; since the last verdict.
  var secrets: [Range<UInt64>]
}

extension FlowMessage {
  /// Bytes before what a person typed, copied or plugged in; nil where the message has nothing of the kind. The agent's
  /// stream is judged by its own messages.
  var secrecy: Int? {
    guard isSecret else { return nil }
    return Self.openBytes(type, channel, speaker)
  }

  static func openBytes(_ type: UInt16, _ channel: ChannelType?, _ speaker: Speaker) -> Int? {
    switch channel {
    case .main, nil: nil
    case .smartcard: 12  // type, reader, length
    case .record: 4  // the time
    case .usbredir, .port, .webdav: type == VMCMessage.Kind.compressed.rawValue ? 5 : 0
    default: 0
    }
  }
}

// For who records: which bytes may be written as they are.
extension Conversation {
  /// Judges what has come of one end's stream, as far as that is possible now.
  mutating func verdict(_ speaker: Speaker) -> Verdict {
    var end = speaker == .client ? client : server
    var settled = end.queue.offset
    var secrets = end.secrets
    if case .messageBody(let header) = end.stage, !mayBeSecret(header.type, speaker) {
      // Large pictures need not be whole to be written.
      settled += UInt64(end.queue.count)
    }
    if let unknown = end.unknownFrom, unknown < settled { secrets.append(unknown..<settled) }
    end.unknownFrom = end.unknownFrom.map { max($0, settled) }
    end.secrets = []
    replace(speaker, end)
    return Verdict(settled: settled, secrets: secrets)
  }

  /// The rest of one end's stream, when no more of it comes: what is not known to be harmless is blanked.
  mutating func lastVerdict(_ speaker: Speaker, total: UInt64) -> Verdict {
    let end = speaker == .client ? client : server
    var verdict = verdict(speaker)
    switch end.stage {
    case .linkHeader, .linkBody, .messageHeader, .result: break
    default: if verdict.settled < total { verdict.secrets.append(verdict.settled..<total) }
    }
    verdict.settled = max(verdict.settled, total)
    return verdict
  }

  private func mayBeSecret(_ type: UInt16, _ speaker: Speaker) -> Bool {
    guard let kind = channel?.type else { return true }
    let empty = FlowMessage(
      serial: 0, type: type, channel: kind, speaker: speaker, headerSize: 0, body: [],
      content: .failure(WireError(structure: "none", field: "none", offset: 0, problem: .unknown(value: 0))))
    return empty.isSecret
  }

  /// The last `count` bytes that were taken of that end's stream are not for everybody.
  mutating func noteSecret(_ count: Int, _ speaker: Speaker) {
    let end = (speaker == .client ? client : server).queue.offset
    note(secret: end - min(end, UInt64(count))..<end, speaker)
  }

  /// Reads what an AGENT_DATA brought.
  mutating func readAgent(_ message: FlowMessage, _ speaker: Speaker) {
    guard message.channel == .main else { return }
    switch message.content {
    case .success(.mainServer(.agentConnected)), .success(.mainServer(.agentConnectedTokens)),
      .success(.mainServer(.agentDisconnected)):
      restartAgent()
    case .success(.mainServer(.agentData(let bytes))), .success(.mainClient(.agentData(let bytes))):
      readAgent(bytes, message.isDamaged, speaker)
    default: break
    }
  }
}
