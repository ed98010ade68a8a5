/// A peer and the way to it.
public struct Endpoint: Sendable {
  public var address: Address
  /// Nil: the bytes go as they are.
  public var tls: TLS?
  /// Nil: straight to `address`.
  public var proxy: Proxy?
  /// Nil: the bytes need no WebSocket around them. With one and `tls` it is what browsers call `wss`.
  public var webSocket: WebSocket?
  /// How long all of it may take together: looking up the name, connecting, the proxy's, the TLS and the WebSocket's
  /// handshake.
  public var connectTimeout: Duration
  /// Sees what both ends say.
  public var tap: (any ConnectionTap)?

  public init(
    address: Address, tls: TLS? = nil, proxy: Proxy? = nil, webSocket: WebSocket? = nil,
    connectTimeout: Duration = .seconds(10), tap: (any ConnectionTap)? = nil
  ) {
    self.address = address
    self.tls = tls
    self.proxy = proxy
    self.webSocket = webSocket
    self.connectTimeout = connectTimeout
    self.tap = tap
  }

  /// Bytes go there as they are, and nobody looks on.
  package var isBare: Bool { tls == nil && proxy == nil && webSocket == nil && tap == nil }
}
