import NIOCore
import NIOHTTP1

/// The server's last word in HTTP before a connection becomes a WebSocket.
struct WebSocketUpgrade {
  typealias Decoder = ByteToMessageHandler<HTTPRequestDecoder>

  let key: String
  let subprotocol: String?

  /// Most bytes of a message of a caller's: what SPICE clients send is small.
  static let frameLimit = 1 << 20

  /// A decoder that leaves what follows the request to the WebSocket.
  static func decoder() -> Decoder {
    var limits = NIOHTTPDecoderLimitConfiguration()
    limits.maxHeaderFieldSize = HTTPAnswer.headLimit
    limits.maxHeaderListSize = HTTPAnswer.headLimit
    return Decoder(HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes, limitConfiguration: limits))
  }

  /// Answers, puts the WebSocket's handlers in the place of HTTP's, and lets the caller in.
  func perform(
    for visitor: Visitor, request: WebRequest?, replacing handler: some RemovableChannelHandler & ChannelHandler,
    _ decoder: Decoder, context: ChannelHandlerContext
  ) {
    var head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    head += "Sec-WebSocket-Accept: \(WebSocketKey.accept(key))\r\n"
    if let subprotocol { head += "Sec-WebSocket-Protocol: \(subprotocol)\r\n" }
    visitor.say(Array("\(head)\r\n".utf8))
    do {
      let pipeline = context.pipeline.syncOperations
      try WebSocketHandler.insert(
        .server, frameLimit: Self.frameLimit, into: pipeline, after: handler, peer: visitor.peer)
      visitor.letIn(.webSocket(secure: visitor.tls != nil), request: request)
      pipeline.removeHandler(context: context, promise: nil)
      // A little later, and by itself: it hands on what came after the request, and says nothing of its completeness.
      let left = context.eventLoop.makePromise(of: Void.self)
      left.futureResult.whenSuccess { [channel = context.channel] in
        channel.pipeline.fireChannelReadComplete()
        channel.read()
      }
      pipeline.removeHandler(decoder, promise: left)
    } catch {
      context.close(promise: nil)
    }
  }
}
