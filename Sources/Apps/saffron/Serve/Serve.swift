import ArgumentParser
import Logging
import ServiceLifecycle
import SpiceMedia
import SpicePixels
import SpiceProtocol
import SpiceServer
import SpiceSession
import SpiceTransport

struct Serve: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve", _superCommandName: "saffron",
    abstract: "Be a SPICE server: a living desktop to try clients with, or pictures.",
    discussion: """
      Prints the addresses to use, a line each, and serves until it is interrupted.

        saffron serve                              a desktop of its own
        saffron serve --png slides/                pictures, the next one at each click or key
        saffron serve --listen 0.0.0.0:5930 --password-file secret

      Web browsers' SPICE clients may call the same port (ws://host:port/); with --tls-cert, TLS ones too.
      """)

  @Flag(help: "Show a desktop of its own: text, clock, film, keyboard, pointer, sound. The default.")
  var demo = false

  @Option(
    help: ArgumentHelp("Show the .png and .ppm files of a folder, in the order of their names.", valueName: "folder"))
  var png: String?

  @Option(help: ArgumentHelp("Show the next picture by itself after so many seconds.", valueName: "seconds"))
  var every: Double?

  @Option(
    help: ArgumentHelp(
      "Where to listen: HOST:PORT (port 0: a free one) or unix:PATH. May be given several times.",
      valueName: "address"))
  var listen: [String] = []

  @Option(help: ArgumentHelp("A certificate, and what signed it, in PEM.", valueName: "file"))
  var tlsCert: String?

  @Option(help: ArgumentHelp("The certificate's private key in PEM.", valueName: "file"))
  var tlsKey: String?

  @Option(help: ArgumentHelp("A port of the first address for TLS only.", valueName: "port"))
  var tlsPort: Int?

  @Option(help: ArgumentHelp("Let in who knows the password in the first line of a file.", valueName: "file"))
  var passwordFile: String?

  @Option(help: ArgumentHelp("The password lets nobody in any more after so many seconds.", valueName: "seconds"))
  var ticketExpires: Double?

  @Option(help: ArgumentHelp("The screen's size.", valueName: "width x height"))
  var size = "1280x800"

  @Option(help: ArgumentHelp("Monitors side by side on the screen.", valueName: "n"))
  var monitors = 1

  @Option(
    help: ArgumentHelp(
      "off, auto-glz, auto-lz, quic, glz, lz or lz4, where the client has no preference.", valueName: "codec"))
  var compression = "auto-glz"

  @Option(
    help: ArgumentHelp(
      "Send photographs as JPEG of that quality, 1 to 100, and repair them later.", valueName: "quality"))
  var lossy: Int?

  @Flag(inversion: .prefixedNo, help: "Make video streams of what moves all the time.")
  var video = true

  @Option(
    help: ArgumentHelp(
      "Silent callers are taken for VNC clients after so many seconds; 0: never.", valueName: "seconds"))
  var silence: Double = 2

  @Flag(help: "End when the last client has left.")
  var exitAfterDisconnect = false

  @OptionGroup var tracing: TraceOptions

  @Option(
    help: ArgumentHelp("What to tell on standard error: debug, info, notice, warning or error.", valueName: "level"))
  var logLevel = "notice"

  func validate() throws {
    guard !(demo && png != nil) else { throw ValidationError("--demo and --png are two things to show; choose one") }
    guard (tlsCert == nil) == (tlsKey == nil) else { throw ValidationError("--tls-cert and --tls-key belong together") }
    guard tlsPort == nil || tlsCert != nil else { throw ValidationError("--tls-port needs --tls-cert and --tls-key") }
    guard tlsPort.map({ (0...65_535).contains($0) }) ?? true else {
      throw ValidationError("--tls-port takes 0 to 65535")
    }
    guard ticketExpires == nil || passwordFile != nil else {
      throw ValidationError("--ticket-expires needs --password-file")
    }
    guard ticketExpires.map({ (0...1e9).contains($0) }) ?? true else {
      throw ValidationError("--ticket-expires takes seconds from 0 on")
    }
    guard every == nil || png != nil else { throw ValidationError("--every needs --png") }
    guard every.map({ (0.01...86_400).contains($0) }) ?? true else {
      throw ValidationError("--every takes 0.01 to 86400 seconds")
    }
    guard (1...16).contains(monitors) else { throw ValidationError("--monitors takes 1 to 16") }
    guard lossy.map({ (1...100).contains($0) }) ?? true else { throw ValidationError("--lossy takes 1 to 100") }
    guard (0...3600).contains(silence) else { throw ValidationError("--silence takes 0 to 3600 seconds") }
    try CommandLog.check(logLevel)
    _ = try screenSize()
    _ = try codec()
    _ = try addresses()
  }

  func run() async throws {
    do {
      let options = try serverOptions()
      let show = try makeShow()
      let server = try await Server.start(options)
      try await serve(server, show, logger: options.logger)
    } catch let error as ServerError {
      Terminal.tell("saffron: \(error)")
      throw ExitStatus.failure
    } catch let error as FileFailure {
      Terminal.tell("saffron: \(error)")
      throw ExitStatus.usage
    }
  }

  private func serve(_ server: Server, _ show: any Show, logger: Logger) async throws {
    let group = ServiceGroup(
      configuration: .init(
        services: [
          .init(service: server, successTerminationBehavior: .gracefullyShutdownGroup),
          .init(
            service: Stage(
              server: server, show: show, endsWithLastClient: exitAfterDisconnect,
              addresses: addressesToUse(of: server)),
            successTerminationBehavior: .gracefullyShutdownGroup),
        ],
        gracefulShutdownSignals: [.sigterm, .sigint], logger: CommandLog.quiet(logger)))
    try await group.run()
  }

  // MARK: What the options mean

  private func serverOptions() throws -> ServerOptions {
    var options = ServerOptions()
    options.listen = try addresses()
    if let tlsCert, let tlsKey {
      options.identity = ServerIdentity(certificates: .file(path: tlsCert), privateKey: .file(path: tlsKey))
    }
    if let tlsPort, case .tcp(let host, _) = options.listen[0] {
      options.listenSecurely = [.tcp(host: host, port: tlsPort)]
    }
    if let passwordFile { options.password = Secret(try FileOutput.firstLine(of: passwordFile)) }
    if let ticketExpires { options.passwordExpiry = .now + .seconds(ticketExpires) }
    let size = try screenSize()
    options.screens = [.init(size: size, monitors: monitorPlaces(on: size))]
    options.display.compression = try codec()
    options.display.lossyQuality = lossy
    options.display.streaming = video
    options.silenceGrace = silence > 0 ? .seconds(silence) : nil
    options.name = png == nil ? "Saffron's demo desktop" : "Saffron's pictures"
    options.logger = CommandLog.logger(logLevel)
    options.tap = try tracing.open().map(ServerTap.init)
    return options
  }

  private func makeShow() throws -> any Show {
    let size = try screenSize()
    if let png { return try SlideShow(folder: png, every: every.map { .seconds($0) }) }
    do {
      return try DemoShow(size: size)
    } catch {
      throw ValidationError("--size \(self.size) is no size that a screen can have")
    }
  }

  private func addresses() throws -> [Address] {
    if listen.isEmpty { return [.tcp(host: "127.0.0.1", port: 5930)] }
    return try listen.map(ListenAddress.parse)
  }

  private func screenSize() throws -> Size {
    let parts = size.split(separator: "x")
    guard parts.count == 2, let width = Int(parts[0]), let height = Int(parts[1]), (1...16_384).contains(width),
      (1...16_384).contains(height)
    else { throw ValidationError("--size takes WIDTHxHEIGHT in pixels, as in 1280x800, and not '\(size)'") }
    return Size(width: width, height: height)
  }

  private func codec() throws -> ImageCompression {
    switch compression {
    case "off": .off
    case "auto-glz": .autoGLZ
    case "auto-lz": .autoLZ
    case "quic": .quic
    case "glz": .glz
    case "lz": .lz
    case "lz4": .lz4
    default:
      throw ValidationError(
        "--compression takes off, auto-glz, auto-lz, quic, glz, lz or lz4, and not '\(compression)'")
    }
  }

  private func monitorPlaces(on size: Size) -> [Rect] {
    guard monitors > 1 else { return [] }
    return (0..<monitors).map { index in
      Rect(
        left: Int32(size.width * index / monitors), top: 0, right: Int32(size.width * (index + 1) / monitors),
        bottom: Int32(size.height))
    }
  }

  private func addressesToUse(of server: Server) -> [String] {
    server.addresses.enumerated().map { index, address in
      ListenAddress.uri(address, isSecure: index >= max(1, listen.count))
    }
  }
}
