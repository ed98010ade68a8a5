import SpiceProtocol

/// Where a server is and how to connect to it: what an address or a key file says.
///
/// Descriptions, dumps and mirrors of a target show neither its password nor anything else that lets somebody in.
public struct Target: Sendable, Equatable {
  /// A name or an address, IPv6 ones without brackets. Proxmox puts a token here that only its proxy understands.
  /// Unused where there is a `unixPath`.
  public var host: String
  /// The port for channels without TLS.
  public var port: UInt16?
  /// The port for channels with TLS.
  public var tlsPort: UInt16?
  /// The socket of a server on this machine; there are no ports then, and no TLS.
  public var unixPath: String?
  /// Where the channels go through WebSockets, what those are asked for: `/`, or a path with its query, in which a
  /// gateway's token may be. Over TLS where there is only a `tlsPort`.
  public var webSocketPath: String?
  /// For SASL; tickets have no user.
  public var username: String?
  public var password: Secret?
  public var tls: TLS
  /// Channels that have to use `tlsPort` even where `port` would do.
  public var secureChannels: Set<ChannelType>
  /// Channels that are not to be opened.
  public var disabledChannels: Set<ChannelType>
  /// The address of a proxy to go through, `http://proxy:3128`. It may hold a password.
  public var proxy: String?
  /// For the window. `%d` in it stands for the number of the display.
  public var title: String?
  /// What a key file wishes of the program that shows the guest.
  public var viewer: Viewer
  /// The key file that this comes from.
  public var file: File?

  public init(
    host: String = "localhost", port: UInt16? = nil, tlsPort: UInt16? = nil, unixPath: String? = nil,
    webSocketPath: String? = nil, username: String? = nil, password: Secret? = nil, tls: TLS = TLS(),
    secureChannels: Set<ChannelType> = [],
    disabledChannels: Set<ChannelType> = [], proxy: String? = nil, title: String? = nil, viewer: Viewer = Viewer(),
    file: File? = nil
  ) {
    self.host = host
    self.port = port
    self.tlsPort = tlsPort
    self.unixPath = unixPath
    self.webSocketPath = webSocketPath
    self.username = username
    self.password = password
    self.tls = tls
    self.secureChannels = secureChannels
    self.disabledChannels = disabledChannels
    self.proxy = proxy
    self.title = title
    self.viewer = viewer
    self.file = file
  }

  /// Whom to believe about the server's certificate.
  public struct TLS: Sendable, Equatable {
    public enum Authority: Sendable, Equatable {
      /// The authorities that this machine trusts.
      case system
      /// A file of certificates in PEM.
      case file(path: String)
      /// Certificates in PEM.
      case pem(String)
    }

    public var authority: Authority
    /// The subject that the certificate must have, `O=Example,CN=host`, in place of a name that fits the host.
    public var hostSubject: String?
    /// Cipher suites as OpenSSL lists them.
    public var ciphers: String?
    /// True to accept any certificate.
    public var isInsecure: Bool

    public init(
      authority: Authority = .system, hostSubject: String? = nil, ciphers: String? = nil, isInsecure: Bool = false
    ) {
      self.authority = authority
      self.hostSubject = hostSubject
      self.ciphers = ciphers
      self.isInsecure = isInsecure
    }
  }

  /// What a key file wishes of the program that shows the guest. Nil and empty where the file says nothing.
  public struct Viewer: Sendable, Equatable {
    public var isFullscreen: Bool?
    /// Keys for an action of the viewer, as `shift+f11`, by the name that the file has for the action:
    /// `toggle-fullscreen`, `release-cursor`, `secure-attention`, …
    public var hotkeys: [String: String] = [:]
    public var usesSmartcard: Bool?
    public var redirectsUSB: Bool?
    /// Whether a USB device that is plugged in goes to the guest at once.
    public var sharesNewUSBDevices: Bool?
    /// Which devices those are: `class,vendor,product,version,allow` rules with `|` between them.
    public var usbFilter: String?
    /// Bits of a pixel: 16 or 32.
    public var colorDepth: Int?
    /// `wallpaper`, `font-smooth`, `animation` or `all`.
    public var disabledEffects: [String] = []

    public init() {}

    public var toggleFullscreen: String? { hotkeys["toggle-fullscreen"] }
    public var releaseCursor: String? { hotkeys["release-cursor"] }
    public var secureAttention: String? { hotkeys["secure-attention"] }
  }

  /// A key file: what it says of itself, and what is not understood here.
  public struct File: Sendable, Equatable {
    /// The version that a viewer needs, on one system (`rhel7`, `debian12`) or on any.
    public struct RequiredVersion: Sendable, Equatable {
      public var system: String?
      public var version: String

      public init(system: String?, version: String) {
        self.system = system
        self.version = version
      }
    }

    /// Where it was read; nil for standard input and for text.
    public var path: String?
    /// True where the file asks to be removed once it was read: its password is good for one connection.
    public var deletes = false
    /// Of virt-viewer; told, not enforced.
    public var requiredVersions: [RequiredVersion] = []
    public var newerVersionURL: String?
    /// Keys that mean nothing here, of all groups; their values stay hidden.
    public var unknownKeys: [KeyFile.Entry] = []
    /// Wishes that could not be understood and were left out: a sentence each.
    public var warnings: [String] = []

    public init(path: String? = nil) {
      self.path = path
    }
  }

  /// Removes the key file where it asked for that.
  ///
  /// - Returns: whether there was something to remove.
  /// - Throws: `TargetError.cannotDelete` where the system refused.
  @discardableResult
  public func deleteFile() throws(TargetError) -> Bool {
    guard let file, file.deletes, let path = file.path else { return false }
    try FileSystem.remove(path)
    return true
  }
}
