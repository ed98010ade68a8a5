import SpiceProtocol
import Synchronization

/// Which message each channel of a session has handled last, for channels that were told to wait for others.
package final class ProgressBoard: Sendable {
  private struct Waiter {
    let waits: [ChannelWait]
    let continuation: CheckedContinuation<Void, Never>
  }

  private struct State {
    var handled: [ChannelID: UInt64] = [:]
    var waiters: [Int: Waiter] = [:]
    var nextWaiter = 0
    var isOver = false

    func isMet(_ waits: [ChannelWait]) -> Bool {
      isOver || waits.allSatisfy { (handled[$0.channel] ?? 0) >= $0.serial }
    }
  }

  private let state = Mutex(State())

  package init() {}

  package func post(_ channel: ChannelID, handled serial: UInt64) {
    let done = state.withLock { state -> [Waiter] in
      guard serial > state.handled[channel] ?? 0 else { return [] }
      state.handled[channel] = serial
      if state.waiters.isEmpty { return [] }
      let met = state.waiters.filter { state.isMet($0.value.waits) }
      for key in met.keys { state.waiters[key] = nil }
      return Array(met.values)
    }
    for waiter in done { waiter.continuation.resume() }
  }

  package func handled(_ channel: ChannelID) -> UInt64 {
    state.withLock { $0.handled[channel] ?? 0 }
  }

  /// Nothing more will be handled: lets everybody go.
  package func finish() {
    let waiters = state.withLock { state in
      state.isOver = true
      defer { state.waiters = [:] }
      return state.waiters.values
    }
    for waiter in waiters { waiter.continuation.resume() }
  }

  /// Returns when all of `waits` have been handled, the board is finished, or the task is cancelled.
  package func wait(for waits: [ChannelWait]) async {
    let ticket = state.withLock { state in
      state.nextWaiter += 1
      return state.nextWaiter
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let met = state.withLock { state -> Bool in
          if Task.isCancelled || state.isMet(waits) { return true }
          state.waiters[ticket] = Waiter(waits: waits, continuation: continuation)
          return false
        }
        if met { continuation.resume() }
      }
    } onCancel: {
      state.withLock { $0.waiters.removeValue(forKey: ticket) }?.continuation.resume()
    }
  }
}
