import SpiceProtocol

/// Watches live conversations: writes them as a pcapng file, tells them as events, and judges them.
///
/// ```swift
/// var recorder = try Recorder(options: .init()) { try file.write($0) }
/// let id = try recorder.open(client: client, server: server, at: now)
/// try recorder.record(bytes, from: .client, in: id, at: now)
/// ```
///
/// What a person types, copies or plugs in, and tickets, are blanked before they reach the file, unless the options say
/// otherwise; a comment at the file's beginning tells which. Bytes that may turn out to be secret are held until that is
/// known, which is one message at the most; all others are passed on at once. What a WebSocket carries is written without
/// it. Not safe for several threads: give it a lock.
public struct Recorder {
  public struct Options: Sendable {
    /// Write everything as it was said.
    public var keepsSecrets = false
    /// Written into the file.
    public var application = "saffron"
    /// Keep the events for `takeEvents`.
    public var keepsEvents = false
    public var diagnosis = Diagnosis.Options()

    public init() {}

    /// The comment at the file's beginning.
    public var comment: String {
      keepsSecrets
        ? "Everything is as it was said: keystrokes, clipboard, files and devices' data can be read in this file."
        : "Blanked with zeros: tickets but for their last two bytes, keystrokes, the clipboard's contents, transferred "
          + "files, and what devices, ports and the microphone said."
    }
  }

  private struct Live {
    var carriage = WebSocketCarriage()
    var client = Held()
    var server = Held()
    var closed: Set<Speaker> = []

    subscript(speaker: Speaker) -> Held {
      get { speaker == .client ? client : server }
      _modify {
        if speaker == .client { yield &client } else { yield &server }
      }
    }
  }

  /// Bytes of one end that are not written yet.
  private struct Held {
    var pieces: [(time: FlowTime, bytes: ArraySlice<UInt8>)] = []
    /// Where the first of them stands in the stream, and where the next one will.
    var start: UInt64 = 0
    var end: UInt64 = 0
    /// Where steps of the link stage end.
    var cuts: [UInt64] = []
  }

  public let options: Options
  private var writer: PcapngWriter?
  private var reader = FlowReader(isRecorded: true)
  private var diagnosis: Diagnosis
  private var conversations: [Int: Live] = [:]
  private var opened = 0
  private var events: [FlowEvent] = []

  /// - Parameter put: takes one whole block of the file, and should hand it to the system at once; nil: no file.
  public init(options: Options = Options(), put: (([UInt8]) throws -> Void)? = nil) throws {
    self.options = options
    diagnosis = Diagnosis(options: options.diagnosis)
    writer = try put.map { try PcapngWriter(comment: options.comment, application: options.application, put: $0) }
  }

  /// What was found until now; what time alone tells is judged by `finish`.
  public var findings: [Finding] { diagnosis.findings }

  /// What was said since the last call, where the options ask for it.
  public mutating func takeEvents() -> [FlowEvent] {
    defer { events = [] }
    return events
  }

  /// A connection began. The number it gets is for the other calls: 1 for the first, and so on, also where it throws.
  public mutating func open(client: Endpoint, server: Endpoint, at time: FlowTime) throws -> Int {
    opened += 1
    conversations[opened] = Live()
    reader.open(opened, client: "\(client)", server: "\(server)", at: time)
    judge()
    try writer?.open(opened, client: client, server: server, at: time)
    return opened
  }

  /// One end said this.
  public mutating func record(_ bytes: [UInt8], from speaker: Speaker, in id: Int, at time: FlowTime) throws {
    guard conversations[id]?.closed.contains(speaker) == false else { return }
    let output = conversations[id]?.carriage.feed(bytes[...], from: speaker) ?? []
    try take(output, id, time)
  }

  /// One end takes no more bytes, or does again.
  public mutating func block(_ id: Int, _ speaker: Speaker, _ isBlocked: Bool, at time: FlowTime) throws {
    guard conversations[id] != nil else { return }
    reader.block(id, speaker, isBlocked, at: time)
    judge()
    try writer?.block(id, speaker, isBlocked, at: time)
  }

  /// One end says no more; `reset` where it broke off.
  public mutating func close(_ id: Int, from speaker: Speaker, reset: Bool = false, at time: FlowTime) throws {
    guard conversations[id]?.closed.contains(speaker) == false else { return }
    let output = conversations[id]?.carriage.finish() ?? []
    try take(output, id, time)
    for one in reset ? Speaker.allCases : [speaker] where conversations[id]?.closed.contains(one) == false {
      let total = conversations[id]?[one].end ?? 0
      try write(reader.verdict(id, one, total: total), one, id)
      conversations[id]?.closed.insert(one)
      try writer?.close(id, from: one, at: time)
    }
    reader.close(id, from: speaker, reset: reset, at: time)
    judge()
    if conversations[id]?.closed.count == Speaker.allCases.count {
      conversations[id] = nil
      reader.forget(id)
    }
  }

  /// Writes no more; goes on to watch.
  public mutating func endFile() { writer = nil }

  /// Nothing more will come: closes the file's conversations, and judges what time tells.
  public mutating func finish(at time: FlowTime) throws {
    for id in conversations.keys.sorted() {
      for speaker in Speaker.allCases {
        try write(reader.verdict(id, speaker, total: conversations[id]?[speaker].end ?? 0), speaker, id)
      }
    }
    try writer?.finish(at: time)
    reader.finish(at: time)
    judge()
    diagnosis.finish(at: time)
  }

  // MARK: Inside

  private mutating func take(_ output: [WebSocketCarriage.Output], _ id: Int, _ time: FlowTime) throws {
    for part in output {
      switch part {
      case .opened(let path): reader.noteWebSocket(id, path: path, at: time)
      case .gap: break  // A frame that makes no sense: what follows cannot be read, and is not written.
      case .bytes(let speaker, let bytes):
        conversations[id]?[speaker].pieces.append((time, bytes))
        conversations[id]?[speaker].end += UInt64(bytes.count)
        reader.feed(bytes, from: speaker, at: time, conversation: id)
      }
      judge()
      // What one end says may settle what the other said.
      for speaker in Speaker.allCases { try write(reader.verdict(id, speaker), speaker, id) }
    }
  }

  /// Writes what is settled, with the times at which it came, cut where the link stage's steps end: Wireshark looks for
  /// the mechanism and the ticket in packets of their own.
  private mutating func write(_ verdict: Verdict, _ speaker: Speaker, _ id: Int) throws {
    guard var held = conversations[id]?[speaker], held.start < verdict.settled else { return }
    conversations[id]?[speaker] = Held()
    defer { conversations[id]?[speaker] = held }
    while let piece = held.pieces.first, held.start < verdict.settled {
      let range =
        held
        .start..<min(
          verdict.settled, held.start + UInt64(piece.bytes.count), held.cuts.first { $0 > held.start } ?? .max)
      let bytes = piece.bytes.prefix(range.count)
      held.start = range.upperBound
      if bytes.count == piece.bytes.count {
        held.pieces.removeFirst()
      } else {
        held.pieces[0].bytes = piece.bytes.dropFirst(bytes.count)
      }
      let shown = options.keepsSecrets ? bytes : blanked(bytes, range, verdict.secrets)
      try writer?.write(shown, from: speaker, in: id, at: piece.time)
    }
  }

  private func blanked(
    _ bytes: ArraySlice<UInt8>, _ range: Range<UInt64>, _ secrets: [Range<UInt64>]
  ) -> ArraySlice<UInt8> {
    let touched = secrets.map { $0.clamped(to: range) }.filter { !$0.isEmpty }
    if touched.isEmpty { return bytes }
    var copy = Array(bytes)
    for secret in touched {
      for place in Int(secret.lowerBound - range.lowerBound)..<Int(secret.upperBound - range.lowerBound) {
        copy[place] = 0
      }
    }
    return copy[...]
  }

  private mutating func judge() {
    for event in reader.takeEvents() {
      diagnosis.see(event)
      switch event.kind {
      case .mechanism, .ticket, .linkResult:
        conversations[event.conversation]?[event.speaker].cuts.append(event.range.upperBound)
      default: break
      }
      if options.keepsEvents { events.append(event) }
    }
  }
}
