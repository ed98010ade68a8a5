import Foundation

/// A guest in QEMU, whose screen QEMU serves by SPICE: GRUB's menu, unless it boots something else.
public struct QemuGuest: Sendable {
  /// How it is started.
  public struct Options: Sendable {
    /// Start only when GRUB's menu stands and its countdown is stopped: the picture then stays as it is.
    public var waitsForMenu = true
    /// What a client has to say; nil: no ticket.
    public var password: String?
    /// The folder of `TestCertificates`: serves TLS as well.
    public var certificates: URL?
    /// No port without TLS.
    public var tlsOnly = false
    /// A Unix socket to listen on instead of any port.
    public var unixSocket: URL?
    /// The guest agent's port.
    public var agent = false
    /// Playback and record channels.
    public var audio = false
    /// More options of QEMU's `-spice`, such as `image-compression=quic`.
    public var spice: String?
    /// More arguments of QEMU.
    public var arguments: [String] = []

    public init() {}
  }

  /// On 127.0.0.1; nil where it listens elsewhere only.
  public let port: Int?
  public let tlsPort: Int?
  public let unixSocket: URL?
  /// QEMU's control socket.
  public let control: String

  /// `spice://127.0.0.1:PORT`, or with TLS or a Unix socket what the reference client calls it.
  public var uri: String {
    if let unixSocket { return "spice+unix://\(unixSocket.path)" }
    if let port { return "spice://127.0.0.1:\(port)" }
    return "spice://127.0.0.1?tls-port=\(tlsPort ?? 0)"
  }

  /// One command of QEMU's control protocol; arguments as `key=value`. Gives the answer, a line of JSON.
  @discardableResult
  public func ask(_ command: String, _ arguments: String...) async throws -> String {
    try await Subprocess.check(Repository.script("peers/qmp"), [control, command] + arguments).text
  }

  /// What stands in the guest's text screen: 25 lines.
  public func textScreen() async throws -> String { try await ask("text-screen") }

  /// Presses a key, by QEMU's name for it: `up`, `ret`, `a`.
  public func press(_ key: String) async throws {
    try await ask("human-monitor-command", "command-line=sendkey \(key)")
  }

  /// The guest's screen as QEMU itself dumps it: the truth to compare a client's picture with.
  public func screen() async throws -> Picture {
    try await withTemporaryFolder { folder in
      let file = folder.appending(path: "screen.ppm")
      try await ask("screendump", "filename=\(file.path)")
      return try Picture(ppm: Data(contentsOf: file))
    }
  }
}

/// Starts a guest, runs `body`, and ends the guest whatever happens.
public func withQemuGuest<Result: Sendable>(
  _ options: QemuGuest.Options = QemuGuest.Options(),
  _ body: @Sendable (QemuGuest) async throws -> Result
) async throws -> Result {
  var arguments = ["qemu-\(ProcessInfo.processInfo.processIdentifier)-\(UUID().uuidString.prefix(8))"]
  if options.waitsForMenu { arguments.append("--menu") }
  if let password = options.password { arguments += ["--password", password] }
  if let certificates = options.certificates { arguments += ["--tls-port", "auto", "--x509", certificates.path] }
  if options.tlsOnly { arguments.append("--tls-only") }
  if let socket = options.unixSocket { arguments += ["--unix", socket.path] }
  if options.agent { arguments.append("--agent") }
  if options.audio { arguments.append("--audio") }
  if let spice = options.spice { arguments += ["--spice", spice] }
  if !options.arguments.isEmpty { arguments += ["--"] + options.arguments }
  return try await Peer.with("qemu-grub", start: arguments) { facts in
    guard let control = facts["QMP"] else { throw PeerError("qemu-grub start printed no QMP") }
    return try await body(
      QemuGuest(
        port: Peer.number("PORT", in: facts), tlsPort: Peer.number("TLS_PORT", in: facts),
        unixSocket: facts["UNIX"].map { URL(filePath: $0) }, control: control))
  }
}
