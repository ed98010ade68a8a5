import Foundation

/// An X desktop whose screen libspice-server serves, without any virtual machine.
public struct XDesktop: XServer {
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
