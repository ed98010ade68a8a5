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

  @Option(
    help: ArgumentHelp("Trust the certificate authorities in this PEM file instead of the system's.", valueName: "file")
  )
  var caFile: String?

  @Option(help: ArgumentHelp("Expect this certificate subject instead of the host's name.", valueName: "subject"))
  var hostSubject: String?

  @Flag(help: "Accept any certificate. Whoever is on the way can then read and change everything.")
  var insecure = false

  @Option(help: ArgumentHelp("Go through a proxy: http://proxy:3128 or socks5://proxy:1080.", valueName: "url"))
  var proxy: String?

  @Option(help: ArgumentHelp("Seconds to wait for each step of connecting.", valueName: "seconds"))
  var timeout: Double = 10

  func validate() throws {
    guard timeout > 0, timeout <= 3600 else {
      throw ValidationError("--timeout takes seconds between 0 and 3600")
    }
  }

  /// Connects with those channels; explains a failure on standard error and ends the command with its status.
  func connect(_ channels: Set<ChannelType>) async throws -> Client {
    try await connect(ClientOptions(channels: channels))
  }

  func connect(_ options: ClientOptions) async throws -> Client {
    var target = try readTarget()
    return try await reporting(ExitStatus.ofConnecting) { () throws(ClientError) in
      var options = options
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
      return target
    } catch {
      Terminal.tell("saffron: \(error)")
      throw ExitStatus.usage
    }
  }

  private func complete(_ target: inout Target) throws(FileFailure) {
    for warning in target.file?.warnings ?? [] { Terminal.tell("saffron: \(warning)") }
    if let passwordFile {
      target.password = Secret(try FileOutput.firstLine(of: passwordFile))
    } else if let password = Terminal.environment("SAFFRON_PASSWORD"), !password.isEmpty {
      target.password = Secret(password)
    }
    if let caFile { target.tls.authority = .file(path: caFile) }
    if let hostSubject { target.tls.hostSubject = hostSubject }
    if let proxy { target.proxy = proxy }
    if insecure { target.tls.isInsecure = true }
    if target.tls.ciphers != nil {
      Terminal.tell("saffron: WARNING: tls-ciphers is not obeyed; the TLS library's own choice of ciphers is used")
    }
    if target.tls.isInsecure {
      Terminal.tell(
        "saffron: WARNING: the server's certificate is not checked (--insecure); whoever is on the way can read and "
          + "change everything, passwords too")
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
