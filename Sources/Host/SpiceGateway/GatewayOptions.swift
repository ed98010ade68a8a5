import Logging
import SpiceTransport

/// How a gateway works.
public struct GatewayOptions: Sendable {
  /// How many, from one address.
  public struct Rate: Sendable, Hashable {
    public var perSecond: Double
    /// At once, after a pause.
    public var burst: Double

    public init(perSecond: Double, burst: Double) {
      self.perSecond = perSecond
      self.burst = burst
    }
  }

  /// Where to listen: IP literals or names of this machine with a port (0: any free one), or paths of sockets to make.
  public var listen: [Address] = [.tcp(host: "127.0.0.1", port: 8080)]
  /// The certificate and its key: https and wss, and nothing else.
  public var identity: ServerIdentity?
  /// The page's folder; nil: none is served.
  public var webFolder: String?
  public var consoles: [Console] = []
  /// What callers of the API show; nil: there is no API.
  public var apiKey: Secret?
  /// Host names by which browsers may call the gateway, beside IP addresses and `localhost`. Others are refused: a page
  /// elsewhere could make its own name lead here.
  public var names: Set<String> = []
  /// Origins, such as `https://portal.example`, whose pages may embed consoles, beside the gateway's own.
  public var origins: Set<String> = []

  /// How long a token of the gateway's own page is good before its session opens.
  public var pageTokenLifetime: Duration = .seconds(30)
  /// Tokens in memory.
  public var tokenLimit = 10_000
  /// Sessions at once.
  public var sessionLimit = 1000
  /// Channels of one session.
  public var channelLimit = 32
  /// For reaching a server, its TLS and its proxy included.
  public var connectTimeout: Duration = .seconds(5)
  /// For a channel's link stage with the server once it is reached; and three times that for the browser, which waits for
  /// it. Browsers themselves give up after some ten seconds, and then do not hear why.
  public var linkTimeout: Duration = .seconds(4)
  /// How long sessions may go on once the gateway was told to stop.
  public var drainTime: Duration = .seconds(30)
  /// Requests in HTTP.
  public var requests = Rate(perSecond: 20, burst: 200)
  /// WebSockets; a session has about five.
  public var channels = Rate(perSecond: 10, burst: 100)
  /// Tokens and API keys that are not good.
  public var guesses = Rate(perSecond: 0.2, burst: 20)
  /// Sees what browsers and the gateway say, without TLS and WebSocket around it.
  public var tap: (any ConnectionTap)?
  /// Hears a line of each session that opens and ends, and of what goes wrong; never passwords, tokens, keys or pixels.
  public var logger = Logger(label: "saffron.gateway")

  public init() {}
}
