import NIOCore
import NIOPosix

/// One thread serves every socket: what a viewer's channels carry is far from filling it, and a thread more would only
/// make a short command start later.
enum EventLoops {
  static let shared = MultiThreadedEventLoopGroup(numberOfThreads: 1)
  /// A thread for each core: for what passes on other people's bytes.
  static let wide = MultiThreadedEventLoopGroup(numberOfThreads: System.coreCount)
}

extension TimeAmount {
  /// The duration, kept between 1 ms and a day.
  init(clamping duration: Duration) {
    self.init(min(max(duration, .milliseconds(1)), .seconds(86_400)))
  }
}
