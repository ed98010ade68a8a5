import SpiceProtocol

/// How far a client has confirmed what it was sent: one ACK for every `window` messages.
struct AckLedger: Sendable {
  private enum State: Sendable {
    /// No acks were asked for; all may be sent.
    case off
    /// SET_ACK went out; the client has not said yet that it counts by it.
    case announced(window: UInt32, outstanding: UInt64)
    case counting(window: UInt32, outstanding: UInt64)
  }

  private var generation: UInt32 = 0
  private var state = State.off

  /// The message that announces a window, 0 for none. Where it is sent, `begin` follows: it is not counted itself.
  func next(window: UInt32) -> SetAck {
    SetAck(generation: generation &+ 1, window: window)
  }

  mutating func begin(_ announcement: SetAck) {
    generation = announcement.generation
    state = announcement.window > 0 ? .announced(window: announcement.window, outstanding: 0) : .off
  }

  mutating func noteSent() {
    switch state {
    case .off: break
    case .announced(let window, let outstanding): state = .announced(window: window, outstanding: outstanding + 1)
    case .counting(let window, let outstanding): state = .counting(window: window, outstanding: outstanding + 1)
    }
  }

  /// The client counts by that generation from here on. An older one is the answer to a window that is no more.
  mutating func noteSync(_ generation: UInt32) {
    guard generation == self.generation, case .announced(let window, let outstanding) = state else { return }
    state = .counting(window: window, outstanding: outstanding)
  }

  /// A window's worth of messages was taken in. Before the sync it was counted by an older window and says nothing here.
  mutating func noteAck() {
    guard case .counting(let window, let outstanding) = state else { return }
    state = .counting(window: window, outstanding: outstanding - min(outstanding, UInt64(window)))
  }

  /// Messages sent since the window was announced and not confirmed.
  var outstanding: UInt64 {
    switch state {
    case .off: 0
    case .announced(_, let outstanding), .counting(_, let outstanding): outstanding
    }
  }

  /// False while two windows' worth is not confirmed.
  var mayPush: Bool {
    switch state {
    case .off: true
    case .announced(let window, let outstanding), .counting(let window, let outstanding):
      outstanding < 2 * UInt64(window)
    }
  }
}
