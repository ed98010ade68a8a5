import NIOCore
import NIOHTTP1
import NIOWebSocket

/// Answers one HTTP request: with a WebSocket, or with a page and goodbye.
final class HTTPReceptionist: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPServerRequestPart

  private typealias Decoder = ByteToMessageHandler<HTTPRequestDecoder>

  private let visitor: Visitor
  private let decoder: Decoder
  /// What the upgrade waits for the request's end with.
  private var upgrade: (key: String, subprotocol: String?)?

  /// Most bytes of a message of a caller's: what SPICE clients send is small.
  static let frameLimit = 1 << 20

  private init(visitor: Visitor, decoder: Decoder) {
    self.visitor = visitor
    self.decoder = decoder
  }

  static func handlers(
    for visitor: Visitor
  ) -> (decoder: ByteToMessageHandler<HTTPRequestDecoder>, receptionist: HTTPReceptionist) {
    var limits = NIOHTTPDecoderLimitConfiguration()
    limits.maxHeaderFieldSize = HTTPAnswer.headLimit
    limits.maxHeaderListSize = HTTPAnswer.headLimit
    // What follows an upgrade's request is the WebSocket's.
    let decoder = Decoder(HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes, limitConfiguration: limits))
    return (decoder, HTTPReceptionist(visitor: visitor, decoder: decoder))
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !visitor.isOver else { return }
    switch unwrapInboundIn(data) {
    case .head(let head): answer(head)
    case .body: break
    case .end: if let upgrade { beginWebSocket(upgrade.key, upgrade.subprotocol, context: context) }
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard error is HTTPParserError else { return context.fireErrorCaught(error) }
    // A parser's afterthoughts about one who was answered already.
    guard !visitor.isOver else { return }
    if case .headerOverflow? = error as? HTTPParserError {
      refuse(.requestHeaderFieldsTooLarge, "the head of the request has more than \(HTTPAnswer.headLimit) bytes")
    } else {
      refuse(.badRequest, "that is no request of HTTP/1.1")
    }
  }

  private func answer(_ head: HTTPRequestHead) {
    switch HTTPAnswer(to: head, acceptsOrigin: visitor.desk.options.acceptsOrigin) {
    case .upgrade(let key, let subprotocol): upgrade = (key, subprotocol)
    case .page(let host, let withBody):
      let page = visitor.desk.options.page(WelcomePage.escaped(address(host: host)))
      let response = Response(
        status: .ok, headers: [], type: "text/html; charset=utf-8", body: page, hasBody: withBody)
      visitor.turnAway(.web(status: 200, detail: ""), saying: response.bytes())
    case .refusal(let status, let detail, let headers):
      refuse(status, detail, headers: headers, hasBody: head.method != .HEAD)
    case .wrongOrigin(let origin):
      let response = Response(
        status: .forbidden, headers: [], type: "text/plain; charset=utf-8",
        body: "Pages of this origin may not open a WebSocket here.\n")
      visitor.turnAway(.origin(origin), saying: response.bytes())
    }
  }

  private func refuse(
    _ status: HTTPResponseStatus, _ detail: String, headers: [(String, String)] = [], hasBody: Bool = true
  ) {
    let response = Response(
      status: status, headers: headers, type: "text/plain; charset=utf-8",
      body: "\(status.code) \(status.reasonPhrase): \(detail).\n", hasBody: hasBody)
    visitor.turnAway(.web(status: Int(status.code), detail: detail), saying: response.bytes())
  }

  private func beginWebSocket(_ key: String, _ subprotocol: String?, context: ChannelHandlerContext) {
    var head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    head += "Sec-WebSocket-Accept: \(WebSocketKey.accept(key))\r\n"
    if let subprotocol { head += "Sec-WebSocket-Protocol: \(subprotocol)\r\n" }
    visitor.say(Array("\(head)\r\n".utf8))
    do {
      let pipeline = context.pipeline.syncOperations
      try WebSocketHandler.insert(
        .server, frameLimit: Self.frameLimit, into: pipeline, after: self, peer: visitor.peer)
      visitor.letIn(.webSocket(secure: visitor.tls != nil))
      pipeline.removeHandler(context: context, promise: nil)
      // A little later, and by itself: it hands on what came after the request, and says nothing of its completeness.
      let left = context.eventLoop.makePromise(of: Void.self)
      left.futureResult.whenSuccess { [channel = context.channel] in channel.pipeline.fireChannelReadComplete() }
      pipeline.removeHandler(decoder, promise: left)
    } catch {
      context.close(promise: nil)
    }
  }

  /// Where a SPICE client finds this server, going by how the browser found it.
  private func address(host: String) -> String {
    let isSecure = visitor.tls != nil
    let host = printable(host, limit: 255)
    guard !host.isEmpty else {
      let local = visitor.channel.localAddress.flatMap { Address($0) }
      return local.map { "spice://\($0)" } ?? "spice://"
    }
    // The colons of an IPv6 address stand in brackets.
    let portMark = host.lastIndex(of: ":").flatMap { mark in host[mark...].contains("]") ? nil : mark }
    let name = portMark.map { host[..<$0] } ?? host[...]
    let port = portMark.map { host[host.index(after: $0)...] } ?? (isSecure ? "443" : "80")
    return isSecure ? "spice://\(name)?tls-port=\(port)" : "spice://\(name):\(port)"
  }
}
