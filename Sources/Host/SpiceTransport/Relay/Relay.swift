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

  func add(_ count: Int, from side: RelayEnding.Side) {
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
    let isBare = from.isPlain && to.tls == nil && !to.isPlain
    let view = RelayView(source: from.tapped, sink: to.tapped, observer: observer)
    channel.eventLoop.execute {
      let handler = RelayHandler(
        peer: source.mailbox.peer, sink: sink.channel, side: side, count: count, inspect: inspect, view: view,
        isBare: isBare && view.isBlind, ended: ended)
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
