import ArgumentParser
import SpiceInsight

struct Flow: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "flow", _superCommandName: "saffron",
    abstract: "Tell a capture, or a live session: who said what to whom, when, and what is wrong.",
    discussion: """
      FILE is a pcap or pcapng capture, of tcpdump, Wireshark or any other; - reads standard input. What was typed, \
      copied or plugged in is not shown unless --with-secrets asks for it; passwords never are.

      With --live it stands between a client and that server, prints on standard error what the client is to call, and \
      tells what is said while it is said; interrupt it for the summary and the findings.

        saffron flow --live spice://localhost:5930 --channel display

      Exit status: 0 nothing wrong was found, 3 a fault was found, 1 the capture cannot be read.
      """)

  @Argument(help: "A pcap or pcapng capture, or - for standard input.", completion: .file())
  var file: String?

  @Option(
    help: ArgumentHelp(
      "Tell what is said with this server: spice://…, spice+tls://…, or a .vv file.", valueName: "address"))
  var live: String?

  @Option(help: ArgumentHelp("With --live: where the client is to call; port 0 for a free one.", valueName: "address"))
  var listen = "127.0.0.1:0"

  @Flag(help: "With --live: end when the first session is over.")
  var once = false

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

  @OptionGroup var way: WayOptions

  func validate() throws {
    guard (file == nil) != (live == nil) else { throw ValidationError("give a FILE, or --live ADDRESS") }
    _ = try ListenAddress.parse(listen)
  }

  func run() async throws {
    var options = FlowReport.Options()
    options.format = format
    options.channel = channel
    options.type = type
    options.from = from
    options.to = to
    options.showsBytes = bytes
    options.showsSecrets = withSecrets
    for line in FlowReport(options: options).head { put(line) }
    let findings = if let live { try await tell(live: live, options) } else { try tell(options) }
    if findings.contains(where: { $0.code.severity == .fault }) { throw ExitStatus.notSpice }
  }

  private func tell(_ options: FlowReport.Options) throws -> [Finding] {
    var report = FlowReport(options: options)
    try CaptureInput.read(file ?? "-") { try report.feed($0, put) }
    try report.finish(put)
    if report.packets == 0, let problem = report.problems.first { throw CaptureInput.failure(problem) }
    return report.findings
  }

  private func tell(live server: String, _ options: FlowReport.Options) async throws -> [Finding] {
    let passage = try await LivePassage(listen: listen, to: server, way: way)
    let trace = try Trace(Trace.Options(keepsSecrets: withSecrets, report: options, followsGLZ: false))
    Terminal.tell("Let the client call \(passage.address)")
    await passage.run(trace, once: once)
    _ = trace.finish()
    return trace.told
  }

  /// What people read must not move their cursor; what programs read stands as it is.
  private func put(_ line: String) {
    Terminal.put(format.isForPeople ? Terminal.shown(line) : line)
  }
}

extension FlowReport.Format: ExpressibleByArgument {}
