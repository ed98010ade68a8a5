import NIOCore
import NIOPosix
import NIOSOCKS
import SpiceTransport
import Testing

@Suite("Through a proxy", .timeLimit(.minutes(2)))
struct ProxyTests {
  private static let target = Address.tcp(host: "vm.example.org", port: 5930)

  /// Runs `body` with an endpoint behind an HTTP proxy that reads one request, answers it, and then echoes.
  private func withHTTPProxy<Result>(
    answer: String, user: String? = nil, password: String? = nil, expecting: String? = nil,
    _ body: (Endpoint, Proxy) async throws -> Result
  ) async throws -> Result {
    try await withPeer { connection in
      var request: [UInt8] = []
      while !request.suffix(4).elementsEqual([13, 10, 13, 10]), let more = try await connection.read() {
        request += more
      }
      if let expecting { #expect(String(decoding: request, as: UTF8.self) == expecting) }
      // In pieces, as networks do.
      for byte in answer.utf8 { try await connection.write([byte]) }
      try await echo(connection)
    } _: { address in
      let proxy = Proxy.http(host: "127.0.0.1", port: address.port, user: user, password: password)
      return try await body(Endpoint(Self.target, proxy: proxy), proxy)
    }
  }

  @Test("HTTP: the proxy is asked to connect, and then the peer's bytes come through")
  func http() async throws {
    try await withHTTPProxy(
      answer: "HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\nhello",
      expecting: "CONNECT vm.example.org:5930 HTTP/1.1\r\nHost: vm.example.org:5930\r\n\r\n"
    ) { endpoint, _ in
      let connection = try await Transport.connect(endpoint)
      #expect(connection.peer == Self.target)
      #expect(try await connection.exactly(5) == Array("hello".utf8))
      try await connection.write([1, 2])
      #expect(try await connection.exactly(2) == [1, 2])
      await connection.close()
    }
  }

  @Test("HTTP: user and password go as Basic authentication")
  func httpLogin() async throws {
    try await withHTTPProxy(
      answer: "HTTP/1.0 200 OK\r\n\r\n", user: "Aladdin", password: "open sesame",
      expecting: "CONNECT vm.example.org:5930 HTTP/1.1\r\nHost: vm.example.org:5930\r\n"
        + "Proxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n\r\n"
    ) { endpoint, _ in
      await (try Transport.connect(endpoint)).close()
    }
  }

  @Test("HTTP: an interim answer before the real one is passed over")
  func httpInterim() async throws {
    try await withHTTPProxy(answer: "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n") { endpoint, _ in
      #expect(await connectError(endpoint) == nil)
    }
  }

  @Test(
    "HTTP: a refusal says what its status means",
    arguments: [
      (407, "Proxy Authentication Required", "wants a user and a password (407)"),
      (403, "Forbidden", "forbids that (403 Forbidden)"), (503, "Busy", "cannot reach the peer (503 Busy)"),
      (404, "Not Found", "HTTP status 404 Not Found"),
    ])
  func httpRefusal(status: Int, reason: String, meaning: String) async throws {
    try await withHTTPProxy(answer: "HTTP/1.1 \(status) \(reason)\r\nX: y\r\n\r\n<html>") { endpoint, proxy in
      let error = await connectError(endpoint)
      #expect(error == .proxyRefused(proxy, target: Self.target, .status(status, reason: reason)))
      #expect(error?.description.contains(meaning) == true)
    }
  }

  @Test("HTTP: a SPICE server in the proxy's place is recognised")
  func httpIsSpice() async throws {
    try await withHTTPProxy(answer: "REDQ\u{2}") { endpoint, _ in
      #expect(await connectError(endpoint)?.description.contains("a SPICE server's plain port") == true)
    }
  }

  @Test("HTTP: headers without end are refused")
  func httpEndless() async throws {
    let answer = "HTTP/1.1 200 OK\r\n" + String(repeating: "X: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n", count: 1000)
    try await withPeer { connection in
      try await connection.write(Array(answer.utf8))
      try await drain(connection)
    } _: { address in
      let proxy = Proxy.http(host: "127.0.0.1", port: address.port)
      let error = await connectError(Endpoint(Self.target, proxy: proxy))
      #expect(error == .notAProxy(proxy, reason: "its answer has more than 16384 bytes of headers"))
    }
  }

  @Test("a proxy that closes during the handshake is called so")
  func closes() async throws {
    try await withPeer { connection in
      _ = try await connection.read()
    } _: { address in
      let proxy = Proxy.http(host: "127.0.0.1", port: address.port)
      #expect(await connectError(Endpoint(Self.target, proxy: proxy)) == .closedDuring(.proxy, address))
    }
  }

  @Test("a silent proxy is given up in time")
  func silent() async throws {
    try await withPeer(script: drain) { address in
      let proxy = Proxy.socks5(host: "127.0.0.1", port: address.port)
      let error = await connectError(Endpoint(Self.target, proxy: proxy, within: .milliseconds(1500)))
      #expect(error == .timedOut(.proxy, address, after: .milliseconds(1500), received: 0))
    }
  }

  @Test("cancellation ends the proxy's handshake")
  func cancelled() async throws {
    try await withPeer(script: drain) { address in
      let proxy = Proxy.socks5(host: "127.0.0.1", port: address.port)
      let connecting = Task { await connectError(Endpoint(Self.target, proxy: proxy)) }
      try await Task.sleep(for: .milliseconds(50))
      connecting.cancel()
      #expect(await connecting.value == .cancelled)
    }
  }

  @Test("a Unix socket cannot be reached through a proxy")
  func unixTarget() async throws {
    try await withPeer(script: drain) { address in
      let proxy = Proxy.http(host: "127.0.0.1", port: address.port)
      let error = await connectError(Endpoint(.unix(path: "/x"), proxy: proxy))
      #expect(error?.description.contains("a proxy cannot reach a Unix socket") == true)
    }
  }

  /// Plays one side of a SOCKS dialogue: bytes expected, bytes answered.
  private func withSOCKSProxy<Result>(
    _ dialogue: [(expected: [UInt8], answer: [UInt8])], user: String? = nil, password: String? = nil,
    target: Address = ProxyTests.target, _ body: (Endpoint, Proxy) async throws -> Result
  ) async throws -> Result {
    try await withPeer { connection in
      for (expected, answer) in dialogue {
        #expect(try await connection.exactly(expected.count) == expected)
        try await connection.write(answer)
      }
      try await echo(connection)
    } _: { address in
      let proxy = Proxy.socks5(host: "127.0.0.1", port: address.port, user: user, password: password)
      return try await body(Endpoint(target, proxy: proxy), proxy)
    }
  }

  private static let request: [UInt8] = [5, 1, 0, 3, 14] + Array("vm.example.org".utf8) + [0x17, 0x2A]
  private static let success: [UInt8] = [5, 0, 0, 1, 0, 0, 0, 0, 0, 0]

  @Test("SOCKS: the peer's name goes to the proxy, and what the peer says at once is kept")
  func socks() async throws {
    let dialogue: [([UInt8], [UInt8])] = [([5, 1, 0], [5, 0]), (Self.request, Self.success + [42])]
    try await withSOCKSProxy(dialogue) { endpoint, _ in
      let connection = try await Transport.connect(endpoint)
      #expect(try await connection.exactly(1) == [42])
      try await connection.write([1])
      #expect(try await connection.exactly(1) == [1])
      await connection.close()
    }
  }

  @Test("SOCKS: user and password are given where they are wanted")
  func socksLogin() async throws {
    let login: [UInt8] = [1, 2] + Array("me".utf8) + [3] + Array("pw!".utf8)
    let named: [UInt8] = [5, 0, 0, 3, 2, 0x61, 0x62, 0, 1]
    try await withSOCKSProxy(
      [([5, 2, 0, 2], [5, 2]), (login, [1, 0]), (Self.request, named)], user: "me", password: "pw!"
    ) { endpoint, _ in
      #expect(await connectError(endpoint) == nil)
    }
  }

  @Test("SOCKS: an IPv6 literal goes as an address")
  func socksLiteral() async throws {
    let request: [UInt8] = [5, 1, 0, 4] + [UInt8](repeating: 0, count: 15) + [1, 0, 80]
    let reply: [UInt8] = [5, 0, 0, 4] + [UInt8](repeating: 0, count: 18)
    try await withSOCKSProxy([([5, 1, 0], [5, 0]), (request, reply)], target: .tcp(host: "::1", port: 80)) {
      endpoint, _ in
      #expect(await connectError(endpoint) == nil)
    }
  }

  @Test("SOCKS: a wrong password is called so")
  func socksWrongPassword() async throws {
    let login: [UInt8] = [1, 1, 0x75, 1, 0x70]
    try await withSOCKSProxy([([5, 2, 0, 2], [5, 2]), (login, [1, 1])], user: "u", password: "p") { endpoint, proxy in
      #expect(await connectError(endpoint) == .proxyRefused(proxy, target: Self.target, .loginRejected))
    }
  }

  @Test("SOCKS: a proxy that wants a login and was offered none is called so")
  func socksWantsLogin() async throws {
    try await withSOCKSProxy([([5, 1, 0], [5, 0xFF])]) { endpoint, proxy in
      let error = await connectError(endpoint)
      #expect(error == .proxyRefused(proxy, target: Self.target, .noLoginAccepted(offeredPassword: false)))
    }
  }

  @Test("SOCKS: a reply code is told by its meaning", arguments: [(5, "nothing listens"), (2, "forbid"), (99, "99")])
  func socksRefusal(code: UInt8, meaning: String) async throws {
    let reply: [UInt8] = [5, code, 0, 1, 0, 0, 0, 0, 0, 0]
    try await withSOCKSProxy([([5, 1, 0], [5, 0]), (Self.request, reply)]) { endpoint, proxy in
      let error = await connectError(endpoint)
      #expect(error == .proxyRefused(proxy, target: Self.target, .reply(code)))
      #expect(error?.description.contains(meaning) == true)
    }
  }

  @Test("SOCKS: an HTTP server in the proxy's place is recognised")
  func socksIsHTTP() async throws {
    try await withSOCKSProxy([([5, 1, 0], Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8))]) { endpoint, _ in
      #expect(await connectError(endpoint)?.description.contains("it answers in HTTP") == true)
    }
  }

  @Test("SOCKS: swift-nio-extras' server side understands us")
  func socksIndependentServer() async throws {
    let server = try await ServerBootstrap(group: NIOSingletons.posixEventLoopGroup)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let handshake = SOCKSServerHandshakeHandler()
          try channel.pipeline.syncOperations.addHandlers([handshake, SOCKSAnswerer()])
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    let proxy = Proxy.socks5(host: "127.0.0.1", port: server.localAddress?.port ?? 0)
    #expect(await connectError(Endpoint(Self.target, proxy: proxy)) == nil)
    try await server.close()
  }

  private final class SOCKSAnswerer: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ClientMessage
    typealias OutboundOut = ServerMessage

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      switch unwrapInboundIn(data) {
      case .greeting:
        context.writeAndFlush(
          wrapOutboundOut(.selectedAuthenticationMethod(.init(method: .noneRequired))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.authenticationData(ByteBuffer(), complete: true)), promise: nil)
      case .request(let request):
        #expect(request.addressType == .domain("vm.example.org", port: 5930))
        context.writeAndFlush(
          wrapOutboundOut(.response(.init(reply: .succeeded, boundAddress: .domain("x", port: 1)))), promise: nil)
        context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
      case .authenticationData: break
      }
    }
  }
}
