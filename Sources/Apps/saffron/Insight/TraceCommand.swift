import ArgumentParser
import SpiceClient
import SpiceInsight
import SpiceTransport
import UnixSignals

struct TraceCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trace",
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
    let endpoint = try serverEndpoint()
    let trace: Trace
    let listener: Listener
    do {
      listener = try await Listener.bind(try ListenAddress.parse(listen))
      trace = try Trace(Trace.Options(file: output, keepsSecrets: withSecrets, follows: follow))
    } catch let error as TransportError {
      throw CaptureInput.failure("\(error)")
    } catch let error as FileFailure {
      throw CaptureInput.failure("\(error)")
    }
    say(ListenAddress.uri(listener.address))
    let proxy = TraceProxy(listener: listener, endpoint: endpoint, trace: trace, endsWithFirst: once)
    await untilInterrupted { await proxy.run() }
    await listener.close()
    let (findings, start) = trace.finish()
    for line in TextRenderer.lines(findings, start: start) { say(line) }
    if trace.failure != nil { throw ExitStatus.failure }
    if findings.contains(where: { $0.code.severity == .fault }) { throw ExitStatus.notSpice }
  }

  /// Standard output is the file's where that was asked for.
  private func say(_ line: String) {
    if output == "-" { Terminal.tell(line) } else { Terminal.put(Terminal.shown(line)) }
  }

  private func serverEndpoint() throws -> SpiceTransport.Endpoint {
    do {
      var target = try Target(uri: to)
      way.complete(&target)
      return try target.endpoint(connectTimeout: .seconds(way.timeout))
    } catch {
      Terminal.tell("saffron: \(error)")
      throw ExitStatus.usage
    }
  }
}

/// Runs until the work is done or the process is asked to end.
func untilInterrupted(_ work: @escaping @Sendable () async -> Void) async {
  await withTaskGroup(of: Void.self) { group in
    group.addTask { await work() }
    group.addTask {
      for await _ in await UnixSignalsSequence(trapping: .sigterm, .sigint) { return }
    }
    await group.next()
    group.cancelAll()
  }
}
