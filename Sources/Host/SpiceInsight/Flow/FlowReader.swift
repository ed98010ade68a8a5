import SpiceProtocol

/// Reads conversations as they happen: feed the bytes of either end with their time, then drain with `takeEvents`. A
/// live proxy and a capture file use it alike.
public struct FlowReader {
  private var conversations: [Int: Conversation] = [:]
  private var events: [FlowEvent] = []
  /// The latest time anything happened at.
  public private(set) var now = FlowTime(nanoseconds: 0)

  /// What takes the bytes out of WebSockets, for conversations that are not known to be plain.
  private var carriages: [Int: WebSocketCarriage] = [:]
  private let isRecorded: Bool

  public init() { isRecorded = false }

  /// - Parameter isRecorded: whether `verdict` will be asked for what is fed. Such bytes have left their WebSocket.
  init(isRecorded: Bool) { self.isRecorded = isRecorded }

  public mutating func takeEvents() -> [FlowEvent] {
    defer { events = [] }
    return events
  }

  /// A connection began. Feeding bytes of one that was not opened opens it without names.
  public mutating func open(_ id: Int, client: String, server: String, at time: FlowTime) {
    change(id, time) { $0.open(client, server, at: time) }
  }

  /// One end of a conversation said this.
  public mutating func feed(_ bytes: ArraySlice<UInt8>, from speaker: Speaker, at time: FlowTime, conversation id: Int)
  {
    if isRecorded || carriages[id]?.isPlain == true {
      change(id, time) { $0.feed(bytes, from: speaker, at: time) }
    } else {
      carry(id, time) { $0.feed(bytes, from: speaker) }
    }
  }

  public mutating func feed(_ bytes: [UInt8], from speaker: Speaker, at time: FlowTime, conversation id: Int) {
    feed(bytes[...], from: speaker, at: time, conversation: id)
  }

  /// One end said so many bytes that nobody captured.
  public mutating func gap(_ missing: Int, from speaker: Speaker, at time: FlowTime, conversation id: Int) {
    carry(id, time) { $0.gap(missing, from: speaker) }
  }

  /// One end says no more; `reset` where it broke off.
  public mutating func close(_ id: Int, from speaker: Speaker, reset: Bool = false, at time: FlowTime) {
    carry(id, time) { $0.finish() }
    change(id, time) { $0.close(speaker, reset: reset, at: time) }
  }

  /// One end can take no more bytes, or can again.
  public mutating func block(_ id: Int, _ speaker: Speaker, _ isBlocked: Bool, at time: FlowTime) {
    change(id, time) { $0.note(.blocked(isBlocked), speaker, at: time) }
  }

  /// What the reassembly of a capture found.
  public mutating func feed(_ event: StreamEvent) {
    switch event.kind {
    case .opened(let client, let server, let whole):
      open(event.conversation, client: "\(client)", server: "\(server)", at: event.time)
      if !whole { change(event.conversation, event.time) { $0.expectMiddle() } }
    case .bytes(let bytes): feed(bytes, from: event.speaker, at: event.time, conversation: event.conversation)
    case .gap(let missing): gap(missing, from: event.speaker, at: event.time, conversation: event.conversation)
    case .finished: close(event.conversation, from: event.speaker, at: event.time)
    case .reset: close(event.conversation, from: event.speaker, reset: true, at: event.time)
    case .blocked(let isBlocked): block(event.conversation, event.speaker, isBlocked, at: event.time)
    }
  }

  /// Somebody was there to hear what was said until then.
  mutating func watch(until time: FlowTime) { now = max(now, time) }

  /// Nothing more will come: tells what was left unfinished.
  public mutating func finish(at time: FlowTime? = nil) {
    let time = time ?? now
    for id in Set(conversations.keys).union(carriages.keys).sorted() {
      carry(id, time) { $0.finish() }
      change(id, time) { $0.finish(at: time) }
    }
  }

  /// The bytes after this come in a WebSocket that somebody else has taken them out of.
  mutating func noteWebSocket(_ id: Int, path: String, at time: FlowTime) {
    change(id, time) { $0.note(.webSocket(path: path), .client, at: time) }
  }

  /// What a recorder may write of one end's stream; the last time all of its `total` bytes.
  mutating func verdict(_ id: Int, _ speaker: Speaker, total: UInt64? = nil) -> Verdict {
    var verdict = Verdict(settled: total ?? 0, secrets: [])
    guard var conversation = conversations.removeValue(forKey: id) else { return verdict }
    verdict = total.map { conversation.lastVerdict(speaker, total: $0) } ?? conversation.verdict(speaker)
    conversations[id] = conversation
    return verdict
  }

  /// Forgets a conversation that is over.
  mutating func forget(_ id: Int) {
    conversations[id] = nil
    carriages[id] = nil
  }

  /// Forgets a conversation that both ends have closed, so that a long capture takes no more memory than a short one.
  mutating func forgetClosed(_ id: Int) {
    if conversations[id]?.isClosed == true { forget(id) }
  }

  /// Lets bytes through what carries them.
  private mutating func carry(
    _ id: Int, _ time: FlowTime, _ body: (inout WebSocketCarriage) -> [WebSocketCarriage.Output]
  ) {
    var carriage = carriages.removeValue(forKey: id) ?? WebSocketCarriage()
    let output = body(&carriage)
    carriages[id] = carriage
    for part in output {
      switch part {
      case .bytes(let speaker, let bytes): change(id, time) { $0.feed(bytes, from: speaker, at: time) }
      case .opened(let path): noteWebSocket(id, path: path, at: time)
      case .gap(let speaker, let missing): change(id, time) { $0.gap(missing, from: speaker, at: time) }
      }
    }
  }

  private mutating func change(_ id: Int, _ time: FlowTime, _ body: (inout Conversation) -> Void) {
    now = max(now, time)
    var conversation = conversations.removeValue(forKey: id) ?? Conversation(id: id, isRecorded: isRecorded)
    body(&conversation)
    events.append(contentsOf: conversation.takeEvents())
    conversations[id] = conversation
  }
}
