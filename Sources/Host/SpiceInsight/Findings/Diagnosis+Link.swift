import SpiceProtocol

// The link stage.
extension Diagnosis {
  mutating func seeLink(_ it: inout ConversationCase, _ event: FlowEvent) {
    switch event.kind {
    case .stranger(let kind, let bytes):
      it.strangers[event.speaker] = (kind, bytes)
      if it.speaksSpice.contains(event.speaker.other) { judgeStrangers(it, event.conversation, at: event.time) }
    case .linkHeader(let header):
      it.speaksSpice.insert(event.speaker)
      if it.strangers[event.speaker.other] != nil { judgeStrangers(it, event.conversation, at: event.time) }
      if header.majorVersion != LinkConstants.majorVersion, it.strangers.isEmpty {
        give(
          .version, evidence(event),
          "the \(event.speaker.rawValue)'s link header says version \(header.majorVersion).\(header.minorVersion); "
            + "SPICE is 2.2")
      }
    case .linkMessage(let reading):
      it.request = reading
      see(&it, reading, event)
    case .anomaly(let anomaly): see(anomaly, it, event)
    case .linkReply(let outcome): see(outcome, &it, event)
    case .ticket(_, let endsWithZero): it.shiftedTicket = endsWithZero ? evidence(event) : nil
    case .linkResult(let code):
      if code == 0 { it.linkedAt = event.time } else { refused(code, it, event, "link result") }
    case .unfinished(let step, let have, let need): unfinished(it, event, step, have, need)
    default: break
    }
  }

  mutating func judgeStrangers(_ it: ConversationCase, _ id: Int, at time: FlowTime) {
    // Two that understand each other are no affair of SPICE's.
    guard it.strangers.count == 1, let (speaker, stranger) = it.strangers.first, stranger.kind != .webSocket,
      it.speaksSpice.contains(speaker.other) || it.channel != nil || stranger.kind == .unknown,
      !hasFinding(id)
    else { return }
    var evidence = evidence(it, id, speaker, at: time)
    evidence.bytes = stranger.bytes
    let code: FindingCode
    switch stranger.kind {
    case .vnc: code = .peerVNC
    case .http, .webSocket: code = .peerHTTP
    case .tls: code = .peerTLS
    case .ssh, .unknown: code = .magicUnknown
    }
    let other = it.speaksSpice.contains(speaker.other) ? "; the \(speaker.other.rawValue) speaks SPICE" : ""
    give(
      code, evidence,
      "the \(speaker.rawValue) begins with \(hexadecimal(stranger.bytes)), which is \(stranger.kind.rawValue) and not "
        + "SPICE\(other)")
  }

  private mutating func see(_ it: inout ConversationCase, _ reading: LinkReading, _ event: FlowEvent) {
    guard reading.fault == nil, reading.channel.type != .main, reading.channel.type != nil else { return }
    if reading.connectionID == 0 {
      give(
        .connectionIDZero, evidence(event),
        "the \(reading.channel) channel was opened with connection_id 0, which only the main channel has")
    } else if !knownSessions.contains(reading.connectionID) {
      // Its main channel may be out of sight, or captured a moment later: the server knows, and is waited for.
      it.strangeSession = evidence(event)
    }
  }

  /// A session that nobody knows, not even by now, on a channel that the server has not let in.
  mutating func judgeSession(_ it: ConversationCase, _ id: Int) {
    guard it.linkedAt == nil, let place = it.strangeSession, let reading = it.request, !knownSessions.isEmpty,
      !knownSessions.contains(reading.connectionID), !hasFinding(id)
    else { return }
    give(.connectionIDStale, place, strange(reading))
  }

  private func strange(_ reading: LinkReading) -> String {
    let known = knownSessions.sorted().prefix(4).map(hex).joined(separator: ", ")
    return "the \(reading.channel) channel was opened with connection_id \(hex(reading.connectionID)); "
      + (known.isEmpty ? "no session was seen here" : "the sessions seen here are \(known)")
  }

  private mutating func see(_ outcome: Result<LinkReply, WireError>, _ it: inout ConversationCase, _ event: FlowEvent) {
    switch outcome {
    case .success(let reply):
      it.reply = reply
      if reply.error != 0 { refused(reply.error, it, event, "link reply") }
    case .failure(let error):
      let code =
        event.bytes.count >= 4 ? event.bytes.prefix(4).reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) } : 0
      if code != 0 {
        refused(code, it, event, "link reply")
      } else if !hasFinding(event.conversation) {
        give(.messageMalformed, evidence(event), "the link reply cannot be read: \(error)")
      }
    }
  }

  /// A refusal is the consequence of what was found before, or it is the finding.
  private mutating func refused(_ number: UInt32, _ it: ConversationCase, _ event: FlowEvent, _ place: String) {
    let known = LinkErrorCode(rawValue: number)
    let told = "error \(number)" + (known.map { " (\($0.name))" } ?? "")
    if hasFinding(event.conversation) {
      addToFirst(event.conversation, "the server answered \(told)")
      return
    }
    if known == .badConnectionID, let opened = it.strangeSession, let reading = it.request {
      return give(.connectionIDStale, opened, strange(reading) + "; the server answered \(told)")
    }
    if known == .permissionDenied, let ticket = it.shiftedTicket {
      return give(
        .ticketShifted, ticket, "the ticket ends with a zero byte, which one in 256 does; the server answered \(told)")
    }
    let sentence = "the server's \(place) is \(told)" + (known.map { ": \($0.meaning)" } ?? "")
    let code: FindingCode
    switch known {
    case .needSecured: code = .needsTLS
    case .needUnsecured: code = .needsPlain
    case .permissionDenied: code = .ticketRefused
    case .badConnectionID: code = .connectionIDStale
    case .versionMismatch: code = .version
    default: code = .linkRefused
    }
    give(code, evidence(event), sentence)
  }

  private mutating func see(_ anomaly: FlowAnomaly, _ it: ConversationCase, _ event: FlowEvent) {
    let place = evidence(event)
    switch anomaly {
    case .link(let fault): give(fault.code, place, fault.sentence(it.request, size: event.bytes.count))
    case .mechanismMissing:
      give(
        .mechanismMissing, place, "both ends have AUTH_SELECTION, and the client sent a ticket without its mechanism")
    case .mechanismUnexpected:
      give(
        .mechanismUnexpected, place,
        "the client sent mechanism 1 before its ticket, and AUTH_SELECTION is not a capability of both ends")
    case .ticketSize(let size):
      if !hasFinding(event.conversation) {
        give(.ticketSize, place, "the client sent \(size) bytes as its ticket; a ticket has 128")
      }
    case .headers(_, let seen):
      let code: FindingCode = seen == .full ? .headersFull : .headersMini
      give(
        code, place,
        "the \(event.speaker.rawValue)'s first message has a \(seen == .full ? "full" : "mini") header, and "
          + (seen == .full ? "both ends have MINI_HEADER" : "MINI_HEADER is not a capability of both ends"))
    case .oversized(let type, let size):
      if !hasFinding(event.conversation) {
        give(.messageTooLong, place, "message \(type) of the \(event.speaker.rawValue) claims \(size) bytes")
      }
    case .serial(let expected, let seen):
      give(
        .serialOrder, place, "the \(event.speaker.rawValue)'s message has serial \(seen) where \(expected) comes next")
    }
  }

  private mutating func unfinished(
    _ it: ConversationCase, _ event: FlowEvent, _ step: LinkStep, _ have: Int, _ need: Int
  ) {
    let id = event.conversation
    guard !hasFinding(id), !it.isPartial, it.strangers.isEmpty else { return }
    let waited = event.time.seconds(since: it.began)
    let isLate = waited >= options.linkPatience
    let said = "the \(event.speaker.rawValue) said \(have) of \(need) bytes of its \(step.rawValue)"
    switch (event.speaker, step) {
    case (.client, .header), (.client, .message):
      guard isLate || have > 0 || step == .message else { return }
      let nobody = have == 0 && step == .header
      give(
        .linkUnfinished, evidence(event),
        nobody
          ? "neither end said a word in \(short(waited)) s: a SPICE server waits for its client to speak, and so a VNC "
            + "client would hang here for ever" : "\(said) and no more in \(short(waited)) s")
    case (.client, .ticket) where have > 0:
      give(.ticketSize, evidence(event), "the client sent \(have) bytes as its ticket; a ticket has 128")
    case (.client, .mechanism) where isLate, (.client, .ticket) where isLate:
      give(.linkUnfinished, evidence(event), "\(said) and no more in \(short(waited)) s")
    case (.server, .header), (.server, .reply), (.server, .result):
      // The server may wait for a client that is itself not done, which is told where the client's end is.
      guard isLate, it.request != nil, it.closed[.client] == nil else { return }
      let clientIsDone = step != .result
      if clientIsDone {
        give(.linkUnfinished, evidence(event), "\(said) in \(short(waited)) s, after a whole link message")
      }
    default: break
    }
  }
}

func hex(_ value: UInt32) -> String { "0x" + String(value, radix: 16) }

extension LinkFault {
  var code: FindingCode {
    switch self {
    case .padded: .linkPadded
    case .short: .linkShort
    case .capsOffset: .linkCapsOffset
    case .bitsCounted: .linkCapsCounted
    case .counts: .linkCounts
    }
  }

  func sentence(_ reading: LinkReading?, size: Int) -> String {
    let common = reading?.commonCount ?? 0
    let specific = reading?.specificCount ?? 0
    let offset = reading?.capsOffset ?? 0
    switch self {
    case .padded:
      return "the link message of \(size) bytes has two bytes of padding at offset 6: read as the protocol has it, "
        + "packed, it counts \(common) common capability words at offset 6, \(specific) channel capability words at "
        + "offset 10, and has them begin at \(offset); it was meant to have its words at 20"
    case .short(let count): return "the link message has \(count) bytes; its fixed part alone has 18"
    case .capsOffset(let offset):
      return "caps_offset is \(offset) in a link message of \(size) bytes that counts \(common) and \(specific) "
        + "capability words; they begin at 18"
    case .bitsCounted(let common, let specific, let words):
      return "the link message counts \(common) common and \(specific) channel capability words, and has room for "
        + "\(words): capabilities seem to be counted where words are"
    case .counts(let common, let specific, let words):
      return "the link message counts \(common) common and \(specific) channel capability words, and has room for "
        + "\(words)"
    }
  }
}
