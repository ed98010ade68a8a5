import SpiceCodecs
import SpiceProtocol
import SpiceSession

/// Names what is wrong in conversations, from their events: `see` each, and ask `findings` at any time. What only time
/// tells is judged by `check(at:)` and `finish(at:)`.
///
/// A screen that stands still is no fault, however long nothing comes.
public struct Diagnosis {
  public struct Options: Sendable {
    /// The link stage may take so long.
    public var linkPatience = 10.0
    /// Seconds that what has to be said next may take to be said.
    public var patience = 2.0
    /// Seconds a PONG, a client's first ACK, and the other end's close may take.
    public var answerPatience = 5.0
    /// Seconds after INIT in which a display has to show something.
    public var displayPatience = 10.0
    /// Decode GLZ images to see whether their references hold.
    public var followsGLZ = true
    /// Conversations with the same finding that are kept; further ones are counted.
    public var limit = 64

    public init() {}
  }

  public let options: Options
  var cases: [Int: ConversationCase] = [:]
  var sessions: [UInt32: SessionCase] = [:]
  var dictionaries: [UInt32: GLZWindow] = [:]
  /// Session ids that servers gave.
  var knownSessions: Set<UInt32> = []
  /// Sessions that no connection is left of, in the order in which the last one ended.
  private var idleSessions = Queue<UInt32>()
  private var found: FindingList

  public init(options: Options = Options()) {
    self.options = options
    found = FindingList(limit: options.limit)
  }

  /// The worst first, then in the order of time.
  public var findings: [Finding] {
    found.all.enumerated().sorted { left, right in
      let (one, two) = (left.element, right.element)
      if one.code.severity != two.code.severity { return one.code.severity < two.code.severity }
      if one.evidence.time != two.evidence.time { return one.evidence.time < two.evidence.time }
      return left.offset < right.offset
    }.map { $0.element }
  }

  public mutating func see(_ event: FlowEvent) {
    let id = event.conversation
    var it = cases[id] ?? ConversationCase(began: event.time, lastTime: event.time)
    cases[id] = nil
    it.lastTime = max(it.lastTime, event.time)
    it.channel = event.channel ?? it.channel
    if it.session == nil, let session = event.session { enter(session, event.channel) }
    it.session = event.session ?? it.session
    switch event.kind {
    case .opened: it.began = event.time
    case .gap: losePart(&it)
    case .unreadable(.captureBeganInTheMiddle), .unreadable(.gap): losePart(&it)
    case .unreadable, .mechanism, .webSocket, .agent: break
    case .blocked(let isBlocked): block(&it, event, isBlocked)
    case .finished:
      it.closed[event.speaker] = it.closed[event.speaker] ?? event.time
      judgeClosed(&it, event)
    case .reset:
      it.isReset = true
      for speaker in Speaker.allCases { it.closed[speaker] = it.closed[speaker] ?? event.time }
      judgeClosed(&it, event)
    case .message(let message): see(message, &it, event)
    default: seeLink(&it, event)
    }
    if it.closed.count == Speaker.allCases.count { leave(it, id) } else { cases[id] = it }
  }

  private mutating func enter(_ session: UInt32, _ channel: ChannelID?) {
    sessions[session, default: SessionCase()].open += 1
    if channel?.type == .main { sessions[session]?.hasMain = true }
  }

  /// A connection is over: nothing will change what is to be said of it, and its session goes with the last.
  private mutating func leave(_ it: ConversationCase, _ id: Int) {
    judge(it, id, at: it.lastTime)
    if let session = it.session { leave(session, at: it.lastTime) }
    found.leave(id)
  }

  private mutating func leave(_ number: UInt32, at time: FlowTime) {
    guard let open = sessions[number]?.open else { return }
    sessions[number]?.open = open - 1
    guard open <= 1 else { return }
    if sessions[number]?.hasMain == true { return forget(number, at: time) }
    // Its main channel is out of sight, and others may still open.
    idleSessions.append(number)
    while idleSessions.count > Self.idleLimit, let oldest = idleSessions.popFirst() {
      if let session = sessions[oldest], session.open <= 0 { forget(oldest, at: time) }
    }
  }

  private mutating func forget(_ number: UInt32, at time: FlowTime) {
    guard let session = sessions.removeValue(forKey: number) else { return }
    judgeWaits(of: session, at: time)
    dictionaries[number] = nil
    if knownSessions.count > Self.knownLimit { knownSessions.remove(number) }
  }

  /// Sessions without a connection that are kept.
  private static let idleLimit = 64
  /// Numbers of sessions, over or not, that are known; more only while they are not over.
  private static let knownLimit = 1024

  /// Judges what time alone tells, as of `time`.
  public mutating func check(at time: FlowTime) {
    for id in cases.keys.sorted() {
      guard let it = cases[id] else { continue }
      judge(it, id, at: time)
    }
    judgeWaits(at: time)
  }

  /// Nothing more will come.
  public mutating func finish(at time: FlowTime) { check(at: time) }

  // MARK: Giving findings

  func evidence(_ event: FlowEvent) -> Finding.Evidence {
    Finding.Evidence(
      conversation: event.conversation, channel: event.channel, time: event.time, speaker: event.speaker,
      offset: event.range.lowerBound, bytes: event.isSecret ? [] : Array(event.bytes.prefix(64)))
  }

  func evidence(_ it: ConversationCase, _ id: Int, _ speaker: Speaker, at time: FlowTime) -> Finding.Evidence {
    Finding.Evidence(
      conversation: id, channel: it.channel, time: time, speaker: speaker, offset: 0, bytes: [])
  }

  mutating func give(_ code: FindingCode, _ evidence: Finding.Evidence, _ sentence: String) {
    found.give(Finding(code: code, sentence: sentence, evidence: evidence))
  }

  func hasFinding(_ id: Int) -> Bool { found.has(id) }
  func hasFinding(_ id: Int, of codes: Set<FindingCode>) -> Bool { found.has(id, codes) }

  /// Adds to the first finding of the conversation what followed from it.
  mutating func addToFirst(_ id: Int, _ sentence: String) { found.addToFirst(id, sentence) }

  private mutating func losePart(_ it: inout ConversationCase) {
    it.isPartial = true
    if let session = it.session { sessions[session, default: SessionCase()].isPartial = true }
  }

  private mutating func block(_ it: inout ConversationCase, _ event: FlowEvent, _ isBlocked: Bool) {
    if isBlocked {
      it.blockedSince[event.speaker] = event.time
    } else if let since = it.blockedSince.removeValue(forKey: event.speaker) {
      let seconds = event.time.seconds(since: since)
      if seconds >= 1 { give(.slowReader, evidence(event), slowReader(event.speaker, seconds)) }
    }
  }

  private func slowReader(_ speaker: Speaker, _ seconds: Double) -> String {
    "the \(speaker.rawValue) took no bytes for \(short(seconds)) s: its TCP window was 0"
  }

  // MARK: What time tells

  private mutating func judgeClosed(_ it: inout ConversationCase, _ event: FlowEvent) {
    // The client may go whenever it likes; a server that closes has a reason.
    guard it.closed[.client] == nil || (it.isReset && event.speaker == .server) else { return }
    judgeStart(it, event.conversation, at: event.time, isOver: true)
  }

  private mutating func judge(_ it: ConversationCase, _ id: Int, at time: FlowTime) {
    judgeStrangers(it, id, at: time)
    judgeSession(it, id)
    guard !it.isPartial else { return }
    let end = it.closed.values.max().map { min($0, time) } ?? time
    judgeStart(it, id, at: it.closed.isEmpty ? time : end, isOver: false)
    judgeAcks(it, id, at: end)
    judgeSilence(it, id, at: end)
    let late = it.pings.filter { end.seconds(since: $0.value) >= options.answerPatience }
    if let (ping, since) = late.min(by: { $0.value < $1.value }) {
      give(
        .pongMissing, evidence(it, id, .client, at: since),
        "PING \(ping) had no PONG \(short(end.seconds(since: since))) s later")
    }
    for (speaker, since) in it.blockedSince where end.seconds(since: since) >= 1 {
      give(.slowReader, evidence(it, id, speaker, at: since), slowReader(speaker, end.seconds(since: since)))
    }
    if it.closed.count == 1, let (speaker, since) = it.closed.first,
      time.seconds(since: since) >= options.answerPatience
    {
      give(
        .halfClosed, evidence(it, id, speaker.other, at: since),
        "the \(speaker.rawValue) closed its direction, and \(short(time.seconds(since: since))) s later the "
          + "\(speaker.other.rawValue) had not closed its own")
    }
  }

  /// A display that never showed anything, in a session whose server is there.
  private mutating func judgeSilence(_ it: ConversationCase, _ id: Int, at time: FlowTime) {
    guard let session = it.session, let begin = it.display.initializedAt, !it.display.hasSpoken,
      time.seconds(since: begin) >= options.displayPatience
    else { return }
    // A second screen may be dark; a server that says nothing anywhere is told of elsewhere.
    guard let all = sessions[session], !all.hasPicture, !all.isPartial, let heard = all.heardAt,
      heard.seconds(since: begin) >= options.displayPatience
    else { return }
    give(
      .displaySilent, evidence(it, id, .server, at: begin),
      "\(short(time.seconds(since: begin))) s after the display channel's INIT no surface had come, while the server "
        + "went on talking on the session's other channels")
  }

  /// What the client has to say before a server goes on.
  private mutating func judgeStart(_ it: ConversationCase, _ id: Int, at time: FlowTime, isOver: Bool) {
    guard !it.isPartial else { return }
    func isLate(_ since: FlowTime) -> Bool { isOver || time.seconds(since: since) >= options.patience }
    if it.channel?.type == .main, let opened = it.main.openedAt, !it.main.hasAttached, isLate(opened) {
      give(
        .attachMissing, evidence(it, id, .client, at: opened),
        "\(short(time.seconds(since: opened))) s after INIT the client had not sent ATTACH_CHANNELS (message 104), so "
          + "the server sent no CHANNELS_LIST")
    }
    if it.channel?.type == .display, let linked = it.linkedAt, !it.display.hasInit, isLate(linked) {
      let passed = time.seconds(since: linked)
      give(
        .displayInitMissing, evidence(it, id, .client, at: linked),
        "the display channel was linked and its client has not sent INIT (message 101)"
          + (isOver
            ? ": the server closed it after \(short(passed)) s" : ": both were silent for \(short(passed)) s"))
    }
  }
}

/// A number of seconds as it is told.
func short(_ seconds: Double) -> String {
  guard seconds.isFinite, seconds >= 0, seconds < 1e9 else { return "many" }
  let tenths = Int((seconds * 10).rounded())
  return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
}
