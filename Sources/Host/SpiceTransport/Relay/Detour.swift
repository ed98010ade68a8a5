import NIOCore

/// The way of bytes from a plain socket into a WebSocket's frames without a copy through this process: inside the kernel,
/// as a server's frames are its bytes with a few before them. Linux alone has it.
struct Detour {
  /// Most bytes that are read in the usual way at once, so that what is behind them can take this one. Smaller messages
  /// are cheaper copied.
  static let threshold = 16 << 10

  #if os(Linux)
    private let source: any Channel
    private let sink: any Channel
    /// Descriptors, which are those of the sockets as long as their channels are active.
    private let sourceSocket: CInt
    private let sinkSocket: CInt
    private let frames: WebSocketHandler

    /// Bytes after which others have their turn.
    private static let turn = 4 << 20

    /// Nil where there is none; on the event loop of both.
    init?(from source: any Channel, to sink: any Channel) {
      guard source.eventLoop === sink.eventLoop,
        let frames = try? sink.pipeline.syncOperations.handler(type: WebSocketHandler.self), frames.isServer,
        let sourceSocket = Self.socket(of: source), let sinkSocket = Self.socket(of: sink)
      else { return nil }
      self.source = source
      self.sink = sink
      self.sourceSocket = sourceSocket
      self.sinkSocket = sinkSocket
      self.frames = frames
    }

    /// Asked once: NIO's answer costs as much as sending some kilobytes.
    private static func socket(of channel: any Channel) -> CInt? {
      try? channel.pipeline.syncOperations.withUnsafeTransportIfAvailable { $0 }
    }

    /// Moves what the source has and the sink takes now.
    ///
    /// - Returns: how much, and where it is not all that the source had, when to ask again.
    func move() -> (count: Int, next: EventLoopFuture<Void>?) {
      // What was written in the usual way is first.
      guard (try? sink.syncOptions?.getOption(.bufferedWritableBytes)) == 0 else {
        return (0, sink.writeAndFlush(sink.allocator.buffer(capacity: 0)))
      }
      var moved = 0
      while moved < Self.turn, source.isActive, sink.isActive, let pipe = SplicePipe.borrow() {
        let count = pipe.fill(from: sourceSocket)
        if count == 0 {
          pipe.giveBack()
          break
        }
        moved += count
        if let sent = frames.carry(pipe, to: sinkSocket) { return (moved, sent) }
      }
      return (moved, nil)
    }
  #else
    init?(from source: any Channel, to sink: any Channel) { nil }

    func move() -> (count: Int, next: EventLoopFuture<Void>?) { (0, nil) }
  #endif
}
