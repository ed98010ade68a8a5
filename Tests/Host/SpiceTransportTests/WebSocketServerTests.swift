import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket
import SpiceTransport
import Testing

@Suite("A WebSocket at a reception", .timeLimit(.minutes(2)))
struct WebSocketServerTests {
  private let binary: UInt8 = 0x82

  @Test("becomes a connection, and says so")
  func delivered() async throws {
    let ways = AsyncStream<Caller.Way>.makeStream()
    try await withReception { caller in
      ways.continuation.yield(caller.way)
      try await echo(caller.connection)
    } _: { address, _ in
      let socket = try await RawWebSocket(to: address)
      try await socket.send(binary, [1, 2, 3])
      #expect(try await socket.exactly(5) == [0x82, 3, 1, 2, 3])
      var way = ways.stream.makeAsyncIterator()
      #expect(await way.next() == .webSocket(secure: false))
      await socket.close()
    }
  }

  @Test("inside TLS is secure")
  func secure() async throws {
    let authority = try Authority()
    let identity = try authority.identity(commonName: "127.0.0.1")
    let ways = AsyncStream<(Caller.Way, TLSInformation?)>.makeStream()
    try await withReception(ReceptionOptions(security: .tlsOnly(identity), silenceGrace: nil)) { caller in
      ways.continuation.yield((caller.way, caller.connection.tls))
      try await echo(caller.connection)
    } _: { address, _ in
      let socket = try await RawWebSocket(to: address, tls: TLS(trust: .authorities(pem: authority.pem)))
      var iterator = ways.stream.makeAsyncIterator()
      let (way, tls) = try #require(await iterator.next())
      #expect(way == .webSocket(secure: true))
      #expect(tls?.version == "TLS 1.3")
      await socket.close()
    }
  }

  @Test("frames that come with the request are read")
  func eagerFrames() async throws {
    try await withReception { address, _ in
      let socket = try await RawWebSocket(to: address, first: RawWebSocket.frame(binary, [7, 7]))
      #expect(try await socket.exactly(4) == [0x82, 2, 7, 7])
      await socket.close()
    }
  }

  @Test("a message in fragments, with a ping between them and empty ones, is one stream of bytes")
  func fragments() async throws {
    try await withReception { caller in
      let bytes = try await caller.connection.exactly(6)
      try await caller.connection.write(bytes)
      try await drain(caller.connection)
    } _: { address, _ in
      let socket = try await RawWebSocket(to: address)
      try await socket.send(0x02, [1, 2])
      try await socket.send(0x89, [42])
      try await socket.send(0x00, [])
      try await socket.send(0x80, [3, 4])
      try await socket.send(0x82, [5, 6])
      #expect(try await socket.exactly(3) == [0x8A, 1, 42])
      #expect(try await socket.exactly(8) == [0x82, 6, 1, 2, 3, 4, 5, 6])
      await socket.close()
    }
  }

  @Test("a frame byte by byte is as good")
  func byteByByte() async throws {
    try await withReception { address, _ in
      let socket = try await RawWebSocket(to: address)
      for byte in RawWebSocket.frame(0x82, [9, 8, 7]) { try await socket.connection.write([byte]) }
      #expect(try await socket.exactly(5) == [0x82, 3, 9, 8, 7])
      await socket.close()
    }
  }

  struct Breach: Sendable {
    let frames: [UInt8]
    let code: UInt16
    let words: String
  }

  static let breaches = [
    Breach(frames: RawWebSocket.frame(0x81, Array("REDQ".utf8)), code: 1003, words: "text"),
    Breach(frames: RawWebSocket.frame(0x82, [1], masked: false), code: 1002, words: "mask"),
    Breach(frames: RawWebSocket.frame(0xC2, [1]), code: 1002, words: "extension"),
    Breach(frames: RawWebSocket.frame(0x80, [1]), code: 1002, words: "has not begun"),
    Breach(
      frames: RawWebSocket.frame(0x02, [1]) + RawWebSocket.frame(0x82, [1]), code: 1002, words: "within another"),
    Breach(frames: RawWebSocket.frame(0x83, [1]), code: 1002, words: "not defined"),
    Breach(frames: RawWebSocket.frame(0x09, [1]), code: 1002, words: "control frame"),
    Breach(frames: RawWebSocket.frame(0x89, [UInt8](repeating: 0, count: 126)), code: 1002, words: "control frame"),
    Breach(frames: [0x82, 0xFF, 0, 0, 0, 0, 0, 0x10, 0, 1], code: 1009, words: "longer"),
    Breach(frames: [0x82, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], code: 1009, words: "longer"),
  ]

  @Test("whoever breaks the protocol hears the code, and the reader the reason", arguments: breaches)
  func breach(_ breach: Breach) async throws {
    let errors = AsyncStream<TransportError?>.makeStream()
    try await withReception { caller in
      do throws(TransportError) {
        while try await caller.connection.read() != nil {}
        errors.continuation.yield(nil)
      } catch {
        errors.continuation.yield(error)
      }
    } _: { address, _ in
      let socket = try await RawWebSocket(to: address)
      try await socket.connection.write(breach.frames)
      #expect(try await socket.exactly(4) == [0x88, 2, UInt8(breach.code >> 8), UInt8(breach.code & 0xFF)])
      var iterator = errors.stream.makeAsyncIterator()
      guard case .webSocketBroken(_, let reason)?? = await iterator.next() else {
        Issue.record("no error for the reader")
        return
      }
      #expect(reason.contains(breach.words))
      await socket.close()
    }
  }

  @Test("a frame as long as the limit is taken")
  func longestFrame() async throws {
    try await withReception { caller in
      var count = 0
      while count < 1 << 20, let bytes = try await caller.connection.read() { count += bytes.count }
      try await caller.connection.write([count == 1 << 20 ? 1 : 0])
      try await drain(caller.connection)
    } _: { address, _ in
      let socket = try await RawWebSocket(to: address)
      try await socket.send(0x82, [UInt8](repeating: 5, count: 1 << 20))
      #expect(try await socket.exactly(3) == [0x82, 1, 1])
      await socket.close()
    }
  }

  @Test("the peer's goodbye is answered with its code, after what was written, and ends the connection")
  func peerCloses() async throws {
    try await withReception { caller in
      try await caller.connection.write([4, 5])
      #expect(try await caller.connection.read() == nil)
    } _: { address, _ in
      let socket = try await RawWebSocket(to: address)
      #expect(try await socket.exactly(4) == [0x82, 2, 4, 5])
      try await socket.send(0x88, [0x03, 0xE8])
      #expect(try await socket.all() == [0x88, 2, 0x03, 0xE8])
      await socket.close()
    }
  }

  @Test("a goodbye with a code for trouble is an error for the reader, in the peer's words")
  func peerClosesAngrily() async throws {
    let errors = AsyncStream<TransportError?>.makeStream()
    try await withReception { caller in
      do throws(TransportError) {
        _ = try await caller.connection.read()
        errors.continuation.yield(nil)
      } catch {
        errors.continuation.yield(error)
      }
    } _: { address, _ in
      let socket = try await RawWebSocket(to: address)
      try await socket.send(0x88, [0x03, 0xF3] + Array("no\u{1B}".utf8))
      #expect(try await socket.all() == [0x88, 2, 0x03, 0xF3])
      var iterator = errors.stream.makeAsyncIterator()
      guard case .webSocketClosed(_, 1011, "no?")?? = await iterator.next() else {
        Issue.record("no error for the reader")
        return
      }
      await socket.close()
    }
  }

  @Test("closing says goodbye with 1000, after what was written")
  func serverCloses() async throws {
    try await withReception { caller in
      try await caller.connection.write([1])
      await caller.connection.close()
    } _: { address, _ in
      let socket = try await RawWebSocket(to: address)
      #expect(try await socket.exactly(7) == [0x82, 1, 1, 0x88, 2, 0x03, 0xE8])
      await socket.close()
    }
  }

  @Test("a peer that never answers the goodbye is left all the same")
  func goodbyeUnanswered() async throws {
    try await withReception { caller in
      await caller.connection.close()
    } _: { address, _ in
      let socket = try await RawWebSocket(to: address)
      #expect(try await socket.all() == [0x88, 2, 0x03, 0xE8])
      await socket.close()
    }
  }

  @Test("a caller that sends without end is held back when nobody reads")
  func readAheadIsBounded() async throws {
    let sent = Counter()
    let total = 48 << 20
    let go = AsyncStream<Void>.makeStream()
    try await withReception { caller in
      for await _ in go.stream {}
      var count = 0
      while count < total, let bytes = try await caller.connection.read() { count += bytes.count }
      try await caller.connection.write([count == total ? 1 : 0])
      try await drain(caller.connection)
    } _: { address, _ in
      let socket = try await RawWebSocket(to: address)
      let connection = socket.connection
      let frame = RawWebSocket.frame(0x82, [UInt8](repeating: 3, count: 512 << 10))
      let sending = Task {
        while sent.value < total {
          try await connection.write(frame)
          sent.add(512 << 10)
        }
      }
      // Time enough to send all of it, were there no bound; too little would only make the test weaker.
      try await Task.sleep(for: .milliseconds(300))
      #expect(sent.value < total / 2)
      go.continuation.finish()
      try await sending.value
      #expect(try await socket.exactly(3) == [0x82, 1, 1])
      await socket.close()
    }
  }

  // MARK: The request

  @Test(
    "a request that is none for a WebSocket here is told why",
    arguments: [
      ("Sec-WebSocket-Version: 13", "Sec-WebSocket-Version: 8", 426, "Sec-WebSocket-Version: 13\r\n"),
      ("dGhlIHNhbXBsZSBub25jZQ==", "short", 400, "Sec-WebSocket-Key"),
      ("dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25j!Q==", 400, "Sec-WebSocket-Key"),
      ("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", "", 400, "Sec-WebSocket-Key"),
      ("HTTP/1.1", "HTTP/1.0", 400, "HTTP/1.1"),
      ("Connection: keep-alive, Upgrade", "Connection: keep-alive", 400, "Connection: Upgrade"),
      ("Host: a", "Host: a\r\nSec-WebSocket-Protocol: base64, chat", 400, "binary"),
    ])
  func badRequest(part: String, instead: String, status: Int, words: String) async throws {
    try await withReception { address, _ in
      let pieces = RawWebSocket.request.split(separator: part, maxSplits: 1, omittingEmptySubsequences: false)
      try #require(pieces.count == 2)
      let text = try await answer(of: address, to: "\(pieces[0])\(instead)\(pieces[1])\r\n")
      #expect(text.hasPrefix("HTTP/1.1 \(status) "))
      #expect(text.contains(words))
    }
  }

  @Test("a client that names no subprotocol gets none")
  func noSubprotocol() async throws {
    try await withReception { address, _ in
      let connection = try await Transport.connect(Endpoint(address))
      try await connection.write(Array("\(RawWebSocket.request)\r\n".utf8) + RawWebSocket.frame(0x88, []))
      let text = String(decoding: try await connection.all(), as: UTF8.self)
      #expect(text.hasPrefix("HTTP/1.1 101 "))
      #expect(!text.contains("Sec-WebSocket-Protocol"))
      await connection.close()
    }
  }

  @Test("the policy decides by the origin")
  func origin() async throws {
    let options = ReceptionOptions(silenceGrace: nil, acceptsOrigin: { $0 == "https://good.example" })
    try await withReception(options) { address, log in
      let bad = try await answer(of: address, to: "\(RawWebSocket.request)Origin: https://bad.example\r\n\r\n")
      #expect(bad.hasPrefix("HTTP/1.1 403 "))
      #expect(try await log.first().reason == .origin("https://bad.example"))
      #expect(try await answer(of: address, to: "\(RawWebSocket.request)\r\n").hasPrefix("HTTP/1.1 403 "))
      let good = Array("\(RawWebSocket.request)Origin: https://good.example\r\n\r\n".utf8)
      let text = try await answer(of: address, to: good + RawWebSocket.frame(0x88, []))
      #expect(String(decoding: text, as: UTF8.self).hasPrefix("HTTP/1.1 101 "))
    }
  }

  // MARK: Another client

  @Test("swift-nio's own client of WebSockets is served")
  func niosClient() async throws {
    try await withReception { address, _ in
      let received = AsyncStream<[UInt8]>.makeStream()
      let upgrader = NIOWebSocketClientUpgrader { channel, _ in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(FrameCollector(received.continuation))
        }
      }
      let channel = try await ClientBootstrap(group: NIOSingletons.posixEventLoopGroup)
        .channelInitializer { channel in
          channel.pipeline.addHTTPClientHandlers(
            withClientUpgrade: (upgraders: [upgrader], completionHandler: { _ in }))
        }
        .connect(host: "127.0.0.1", port: address.port).get()
      var head = HTTPRequestHead(version: .http1_1, method: .GET, uri: "/")
      head.headers.add(name: "Host", value: "127.0.0.1")
      head.headers.add(name: "Sec-WebSocket-Protocol", value: "binary")
      channel.write(HTTPClientRequestPart.head(head), promise: nil)
      try await channel.writeAndFlush(HTTPClientRequestPart.end(nil))
      var iterator = received.stream.makeAsyncIterator()
      #expect(await iterator.next() == [])
      let frame = WebSocketFrame(fin: true, opcode: .binary, maskKey: .random(), data: ByteBuffer(bytes: [5, 6, 7]))
      try await channel.writeAndFlush(frame)
      #expect(await iterator.next() == [5, 6, 7])
      try await channel.close()
    }
  }
}

/// Says [] when it stands, then the payload of each frame.
private final class FrameCollector: ChannelInboundHandler {
  typealias InboundIn = WebSocketFrame
  private let received: AsyncStream<[UInt8]>.Continuation

  init(_ received: AsyncStream<[UInt8]>.Continuation) { self.received = received }

  func handlerAdded(context: ChannelHandlerContext) { received.yield([]) }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    received.yield(Array(unwrapInboundIn(data).data.readableBytesView))
  }
}
