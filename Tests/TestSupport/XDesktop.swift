import Foundation

/// An X desktop whose screen libspice-server serves, without any virtual machine.
public struct XDesktop: Sendable {
  /// `-image-compression` of libspice-server.
  public enum Compression: String, CaseIterable, Sendable {
    case off
    case autoGLZ = "auto_glz"
    case autoLZ = "auto_lz"
    case quic
    case glz
    case lz
  }

  /// When a codec for slow lines is used.
  public enum WideArea: String, Sendable {
    case auto, never, always
  }

  /// How it is started.
  public struct Options: Sendable {
    public var width = 1024
    public var height = 768
    public var compression = Compression.autoGLZ
    public var jpeg = WideArea.auto
    public var zlibGLZ = WideArea.auto
    /// `off`, `all` or `filter`; off keeps a still screen exact.
    public var streaming = "off"
    /// Off-screen surfaces.
    public var surfaces = true
    /// Changed rectangles so many times a second instead of draw commands.
    public var deferredFramesPerSecond = 0
    /// What a client has to say; nil: no ticket.
    public var password: String?
    /// The folder of `TestCertificates`: serves TLS as well.
    public var certificates: URL?
    /// The guest agent runs: clipboard, resizing, file transfer.
    public var agent = false
    /// Show a pointer. Without it `screen()` is exactly what a client gets: the X server draws pointers of two colours
    /// into the picture itself, but leaves them out of what its own clients see.
    public var pointer = false
    public var videoCodecs = "spice:mjpeg"

    public init() {}

    var environment: [String: String] {
      var variables = [
        "XSPICE_SIZE": "\(width)x\(height)",
        "XSPICE_IMAGE_COMPRESSION": compression.rawValue,
        "XSPICE_JPEG_WAN_COMPRESSION": jpeg.rawValue,
        "XSPICE_ZLIB_GLZ_WAN_COMPRESSION": zlibGLZ.rawValue,
        "XSPICE_STREAMING_VIDEO": streaming,
        "XSPICE_VIDEO_CODECS": videoCodecs,
        "XSPICE_CURSOR": pointer ? "1" : "0",
        "XSPICE_SURFACES": surfaces ? "1" : "0",
        "XSPICE_DEFERRED_FPS": "\(deferredFramesPerSecond)",
      ]
      if let password { variables["XSPICE_PASSWORD"] = password }
      if let certificates {
        variables["XSPICE_TLS_PORT"] = "auto"
        variables["XSPICE_X509_DIR"] = certificates.path
      }
      if agent { variables["XSPICE_AGENT"] = "1" }
      return variables
    }
  }

  /// For `DISPLAY`, such as `:7`.
  public let display: String
  /// On 127.0.0.1.
  public let port: Int
  public let tlsPort: Int?

  public var uri: String { "spice://127.0.0.1:\(port)" }

  /// Runs an X program to its end.
  @discardableResult
  public func run(_ program: String, _ arguments: String..., deadline: Duration = .seconds(30)) async throws
    -> Subprocess.Output
  {
    try await Subprocess.check(program, arguments, environment: ["DISPLAY": display], deadline: deadline)
  }

  /// Starts an X program and leaves it running; it ends with the desktop at the latest. Keep the result: the program
  /// ends when it is let go.
  public func start(_ program: String, _ arguments: String...) throws -> RunningProcess {
    try Subprocess.start(program, arguments, environment: ["DISPLAY": display])
  }

  /// Starts a program and waits until a window with that title shows.
  public func start(_ program: String, _ arguments: String..., untilWindow title: String) async throws
    -> RunningProcess
  {
    let running = try Subprocess.start(program, arguments, environment: ["DISPLAY": display])
    try await waitUntil("a window '\(title)' of \(running.name)") {
      if !running.isRunning { throw PeerError("\(running.name) ended: \(try running.output().complaint)") }
      let search = try await Subprocess.run(
        "xdotool", ["search", "--onlyvisible", "--name", title], environment: ["DISPLAY": display])
      return search.status == 0 ? () : nil
    }
    return running
  }

  /// The screen as the X server itself has it, without the pointer: the truth to compare a client's picture with.
  public func screen() async throws -> Picture {
    try Picture(ppm: await run("import", "-window", "root", "-depth", "8", "ppm:-").standardOutput)
  }

  /// The screen, once two looks `pause` apart were equal.
  public func stillScreen(pause: Duration = .milliseconds(500)) async throws -> Picture {
    var last = try await screen()
    return try await waitUntil("the screen of \(display) to stand still", every: pause) {
      let now = try await screen()
      defer { last = now }
      return now == last ? now : nil
    }
  }
}

/// Starts a desktop, runs `body`, and ends it with all its programs whatever happens.
public func withXDesktop<Result: Sendable>(
  _ options: XDesktop.Options = XDesktop.Options(),
  _ body: @Sendable (XDesktop) async throws -> Result
) async throws -> Result {
  try await Peer.with("xspice", start: ["auto", "auto"], environment: options.environment) { facts in
    guard let display = facts["DISPLAY"], let port = Peer.number("PORT", in: facts) else {
      throw PeerError("xspice start printed no DISPLAY and PORT")
    }
    return try await body(
      XDesktop(display: display, port: port, tlsPort: Peer.number("TLS_PORT", in: facts)))
  }
}
