import NIOCore
import NIOHTTP1

/// Makes a WebSocket of a stream that stands, as the client.
enum WebSocketHandshake {
  /// Most bytes of one frame of a server's: the largest message of SPICE, and room for its header.
  static let frameLimit = 65 << 20
  /// Most bytes of the answer's head.
  static let headLimit = 16 << 10

  /// - Parameter time: the whole time that `deadline` came from.
  static func perform(
    on stream: SocketStream, request: WebSocket, target: Address, until deadline: NIODeadline, of time: Duration
  ) async throws(TransportError) {
    let race = Race<Void>()
    let channel = stream.channel
    channel.eventLoop.execute {
      do {
        if let early = earlyFailure(stream.mailbox, target: target) { throw early }
        let handshake = WebSocketHandshakeHandler(
          request: request, target: target, time: time, deadline: deadline, outcome: { race.settle($0) })
        try handshake.insert(into: channel.pipeline.syncOperations)
      } catch let error as TransportError {
        race.settle(.failure(error))
      } catch {
        race.settle(.failure(.system(target, operation: "asking for a WebSocket", reason: "\(error)")))
      }
    }
    try await race.value()
  }

  /// A server of WebSockets waits for the request: one that spoke before it, or left, is none.
  private static func earlyFailure(_ mailbox: Mailbox, target: Address) -> TransportError? {
    switch mailbox.peek() {
    case .bytes(let bytes):
      .webSocketRefused(target, .notHTTP(seen: Array(bytes.prefix(OpeningBytesHandler.kept))))
    case .ending(.failed(let error)): error
    case .ending(.finished): .closedDuring(.webSocketHandshake, target)
    case nil: nil
    }
  }

  /// The request. NIO's own upgrader makes it too, but of an answer that it does not like it keeps the reason to itself.
  static func requestHead(_ request: WebSocket, target: Address, key: String) -> HTTPRequestHead {
    let host = if case .tcp = target { target.authority } else { "localhost" }
    var headers: HTTPHeaders = [
      "Host": host, "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Key": key,
      "Sec-WebSocket-Version": "13", "Sec-WebSocket-Protocol": HTTPAnswer.subprotocol,
    ]
    if let origin = request.origin { headers.add(name: "Origin", value: origin) }
    return HTTPRequestHead(version: .http1_1, method: .GET, uri: request.path, headers: headers)
  }

  /// What is wrong with an answer (RFC 6455, section 4.1).
  static func refusal(of head: HTTPResponseHead, key: String) -> WebSocketRefusal? {
    func has(_ name: String, _ token: String) -> Bool {
      head.headers[canonicalForm: name].contains { $0.lowercased() == token }
    }
    guard head.status.code == 101 else {
      return .status(Int(head.status.code), reason: printable(head.status.reasonPhrase, limit: 80))
    }
    guard has("upgrade", "websocket") else { return .header("Upgrade") }
    guard has("connection", "upgrade") else { return .header("Connection") }
    guard head.headers["sec-websocket-accept"] == [WebSocketKey.accept(key)] else { return .wrongKey }
    let subprotocols = head.headers["sec-websocket-protocol"]
    guard subprotocols == [HTTPAnswer.subprotocol] else {
      return .subprotocol(subprotocols.first.map { printable($0, limit: 80) })
    }
    if let name = head.headers.first(name: "sec-websocket-extensions") { return .extended(printable(name, limit: 80)) }
    return nil
  }
}

/// Asks, judges the answer, and puts the WebSocket's handlers into the place of HTTP's.
private final class WebSocketHandshakeHandler: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPClientResponsePart
  typealias OutboundOut = HTTPClientRequestPart

  private let request: WebSocket
  private let target: Address
  private let time: Duration
  private let deadline: NIODeadline
  private let outcome: (Result<Void, TransportError>) -> Void
  private let key = WebSocketKey.random()
  private let opening = OpeningBytesHandler()
  private let encoder = HTTPRequestEncoder()
  private let decoder: ByteToMessageHandler<HTTPResponseDecoder>
  private var alarm: Scheduled<Void>?
  private var state = State.awaitingHead
  /// Of the WebSocket's, what came with the answer or right after it.
  private var early = ByteBuffer()

  private enum State {
    /// The request is out.
    case awaitingHead
    /// The server's answer is the right one; its end is still to be parsed.
    case awaitingEnd
    /// What comes now is the WebSocket's.
    case leavingHTTP
    case over
  }

  init(
    request: WebSocket, target: Address, time: Duration, deadline: NIODeadline,
    outcome: @escaping (Result<Void, TransportError>) -> Void
  ) {
    self.request = request
    self.target = target
    self.time = time
    self.deadline = deadline
    self.outcome = outcome
    var limits = NIOHTTPDecoderLimitConfiguration()
    limits.maxHeaderFieldSize = WebSocketHandshake.headLimit
    limits.maxHeaderListSize = WebSocketHandshake.headLimit
    decoder = ByteToMessageHandler(
      HTTPResponseDecoder(leftOverBytesStrategy: .forwardBytes, limitConfiguration: limits))
  }

  /// Goes in before the mailbox's handler.
  func insert(into pipeline: ChannelPipeline.SynchronousOperations) throws {
    let mailbox = try pipeline.handler(type: MailboxHandler.self)
    try pipeline.addHandlers([opening, encoder, decoder, self], position: .before(mailbox))
  }

  func handlerAdded(context: ChannelHandlerContext) {
    let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
    alarm = context.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) {
      self.fail(
        .timedOut(.webSocketHandshake, self.target, after: self.time, received: self.opening.count),
        context: bound.value)
    }
    let head = WebSocketHandshake.requestHead(request, target: target, key: key)
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    fail(.closedDuring(.webSocketHandshake, target), context: context)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch state {
    case .awaitingHead, .awaitingEnd: receive(unwrapInboundIn(data), context: context)
    case .leavingHTTP:
      var bytes = OpeningBytesHandler.unwrapInboundIn(data)
      early.writeBuffer(&bytes)
    case .over: break
    }
  }

  private func receive(_ part: HTTPClientResponsePart, context: ChannelHandlerContext) {
    switch (part, state) {
    case (.head(let head), .awaitingHead):
      if let refusal = WebSocketHandshake.refusal(of: head, key: key) {
        fail(.webSocketRefused(target, refusal), context: context)
      } else {
        state = .awaitingEnd
      }
    case (.end, .awaitingEnd): leaveHTTP(context: context)
    default: break
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    if case .over = state { return context.fireErrorCaught(error) }
    if error is HTTPParserError {
      return fail(.webSocketRefused(target, .notHTTP(seen: opening.bytes)), context: context)
    }
    if case .failed(let error) = ending(for: error, peer: target) { return fail(error, context: context) }
    fail(.closedDuring(.webSocketHandshake, target), context: context)
  }

  func channelInactive(context: ChannelHandlerContext) {
    let isHTTP = opening.bytes.starts(with: Array("HTTP/".utf8).prefix(opening.bytes.count))
    fail(
      isHTTP ? .closedDuring(.webSocketHandshake, target) : .webSocketRefused(target, .notHTTP(seen: opening.bytes)),
      context: context)
    context.fireChannelInactive()
  }

  /// HTTP's handlers leave first, the decoder a little later by itself: what it hands on then waits here, for it could
  /// not bear to see a frame written.
  private func leaveHTTP(context: ChannelHandlerContext) {
    state = .leavingHTTP
    let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
    let pipeline = context.pipeline.syncOperations
    pipeline.removeHandler(opening, promise: nil)
    pipeline.removeHandler(encoder, promise: nil)
    let left = context.eventLoop.makePromise(of: Void.self)
    left.futureResult.assumeIsolated().whenSuccess { self.begin(context: bound.value) }
    pipeline.removeHandler(decoder, promise: left)
  }

  private func begin(context: ChannelHandlerContext) {
    guard case .leavingHTTP = state else { return }
    do {
      let pipeline = context.pipeline.syncOperations
      try WebSocketHandler.insert(
        .client, frameLimit: WebSocketHandshake.frameLimit, into: pipeline, after: self, peer: target)
      finish(.success(()))
      if early.readableBytes > 0 {
        context.fireChannelRead(NIOAny(early))
        context.fireChannelReadComplete()
      }
      pipeline.removeHandler(context: context, promise: nil)
    } catch {
      fail(.system(target, operation: "beginning a WebSocket", reason: "\(error)"), context: context)
    }
  }

  private func fail(_ error: TransportError, context: ChannelHandlerContext) {
    if case .over = state { return }
    finish(.failure(error))
    context.close(promise: nil)
  }

  private func finish(_ result: Result<Void, TransportError>) {
    state = .over
    alarm?.cancel()
    alarm = nil
    outcome(result)
  }
}
