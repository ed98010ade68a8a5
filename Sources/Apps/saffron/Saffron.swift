import ArgumentParser

// Each command says its name: to make one of a type's name, the argument parser looks through every conformance of the
// program, at each start.
@main
struct Saffron: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "saffron",
    abstract:
      "SPICE in one tool: see who serves, look at the screen, type and click, be a server, and be told why it fails.",
    discussion: """
      An ADDRESS is what remote-viewer takes: spice://host:5900, spice://host?tls-port=5901, spice+tls://host:5901, \
      spice+unix:///path/to/socket, ws://host:port/path, wss://…, or a .vv file.

      A password comes from --password-file, SAFFRON_PASSWORD, the .vv file, the address (which others may read in the \
      list of processes), or a prompt on a terminal: the first of these that is there counts.

      Exit status: 0 done, 1 other failure, 2 no connection, 3 the peer does not speak SPICE as it should, \
      4 the password was refused, 5 TLS or its certificate, 6 the session ended early, 7 nothing to show or press, \
      64 the command line is wrong.
      """,
    version: "0.1.0",
    subcommands: [
      Probe.self, Screenshot.self, KeyCommand.self, TypeCommand.self, Click.self, Move.self, Serve.self,
      GatewayCommand.self, Flow.self, Diff.self, TraceCommand.self, Replay.self,
    ])
}
