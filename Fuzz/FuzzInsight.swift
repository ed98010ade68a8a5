import SpiceInsight
import SpiceProtocol

/// Any bytes as a capture file (first byte even), or as what two ends say: pieces of u8 who, on which connection and how
/// much later, u8 size, bytes. No input may trap; events stand in order in their streams; all that is told can be told.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzInsight(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
  guard size >= 1 else { return 0 }
  let bytes = Array(UnsafeBufferPointer(start: data, count: size))
  var watcher = Watcher()
  if bytes[0] & 1 == 0 {
    var flow = CaptureFlow()
    // In two pieces, cut anywhere.
    let cut = min(size, 1 + Int(bytes[0]) * 16)
    for piece in [bytes[1..<cut], bytes[cut...]] { flow.feed(Array(piece)) { watcher.see($0) } }
    flow.finish { watcher.see($0) }
    watcher.finish(at: flow.now)
    var recording = RecordingReader()
    if (try? recording.feed(Array(bytes[1...]))) != nil { _ = try? recording.finish() }
  } else {
    var tape = Tape()
    var reader = FlowReader()
    var time = FlowTime(nanoseconds: 1_000_000_000)
    var rest = bytes[1...]
    while let what = rest.popFirst(), let count = rest.popFirst() {
      let piece = rest.prefix(Int(count))
      rest = rest.dropFirst(piece.count)
      time.nanoseconds &+= UInt64(what >> 4) * 500_000_000
      let speaker: Speaker = what & 1 == 0 ? .client : .server
      let id = Int(what >> 1 & 3)
      switch (what >> 3 & 1, count) {
      case (1, 0): reader.close(id, from: speaker, reset: what & 16 != 0, at: time)
      case (1, 1): reader.gap(Int(piece.first ?? 0), from: speaker, at: time, conversation: id)
      case (1, 2): reader.block(id, speaker, what & 16 == 0, at: time)
      default:
        reader.feed(piece, from: speaker, at: time, conversation: id)
        tape.record(Array(piece), speaker, id, time)
      }
      for event in reader.takeEvents() { watcher.see(event) }
    }
    reader.finish()
    for event in reader.takeEvents() { watcher.see(event) }
    watcher.finish(at: time)
    tape.finish(time)
  }
  return 0
}

/// A recorder, whose file has to be read without a complaint and with as many bytes of each stream as were said.
private struct Tape {
  private final class File { var bytes: [UInt8] = [] }

  private let file = File()
  private var recorder: Recorder?
  private var said = 0

  init() {
    let file = file
    let time = FlowTime(nanoseconds: 1)
    recorder = try? Recorder { file.bytes += $0 }
    for port: UInt16 in 1...4 {
      _ = try? recorder?.open(
        client: Endpoint(10, 0, 0, 1, port: port), server: Endpoint(10, 0, 0, 2, port: 5900), at: time)
    }
  }

  mutating func record(_ bytes: [UInt8], _ speaker: Speaker, _ id: Int, _ time: FlowTime) {
    said += bytes.count
    try? recorder?.record(bytes, from: speaker, in: id + 1, at: time)
  }

  mutating func finish(_ time: FlowTime) {
    try? recorder?.finish(at: time)
    var reader = CaptureReader()
    var written = 0
    reader.feed(file.bytes)
    while let item = reader.next() {
      guard case .packet(let packet) = item, case .tcp(let segment) = packet.content else { continue }
      written += segment.payload.count
    }
    precondition(reader.finish() == nil && written <= said)
  }
}

private struct Watcher {
  var diagnosis = Diagnosis()
  var summary = FlowSummary()
  var text = TextRenderer(showsBytes: true)
  var mermaid = MermaidRenderer()
  var entries: [FlowEntry] = []
  var reached: [Int: [Speaker: UInt64]] = [:]

  mutating func see(_ event: FlowEvent) {
    let before = reached[event.conversation]?[event.speaker] ?? 0
    precondition(event.range.upperBound >= before, "\(event.range) after \(before)")
    reached[event.conversation, default: [:]][event.speaker] = event.range.upperBound
    diagnosis.see(event)
    summary.see(event)
    precondition(text.lines(event).count > 0)
    _ = mermaid.lines(event)
    if entries.count < 256 { entries.append(FlowEntry(event, options: EntryOptions(showsSecrets: true))) }
  }

  mutating func finish(at time: FlowTime) {
    diagnosis.finish(at: time)
    _ = TextRenderer.lines(diagnosis.findings, start: time)
    _ = summary.lines
    let half = entries.count / 2
    _ = FlowDiff(Array(entries[..<half]), Array(entries[half...])).lines
    precondition(FlowDiff(entries, entries).differences.isEmpty)
  }
}
