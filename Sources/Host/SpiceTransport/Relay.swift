import NIOCore
import Synchronization

/// How a relay between two connections ended.
public struct RelayEnding: Sendable, Hashable {
  public enum Side: Sendable, Hashable {
    /// The connection whose `relay` was called.
    case near
    /// The other one.
    case far

    var other: Self { self == .near ? .far : .near }
  }

  /// Whose peer ended it.
  public let side: Side
  /// What went wrong there; nil where it simply closed.
  public let error: TransportError?
}

/// How many bytes a relay has passed on until now; may be read while it runs, and may serve several.
public final class RelayCount: Sendable {
  private let nearToFar = Atomic<UInt64>(0)
  private let farToNear = Atomic<UInt64>(0)

  public init() {}

  public var up: UInt64 { nearToFar.load(ordering: .relaxed) }
  public var down: UInt64 { farToNear.load(ordering: .relaxed) }

  fileprivate func add(_ count: Int, from side: RelayEnding.Side) {
    switch side {
    case .near: nearToFar.add(UInt64(clamping: count), ordering: .relaxed)
    case .far: farToNear.add(UInt64(clamping: count), ordering: .relaxed)
    }
  }
}

/// Watches a relay. Called on a network thread, in the order in which things happen; to return quickly.
public protocol RelayObserver: Sendable {
  /// That side said this, and it is on its way to the other.
  func passed(_ bytes: UnsafeRawBufferPointer, from side: RelayEnding.Side)
  /// That side takes no more for now, so that the other one is not read; or it does again.
  func held(_ side: RelayEnding.Side, _ isHeld: Bool)
}

extension Connection {
  /// Passes bytes on, both ways and as they are, until either side ends; then both are still to be closed.
  ///
  /// What either side had sent before is passed on first. While one side takes no more the other is not read: about
  /// 1 MiB waits in each direction at most. Nobody else may read or write meanwhile or later.
  ///
  /// - Parameters:
  ///   - count: is added to.
  ///   - inspect: sees each piece from `far` before it is passed on, until it says false. Called on a network thread.
  ///   - observer: sees everything.
  /// - Returns: who ended it, when that side's bytes are on their way.
  /// - Throws: `.cancelled`.
  public func relay(
    with far: Connection, counting count: RelayCount,
    inspecting inspect: (@Sendable (UnsafeRawBufferPointer) -> Bool)? = nil,
    observer: (any RelayObserver)? = nil
  ) async throws(TransportError) -> RelayEnding {
    let ended = Race<RelayEnding>()
    Self.pass(from: self, to: far, side: .near, count: count, inspect: nil, observer, ended: ended)
    Self.pass(from: far, to: self, side: .far, count: count, inspect: inspect, observer, ended: ended)
    return try await ended.value()
  }

  private static func pass(
    from: Connection, to: Connection, side: RelayEnding.Side, count: RelayCount,
    inspect: (@Sendable (UnsafeRawBufferPointer) -> Bool)?, _ observer: (any RelayObserver)?,
    ended: Race<RelayEnding>
  ) {
    let (source, sink) = (from.stream, to.stream)
    let channel = source.channel
    let view = RelayView(source: from.tapped, sink: to.tapped, observer: observer)
    channel.eventLoop.execute {
      let handler = RelayHandler(
        peer: source.mailbox.peer, sink: sink.channel, side: side, count: count, inspect: inspect, view: view,
        ended: ended)
      do {
        let pipeline = channel.pipeline.syncOperations
        let last = try pipeline.handler(type: MailboxHandler.self)
        try pipeline.addHandler(handler, position: .before(last))
        try handler.begin(with: source.mailbox)
      } catch {
        // A connection that is over has no handlers any more; what it had brought stands in its mailbox.
        handler.finish(with: source.mailbox)
      }
    }
  }
}

/// Who looks on when one side speaks.
private struct RelayView {
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
private final class RelayHandler: ChannelDuplexHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private let peer: Address
  private let sink: any Channel
  private let side: RelayEnding.Side
  private let count: RelayCount
  private var inspect: (@Sendable (UnsafeRawBufferPointer) -> Bool)?
  private let view: RelayView
  private let ended: Race<RelayEnding>
  /// What was passed on and nobody has seen yet: first it leaves.
  private var unseen: [ByteBuffer] = []
  /// The pipeline wanted to read, and the sink took no more then.
  private var isHeldBack = false
  private var context: ChannelHandlerContext?

  /// Unsent bytes past which the source is not read, and the rest at which it is read again.
  private static let waterMarks = ChannelOptions.Types.WriteBufferWaterMark(low: 128 << 10, high: 512 << 10)

  init(
    peer: Address, sink: any Channel, side: RelayEnding.Side, count: RelayCount,
    inspect: (@Sendable (UnsafeRawBufferPointer) -> Bool)?, view: RelayView, ended: Race<RelayEnding>
  ) {
    self.peer = peer
    self.sink = sink
    self.side = side
    self.count = count
    self.inspect = inspect
    self.view = view
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

  func channelRead(context: ChannelHandlerContext, data: NIOAny) { pass(unwrapInboundIn(data)) }

  func channelReadComplete(context: ChannelHandlerContext) {
    send()
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

  // MARK: Room

  func read(context: ChannelHandlerContext) {
    readOrHold()
  }

  private func goOn() {
    if isHeldBack { readOrHold() }
  }

  /// Reads where the sink has room. One that gets room between the question and the answer wakes this one once more.
  private func readOrHold() {
    let isHeld = !sink.isWritable
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
