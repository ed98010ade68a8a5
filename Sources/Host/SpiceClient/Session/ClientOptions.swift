import SpiceProtocol
import SpiceSession
import SpiceTransport

/// How a client behaves.
public struct ClientOptions: Sendable {
  /// The channels to open of those that the server offers.
  public var channels: Set<ChannelType> = [.display, .inputs, .cursor]
  /// For connecting, with proxy and TLS handshake.
  public var connectTimeout: Duration = .seconds(10)
  /// For the link stage of each channel, and for the server to open the session.
  public var linkTimeout: Duration = .seconds(10)
  /// For a channel that the server makes wait for what other channels bring.
  public var waitTimeout: Duration = .seconds(30)
  /// What the server is asked to compress images with; nil leaves it to the server.
  public var preferredCompression: ImageCompression?
  /// A display to link as soon as the session is open, without waiting for the server to list its channels: its first
  /// picture comes sooner. libspice-server lists them behind 256,000 bytes by which it measures the line; without them
  /// it takes the line for a fast one and, where it would choose by itself, compresses without loss.
  public var eagerDisplay: UInt8?
  /// Tells the server of video codecs besides MJPEG where FFmpeg is installed, and decodes them with it: VP8, VP9, H.264,
  /// H.265. Without it a server sends MJPEG or no video. Loading FFmpeg takes some ten milliseconds.
  public var decodesVideo = true
  public var limits = SessionLimits.standard
  /// Sees what this client and the server say to each other, on every channel; for recording and judging a session.
  public var tap: (any ConnectionTap)?

  public init() {}

  /// Only those channels.
  public init(channels: Set<ChannelType>) {
    self.channels = channels
  }
}
