import SpiceProtocol

/// What `saffron flow` does with a capture, or with the events of a live session: writes it in a format, and says what is
/// wrong.
public struct FlowReport {
  public enum Format: String, Sendable, CaseIterable {
    case text
    case mermaid
    /// One document.
    case json
    /// One line an event, then one a channel, then one a finding.
    case jsonl
    /// One page that needs nothing else.
    case html

    /// Lines that stand in a terminal, where nothing in them may move the cursor.
    public var isForPeople: Bool { self == .text || self == .mermaid }
  }

  public struct Options: Sendable {
    public var format = Format.text
    /// Such as `display` or `display/0`; nil for all.
    public var channel: String?
    /// A message's name, such as `DRAW_COPY`; nil for all.
    public var type: String?
    /// Seconds from the first event.
    public var from: Double?
    public var to: Double?
    public var showsBytes = false
    public var showsSecrets = false
    /// Events kept for a document; a page, which a browser has to bear, keeps a quarter of them.
    public var eventLimit = 200_000

    public init() {}
  }

  public let options: Options
  private var flow = CaptureFlow()
  private var diagnosis = Diagnosis()
  private var summary = FlowSummary()
  private var text: TextRenderer
  private var mermaid: MermaidRenderer
  private var entries: [FlowEntry] = []
  private var omitted = 0
  private var omittedChannels = 0
  private var film = Filmstrip()
  private var start: FlowTime?
  private var losses = FlowLosses()

  public init(options: Options = Options()) {
    self.options = options
    let entry = EntryOptions(showsSecrets: options.showsSecrets)
    text = TextRenderer(options: entry, showsBytes: options.showsBytes)
    mermaid = MermaidRenderer(options: entry)
  }

  public var findings: [Finding] { diagnosis.findings }
  /// What is wrong with the capture itself.
  public var problems: [String] { flow.problems + losses.lines }
  /// Packets read.
  public var packets: Int { flow.packets }

  /// What goes before everything else.
  public var head: [String] { options.format == .mermaid ? MermaidRenderer.head : [] }

  /// Takes a piece of the capture; `put` is given lines as they become known.
  public mutating func feed(_ bytes: [UInt8], _ put: (String) throws -> Void) throws {
    // Taken out, so that each event is seen as it is found and nothing piles up.
    var flow = CaptureFlow()
    swap(&flow, &self.flow)
    defer { self.flow = flow }
    try flow.feed(bytes) { try see($0, put) }
  }

  /// The capture is over: `put` is given the rest.
  public mutating func finish(_ put: (String) throws -> Void) throws {
    var events: [FlowEvent] = []
    flow.finish { events.append($0) }
    for event in events { try see(event, put) }
    try finish(at: flow.now, put)
  }

  /// The same for who gave events by `see`.
  public mutating func finish(at time: FlowTime, _ put: (String) throws -> Void) throws {
    diagnosis.finish(at: time)
    switch options.format {
    case .text:
      for line in [""] + channels.map({ $0.line }) + problems.map({ "capture: \($0)" }) + [""] { try put(line) }
      let isWhole = losses.lines.isEmpty
      for line in TextRenderer.lines(diagnosis.findings, start: start ?? time, isWhole: isWhole) { try put(line) }
    case .mermaid: for line in mermaid.finish() { try put(line) }
    case .json: try put(JSONRenderer.document(document))
    case .jsonl:
      for channel in channels { try put(JSONRenderer.text(channel)) }
      for finding in diagnosis.findings { try put(JSONRenderer.text(JSONRenderer.FindingRecord(finding))) }
    case .html:
      let problems = film.finish()
      var document = document
      document.problems += problems
      document.pictures = film.pictures
      try put(HTMLRenderer.page(document))
    }
  }

  private var document: JSONRenderer.Document {
    var problems = problems
    if omitted > 0 { problems.append("\(omitted) events after the first \(entries.count) are left out") }
    if omittedChannels > 0 {
      problems.append("figures of the \(omittedChannels) oldest connections are left out; the lines of jsonl have them")
    }
    return JSONRenderer.Document(
      findings: diagnosis.findings, channels: channels, problems: problems, events: entries)
  }

  /// Figures of the channels that are told of.
  private var channels: [ChannelSummary] { summary.all.filter { isWanted(channel: $0.channel) } }

  /// Takes what a `FlowReader` found; `put` is given lines as they become known.
  public mutating func see(_ event: FlowEvent, _ put: (String) throws -> Void) throws {
    let begin = start ?? event.time
    if start == nil { (start, text.start, mermaid.start) = (begin, begin, begin) }
    losses.see(event)
    diagnosis.see(event)
    summary.see(event)
    while let channel = summary.takeOldest() { try tell(channel, put) }
    if options.format == .html { film.see(event) }
    guard isWanted(event, event.time.seconds(since: begin)) else { return }
    switch options.format {
    case .text: for line in text.lines(event) { try put(line) }
    case .mermaid: for line in mermaid.lines(event) { try put(line) }
    case .jsonl: try put(JSONRenderer.line(entry(event)))
    case .json, .html:
      let limit = options.format == .html ? options.eventLimit / 4 : options.eventLimit
      if entries.count < limit { entries.append(entry(event)) } else { omitted += 1 }
    }
  }

  /// Figures of one connection among very many: told before the end, or left out of a document.
  private mutating func tell(_ channel: ChannelSummary, _ put: (String) throws -> Void) throws {
    guard isWanted(channel: channel.channel) else { return }
    switch options.format {
    case .text: try put(channel.line)
    case .jsonl: try put(JSONRenderer.text(channel))
    case .mermaid, .json, .html: omittedChannels += 1
    }
  }

  private func entry(_ event: FlowEvent) -> FlowEntry {
    FlowEntry(event, options: EntryOptions(showsSecrets: options.showsSecrets))
  }

  private func isWanted(_ event: FlowEvent, _ seconds: Double) -> Bool {
    if let from = options.from, seconds < from { return false }
    if let to = options.to, seconds > to { return false }
    guard isWanted(channel: event.channel?.description) else { return false }
    if let type = options.type {
      guard case .message(let message) = event.kind, message.name.lowercased() == type.lowercased() else {
        return false
      }
    }
    return true
  }

  private func isWanted(channel: String?) -> Bool {
    guard let wanted = options.channel else { return true }
    return channel.map { $0 == wanted || $0.hasPrefix(wanted + "/") } ?? false
  }
}
