import SpiceProtocol
import SpiceSession
import SpiceTransport

/// How the channels of one session reach the server.
package struct Route: Sendable {
  package let target: Target
  /// For each connection.
  package let timeout: Duration
  var tap: (any ConnectionTap)?

  package init(target: Target, timeout: Duration, tap: (any ConnectionTap)? = nil) {
    self.target = target
    self.timeout = timeout
    self.tap = tap
  }

  /// The way for a channel; secure where the target says so, where there is no plain port, or where the server asked.
  package func endpoint(for channel: ChannelID, secure demanded: Bool) throws(ClientError) -> Endpoint {
    if let path = target.unixPath {
      return Endpoint(address: .unix(path: path), connectTimeout: timeout, tap: tap)
    }
    let proxy = try proxy()
    let wanted = channel.type.map { target.secureChannels.contains($0) } ?? false
    if demanded || wanted || target.port == nil {
      guard let port = target.tlsPort else {
        throw demanded || wanted ? .noTLSPort(channel) : .noPort(host: target.host)
      }
      return Endpoint(
        address: .tcp(host: target.host, port: Int(port)), tls: tls, proxy: proxy, webSocket: webSocket,
        connectTimeout: timeout, tap: tap)
    }
    return Endpoint(
      address: .tcp(host: target.host, port: Int(target.port ?? 0)), proxy: proxy, webSocket: webSocket,
      connectTimeout: timeout, tap: tap)
  }

  private var webSocket: WebSocket? { target.webSocketPath.map { WebSocket(path: $0) } }

  /// True where the server's demand for TLS can be met.
  package var canSecure: Bool { target.unixPath == nil && target.tlsPort != nil }

  private func proxy() throws(ClientError) -> Proxy? {
    guard let text = target.proxy else { return nil }
    do throws(TransportError) {
      return try Proxy(parsing: text)
    } catch {
      throw .transport(error)
    }
  }

  private var tls: TLS {
    let trust: TLS.Trust =
      switch target.tls.authority {
      case .system: .system
      case .file(let path): .authorityFile(path: path)
      case .pem(let text): .authorities(pem: [UInt8](text.utf8))
      }
    if target.tls.isInsecure { return TLS(trust: trust, verification: .none) }
    if let subject = target.tls.hostSubject { return TLS(trust: trust, verification: .subject(subject)) }
    return TLS(trust: trust)
  }
}

extension Target {
  /// The way to the server for a channel, for who carries bytes without being a client: TLS where the target asks for it
  /// on that channel or names no plain port.
  ///
  /// - Throws: `.noPort`, `.noTLSPort`, and `.transport` for a proxy that makes no sense.
  public func endpoint(
    for channel: ChannelID = ChannelID(.main), connectTimeout: Duration = .seconds(10)
  ) throws(ClientError) -> Endpoint {
    try Route(target: self, timeout: connectTimeout).endpoint(for: channel, secure: false)
  }
}
