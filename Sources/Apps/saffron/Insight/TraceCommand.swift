import ArgumentParser
import SpiceInsight
import SpiceTransport

struct TraceCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trace", _superCommandName: "saffron",
    abstract: "Stand between a client and a server, and record what they say.",
    discussion: """
      Prints the address that the client is to call, passes every connection on, and ends when it is interrupted with \
      what was wrong. The file is pcapng, which saffron flow, saffron replay and Wireshark read, one TCP conversation a \
      channel; each packet is written at once, so that the file is whole whenever this ends.

        saffron trace --listen 127.0.0.1:5931 --to spice://localhost:5930 -o flow.pcapng
        remote-viewer spice://127.0.0.1:5931

      Where the server is called over TLS, the client here calls without, and the plain bytes are recorded. Tickets, \
      keystrokes, the clipboard's contents and devices' data are blanked unless --with-secrets is given; the file says \
      which.

      Exit status: 0 nothing wrong was seen, 3 a fault was seen, 1 the file could not be written.
      """)

  @Option(help: ArgumentHelp("Where the client is to call: HOST:PORT, port 0 for a free one.", valueName: "address"))
  var listen = "127.0.0.1:0"

  @Option(
    help: ArgumentHelp(
      "Where the server is: spice://…, spice+tls://…, spice+unix:///…, or a .vv file.", valueName: "address"))
  var to: String

  @Option(name: .shortAndLong, help: ArgumentHelp("The file to write, or - for standard output.", valueName: "file"))
  var output: String?

  @Flag(help: "Leave keys, clipboard, devices' data and tickets in the file.")
  var withSecrets = false

  @Flag(help: "Tell what is said while it is said.")
  var follow = false

  @Flag(help: "End when the first session is over.")
  var once = false

  @OptionGroup var way: WayOptions

  func validate() throws {
    _ = try ListenAddress.parse(listen)
    guard output != nil || follow else { throw ValidationError("say where to: -o FILE, or --follow, or both") }
  }

  func run() async throws {
    let passage = try await LivePassage(listen: listen, to: to, way: way)
    var options = Trace.Options(file: output, keepsSecrets: withSecrets)
    if follow {
      var telling = FlowReport.Options()
      telling.showsSecrets = withSecrets
      options.report = telling
    }
    let trace: Trace
    do { trace = try Trace(options) } catch { throw CaptureInput.failure("\(error)") }
    say(passage.address)
    await passage.run(trace, once: once)
    let (findings, start) = trace.finish()
    if !follow { for line in TextRenderer.lines(findings, start: start) { say(line) } }
    if trace.failure != nil { throw ExitStatus.failure }
    if findings.contains(where: { $0.code.severity == .fault }) { throw ExitStatus.notSpice }
  }

  /// Standard output is the file's where that was asked for.
  private func say(_ line: String) {
    if output == "-" { Terminal.tell(line) } else { Terminal.put(Terminal.shown(line)) }
  }
}
