import NIOCore
import NIOHTTP1

/// Answers one HTTP request: with a WebSocket, or with a page and goodbye.
final class HTTPReceptionist: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPServerRequestPart

  private let visitor: Visitor
  private let decoder: WebSocketUpgrade.Decoder
  /// Waits for the request's end.
  private var upgrade: WebSocketUpgrade?

  private init(visitor: Visitor, decoder: WebSocketUpgrade.Decoder) {
    self.visitor = visitor
    self.decoder = decoder
  }

  static func handlers(
    for visitor: Visitor
  ) -> (decoder: ByteToMessageHandler<HTTPRequestDecoder>, receptionist: HTTPReceptionist) {
    let decoder = WebSocketUpgrade.decoder()
    return (decoder, HTTPReceptionist(visitor: visitor, decoder: decoder))
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !visitor.isOver else { return }
    switch unwrapInboundIn(data) {
    case .head(let head): answer(head)
    case .body: break
    case .end: upgrade?.perform(for: visitor, request: nil, replacing: self, decoder, context: context)
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
    case .upgrade(let key, let subprotocol): upgrade = WebSocketUpgrade(key: key, subprotocol: subprotocol)
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
