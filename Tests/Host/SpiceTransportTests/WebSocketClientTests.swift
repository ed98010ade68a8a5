import SpiceTransport
import TestSupport
import Testing

@Suite("A client of WebSockets", .timeLimit(.minutes(2)))
struct WebSocketClientTests {
  @Test("8 MiB come back unchanged, plain and inside TLS")
  func bulk() async throws {
    let authority = try Authority()
    let identity = try authority.identity(commonName: "127.0.0.1")
    try await withReception(ReceptionOptions(security: .either(identity), silenceGrace: nil)) { address, log in
      for tls in [nil, TLS(trust: .authorities(pem: authority.pem))] {
        var endpoint = Endpoint(address, tls: tls)
        endpoint.webSocket = WebSocket()
        let connection = try await Transport.connect(endpoint)
        #expect(connection.peer == address)
        #expect((connection.tls != nil) == (tls != nil))
        #expect(try await echoes8MiB(connection))
        await connection.close()
      }
      #expect(log.reasons.isEmpty)
    }
  }

  @Test("it works over a Unix socket, and through a proxy")
  func otherWays() async throws {
    let path = try socketPath()
    defer { removeFolder(of: path) }
    try await withReception(at: .unix(path: path)) { address, _ in
      try await echoesThrough(Endpoint(address: address, webSocket: WebSocket()))
    }
    try await withReception { server, _ in
      try await withPeer { connection in
        _ = try await connection.read()
        try await connection.write(Array("HTTP/1.1 200 OK\r\n\r\n".utf8))
        let onward = try await Transport.connect(Endpoint(server))
        async let there: Void = relay(connection, onward)
        try await relay(onward, connection)
        await connection.close()
        try? await there
        await onward.close()
      } _: { proxy in
        try await echoesThrough(
          Endpoint(
            address: server, proxy: .http(host: "127.0.0.1", port: proxy.port), webSocket: WebSocket(path: "/a?b=c")))
      }
    }
  }

  private func echoesThrough(_ endpoint: Endpoint) async throws {
    let connection = try await Transport.connect(endpoint)
    try await connection.write([1, 2, 3])
    #expect(try await connection.exactly(3) == [1, 2, 3])
    await connection.close()
  }

  @Test("libspice-server takes our WebSocket at its SPICE port")
  func libspiceServer() async throws {
    var options = QemuGuest.Options()
    options.waitsForMenu = false
    try await withQemuGuest(options) { guest in
      let address = Address.tcp(host: "127.0.0.1", port: try #require(guest.port))
      let connection = try await Transport.connect(Endpoint(address: address, webSocket: WebSocket()))
      try await connection.write(Array("REDX\u{2}\u{0}\u{0}\u{0}\u{2}\u{0}\u{0}\u{0}\u{12}\u{0}\u{0}\u{0}".utf8))
      // Magic, version 2.2, size, then error 2: INVALID_MAGIC.
      let reply = try await connection.exactly(20)
      #expect(reply.starts(with: "REDQ\u{2}\u{0}\u{0}\u{0}\u{2}\u{0}\u{0}\u{0}".utf8))
      #expect(reply.dropFirst(16).prefix(4) == [2, 0, 0, 0])
      await connection.close()
    }
  }

  @Test("the request has the path, the host, the subprotocol and the origin")
  func request() async throws {
    let requests = AsyncStream<String>.makeStream()
    try await withPeer { connection in
      let bytes = try await connection.read() ?? []
      requests.continuation.yield(String(decoding: bytes, as: UTF8.self))
    } _: { address in
      var endpoint = Endpoint(address)
      endpoint.webSocket = WebSocket(path: "/vm?token=1", origin: "https://o.example")
      #expect(await connectError(endpoint) == .closedDuring(.webSocketHandshake, address))
      var iterator = requests.stream.makeAsyncIterator()
      let text = try #require(await iterator.next())
      #expect(text.hasPrefix("GET /vm?token=1 HTTP/1.1\r\nHost: \(address)\r\n"))
      #expect(text.contains("\r\nSec-WebSocket-Protocol: binary\r\n"))
      #expect(text.contains("\r\nOrigin: https://o.example\r\n"))
      #expect(text.hasSuffix("\r\n\r\n"))
    }
  }

  @Test(
    "a path or an origin that would break the request is refused before anything is sent",
    arguments: [
      WebSocket(path: ""), WebSocket(path: "x"), WebSocket(path: "/a b"), WebSocket(path: "/\r\nX: y"),
      WebSocket(path: "/ä"), WebSocket(origin: "a\r\nb"),
    ])
  func badPath(webSocket: WebSocket) async {
    let address = Address.tcp(host: "127.0.0.1", port: 9)
    guard case .badAddress = await connectError(Endpoint(address: address, webSocket: webSocket)) else {
      Issue.record("not refused")
      return
    }
  }

  @Test(
    "an answer that makes no WebSocket is told by its reason",
    arguments: [
      ("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", WebSocketRefusal.status(404, reason: "Not Found")),
      ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", .status(200, reason: "OK")),
      ("HTTP/1.1 101 X\r\nConnection: Upgrade\r\n\r\n", .header("Upgrade")),
      ("HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: close\r\n\r\n", .header("Connection")),
      (
        "HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
          + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n", .wrongKey
      ),
      ("RFB 003.008\n", .notHTTP(seen: Array("RFB 003.008\n".utf8))),
      ("REDQ\u{2}\u{0}\u{0}\u{0}", .notHTTP(seen: Array("REDQ\u{2}\u{0}\u{0}\u{0}".utf8))),
    ])
  func refused(text: String, refusal: WebSocketRefusal) async throws {
    try await withPeer { connection in
      _ = try await connection.read()
      try await connection.write(Array(text.utf8))
    } _: { address in
      var endpoint = Endpoint(address)
      endpoint.webSocket = WebSocket()
      #expect(await connectError(endpoint) == .webSocketRefused(address, refusal))
    }
  }

  @Test(
    "the subprotocol must be the one that was asked for, and no extension may be used",
    arguments: [
      ("", WebSocketRefusal.subprotocol(nil)), ("Sec-WebSocket-Protocol: base64\r\n", .subprotocol("base64")),
      (
        "Sec-WebSocket-Protocol: binary\r\nSec-WebSocket-Extensions: permessage-deflate\r\n",
        .extended("permessage-deflate")
      ),
    ])
  func wrongSubprotocol(headers: String, refusal: WebSocketRefusal) async throws {
    try await withWebSocketPeer(headers: headers, then: []) { endpoint in
      #expect(await connectError(endpoint) == .webSocketRefused(endpoint.address, refusal))
    }
  }

  @Test("bytes that come with the answer are read; the server's masked frames are not taken")
  func firstFrames() async throws {
    let headers = "Sec-WebSocket-Protocol: binary\r\n"
    let frames = RawWebSocket.frame(0x82, [1, 2], masked: false) + RawWebSocket.frame(0x82, [3])
    try await withWebSocketPeer(headers: headers, then: frames) { endpoint in
      let connection = try await Transport.connect(endpoint)
      #expect(try await connection.read() == [1, 2])
      await #expect(
        throws: TransportError.webSocketBroken(endpoint.address, reason: "it masks its frames, as only clients may")
      ) {
        try await connection.read()
      }
      await connection.close()
    }
  }

  @Test("a ping that comes with the answer is answered")
  func eagerPing() async throws {
    let pongs = AsyncStream<[UInt8]>.makeStream()
    let headers = "Sec-WebSocket-Protocol: binary\r\n"
    try await withWebSocketPeer(headers: headers, then: RawWebSocket.frame(0x89, [], masked: false), pongs.continuation)
    {
      endpoint in
      let connection = try await Transport.connect(endpoint)
      var iterator = pongs.stream.makeAsyncIterator()
      let pong = try #require(await iterator.next())
      #expect(pong.prefix(2) == [0x8A, 0x80])
      await connection.close()
    }
  }

  @Test("a frame of the server's may be as long as SPICE's longest message")
  func longFrame() async throws {
    let headers = "Sec-WebSocket-Protocol: binary\r\n"
    let frame = RawWebSocket.frame(0x82, [UInt8](repeating: 6, count: 20 << 20), masked: false)
    try await withWebSocketPeer(headers: headers, then: frame) { endpoint in
      let connection = try await Transport.connect(endpoint)
      var count = 0
      while count < 20 << 20, let bytes = try await connection.read() { count += bytes.count }
      #expect(count == 20 << 20)
      await connection.close()
    }
  }

  @Test("a server that is silent in the handshake is given up in time")
  func silent() async throws {
    try await withPeer(script: drain) { address in
      var endpoint = Endpoint(address, within: .milliseconds(1500))
      endpoint.webSocket = WebSocket()
      let expected = TransportError.timedOut(.webSocketHandshake, address, after: .milliseconds(1500), received: 0)
      #expect(await connectError(endpoint) == expected)
    }
  }

  /// A server that answers the key as it should, with these headers, and then says `bytes`.
  private func withWebSocketPeer(
    headers: String, then bytes: [UInt8], _ received: AsyncStream<[UInt8]>.Continuation? = nil,
    _ body: (Endpoint) async throws -> Void
  ) async throws {
    try await withPeer { connection in
      var request: [UInt8] = []
      while !request.suffix(4).elementsEqual("\r\n\r\n".utf8), let more = try await connection.read() {
        request += more
      }
      let text = String(decoding: request, as: UTF8.self)
      let key = text.split(separator: "Sec-WebSocket-Key: ")[1].prefix { $0 != "\r\n" }
      let head =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\nConnection: upgrade\r\n"
        + "Sec-WebSocket-Accept: \(acceptValue(String(key)))\r\n\(headers)\r\n"
      try await connection.write(Array(head.utf8) + bytes)
      while let bytes = try await connection.read() { received?.yield(bytes) }
    } _: { address in
      try await body(Endpoint(address: address, webSocket: WebSocket()))
    }
  }
}
