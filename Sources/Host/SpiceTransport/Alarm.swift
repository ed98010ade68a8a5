import NIOCore

/// Calls back once a time is over, on the network's thread. One that was cancelled wakes nobody, where the timer of a task
/// that slept and was cancelled goes off all the same.
package struct Alarm: Sendable {
  private let scheduled: Scheduled<Void>

  /// - Parameter time: kept between a millisecond and a day.
  package init(in time: Duration, _ ring: @escaping @Sendable () -> Void) {
    scheduled = EventLoops.shared.next().scheduleTask(in: TimeAmount(clamping: time), ring)
  }

  package func cancel() { scheduled.cancel() }
}
