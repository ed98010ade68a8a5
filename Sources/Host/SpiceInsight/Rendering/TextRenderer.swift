/// Draws a flow as two lifelines in text: who said what to whom, when.
public struct TextRenderer {
  /// Columns between the lifelines.
  static let width = 78

  public let options: EntryOptions
  /// Each field with its bytes and offset below the message.
  public let showsBytes: Bool
  /// What times count from; the first event's unless it is set.
  public var start: FlowTime?
  private var hasHead = false

  public init(options: EntryOptions = EntryOptions(), showsBytes: Bool = false) {
    self.options = options
    self.showsBytes = showsBytes
  }

  /// The lines for one event.
  public mutating func lines(_ event: FlowEvent) -> [String] {
    let begin = start ?? event.time
    start = begin
    var lines: [String] = []
    if !hasHead {
      hasHead = true
      lines.append(Self.margin("") + "CLIENT" + String(repeating: " ", count: Self.width - 6) + "SERVER")
    }
    let entry = FlowEntry(event, options: options)
    lines.append(arrow(entry, event, Self.seconds(event.time.since(begin))))
    lines += Self.wrapped(entry.details.map { "\($0.name) \($0.value)" })
    if let error = entry.error { lines += Self.wrapped(["!! \(error)"]) }
    if showsBytes, case .message(let message) = event.kind, !message.isSecret || options.showsSecrets {
      lines += AnnotatedBytes.lines(message).map { Self.margin("") + "│   " + $0 }
    }
    return lines
  }

  private func arrow(_ entry: FlowEntry, _ event: FlowEvent, _ time: String) -> String {
    let place = "#\(entry.conversation) " + (entry.channel ?? "")
    var label = "\(place)  \(entry.name)"
    if let serial = entry.serial { label += "  serial \(serial), \(entry.size) bytes" }
    label = String(label.prefix(Self.width - 8))
    let dashes = String(repeating: "─", count: Self.width - 6 - label.count)
    switch event.kind {
    case .opened, .anomaly, .gap, .unreadable, .unfinished, .blocked:
      let note = String("·· \(label) (\(entry.speaker))".prefix(Self.width - 2))
      return Self.margin(time) + "│ " + note + String(repeating: " ", count: Self.width - 2 - note.count) + "│"
    default:
      return Self.margin(time)
        + (event.speaker == .client ? "├─ \(label) \(dashes)─►│" : "│◄─ \(label) \(dashes)─┤")
    }
  }

  private static func margin(_ text: String) -> String {
    String(repeating: " ", count: max(0, 13 - text.count)) + text + "  "
  }

  /// Details between the lifelines, as many a line as fit.
  private static func wrapped(_ details: [String]) -> [String] {
    var lines: [String] = []
    var line = ""
    func flush() {
      guard !line.isEmpty else { return }
      lines.append(margin("") + "│      " + line + String(repeating: " ", count: max(0, width - 7 - line.count)) + "│")
      line = ""
    }
    for word in details.joined(separator: ", ").split(separator: " ") {
      if !line.isEmpty, line.count + 1 + word.count > width - 8 { flush() }
      line += line.isEmpty ? String(word) : " " + word
    }
    flush()
    return lines
  }

  /// Seconds with microseconds.
  static func seconds(_ nanoseconds: UInt64) -> String {
    let micro = nanoseconds / 1000
    let fraction = String(micro % 1_000_000)
    return "\(micro / 1_000_000)." + String(repeating: "0", count: 6 - fraction.count) + fraction
  }
}

extension TextRenderer {
  /// The findings, the worst first; one sentence where there is none.
  ///
  /// - Parameter isWhole: whether all that was said was there to be judged.
  public static func lines(_ findings: [Finding], start: FlowTime, isWhole: Bool = true) -> [String] {
    guard !findings.isEmpty else {
      return [isWhole ? "Nothing wrong was found." : "Nothing wrong was found in what is there."]
    }
    return findings.flatMap { finding in
      let evidence = finding.evidence
      let times = finding.count > 1 ? " (\(finding.count) times)" : ""
      let elsewhere = finding.elsewhere > 0 ? " (and in \(finding.elsewhere) more connections)" : ""
      let bytes = evidence.bytes.isEmpty ? "" : ", bytes \(hexadecimal(evidence.bytes.prefix(24)))"
      return [
        "\(finding.code.severity == .fault ? "FAULT" : "warning")  \(finding.code.rawValue)\(times)\(elsewhere)",
        "  seen:   \(finding.sentence)",
        "  where:  #\(evidence.conversation) \(evidence.channel.map { "\($0)" } ?? ""), "
          + "\(seconds(evidence.time.since(start))) s, \(evidence.speaker.rawValue)'s byte \(evidence.offset)\(bytes)",
        "  cause:  \(finding.cause)",
        "  advice: \(finding.advice)",
      ]
    }
  }
}

/// A message's bytes, field by field.
public enum AnnotatedBytes {
  /// Each line: offset, bytes, name and value. Bytes that no field is read from are shown without a name.
  public static func lines(_ message: FlowMessage) -> [String] {
    let log = message.fields()
    var lines: [String] = []
    var next = 0
    for field in log.fields.sorted(by: { $0.offset < $1.offset }) {
      if field.offset > next { lines += rows(message, next, field.offset - next, "not read") }
      // What two offsets share is shown with the first.
      guard field.offset >= next else { continue }
      lines += rows(message, field.offset, field.size, "\(field.name) = \(FieldText.value(field, in: message))")
      next = field.offset + field.size
    }
    if message.body.count > next { lines += rows(message, next, message.body.count - next, "not read") }
    return lines
  }

  private static func rows(_ message: FlowMessage, _ offset: Int, _ size: Int, _ text: String) -> [String] {
    let start = message.body.startIndex + offset
    let bytes = message.body[start..<min(start + size, message.body.endIndex)]
    let shown = hexadecimal(bytes.prefix(8)) + (bytes.count > 8 ? " …" : "")
    let number = String(offset)
    return [
      String(repeating: " ", count: max(0, 6 - number.count)) + number + "  " + shown
        + String(repeating: " ", count: max(0, 26 - shown.count)) + "  " + text
    ]
  }
}
