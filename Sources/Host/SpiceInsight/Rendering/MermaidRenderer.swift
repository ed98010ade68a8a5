/// Writes a flow as a Mermaid sequence diagram. Runs of the same message become one arrow with their count.
public struct MermaidRenderer {
  private struct Run {
    var conversation: Int
    var speaker: String
    var label: String
    var count: Int
    var detail: String
    var time: UInt64
  }

  public let options: EntryOptions
  private var run: Run?
  /// What times count from; the first event's unless it is set.
  public var start: FlowTime?

  public init(options: EntryOptions = EntryOptions()) { self.options = options }

  public static let head = ["sequenceDiagram", "  participant C as Client", "  participant S as Server"]

  public mutating func lines(_ event: FlowEvent) -> [String] {
    let entry = FlowEntry(event, options: options)
    let begin = start ?? event.time
    start = begin
    let time = event.time.since(begin)
    switch event.kind {
    case .opened, .unfinished: return []
    case .anomaly, .gap, .unreadable, .blocked, .stranger, .finished, .reset:
      let text = ([entry.name] + entry.details.map { "\($0.name) \($0.value)" }).joined(separator: ", ")
      let side = event.speaker == .client ? "C" : "S"
      return finish() + ["  Note over \(side): " + Self.clean("\(Self.seconds(time)) #\(entry.conversation) \(text)")]
    default: break
    }
    let label = "#\(entry.conversation) \(entry.channel ?? "") \(entry.name)"
    if run?.conversation == entry.conversation, run?.label == label, run?.speaker == entry.speaker {
      run?.count += 1
      return []
    }
    let lines = finish()
    let detail = entry.details.prefix(3).map { "\($0.name) \($0.value)" }.joined(separator: ", ")
    run = Run(
      conversation: entry.conversation, speaker: entry.speaker, label: label, count: 1, detail: detail, time: time)
    return lines
  }

  /// The last arrow.
  public mutating func finish() -> [String] {
    guard let last = run else { return [] }
    run = nil
    let arrow = last.speaker == "client" ? "C->>S" : "S->>C"
    let tail = last.count > 1 ? " ×\(last.count)" : last.detail.isEmpty ? "" : ": \(last.detail)"
    return ["  \(arrow): " + Self.clean("\(Self.seconds(last.time)) \(last.label)" + tail)]
  }

  /// Milliseconds are enough for a drawing.
  private static func seconds(_ nanoseconds: UInt64) -> String {
    String(TextRenderer.seconds(nanoseconds).dropLast(3)) + " s"
  }

  /// Mermaid takes a semicolon for the line's end and a hash for an entity.
  private static func clean(_ text: String) -> String {
    String(text.flatMap { $0 == "#" ? "#35;" : $0 == ";" ? "#59;" : $0 == "\n" || $0 == "\r" ? " " : String($0) })
  }
}
