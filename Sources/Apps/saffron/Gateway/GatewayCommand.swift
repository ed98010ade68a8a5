import ArgumentParser
import ServiceLifecycle
import SpiceClient
import SpiceGateway
import SpiceTransport

struct GatewayCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gateway", _superCommandName: "saffron",
    abstract: "Bring screens into browsers: serve the page, and carry its WebSockets to SPICE servers.",
    discussion: """
      Prints the addresses to open in a browser, a line each, and serves until it is interrupted; sessions may then go on \
      for a while (--drain).

        saffron gateway --console demo=spice://127.0.0.1:5930
        saffron gateway gateway.yaml
        saffron gateway gateway.yaml --listen 0.0.0.0:443 --tls-cert cert.pem --tls-key key.pem --name console.example

      Who reaches the gateway may open the consoles that it lists. It listens on this machine alone unless it is told \
      otherwise; tokens (--api-key-file) let single sessions in.
      """)

  @Argument(help: ArgumentHelp("A configuration in YAML; options count for more than it.", valueName: "file"))
  var configuration: String?

  @Option(help: ArgumentHelp("A console: its name, and its server's address or .vv file. May be given several times."))
  var console: [String] = []

  @Option(
    help: ArgumentHelp(
      "Where to listen: HOST:PORT (port 0: a free one) or unix:PATH. May be given several times.",
      valueName: "address"))
  var listen: [String] = []

  @Option(
    help: ArgumentHelp("The page's files. Without it they are looked for beside the program.", valueName: "folder"))
  var web: String?

  @Option(help: ArgumentHelp("A certificate, and what signed it, in PEM: https alone from then on.", valueName: "file"))
  var tlsCert: String?

  @Option(help: ArgumentHelp("The certificate's private key in PEM.", valueName: "file"))
  var tlsKey: String?

  @Option(
    help: ArgumentHelp("Hand out tokens to programs that know the key in the first line of a file.", valueName: "file"))
  var apiKeyFile: String?

  @Option(
    help: ArgumentHelp("A host name that browsers call this gateway by. May be given several times.", valueName: "host")
  )
  var name: [String] = []

  @Option(
    help: ArgumentHelp(
      "Another site whose pages may embed consoles: https://portal.example. May be given several times.",
      valueName: "origin"))
  var origin: [String] = []

  @Option(help: ArgumentHelp("Sessions at once.", valueName: "n"))
  var sessions = 1000

  @Option(
    help: ArgumentHelp(
      "WebSockets a second from one address; ten times as many at once. 0: no limit.", valueName: "n"))
  var rate: Double = 10

  @Option(help: ArgumentHelp("How long sessions may go on after SIGTERM.", valueName: "seconds"))
  var drain: Double = 30

  @Option(
    help: ArgumentHelp("What to tell on standard error: debug, info, notice, warning or error.", valueName: "level"))
  var logLevel = "info"

  @OptionGroup var tracing: TraceOptions

  func validate() throws {
    guard (tlsCert == nil) == (tlsKey == nil) else { throw ValidationError("--tls-cert and --tls-key belong together") }
    guard (1...100_000).contains(sessions) else { throw ValidationError("--sessions takes 1 to 100000") }
    guard (0...1e6).contains(rate) else { throw ValidationError("--rate takes 0 to 1000000") }
    guard (0...86_400).contains(drain) else { throw ValidationError("--drain takes 0 to 86400 seconds") }
    try CommandLog.check(logLevel)
    for text in console where !text.contains("=") {
      throw ValidationError("--console takes NAME=ADDRESS, as in vm7=spice://host:5930, and not '\(text)'")
    }
    _ = try listen.map(ListenAddress.parse)
  }

  func run() async throws {
    let options: GatewayOptions
    let gateway: Gateway
    OpenFiles.allowMost()
    do {
      options = try gatewayOptions()
      gateway = try await Gateway.start(options)
    } catch let error as GatewayError {
      Terminal.tell("saffron: \(error)")
      if case .transport = error { throw ExitStatus.failure }
      throw ExitStatus.usage
    } catch let error as FileFailure {
      Terminal.tell("saffron: \(error)")
      throw ExitStatus.usage
    } catch let error as TargetError {
      Terminal.tell("saffron: \(error)")
      throw ExitStatus.usage
    }
    for address in gateway.addresses { Terminal.put(Self.shown(address, isSecure: options.identity != nil)) }
    try await ServiceGroup(
      configuration: .init(
        services: [gateway], gracefulShutdownSignals: [.sigterm, .sigint], logger: CommandLog.quiet(options.logger))
    ).run()
  }

  // MARK: What the options mean

  private func gatewayOptions() throws -> GatewayOptions {
    let file = try configuration.map { try GatewayConfiguration(file: $0) } ?? GatewayConfiguration()
    var options = GatewayOptions()
    let places = listen.isEmpty ? file.listen : listen
    if !places.isEmpty { options.listen = try places.map(ListenAddress.parse) }
    if let certificate = tlsCert ?? file.tlsCertificate, let key = tlsKey ?? file.tlsKey {
      options.identity = ServerIdentity(certificates: .file(path: certificate), privateKey: .file(path: key))
    }
    options.webFolder = try web ?? file.webFolder ?? WebFolderSearch.find()
    options.consoles = file.consoles
    for text in console {
      let console = try Self.console(text)
      options.consoles.removeAll { $0.name == console.name }
      options.consoles.append(console)
    }
    if let path = apiKeyFile ?? file.apiKeyFile { options.apiKey = try Self.apiKey(in: path) }
    guard !options.consoles.isEmpty || options.apiKey != nil else {
      throw FileFailure(
        description: "there is no console to show: name one with --console NAME=ADDRESS or in a configuration file, or "
          + "let programs name some (--api-key-file)")
    }
    options.tap = try tracing.open().map(ServerTap.init)
    options.names = Set(file.names + name)
    options.origins = Set(file.origins + origin)
    options.sessionLimit = sessions
    let rate = rate > 0 ? rate : 1e9
    options.channels = .init(perSecond: rate, burst: 10 * rate)
    options.requests = .init(perSecond: 2 * rate, burst: 20 * rate)
    options.drainTime = .seconds(drain)
    options.logger = CommandLog.logger(logLevel)
    return options
  }

  private static func console(_ text: String) throws -> Console {
    let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
    guard parts.count == 2, Console.isName(parts[0]) else {
      throw FileFailure(
        description: "--console takes NAME=ADDRESS, the name of letters, digits, “.”, “_” and “-”, and not '\(text)'")
    }
    guard parts[1].hasSuffix(".vv") else {
      return Console(name: parts[0], source: ConsoleSource(.target(try Target(uri: parts[1]))))
    }
    return Console(name: parts[0], source: ConsoleSource(.keyFile(path: parts[1])))
  }

  private static func apiKey(in path: String) throws -> Secret {
    let key = try FileOutput.firstLine(of: path)
    guard key.utf8.count >= 16 else {
      throw FileFailure(description: "the API's key in \(path) has fewer than 16 characters, and could be guessed")
    }
    return Secret(key)
  }

  private static func shown(_ address: Address, isSecure: Bool) -> String {
    switch address {
    case .tcp: "\(isSecure ? "https" : "http")://\(address)/"
    case .unix: "\(address)"
    }
  }
}
