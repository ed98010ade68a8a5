import NIOCore

/// Holds a caller's first bytes until they tell what it speaks, and hands them to whoever answers that.
final class SortingHandler: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  private let visitor: Visitor
  private let isInsideTLS: Bool
  private var sorter: CallerSorter
  private var seen = ByteBuffer()
  private var silence: Scheduled<Void>?
  /// The caller was silent, and has been greeted as a VNC client is.
  private var hasGreeted = false

  init(_ visitor: Visitor, isInsideTLS: Bool = false) {
    self.visitor = visitor
    self.isInsideTLS = isInsideTLS
    sorter = CallerSorter(isInsideTLS: isInsideTLS)
  }

  func handlerAdded(context: ChannelHandlerContext) {
    guard !isInsideTLS, let grace = visitor.desk.options.silenceGrace else { return }
    silence = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(clamping: grace)) {
      guard !self.visitor.isOver else { return }
      self.hasGreeted = true
      self.visitor.say(RFBRefusal.greeting)
    }
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    silence?.cancel()
    silence = nil
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !visitor.isOver else { return }
    silence?.cancel()
    var bytes = unwrapInboundIn(data)
    visitor.received += bytes.readableBytes
    var kind: CallerSorter.Kind?
    for byte in bytes.readableBytesView where kind == nil { kind = sorter.feed(byte) }
    seen.writeBuffer(&bytes)
    if let kind { decide(kind, context: context) }
  }

  private func decide(_ kind: CallerSorter.Kind, context: ChannelHandlerContext) {
    if hasGreeted, kind != .vnc { return visitor.turnAway(.spokeTooLate(seen: opening)) }
    switch kind {
    case .vnc:
      if !hasGreeted { visitor.say(RFBRefusal.greeting) }
      visitor.stage = .vncVersion
      hand(to: [RFBRefusalHandler(visitor)], context: context)
    case .tls:
      context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
      visitor.beginTLS(with: seen)
    case .http where mustBeTLS:
      visitor.turnAway(.plainBytes(seen: opening), saying: HTTPAnswer.wantsTLS.bytes())
    case .spice where mustBeTLS:
      visitor.turnAway(.plainBytes(seen: opening))
    case .http where visitor.desk.site != nil:
      guard let site = visitor.desk.site else { return }
      hand(to: SiteHandler.handlers(for: visitor, at: site), context: context)
    case .http:
      visitor.stage = .request
      let (decoder, receptionist) = HTTPReceptionist.handlers(for: visitor)
      hand(to: [decoder, receptionist], context: context)
    case .spice:
      visitor.letIn(visitor.tls.map { .tls($0) } ?? .plain)
      hand(to: [], context: context)
    }
  }

  /// Leaves, and lets the bytes pass to the handlers that take this one's place.
  private func hand(to successors: [any ChannelHandler], context: ChannelHandlerContext) {
    do {
      try context.pipeline.syncOperations.addHandlers(successors, position: .after(self))
      context.fireChannelRead(wrapInboundOut(seen))
      context.fireChannelReadComplete()
      context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
    } catch {
      context.close(promise: nil)
    }
  }

  private var mustBeTLS: Bool {
    if case .tlsOnly = visitor.desk.options.security { !isInsideTLS } else { false }
  }

  private var opening: [UInt8] { Array(seen.readableBytesView.prefix(OpeningBytesHandler.kept)) }
}
