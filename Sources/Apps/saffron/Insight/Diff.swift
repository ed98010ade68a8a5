import ArgumentParser
import SpiceInsight

struct Diff: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff", _superCommandName: "saffron",
    abstract: "Tell where two captures part: the first difference that matters on top.",
    discussion: """
      What is wrong in one alone comes first. Then capabilities, order, missing and extra messages, fields and times are \
      compared, channel by channel. Exit status: 0 they say the same, 1 they differ or cannot be read.
      """)

  @Argument(help: "A pcap or pcapng capture, of the client that works.", completion: .file())
  var left: String

  @Argument(help: "A pcap or pcapng capture, of the one that does not.", completion: .file())
  var right: String

  @Flag(help: "Report as JSON, for programs.")
  var json = false

  func run() async throws {
    let (one, other) = (try told(left), try told(right))
    let diff = FlowDiff(one.entries, other.entries, findings: (one.findings, other.findings))
    if json {
      Terminal.put(try diff.json())
    } else {
      for line in diff.lines { Terminal.put(line) }
    }
    if !diff.differences.isEmpty { throw ExitStatus.failure }
  }

  private func told(_ file: String) throws -> (entries: [FlowEntry], findings: [Finding]) {
    var flow = CaptureFlow()
    var diagnosis = Diagnosis()
    var entries: [FlowEntry] = []
    func see(_ event: FlowEvent) {
      diagnosis.see(event)
      entries.append(FlowEntry(event))
    }
    try CaptureInput.read(file) { flow.feed($0, see) }
    flow.finish(see)
    if flow.packets == 0, let problem = flow.problems.first { throw CaptureInput.failure("\(file): \(problem)") }
    diagnosis.finish(at: flow.now)
    return (entries, diagnosis.findings)
  }
}
