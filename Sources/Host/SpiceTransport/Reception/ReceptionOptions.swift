/// How callers are received.
public struct ReceptionOptions: Sendable {
  /// What may come through the port.
  public enum Security: Sendable, Hashable {
    /// Plain bytes. Who wants TLS gets an alert (handshake failure).
    case plain
    /// TLS or plain bytes, as each caller likes: the first byte tells.
    case either(ServerIdentity)
    /// TLS alone. Plain callers are turned away: web browsers and VNC clients with an explanation.
    case tlsOnly(ServerIdentity)
  }

  /// How many threads serve callers.
  public enum Threads: Sendable, Hashable {
    /// The one that serves all connections of this process: plenty for a server.
    case one
    /// As many as there are cores, each caller staying with one of them.
    case many
  }

  public var security: Security
  /// How long a caller may take, from being accepted, until it is known what it wants: the TLS handshake, an HTTP
  /// request and the farewell to a VNC client included.
  public var decisionTime: Duration
  /// After so long a silence the caller is taken for a VNC client, which waits for the server to speak first, and gets
  /// the greeting of a VNC server and the reason why this is none. A SPICE client on a line slower than that is lost by
  /// it. Nil: silence is only ended by `decisionTime`. Inside TLS nobody is greeted.
  public var silenceGrace: Duration?
  /// Most callers of which it is not known what they want: in all, and from one address (of IPv6, from one /64). Who
  /// comes when there are as many makes the oldest of them leave.
  public var undecidedLimit: Int
  public var undecidedLimitPerAddress: Int
  /// Callers that have come more lately than this are not counted for their address, up to four times the limit: many
  /// honest ones may come at once.
  public var undecidedPatience: Duration
  /// Most callers that are let in and wait to be taken out of the sequence; those who come then are closed.
  public var backlog: Int
  /// The HTML that a web browser is shown. It gets the address to call, such as `spice://host:5930` with the host of
  /// the browser's own request, escaped for HTML.
  public var page: @Sendable (_ address: String) -> String
  /// Whether a page of that origin (`https://example.org`; nil: the header is missing, as with all programs that are no
  /// browsers) may open a WebSocket. All may by default: unlike a cookie, a SPICE ticket is nothing that a browser
  /// sends along by itself. A server without a ticket should ask here. Called on a network thread; to return quickly.
  public var acceptsOrigin: @Sendable (_ origin: String?) -> Bool
  /// Answers all that is asked in HTTP; nil: `page` and `acceptsOrigin` do.
  public var site: Site?
  /// Sees what callers who are let in, and the server, say.
  public var tap: (any ConnectionTap)?
  /// How many threads serve the callers.
  public var threads = Threads.one
  /// Hears of each caller who is not let in. Called on a network thread; to return quickly.
  public var onTurnedAway: @Sendable (TurnedAway) -> Void

  public init(
    security: Security = .plain, decisionTime: Duration = .seconds(10), silenceGrace: Duration? = .seconds(2),
    undecidedLimit: Int = 1024, undecidedLimitPerAddress: Int = 32, undecidedPatience: Duration = .milliseconds(250),
    backlog: Int = 256,
    page: @escaping @Sendable (_ address: String) -> String = WelcomePage.html(for:),
    acceptsOrigin: @escaping @Sendable (_ origin: String?) -> Bool = { _ in true },
    onTurnedAway: @escaping @Sendable (TurnedAway) -> Void = { _ in }
  ) {
    self.security = security
    self.decisionTime = decisionTime
    self.silenceGrace = silenceGrace
    self.undecidedLimit = undecidedLimit
    self.undecidedLimitPerAddress = undecidedLimitPerAddress
    self.undecidedPatience = undecidedPatience
    self.backlog = backlog
    self.page = page
    self.acceptsOrigin = acceptsOrigin
    self.onTurnedAway = onTurnedAway
  }
}
