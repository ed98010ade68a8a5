import ArgumentParser
import SpiceClient
import SpiceTransport

// The argument parser looks through every conformance of the program for each type that it has not met, at each start. So
// commands say their names, which else were made of their types', and one that is called by it is parsed alone: the whole
// tree, and the two requests for completions that the parser tries where there is no `_superCommandName`, are four million
// instructions of thirty-five. Whatever else is asked for, and what is wrong, goes to the tree.

@main
enum Start {
  static func main() async {
    let words = Array(CommandLine.arguments.dropFirst())
    guard let command = Saffron.commands.first(where: { $0.configuration.commandName == words.first }) else {
      return await Saffron.main()
    }
    if Saffron.clients.contains(where: { $0 == command }) {
      // While the words are read, on another core or the server's.
      if let target = plainTarget(in: words) {
        Client.preconnect(to: target)
      } else {
        Task.detached { Transport.prepare() }
      }
    }
    guard var parsed = try? await command.asyncParseAsRoot(Array(words.dropFirst())) as? any AsyncParsableCommand else {
      return await Saffron.main()
    }
    do {
      try await parsed.run()
    } catch {
      Saffron.exit(withError: error)
    }
  }

  /// Whom the words mean, where they show that at a glance: a long option may say to go another way, or not at all.
  private static func plainTarget(in words: [String]) -> Target? {
    guard !words.contains(where: { $0.hasPrefix("--") || $0 == "-h" }),
      let address = words.first(where: { $0.hasPrefix("spice://") || $0.hasPrefix("spice+unix://") })
    else { return nil }
    return try? Target(uri: address)
  }
}

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
    subcommands: commands.map { $0 })

  static let commands = clients + others

  /// Those that begin with a connection.
  static let clients: [any AsyncParsableCommand.Type] = [
    Probe.self, Screenshot.self, KeyCommand.self, TypeCommand.self, Click.self, Move.self,
  ]

  private static let others: [any AsyncParsableCommand.Type] = [
    Serve.self, GatewayCommand.self, Flow.self, Diff.self, TraceCommand.self, Replay.self,
  ]
}
