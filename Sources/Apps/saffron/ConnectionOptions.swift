import ArgumentParser
import SpiceClient
import SpiceProtocol
import SpiceSession

/// What every command needs to reach a server.
struct ConnectionOptions: ParsableArguments {
  @Argument(help: "Where the server is: spice://host:port, spice+tls://…, spice+unix:///path, wss://…, or a .vv file.")
  var address: String

  @Option(help: ArgumentHelp("Read the password from the first line of a file.", valueName: "file"))
  var passwordFile: String?

  @OptionGroup var way: WayOptions

  @OptionGroup var tracing: TraceOptions

  var timeout: Double { way.timeout }

  /// Connects with those channels; explains a failure on standard error and ends the command with its status.
  func connect(_ channels: Set<ChannelType>) async throws -> Client {
    try await connect(ClientOptions(channels: channels))
  }

  func connect(_ options: ClientOptions) async throws -> Client {
    var options = options
    if options.tap == nil { options.tap = try tracing.open() }
    var target = try readTarget()
    return try await reporting(ExitStatus.ofConnecting) { () throws(ClientError) in
      options.connectTimeout = .seconds(timeout)
      options.linkTimeout = .seconds(timeout)
      do throws(ClientError) {
        return try await Client.connect(to: target, options: options)
      } catch {
        // Only a person can be asked; nobody who gave a password is asked for another.
        guard error.wantsPassword, let password = Terminal.password(prompt: "Password: ") else { throw error }
        target.password = Secret(password)
        return try await Client.connect(to: target, options: options)
      }
    }
  }

  /// Runs a step of a command; explains its failure on standard error and ends the command with its status.
  func reporting<Value>(
    _ status: (ClientError) -> ExitCode = ExitStatus.ofSession, _ step: () async throws(ClientError) -> Value
  ) async throws -> Value {
    do throws(ClientError) {
      return try await step()
    } catch {
      Terminal.tell("saffron: \(error)")
      throw status(error)
    }
  }
}

extension ConnectionOptions {
  /// What the address, the options and the environment say; explains on standard error what is wrong with them.
  private func readTarget() throws -> Target {
    do {
      var target = try Target(uri: address)
      try target.deleteFile()
      try complete(&target)
      way.complete(&target)
      return target
    } catch {
      Terminal.tell("saffron: \(error)")
      throw ExitStatus.usage
    }
  }

  private func complete(_ target: inout Target) throws(FileFailure) {
    if let passwordFile {
      target.password = Secret(try FileOutput.firstLine(of: passwordFile))
    } else if let password = Terminal.environment("SAFFRON_PASSWORD"), !password.isEmpty {
      target.password = Secret(password)
    }
  }
}

extension ClientError {
  fileprivate var wantsPassword: Bool {
    if case .session(.link(_, .ticketRefused(LinkErrorCode.permissionDenied.rawValue, passwordGiven: false))) = self {
      true
    } else {
      false
    }
  }
}
