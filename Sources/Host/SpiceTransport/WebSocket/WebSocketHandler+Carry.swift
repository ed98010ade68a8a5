#if os(Linux)
  import CSplice
  import NIOCore
  import NIOWebSocket

  extension WebSocketHandler {
    /// What a pipe holds, on its way into the socket.
    private final class Load {
      let pipe: SplicePipe
      let context: ChannelHandlerContext
      let socket: CInt
      let sent: EventLoopPromise<Void>
      /// Bytes of the frame that has begun which are still inside.
      var frameLeft = 0

      init(_ pipe: SplicePipe, _ socket: CInt, _ context: ChannelHandlerContext, _ sent: EventLoopPromise<Void>) {
        self.pipe = pipe
        self.socket = socket
        self.context = context
        self.sent = sent
      }
    }

    /// Bytes that are handed to NIO where the socket takes no more, so that it says when there is room again.
    private static let probe = 4 << 10
    /// Bytes of a frame where there are many: what the line carries in a fiftieth of a second, within these. A browser gives
    /// out none of a frame before it is whole. Fewer than twice the least are one.
    private static let frameSizes = (128 << 10)...(1 << 20)
    private static let framesPerSecond: UInt64 = 50

    /// Sends what is in a pipe, into the socket itself. Nothing may wait to be sent before it.
    ///
    /// - Parameter socket: the descriptor of this channel's, which has to be active.
    /// - Returns: when it has left, where that is not at once.
    func carry(_ pipe: SplicePipe, to socket: CInt) -> EventLoopFuture<Void>? {
      guard let context, isOpen else { return nil }
      let load = Load(pipe, socket, context, beginCarrying(context))
      carryOn(load)
      return isCarrying ? load.sent.futureResult : nil
    }

    private func carryOn(_ load: Load) {
      while load.pipe.count > 0 {
        guard load.context.channel.isActive else { return end(load, ChannelError.ioOnClosedChannel) }
        if load.frameLeft == 0 {
          load.frameLeft = Self.nextFrame(of: load.pipe.count, to: load.socket)
          let head = Self.head(of: load.frameLeft)
          let taken = Shortcut.Way(descriptor: load.socket).send(head, isLast: false)
          if taken < head.count { return probe(ByteBuffer(bytes: head[taken...]), before: load) }
        }
        let moved = load.pipe.send(load.frameLeft, to: load.socket)
        load.frameLeft -= moved
        if moved == 0 {
          let piece = load.pipe.take(min(load.frameLeft, Self.probe))
          load.frameLeft -= piece.readableBytes
          return probe(piece, before: load)
        }
      }
      end(load)
    }

    /// Bytes of the next frame, of so many.
    private static func nextFrame(of count: Int, to socket: CInt) -> Int {
      guard count >= 2 * frameSizes.lowerBound else { return count }
      let carried = Int(clamping: delivery_rate(socket) / framesPerSecond)
      return min(count, max(frameSizes.lowerBound, min(carried, frameSizes.upperBound)))
    }

    private func end(_ load: Load, _ error: (any Error)? = nil) {
      load.pipe.giveBack()
      endCarrying(load.context, error)
      if let error { load.sent.fail(error) } else { load.sent.succeed() }
    }

    /// NIO sends these bytes, as they are, when it can, and finds out what else may be wrong with the socket; then it goes on.
    private func probe(_ bytes: ByteBuffer, before load: Load) {
      let written = load.context.eventLoop.makePromise(of: Void.self)
      written.futureResult.assumeIsolated().whenComplete { result in
        switch result {
        case .success: self.carryOn(load)
        case .failure(let error): self.end(load, error)
        }
      }
      // Behind the encoder, which would make a frame of it.
      guard
        let encoder = try? load.context.pipeline.syncOperations.context(handlerType: WebSocketFrameEncoder.self)
      else { return written.fail(ChannelError.ioOnClosedChannel) }
      encoder.writeAndFlush(NIOAny(bytes), promise: written)
    }

    /// What stands before a binary message's bytes, which are not masked (RFC 6455, section 5.2).
    private static func head(of count: Int) -> [UInt8] {
      func bigEndian(_ value: some FixedWidthInteger) -> [UInt8] { withUnsafeBytes(of: value.bigEndian) { Array($0) } }
      let isLastAndBinary: UInt8 = 0x82
      if count < 126 { return [isLastAndBinary, UInt8(count)] }
      if let count = UInt16(exactly: count) { return [isLastAndBinary, 126] + bigEndian(count) }
      return [isLastAndBinary, 127] + bigEndian(UInt64(count))
    }
  }
#endif
