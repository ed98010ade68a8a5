import ArgumentParser
import SpiceInsight

struct Diff: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "Tell where two captures part: the first difference that matters on top.",
    discussion: """
      Capabilities, order, missing and extra messages, fields and times are compared, channel by channel. Exit status: \
      0 they say the same, 1 they differ or cannot be read.
      """)

  @Argument(help: "A pcap or pcapng capture, of the client that works.", completion: .file())
  var left: String

  @Argument(help: "A pcap or pcapng capture, of the one that does not.", completion: .file())
  var right: String

  @Flag(help: "Report as JSON, for programs.")
  var json = false

  func run() throws {
    let diff = FlowDiff(try entries(left), try entries(right))
    if json {
      Terminal.put(try diff.json())
    } else {
      for line in diff.lines { Terminal.put(line) }
    }
    if !diff.differences.isEmpty { throw ExitStatus.failure }
  }

  private func entries(_ file: String) throws -> [FlowEntry] {
    var flow = CaptureFlow()
    var entries: [FlowEntry] = []
    try CaptureInput.read(file) { bytes in flow.feed(bytes) { entries.append(FlowEntry($0)) } }
    flow.finish { entries.append(FlowEntry($0)) }
    if flow.packets == 0, let problem = flow.problems.first { throw CaptureInput.failure("\(file): \(problem)") }
    return entries
  }
}
