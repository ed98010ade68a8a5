import NIOCore

/// Opens connections.
public enum Transport {
  /// Connects, through the proxy if there is one, and shakes hands if TLS or a WebSocket is wanted.
  ///
  /// All of it together takes at most `endpoint.connectTimeout`. Cancellation ends it at once.
  ///
  /// - Parameters:
  ///   - neighbour: a connection whose thread is to serve the new one too, so that `Connection.relay` between the two
  ///     changes no thread.
  ///   - greeting: what is said first. It leaves the moment the connection is open, while the caller may still be
  ///     waiting for its turn.
  /// - Throws: what kept it from coming about: an address, proxy or TLS settings that make no sense, a name without an
  ///   address, nobody listening, time, the proxy's refusal, a peer that speaks no TLS, its certificate, one that makes no
  ///   WebSocket, `.cancelled`.
  public static func connect(
    _ endpoint: Endpoint, beside neighbour: Connection? = nil, saying greeting: [UInt8] = []
  ) async throws(TransportError) -> Connection {
    let time = endpoint.connectTimeout
    let deadline = NIODeadline.now() + TimeAmount(clamping: time)
    let target = endpoint.address
    let settings: TLSSettings? =
      if let tls = endpoint.tls { try TLSSettings(tls, target: target) } else { nil }

    if let webSocket = endpoint.webSocket { try webSocket.check(for: target) }

    let group: any EventLoopGroup = neighbour?.stream.channel.eventLoop ?? EventLoops.shared
    let stream = try await Dialer.dial(
      endpoint.proxy?.address ?? target, saying: endpoint.isBare ? greeting : [], on: group, until: deadline, of: time)
    do throws(TransportError) {
      if let proxy = endpoint.proxy {
        let mailbox = stream.mailbox
        let alarm = stream.fail(at: deadline) {
          .timedOut(.proxy, proxy.address, after: time, received: mailbox.received)
        }
        defer { alarm.cancel() }
        try await ProxyHandshake.perform(on: stream, proxy: proxy, target: target)
      }
      var information: TLSInformation?
      if let settings {
        information = try await TLSHandshake.perform(
          on: stream, settings: settings, target: target, until: deadline, of: time)
      }
      if let webSocket = endpoint.webSocket {
        try await WebSocketHandshake.perform(on: stream, request: webSocket, target: target, until: deadline, of: time)
      }
      let connection = Connection(
        stream: stream, peer: target, tls: information, isFramed: endpoint.webSocket != nil, tap: endpoint.tap)
      if !endpoint.isBare { try connection.enqueue(greeting) }
      return connection
    } catch {
      stream.abort()
      throw error
    }
  }
}
