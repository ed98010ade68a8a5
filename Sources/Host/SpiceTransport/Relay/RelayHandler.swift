import NIOCore

/// Who looks on when one side speaks.
struct RelayView {
  let source: Tapped?
  let sink: Tapped?
  let observer: (any RelayObserver)?

  var isBlind: Bool { source == nil && sink == nil && observer == nil }

  func see(_ bytes: ByteBuffer, from side: RelayEnding.Side) {
    bytes.withUnsafeReadableBytes { bytes in
      if source != nil || sink != nil {
        let piece = [UInt8](bytes)
        source?.received(piece)
        sink?.sent([piece])
      }
      observer?.passed(bytes, from: side)
    }
  }
}

/// Hands what its own connection brings to another one, no faster than that one takes it.
final class RelayHandler: ChannelDuplexHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private let peer: Address
  private let sink: any Channel
  private let side: RelayEnding.Side
  private let count: RelayCount
  private var inspect: (@Sendable (UnsafeRawBufferPointer) -> Bool)?
  private let view: RelayView
  /// The bytes come as they are and leave in a WebSocket's frames, and nobody looks at them.
  private let isBare: Bool
  private let ended: Race<RelayEnding>
  /// What was passed on and nobody has seen yet: first it leaves.
  private var unseen: [ByteBuffer] = []
  /// The pipeline wanted to read, and the sink took no more then.
  private var isHeldBack = false
  private var detour: Detour?
  /// Bytes that were read in one go.
  private var readAtOnce = 0
  /// The sink has to send first what takes the detour, or what is before that.
  private var isSinkBusy = false
  private var context: ChannelHandlerContext?

  /// For what is read before the rest takes the detour.
  private static let detourBuffers = AdaptiveRecvByteBufferAllocator(
    minimum: 1 << 10, initial: 1 << 10, maximum: Detour.threshold)
  /// Unsent bytes past which the source is not read, and the rest at which it is read again.
  private static let waterMarks = ChannelOptions.Types.WriteBufferWaterMark(low: 128 << 10, high: 512 << 10)

  init(
    peer: Address, sink: any Channel, side: RelayEnding.Side, count: RelayCount,
    inspect: (@Sendable (UnsafeRawBufferPointer) -> Bool)?, view: RelayView, isBare: Bool,
    ended: Race<RelayEnding>
  ) {
    self.peer = peer
    self.sink = sink
    self.side = side
    self.count = count
    self.inspect = inspect
    self.view = view
    self.isBare = isBare
    self.ended = ended
  }

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }
  func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

  /// Passes on what was there before, and hears of room in the sink from now on.
  func begin(with mailbox: Mailbox) throws {
    guard let context else { return }
    finish(with: mailbox)
    let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
    let wake: @Sendable () -> Void = { bound.eventLoop.execute { bound.value.goOn() } }
    _ = sink.setOption(.writeBufferWaterMark, value: Self.waterMarks)
    if sink.eventLoop.inEventLoop {
      try sink.pipeline.syncOperations.addHandler(RoomWatch(wake))
    } else {
      sink.eventLoop.execute { [sink] in
        try? sink.pipeline.syncOperations.addHandler(RoomWatch(wake))
        wake()
      }
    }
    if isBare, let detour = Detour(from: context.channel, to: sink) {
      self.detour = detour
      let options = context.channel.syncOptions
      try options?.setOption(.recvAllocator, value: Self.detourBuffers)
      try options?.setOption(.maxMessagesPerRead, value: 1)
    }
    read(context: context)
  }

  /// Passes on what a mailbox holds, and its ending.
  func finish(with mailbox: Mailbox) {
    let (chunks, ending) = mailbox.takeAll()
    for chunk in chunks { pass(ByteBuffer(bytes: chunk)) }
    if !chunks.isEmpty { send() }
    switch ending {
    case .finished: end(nil)
    case .failed(let error): end(error)
    case nil: break
    }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let bytes = unwrapInboundIn(data)
    readAtOnce += bytes.readableBytes
    pass(bytes)
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    send()
    takeDetour()
    readAtOnce = 0
    context.fireChannelReadComplete()
  }

  private func pass(_ bytes: ByteBuffer) {
    if let inspect, !bytes.withUnsafeReadableBytes(inspect) { self.inspect = nil }
    count.add(bytes.readableBytes, from: side)
    if !view.isBlind {
      // On a thread of its own the other side could answer before the question was seen.
      if sink.eventLoop.inEventLoop { unseen.append(bytes) } else { view.see(bytes, from: side) }
    }
    sink.write(bytes, promise: nil)
  }

  /// Lets what was passed on leave, and then be seen: who waits for it does not wait for those that look on.
  private func send() {
    sink.flush()
    for bytes in unseen { view.see(bytes, from: side) }
    unseen.removeAll(keepingCapacity: true)
  }

  /// What came with more than is read at once goes around this process, as far as the sink takes it.
  private func takeDetour() {
    guard let detour, inspect == nil, readAtOnce >= Detour.threshold else { return }
    let (moved, next) = detour.move()
    count.add(moved, from: side)
    guard let next else { return }
    isSinkBusy = true
    next.assumeIsolated().whenComplete { _ in
      self.isSinkBusy = false
      self.goOn()
    }
  }

  // MARK: Room

  func read(context: ChannelHandlerContext) {
    readOrHold()
  }

  private func goOn() {
    if isHeldBack { readOrHold() }
  }

  /// Reads where the sink has room. One that gets room between the question and the answer wakes this one once more.
  private func readOrHold() {
    let isHeld = isSinkBusy || !sink.isWritable
    if isHeld != isHeldBack {
      isHeldBack = isHeld
      view.observer?.held(side.other, isHeld)
    }
    if !isHeld { context?.read() }
  }

  // MARK: The end

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    if case .failed(let error) = ending(for: error, peer: peer) { end(error) }
    context.fireErrorCaught(error)
  }

  func channelInactive(context: ChannelHandlerContext) {
    end(nil)
    context.fireChannelInactive()
  }

  private func end(_ error: TransportError?) {
    send()
    ended.settle(.success(RelayEnding(side: side, error: error)))
  }
}

/// Says when a channel that took no more takes bytes again.
private final class RoomWatch: ChannelInboundHandler {
  typealias InboundIn = Any

  private let wake: @Sendable () -> Void

  init(_ wake: @escaping @Sendable () -> Void) { self.wake = wake }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    if context.channel.isWritable { wake() }
    context.fireChannelWritabilityChanged()
  }
}
