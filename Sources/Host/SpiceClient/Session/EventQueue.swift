import Synchronization

/// The news of a session that nobody has read yet, in bounded room: 1,024 pieces, of which the newest stay.
package final class EventQueue: Sendable {
  static let limit = 1024

  private struct State {
    var events: [ClientEvent] = []
    var isOver = false
    var readers: [(ticket: Int, continuation: CheckedContinuation<ClientEvent?, Never>)] = []
    var lastTicket = 0
  }

  private let state = Mutex(State())

  package init() {}

  /// Hands the event to who waits for one, or keeps it.
  package func yield(_ event: ClientEvent) {
    let reader = state.withLock { state -> CheckedContinuation<ClientEvent?, Never>? in
      if state.isOver { return nil }
      if !state.readers.isEmpty { return state.readers.removeFirst().continuation }
      // Shapes and lists are large, and an old one is of no use to anybody.
      if let old = state.events.firstIndex(where: { event.overtakes($0) }) { state.events.remove(at: old) }
      if state.events.count >= Self.limit { state.events.removeFirst() }
      state.events.append(event)
      return nil
    }
    reader?.resume(returning: event)
  }

  /// What is kept can still be read; nothing more comes.
  package func finish() {
    let readers = state.withLock { state in
      state.isOver = true
      defer { state.readers = [] }
      return state.readers
    }
    for reader in readers { reader.continuation.resume(returning: nil) }
  }

  /// The oldest event, when there is one; nil where the queue or the task is over.
  package func next() async -> ClientEvent? {
    let ticket = state.withLock { state in
      state.lastTicket += 1
      return state.lastTicket
    }
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let ready = state.withLock { state -> ClientEvent?? in
          if Task.isCancelled { return .some(nil) }
          if !state.events.isEmpty { return state.events.removeFirst() }
          if state.isOver { return .some(nil) }
          state.readers.append((ticket, continuation))
          return nil
        }
        if let ready { continuation.resume(returning: ready) }
      }
    } onCancel: {
      let reader = state.withLock { state -> CheckedContinuation<ClientEvent?, Never>? in
        guard let place = state.readers.firstIndex(where: { $0.ticket == ticket }) else { return nil }
        return state.readers.remove(at: place).continuation
      }
      reader?.resume(returning: nil)
    }
  }
}

extension ClientEvent {
  /// True where nobody who has this one misses the other.
  fileprivate func overtakes(_ other: ClientEvent) -> Bool {
    switch (self, other) {
    case (.cursor, .cursor): true
    case (.monitors(let display, _), .monitors(let otherDisplay, _)): display == otherDisplay
    default: false
    }
  }
}
