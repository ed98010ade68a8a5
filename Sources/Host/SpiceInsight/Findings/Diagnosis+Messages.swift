import SpiceProtocol

// What every channel has: bodies that can be read, acks, pings, waits.
extension Diagnosis {
  mutating func see(_ message: FlowMessage, _ it: inout ConversationCase, _ event: FlowEvent) {
    for part in message.parts { seeContent(part, &it, event) }
    if message.speaker == .server {
      it.serverSerial = message.serial
      if let session = it.session, let channel = it.channel {
        sessions[session, default: SessionCase()].serials[channel] = message.serial
        sessions[session]?.heardAt = event.time
      }
      if it.acks.window > 0 { count(&it, event) }
    }
    seeContent(message, &it, event)
  }

  private mutating func seeContent(_ message: FlowMessage, _ it: inout ConversationCase, _ event: FlowEvent) {
    guard !message.isDamaged else { return }
    switch message.content {
    case .failure(let error): malformed(message, error, &it, event)
    case .success(let content):
      switch content {
      case .commonServer(let common): see(common, &it, event)
      case .commonClient(let common): see(common, message, &it, event)
      case .mainServer(let main): see(main, &it, event)
      case .mainClient(let main): see(main, &it, event)
      case .displayServer(let display): see(display, &it, event)
      case .displayClient(let display): see(display, &it, event)
      case .inputsServer(.mouseMotionAck): it.motions = max(0, it.motions - 4)
      case .inputsClient(let input): see(input, &it, event)
      case .playbackServer(.mode(_, let mode, _)) where mode == AudioMode.opus.rawValue:
        require(it.clientHas(specific: PlaybackCapability.opus.rawValue), it, event, "Opus sound", .client, "OPUS")
      default: break
      }
    }
  }

  private mutating func malformed(
    _ message: FlowMessage, _ error: WireError, _ it: inout ConversationCase, _ event: FlowEvent
  ) {
    guard message.channel != nil else { return }
    var place = evidence(event)
    place.bytes = Array(message.body.prefix(64))
    if message.channel == .display, message.speaker == .client,
      message.type == DisplayClientMessage.Kind.initialize.rawValue
    {
      it.display.hasInit = true
      give(
        .displayInitMalformed, place,
        "DISPLAY INIT has \(message.body.count) bytes and cannot be read: \(error)")
    } else if message.channel?.messageName(message.type, message.speaker.direction) == nil {
      give(
        .messageUnknown, place,
        "the \(message.speaker.rawValue) sent message \(message.type) of \(message.body.count) bytes, which the "
          + "\(event.channel.map { "\($0)" } ?? "unknown") channel does not have")
    } else if !hasFinding(event.conversation, of: [.headersFull, .headersMini]) {
      give(.messageMalformed, place, "\(message.name) of \(message.body.count) bytes cannot be read: \(error)")
    }
  }

  /// Gives a finding unless the end that has to have a capability has it.
  mutating func require(
    _ has: Bool, _ it: ConversationCase, _ event: FlowEvent, _ what: String, _ who: Speaker, _ capability: String
  ) {
    guard !has, it.request != nil, it.reply != nil else { return }
    give(
      .capabilityUnadvertised, evidence(event),
      "the \(who.other.rawValue) uses \(what), and the \(who.rawValue) did not advertise \(capability)")
  }

  // MARK: Acks

  private mutating func count(_ it: inout ConversationCase, _ event: FlowEvent) {
    it.acks.messages += 1
    it.acks.unacknowledged += 1
    if it.acks.unacknowledged >= 2 * it.acks.window, it.acks.fullSince == nil { it.acks.fullSince = event.time }
  }

  private mutating func see(_ message: CommonServerMessage, _ it: inout ConversationCase, _ event: FlowEvent) {
    switch message {
    case .setAck(let asked):
      it.acks = AckCase()
      it.acks.window = UInt64(asked.window)
      it.acks.awaitedSync = (asked.generation, event.time)
    case .ping(let ping):
      if it.pings.count < 1024 { it.pings[ping.id] = event.time }
    case .waitForChannels(let waits): note(waits, it, event)
    default: break
    }
  }

  private mutating func see(
    _ message: CommonClientMessage, _ raw: FlowMessage, _ it: inout ConversationCase, _ event: FlowEvent
  ) {
    switch message {
    case .ackSync(let generation):
      if let awaited = it.acks.awaitedSync, awaited.generation != generation {
        give(
          .ackMissing, evidence(event),
          "ACK_SYNC names generation \(generation); SET_ACK asked for \(awaited.generation)")
      }
      it.acks.awaitedSync = nil
    case .ack: acknowledged(&it, event)
    case .pong(let pong):
      if let since = it.pings.removeValue(forKey: pong.id) {
        if it.roundTrips.count < 4096 { it.roundTrips.append(event.time.since(since)) }
      }
      if pong.padding > 0 {
        give(
          .pongPadding, evidence(event),
          "PONG \(pong.id) has \(raw.body.count) bytes; it carries \(pong.padding) bytes of padding behind its 12")
      }
    default: break
    }
  }

  private mutating func acknowledged(_ it: inout ConversationCase, _ event: FlowEvent) {
    guard !it.isPartial else { return }
    guard it.acks.window > 0 else {
      give(.ackTooMany, evidence(event), "the client sent ACK, and the server has not asked for any with SET_ACK")
      return
    }
    it.acks.acks += 1
    if it.acks.acks > it.acks.messages / it.acks.window + 1 {
      give(
        .ackTooMany, evidence(event),
        "the client has sent \(it.acks.acks) ACKs for \(it.acks.messages) messages in windows of \(it.acks.window)")
    }
    it.acks.unacknowledged -= min(it.acks.unacknowledged, it.acks.window)
    if it.acks.unacknowledged < 2 * it.acks.window, let since = it.acks.fullSince {
      it.acks.fullSince = nil
      let seconds = event.time.seconds(since: since)
      // A client that has only just come is still setting up what it draws on.
      if seconds > (it.acks.acks == 1 ? options.answerPatience : 1) {
        give(
          .ackLate, evidence(event),
          "twice the window of \(it.acks.window) messages was unacknowledged for \(short(seconds)) s before this ACK")
      }
    }
  }

  mutating func judgeAcks(_ it: ConversationCase, _ id: Int, at time: FlowTime) {
    // Who goes need not acknowledge.
    guard it.linkedAt != nil else { return }
    if let awaited = it.acks.awaitedSync, time.seconds(since: awaited.since) >= options.patience,
      it.acks.fullSince == nil
    {
      give(
        .ackMissing, evidence(it, id, .client, at: awaited.since),
        "SET_ACK of generation \(awaited.generation) had no ACK_SYNC \(short(time.seconds(since: awaited.since))) s later"
      )
    }
    let patience = it.acks.acks == 0 ? options.answerPatience : options.patience
    if let since = it.acks.fullSince, time.seconds(since: since) >= patience {
      give(
        .ackMissing, evidence(it, id, .client, at: since),
        "\(it.acks.unacknowledged) messages are not acknowledged in a window of \(it.acks.window), and no ACK came in "
          + "\(short(time.seconds(since: since))) s (\(it.acks.acks) came before): the server has stalled")
    }
  }

  // MARK: Waits

  mutating func note(_ waits: [ChannelWait], _ it: ConversationCase, _ event: FlowEvent) {
    guard let id = it.session, let channel = it.channel, !it.isPartial else { return }
    var session = sessions.removeValue(forKey: id) ?? SessionCase()
    for wait in waits where session.waits.count < 4096 {
      // What has been sent is no reason to wait for long, unless it waits for this one in its turn.
      let isSent = session.serials[wait.channel] ?? 0 >= wait.serial
      guard !isSent || session.waits.contains(where: { $0.channel == wait.channel }) else { continue }
      session.waits.append(
        SessionCase.Wait(evidence: evidence(event), channel: channel, serial: it.serverSerial, target: wait))
    }
    sessions[id] = session
  }

  mutating func judgeWaits(at time: FlowTime) {
    for session in sessions.values { judgeWaits(of: session, at: time) }
  }

  mutating func judgeWaits(of session: SessionCase, at time: FlowTime) {
    guard !session.isPartial else { return }
    for wait in session.waits {
      let circle = session.waits.first {
        $0.channel == wait.target.channel && $0.serial <= wait.target.serial && $0.target.channel == wait.channel
          && $0.target.serial >= wait.serial
      }
      let sent = session.serials[wait.target.channel] ?? 0
      if let circle {
        give(
          .waitDeadlock, wait.evidence,
          "\(wait.channel) waits at serial \(wait.serial) for \(wait.target.channel) to handle \(wait.target.serial), "
            + "which waits at serial \(circle.serial) for \(wait.channel) to handle \(circle.target.serial): neither can"
        )
        return
      }
      if sent < wait.target.serial, time.seconds(since: wait.evidence.time) >= options.patience {
        give(
          .waitDeadlock, wait.evidence,
          "\(wait.channel) waits for \(wait.target.channel) to handle serial \(wait.target.serial); "
            + "\(short(time.seconds(since: wait.evidence.time))) s later that channel has sent \(sent)")
      }
    }
  }
}
