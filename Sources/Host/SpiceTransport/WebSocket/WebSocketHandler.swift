import NIOCore
import NIOWebSocket

/// Makes a stream of bytes of a WebSocket whose handshake is done: binary messages carry them, and where one message
/// ends means nothing.
///
/// Sits between NIO's frame codecs and the mailbox; so the bounds of reading ahead and of what waits to be sent are the
/// mailbox's, as for every connection. Closing says the protocol's goodbye.
final class WebSocketHandler: ChannelDuplexHandler {
  typealias InboundIn = WebSocketFrame
  typealias InboundOut = ByteBuffer
  typealias OutboundIn = ByteBuffer
  typealias OutboundOut = WebSocketFrame

  /// Which end this is: a client masks what it sends, a server does not (RFC 6455, section 5.1).
  enum Role { case client, server }

  private enum State {
    case open
    /// This side has said goodbye, and closes at the peer's or when `patience` ends.
    case closing(patience: Scheduled<Void>, promises: [EventLoopPromise<Void>])
    case closed
  }

  private let role: Role
  private let peer: Address
  private var state = State.open
  /// Frames of a message came, and its last one has not.
  private var isInMessage = false
  /// When what was written until now has left.
  private var lastWrite: EventLoopFuture<Void>?
  /// The goodbye's code, and the words that go with it.
  private var code = WebSocketErrorCode.normalClosure
  private var words = ""
  private(set) var context: ChannelHandlerContext?
  /// What was written while a frame leaves around NIO; nil while none does.
  private var behind: [(frame: WebSocketFrame, promise: EventLoopPromise<Void>?)]?

  /// Most bytes of the words: a control frame has 125.
  private static let wordLimit = 123

  /// Most bytes of a frame that is sent: what a peer with the limit of ours takes in any case.
  private static let frameSize = 256 << 10
  /// How long the peer's goodbye is waited for, as in TLS.
  private static let farewell = TimeAmount.milliseconds(500)

  private init(role: Role, peer: Address) {
    self.role = role
    self.peer = peer
  }

  /// Adds the codecs and the handler.
  ///
  /// - Parameter frameLimit: most bytes of one frame of the peer's.
  static func insert(
    _ role: Role, frameLimit: Int, into pipeline: ChannelPipeline.SynchronousOperations,
    after predecessor: any ChannelHandler, peer: Address
  ) throws {
    let handlers: [any ChannelHandler] = [
      WebSocketFrameEncoder(), ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: frameLimit)),
      WebSocketHandler(role: role, peer: peer),
    ]
    try pipeline.addHandlers(handlers, position: .after(predecessor))
  }

  var isServer: Bool { role == .server }
  var isOpen: Bool { if case .open = state { true } else { false } }

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }

  // MARK: In

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let frame = unwrapInboundIn(data)
    if case .open = state {
      receive(frame, context: context)
    } else if case .closing = state, frame.opcode == .connectionClose {
      finish(context: context)
    }
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    context.fireChannelReadComplete()
    // Nobody reads any more, and the peer's goodbye may stand behind much else.
    if case .closing = state { context.read() }
  }

  private func receive(_ frame: WebSocketFrame, context: ChannelHandlerContext) {
    guard frame.reservedBits.isEmpty else { return fail(.protocolError, "it uses an extension", context: context) }
    guard (frame.maskKey != nil) == (role == .server) else {
      let sentence = role == .server ? "it does not mask its frames" : "it masks its frames, as only clients may"
      return fail(.protocolError, sentence, context: context)
    }
    switch frame.opcode {
    case .binary where !isInMessage, .continuation where isInMessage:
      isInMessage = !frame.fin
      let bytes = frame.plainData
      if bytes.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(bytes)) }
    case .text where !isInMessage:
      fail(.unacceptableData, "it sends text; SPICE is binary", context: context)
    case .binary, .text:
      fail(.protocolError, "it begins a message within another", context: context)
    case .continuation:
      fail(.protocolError, "it goes on with a message that it has not begun", context: context)
    case .ping:
      // Pongs are owed for the latest ping alone; a peer that reads none gets none heaped up.
      guard context.channel.isWritable, behind?.isEmpty ?? true else { return }
      put(self.frame(.pong, frame.plainData), promise: nil, context: context)
      context.flush()
    case .pong: break
    case .connectionClose: answerGoodbye(frame, context: context)
    default: fail(.protocolError, "it sends a frame of a kind that is not defined", context: context)
    }
  }

  /// The peer goes first: its code goes back, and that is the end.
  private func answerGoodbye(_ frame: WebSocketFrame, context: ChannelHandlerContext) {
    var body = frame.plainData
    let theirs = body.readWebSocketErrorCode()
    let words = printable(String(buffer: body), limit: 123)
    state = .closed
    var answer = context.channel.allocator.buffer(capacity: 2)
    if let theirs { answer.write(webSocketErrorCode: theirs) }
    let sent = context.eventLoop.makePromise(of: Void.self)
    let error = theirs.flatMap { trouble(code: $0, words: words) }
    let context = NIOLoopBound(context, eventLoop: context.eventLoop)
    // Where it is an error, the mailbox's handler closes.
    let end: @Sendable () -> Void = {
      if let error { context.value.fireErrorCaught(error) } else { context.value.close(promise: nil) }
    }
    let patience = context.eventLoop.scheduleTask(in: Self.farewell, end)
    sent.futureResult.whenComplete { _ in
      patience.cancel()
      end()
    }
    put(self.frame(.connectionClose, answer), promise: sent, context: context.value)
    context.value.flush()
  }

  private func trouble(code: WebSocketErrorCode, words: String) -> TransportError? {
    guard code != .normalClosure, code != .goingAway else { return nil }
    return .webSocketClosed(peer, code: UInt16(webSocketErrorCode: code), reason: words)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard let error = error as? NIOWebSocketError else { return context.fireErrorCaught(error) }
    guard case .open = state else { return }
    switch error {
    case .invalidFrameLength: fail(.messageTooLarge, "it sends a frame longer than is taken", context: context)
    case .fragmentedControlFrame, .multiByteControlFrameLength:
      fail(.protocolError, "it sends a control frame in parts, or one of more than 125 bytes", context: context)
    }
  }

  func channelInactive(context: ChannelHandlerContext) {
    settle()
    context.fireChannelInactive()
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    settle()
    self.context = nil
  }

  /// Whoever reads is told, and the mailbox's handler closes.
  private func fail(_ code: WebSocketErrorCode, _ reason: String, context: ChannelHandlerContext) {
    self.code = code
    context.fireErrorCaught(TransportError.webSocketBroken(peer, reason: reason))
  }

  // MARK: Out

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    guard case .open = state else { return promise?.fail(ChannelError.ioOnClosedChannel) ?? () }
    var bytes = unwrapOutboundIn(data)
    guard bytes.readableBytes > 0 else {
      // An empty write asks when all before it have left; it makes no frame.
      return lastWrite?.cascade(to: promise) ?? promise?.succeed() ?? ()
    }
    let promise = promise ?? context.eventLoop.makePromise()
    lastWrite = promise.futureResult
    while bytes.readableBytes > Self.frameSize, let part = bytes.readSlice(length: Self.frameSize) {
      put(frame(.binary, part), promise: nil, context: context)
    }
    put(frame(.binary, bytes), promise: promise, context: context)
  }

  func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
    guard let farewell = event as? WebSocketFarewell else {
      return context.triggerUserOutboundEvent(event, promise: promise)
    }
    code = WebSocketErrorCode(codeNumber: Int(farewell.code))
    words = farewell.words
    while words.utf8.count > Self.wordLimit { words.removeLast() }
    promise?.succeed()
  }

  func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
    switch state {
    case .closed: context.close(mode: mode, promise: promise)
    case .closing(let patience, let promises):
      state = .closing(patience: patience, promises: promises + [promise].compactMap { $0 })
    case .open:
      let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
      let patience = context.eventLoop.assumeIsolated().scheduleTask(in: Self.farewell) {
        self.finish(context: bound.value)
      }
      state = .closing(patience: patience, promises: [promise].compactMap { $0 })
      var body = context.channel.allocator.buffer(capacity: 2)
      body.write(webSocketErrorCode: code)
      body.writeString(words)
      put(frame(.connectionClose, body), promise: nil, context: context)
      context.flush()
      context.read()
    }
  }

  private func finish(context: ChannelHandlerContext) {
    guard case .closing(let patience, let promises) = state else { return }
    state = .closed
    patience.cancel()
    let promise = promises.isEmpty ? nil : context.eventLoop.makePromise(of: Void.self)
    for waiting in promises { promise?.futureResult.cascade(to: waiting) }
    context.close(promise: promise)
  }

  /// The channel has closed by itself.
  private func settle() {
    guard case .closing(let patience, let promises) = state else { return }
    state = .closed
    patience.cancel()
    for waiting in promises { waiting.succeed() }
  }

  // MARK: Frames that leave around NIO

  var isCarrying: Bool { behind != nil }

  /// From here on what is written waits. The promise is to be settled with `endCarrying`.
  func beginCarrying(_ context: ChannelHandlerContext) -> EventLoopPromise<Void> {
    let sent = context.eventLoop.makePromise(of: Void.self)
    behind = []
    lastWrite = sent.futureResult
    return sent
  }

  func endCarrying(_ context: ChannelHandlerContext, _ error: (any Error)? = nil) {
    let waiting = behind ?? []
    behind = nil
    for (frame, promise) in waiting {
      if let error { promise?.fail(error) } else { put(frame, promise: promise, context: context) }
    }
    if !waiting.isEmpty { context.flush() }
  }

  private func put(_ frame: WebSocketFrame, promise: EventLoopPromise<Void>?, context: ChannelHandlerContext) {
    if isCarrying { behind?.append((frame, promise)) } else { context.write(wrapOutboundOut(frame), promise: promise) }
  }

  private func frame(_ opcode: WebSocketOpcode, _ data: ByteBuffer) -> WebSocketFrame {
    WebSocketFrame(fin: true, opcode: opcode, maskKey: role == .client ? .random() : nil, data: data)
  }
}

extension WebSocketFrame {
  /// What the frame carries, without its mask: eight bytes at a time, as NIO's own takes one after the other.
  var plainData: ByteBuffer {
    guard let maskKey else { return data }
    var plain = data
    plain.withUnsafeMutableReadableBytes { bytes in
      let key = maskKey.enumerated().reduce(UInt64(0)) { $0 | UInt64($1.element) << (8 * UInt64($1.offset)) }
      let mask = UInt64(littleEndian: key | key << 32)
      let whole = bytes.count & ~7
      for at in stride(from: 0, to: whole, by: 8) {
        let word = bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self)
        bytes.storeBytes(of: word ^ mask, toByteOffset: at, as: UInt64.self)
      }
      for at in whole..<bytes.count { bytes[at] ^= maskKey[at & 3] }
    }
    return plain
  }
}
