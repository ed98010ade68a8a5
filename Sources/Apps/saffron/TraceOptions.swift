import ArgumentParser

/// For every command that connects, or is connected to.
struct TraceOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Record what is said as a pcapng file, for saffron flow and Wireshark.", valueName: "file"))
  var trace: String?

  @Flag(help: "Leave keys, clipboard and tickets in that file.")
  var withSecrets = false

  func validate() throws {
    guard !withSecrets || trace != nil else { throw ValidationError("--with-secrets needs --trace") }
  }

  /// What --trace asks for; nil where it was not given.
  func open() throws -> Trace? {
    guard let trace else { return nil }
    do {
      return try Trace(Trace.Options(file: trace, keepsSecrets: withSecrets, followsGLZ: false))
    } catch {
      Terminal.tell("saffron: \(error)")
      throw ExitStatus.failure
    }
  }
}
