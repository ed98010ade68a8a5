import ArgumentParser
import SpiceInsight

struct Flow: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "flow",
    abstract: "Tell a capture: who said what to whom, when, and what is wrong.",
    discussion: """
      FILE is a pcap or pcapng capture, of tcpdump, Wireshark or any other; - reads standard input. What was typed, \
      copied or plugged in is not shown unless --with-secrets asks for it; passwords never are.

      Exit status: 0 nothing wrong was found, 3 a fault was found, 1 the capture cannot be read.
      """)

  @Argument(help: "A pcap or pcapng capture, or - for standard input.", completion: .file())
  var file: String

  @Option(help: "text, mermaid, json, jsonl or html.")
  var format = FlowReport.Format.text

  @Option(help: ArgumentHelp("Tell of this channel alone: display, or display/0.", valueName: "channel"))
  var channel: String?

  @Option(help: ArgumentHelp("Tell of these messages alone: DRAW_COPY.", valueName: "name"))
  var type: String?

  @Option(help: ArgumentHelp("Begin so many seconds after the first event.", valueName: "seconds"))
  var from: Double?

  @Option(help: ArgumentHelp("End so many seconds after the first event.", valueName: "seconds"))
  var to: Double?

  @Flag(help: "Show each field with its bytes and offset.")
  var bytes = false

  @Flag(help: "Show keys, clipboard and devices' data too.")
  var withSecrets = false

  func run() throws {
    var options = FlowReport.Options()
    options.format = format
    options.channel = channel
    options.type = type
    options.from = from
    options.to = to
    options.showsBytes = bytes
    options.showsSecrets = withSecrets
    var report = FlowReport(options: options)
    for line in report.head { Terminal.put(line) }
    try CaptureInput.read(file) { try report.feed($0) { Terminal.put($0) } }
    try report.finish { Terminal.put($0) }
    if report.packets == 0, let problem = report.problems.first { throw CaptureInput.failure(problem) }
    if report.findings.contains(where: { $0.code.severity == .fault }) { throw ExitStatus.notSpice }
  }
}

extension FlowReport.Format: ExpressibleByArgument {}
