import NIOCore
import NIOHTTP1

/// Speaks HTTP/1.1 for a site: one request after the other, each with a deadline, until the caller goes or its
/// connection becomes a WebSocket.
final class SiteHandler: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private enum State {
    case awaitingRequest
    /// Its head is there, and so much of its body.
    case receiving(HTTPRequestHead, body: [UInt8])
    /// The site thinks, or its answer is leaving.
    case answering
    /// Nothing more is read: the last answer is leaving, or the connection is a WebSocket.
    case over
  }

  private let visitor: Visitor
  private let desk: SiteDesk
  private let decoder: WebSocketUpgrade.Decoder
  private var state = State.awaitingRequest
  /// Parts of requests that came on the heels of one that is being answered; the socket is not read meanwhile.
  private var waiting: [HTTPServerRequestPart] = []
  private var isHeldBack = false
  private var alarm: Scheduled<Void>?
  private var context: ChannelHandlerContext?

  private init(visitor: Visitor, desk: SiteDesk, decoder: WebSocketUpgrade.Decoder) {
    self.visitor = visitor
    self.desk = desk
    self.decoder = decoder
  }

  static func handlers(for visitor: Visitor, at desk: SiteDesk) -> [any ChannelHandler] {
    let decoder = WebSocketUpgrade.decoder()
    return [decoder, SiteHandler(visitor: visitor, desk: desk, decoder: decoder)]
  }

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    let channel = context.channel
    visitor.visit(desk) { channel.close(promise: nil) }
    setAlarm()
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    self.context = nil
    alarm?.cancel()
  }

  // MARK: Requests

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch state {
    case .over: return
    case .answering: waiting.append(unwrapInboundIn(data))
    case .awaitingRequest, .receiving: take(unwrapInboundIn(data))
    }
  }

  func read(context: ChannelHandlerContext) {
    if case .answering = state { isHeldBack = true } else { context.read() }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard error is HTTPParserError else { return context.fireErrorCaught(error) }
    guard case .over = state else {
      if case .headerOverflow? = error as? HTTPParserError {
        return refuse(
          .requestHeaderFieldsTooLarge, "the head of the request has more than \(HTTPAnswer.headLimit) bytes")
      }
      return refuse(.badRequest, "that is no request of HTTP/1.1")
    }
  }

  private func take(_ part: HTTPServerRequestPart) {
    switch (part, state) {
    case (.head(let head), .awaitingRequest):
      guard head.headers["host"].count <= 1 else { return refuse(.badRequest, "the request names several hosts") }
      if head.headers[canonicalForm: "expect"].contains(where: { $0.lowercased() == "100-continue" }) {
        visitor.say(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8))
      }
      state = .receiving(head, body: [])
    case (.body(let bytes), .receiving(let head, var body)):
      state = .awaitingRequest
      guard body.count + bytes.readableBytes <= desk.site.bodyLimit else {
        return refuse(.payloadTooLarge, "a request has at most \(desk.site.bodyLimit) bytes here")
      }
      body += bytes.readableBytesView
      state = .receiving(head, body: body)
    case (.end, .receiving(let head, let body)): ask(head, body)
    default: break
    }
  }

  private func ask(_ head: HTTPRequestHead, _ body: [UInt8]) {
    var upgrade: WebSocketUpgrade?
    if head.method == .GET, head.headers[canonicalForm: "upgrade"].contains(where: { $0.lowercased() == "websocket" }) {
      switch HTTPAnswer(upgrading: head, acceptsOrigin: { _ in true }) {
      case .upgrade(let key, let subprotocol): upgrade = WebSocketUpgrade(key: key, subprotocol: subprotocol)
      case .refusal(let status, let detail, let headers): return refuse(status, detail, headers: headers)
      case .page, .wrongOrigin: return
      }
    }
    let request = request(head, body, wantsWebSocket: upgrade != nil)
    state = .answering
    setAlarm()
    guard let context else { return }
    let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
    Task { [site = desk.site, upgrade] in
      let answer = await site.answer(request)
      bound.eventLoop.execute { bound.value.give(answer, to: request, upgrade, goesOn: head.isKeepAlive) }
    }
  }

  private func request(_ head: HTTPRequestHead, _ body: [UInt8], wantsWebSocket: Bool) -> WebRequest {
    let mark = head.uri.firstIndex(of: "?")
    var headers: [String: String] = [:]
    for (name, value) in head.headers { headers[name.lowercased()] = value }
    return WebRequest(
      method: head.method.rawValue, path: String(head.uri[..<(mark ?? head.uri.endIndex)]),
      query: mark.map { String(head.uri[head.uri.index(after: $0)...]) }, headers: headers, body: body,
      wantsWebSocket: wantsWebSocket, peer: visitor.peer, isSecure: visitor.tls != nil)
  }

  // MARK: Answers

  private func give(_ answer: WebAnswer, to request: WebRequest, _ upgrade: WebSocketUpgrade?, goesOn: Bool) {
    guard let context, case .answering = state else { return }
    switch (answer, upgrade) {
    case (.webSocket, let upgrade?):
      state = .over
      upgrade.perform(for: visitor, request: request, replacing: self, decoder, context: context)
    case (.webSocket, nil): refuse(.internalServerError, "a WebSocket was granted that nobody asked for")
    case (.respond(let response), _):
      // Of a request for a WebSocket the decoder reads no further.
      respond(response, hasBody: request.method != "HEAD", goesOn: goesOn && upgrade == nil)
    }
  }

  private func refuse(_ status: HTTPResponseStatus, _ detail: String, headers: [(String, String)] = []) {
    let type = [("Content-Type", "text/plain; charset=utf-8"), ("X-Content-Type-Options", "nosniff")]
    let words = "\(status.code) \(status.reasonPhrase): \(detail).\n"
    let response = WebResponse(
      status: Int(status.code), headers: (headers + type).map { (name: $0.0, value: $0.1) }, body: Array(words.utf8))
    respond(response, hasBody: true, goesOn: false)
  }

  private func respond(_ response: WebResponse, hasBody: Bool, goesOn: Bool) {
    guard let context else { return }
    state = goesOn ? .answering : .over
    setAlarm()
    let head = response.head(goesOn: goesOn)
    var bytes = context.channel.allocator.buffer(capacity: head.utf8.count + (hasBody ? response.body.count : 0))
    bytes.writeString(head)
    if hasBody { bytes.writeBytes(response.body) }
    let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
    context.writeAndFlush(wrapOutboundOut(bytes)).whenSuccess {
      if goesOn {
        bound.value.goOn()
      } else {
        bound.value.visitor.turnAway(.web(status: response.status, detail: ""), saying: [])
      }
    }
  }

  /// The next request, which may be there already.
  private func goOn() {
    guard case .answering = state else { return }
    state = .awaitingRequest
    setAlarm()
    let parts = waiting
    waiting = []
    for part in parts {
      if case .answering = state { waiting.append(part) } else { take(part) }
    }
    guard isHeldBack, !isBusy else { return }
    isHeldBack = false
    context?.read()
  }

  private var isBusy: Bool { if case .answering = state { true } else { false } }

  /// The connection goes where the next step is not taken in time.
  private func setAlarm() {
    alarm?.cancel()
    guard let context else { return }
    let channel = context.channel
    alarm = context.eventLoop.scheduleTask(in: TimeAmount(clamping: desk.site.patience)) {
      channel.close(promise: nil)
    }
  }
}
