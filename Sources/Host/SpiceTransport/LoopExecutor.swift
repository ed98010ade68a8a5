import NIOCore

/// Runs tasks on the network's thread.
private final class LoopExecutor: TaskExecutor {
  private let loop: any EventLoop

  init(_ loop: any EventLoop) { self.loop = loop }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    loop.execute { [self] in job.runSynchronously(on: asUnownedTaskExecutor()) }
  }
}

extension Transport {
  /// The network's thread, for tasks that do next to nothing but wait for it: between two of their steps no other thread has
  /// to be woken. What takes its time there holds up every connection.
  public static let executor: any TaskExecutor = LoopExecutor(EventLoops.shared.next())
}
