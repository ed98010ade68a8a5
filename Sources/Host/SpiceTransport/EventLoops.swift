import NIOCore
import NIOPosix

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// One thread serves every socket: what a viewer's channels carry is far from filling it, and a thread more would only
/// make a short command start later.
enum EventLoops {
  static let shared = MultiThreadedEventLoopGroup(numberOfThreads: 1)
  /// A thread for each core: for what passes on other people's bytes.
  static let wide = MultiThreadedEventLoopGroup(numberOfThreads: System.coreCount)
}

extension Transport {
  /// Starts what `connect` needs: its thread, and all that is made when the first socket is. For a program that is about
  /// to connect, and has something else to do before.
  public static func prepare() {
    // Two sockets that know nobody but each other.
    var ends: [Int32] = [-1, -1]
    #if canImport(Glibc)
      let kind = Int32(SOCK_STREAM.rawValue)
    #else
      let kind = SOCK_STREAM
    #endif
    guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { return }
    let other = ends[1]
    ClientBootstrap(group: EventLoops.shared)
      .channelOption(.recvAllocator, value: Dialer.receiveBuffers)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          _ = try SocketStream(accepted: channel, at: .unix(path: ""))
        }
      }
      .withConnectedSocket(ends[0])
      .flatMap { $0.writeAndFlush(ByteBuffer(bytes: [0])).and(value: $0) }
      .flatMap { $1.close() }
      .whenComplete { _ in close(other) }
  }
}

extension TimeAmount {
  /// The duration, kept between 1 ms and a day.
  init(clamping duration: Duration) {
    self.init(min(max(duration, .milliseconds(1)), .seconds(86_400)))
  }
}
