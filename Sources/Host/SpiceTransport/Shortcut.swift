import NIOCore
import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// The way around the network's thread: bytes that nothing waits before go from the writer's own thread into the socket.
///
/// To wake another thread for a few bytes costs more than the system's call that sends them. What the socket does not take
/// at once goes the usual way, and as long as that waits, so does everything behind it.
final class Shortcut: Sendable {
  /// A second descriptor of the channel's socket, which stays what it is where NIO closes its own.
  private let descriptor = Mutex<CInt?>(nil)

  deinit { close() }

  /// Takes a second descriptor. The bytes must go into the socket as they are; on the channel's event loop.
  func open(_ channel: any Channel) {
    guard channel.isActive else { return }
    let copy = try? channel.pipeline.syncOperations.withUnsafeTransportIfAvailable { (socket: CInt) in
      fcntl(socket, F_DUPFD_CLOEXEC, 0)
    }
    guard let copy, copy >= 0 else { return }
    descriptor.withLock { descriptor in
      if let descriptor { _ = systemClose(descriptor) }
      descriptor = copy
    }
    channel.closeFuture.whenComplete { _ in self.close() }
  }

  func close() {
    descriptor.withLock { descriptor in
      if let descriptor { _ = systemClose(descriptor) }
      descriptor = nil
    }
  }

  /// Calls `body` with the open way, while nobody else can write; with nil where it is closed. `body` must not end the
  /// connection.
  func withWay<Result, Failure: Error>(_ body: (Way?) throws(Failure) -> Result) throws(Failure) -> Result {
    try descriptor.withLock { (descriptor) throws(Failure) in try body(descriptor.map { Way(descriptor: $0) }) }
  }

  struct Way {
    let descriptor: CInt

    /// How many of the bytes the socket takes at once: fewer than there are where it has no room, or has failed. More are
    /// about to follow unless these are the last.
    func send(_ bytes: [UInt8], isLast: Bool) -> Int {
      #if canImport(Darwin)
        let flags = MSG_DONTWAIT  // NIO has set SO_NOSIGPIPE.
      #else
        let flags = CInt(MSG_DONTWAIT | MSG_NOSIGNAL | (isLast ? 0 : MSG_MORE))
      #endif
      return bytes.withUnsafeBytes { bytes in
        while true {
          let sent = systemSend(descriptor, bytes.baseAddress, bytes.count, flags)
          if sent >= 0 { return sent }
          if errno != EINTR { return 0 }
        }
      }
    }
  }
}

private func systemClose(_ descriptor: CInt) -> CInt {
  close(descriptor)
}

private func systemSend(_ descriptor: CInt, _ bytes: UnsafeRawPointer?, _ count: Int, _ flags: CInt) -> Int {
  send(descriptor, bytes, count, flags)
}
