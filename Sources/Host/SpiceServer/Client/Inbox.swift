import Synchronization

/// News for the program, in bounded room. While nobody reads, the oldest give way to the newest; from the first read on
/// nothing is lost, and who brings news waits where the program does not keep up.
public final class Inbox<Element: Sendable>: AsyncSequence, Sendable {
  private struct State {
    var elements: [Element] = []
    var readers: [(ticket: Int, continuation: CheckedContinuation<Element?, Never>)] = []
    var writers: [CheckedContinuation<Void, Never>] = []
    var lastTicket = 0
    var isRead = false
    var isOver = false
  }

  private let limit: Int
  private let state = Mutex(State())

  init(limit: Int) { self.limit = limit }

  /// Hands the element to who waits for one, or keeps it.
  func put(_ element: Element) {
    let reader = state.withLock { state -> CheckedContinuation<Element?, Never>? in
      if state.isOver { return nil }
      if !state.readers.isEmpty { return state.readers.removeFirst().continuation }
      if !state.isRead, state.elements.count >= limit { state.elements.removeFirst() }
      state.elements.append(element)
      return nil
    }
    reader?.resume(returning: element)
  }

  /// Returns when there is room again, or the inbox is over.
  func awaitRoom() async {
    await withCheckedContinuation { continuation in
      let isFree = state.withLock { state -> Bool in
        if state.isOver || !state.isRead || state.elements.count < limit { return true }
        state.writers.append(continuation)
        return false
      }
      if isFree { continuation.resume() }
    }
  }

  /// What is kept can still be read; nothing more comes.
  func finish() {
    let (readers, writers) = state.withLock { state in
      state.isOver = true
      defer { (state.readers, state.writers) = ([], []) }
      return (state.readers, state.writers)
    }
    for reader in readers { reader.continuation.resume(returning: nil) }
    for writer in writers { writer.resume() }
  }

  public struct AsyncIterator: AsyncIteratorProtocol {
    let inbox: Inbox

    /// The oldest element, when there is one; nil where the server or the task has ended.
    public mutating func next() async -> Element? { await inbox.next() }
  }

  public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(inbox: self) }

  private func next() async -> Element? {
    let ticket = state.withLock { state in
      state.isRead = true
      state.lastTicket += 1
      return state.lastTicket
    }
    let element = await withTaskCancellationHandler {
      await withCheckedContinuation { (continuation: CheckedContinuation<Element?, Never>) in
        let ready = state.withLock { state -> Element?? in
          if Task.isCancelled { return .some(nil) }
          if !state.elements.isEmpty { return state.elements.removeFirst() }
          if state.isOver { return .some(nil) }
          state.readers.append((ticket, continuation))
          return nil
        }
        if let ready { continuation.resume(returning: ready) }
      }
    } onCancel: {
      let reader = state.withLock { state -> CheckedContinuation<Element?, Never>? in
        guard let place = state.readers.firstIndex(where: { $0.ticket == ticket }) else { return nil }
        return state.readers.remove(at: place).continuation
      }
      reader?.resume(returning: nil)
    }
    let writers = state.withLock { state -> [CheckedContinuation<Void, Never>] in
      guard state.elements.count < limit else { return [] }
      defer { state.writers = [] }
      return state.writers
    }
    for writer in writers { writer.resume() }
    return element
  }
}
