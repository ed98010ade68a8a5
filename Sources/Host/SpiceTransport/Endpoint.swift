/// A peer and the way to it.
public struct Endpoint: Sendable {
  public var address: Address
  /// Nil: the bytes go as they are.
  public var tls: TLS?
  /// Nil: straight to `address`.
  public var proxy: Proxy?
  /// How long all of it may take together: looking up the name, connecting, the proxy's and the TLS handshake.
  public var connectTimeout: Duration

  public init(address: Address, tls: TLS? = nil, proxy: Proxy? = nil, connectTimeout: Duration = .seconds(10)) {
    self.address = address
    self.tls = tls
    self.proxy = proxy
    self.connectTimeout = connectTimeout
  }
}
