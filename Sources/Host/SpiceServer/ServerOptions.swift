import Logging
import SpicePixels
import SpiceProtocol
import SpiceSession
import SpiceTransport

/// How a server serves.
public struct ServerOptions: Sendable {
  /// One screen, and where monitors look at it.
  public struct ScreenLayout: Sendable, Hashable {
    public var size: Size
    /// Parts of the screen, one a monitor; none: one monitor that looks at all of it.
    public var monitors: [Rect]

    public init(size: Size, monitors: [Rect] = []) {
      self.size = size
      self.monitors = monitors
    }
  }

  /// Where to listen: IP literals or names of this machine with a port (0: any free one), or paths of sockets to make.
  public var listen: [Address] = [.tcp(host: "127.0.0.1", port: 0)]
  /// Where to listen for TLS and nothing else.
  public var listenSecurely: [Address] = []
  /// The certificate and its key; with it, the addresses in `listen` take TLS too.
  public var identity: ServerIdentity?
  /// Channels that may only be opened over TLS; others are told so (NEED_SECURED).
  public var secureChannels: Set<ChannelType> = []

  /// What clients must know; nil lets everybody in. At most 60 bytes of UTF-8.
  public var password: Secret?
  /// When the password stops letting anybody in; sessions that are open go on.
  public var passwordExpiry: ContinuousClock.Instant?
  /// Asked about each client whose ticket is good, before it is let in.
  public var admits: @Sendable (ClientInformation) async -> Bool = { _ in true }

  /// The machine's name, as clients show it.
  public var name: String? = "Saffron"
  /// 16 bytes by which clients know the machine again.
  public var uuid: [UInt8]?
  /// One display channel each.
  public var screens = [ScreenLayout(size: Size(width: 1024, height: 768))]
  /// Compression, loss and video.
  public var display = DisplayServerOptions.standard
  /// True: the server is the guest's agent too, so that clients can wish for monitors of another size.
  public var hasAgent = true
  /// True: clients are offered sound.
  public var hasSound = true
  /// True: clients are asked for their microphone's sound, when the program wants it.
  public var hasMicrophone = false
  /// Names of ports, byte streams between client and program, such as `org.spice-space.webdav.0`.
  public var ports: [String] = []

  /// How long a caller may be silent before it is taken for a VNC client; nil: for ever, until `linkTimeout`.
  public var silenceGrace: Duration? = .seconds(2)
  /// For a caller to say what it is, and once more for the whole link stage.
  public var linkTimeout: Duration = .seconds(10)
  /// Callers from one address that take their time to say what they want; together with those who have just come, and
  /// those who are in the midst of the link stage, four times as many. Who comes when there are as many makes the oldest
  /// of them leave.
  public var linkLimitPerAddress = 32
  /// Sessions at once.
  public var sessionLimit = 256
  /// A client that was not heard of for so long, though it was asked, is gone. One that always answers is asked ever less
  /// often, at last after eight times as long; that its machine is gone the system notices within two minutes.
  public var vanishTimeout: Duration = .seconds(45)
  /// Whether a page of that origin may open a WebSocket; see `ReceptionOptions.acceptsOrigin`.
  public var acceptsOrigin: @Sendable (_ origin: String?) -> Bool = { _ in true }
  public var limits = SessionLimits.standard
  /// Sees what clients and the server say, without TLS and WebSocket around it.
  public var tap: (any ConnectionTap)?
  /// Says who comes and goes, and why somebody was turned away; never passwords, keys or pixels.
  public var logger = Logger(label: "saffron.server")

  public init() {}
}
