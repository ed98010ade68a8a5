import Synchronization

/// A result that the first of several callers gives: the network, the deadline, or a cancellation.
final class Race<Value: Sendable>: Sendable {
  private enum State {
    case open
    case awaited(UnsafeContinuation<Result<Value, TransportError>, Never>)
    case settled(Result<Value, TransportError>)
  }

  private let state = Mutex(State.open)

  /// Gives the result; false where somebody was faster, and then this one is dropped.
  @discardableResult
  func settle(_ result: Result<Value, TransportError>) -> Bool {
    let (won, waiter) = state.withLock { state -> (Bool, UnsafeContinuation<Result<Value, TransportError>, Never>?) in
      switch state {
      case .settled: return (false, nil)
      case .open:
        state = .settled(result)
        return (true, nil)
      case .awaited(let continuation):
        state = .settled(result)
        return (true, continuation)
      }
    }
    waiter?.resume(returning: result)
    return won
  }

  /// The result, when there is one. To be called once. Cancellation settles it with `.cancelled`.
  func value() async throws(TransportError) -> Value {
    let result = await withTaskCancellationHandler {
      await withUnsafeContinuation { continuation in
        let settled = state.withLock { state -> Result<Value, TransportError>? in
          if case .settled(let result) = state { return result }
          state = .awaited(continuation)
          return nil
        }
        if let settled { continuation.resume(returning: settled) }
      }
    } onCancel: {
      settle(.failure(.cancelled))
    }
    return try result.get()
  }
}
