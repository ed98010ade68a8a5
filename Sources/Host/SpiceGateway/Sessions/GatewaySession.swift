import SpiceClient
import SpiceProtocol
import SpiceTransport
import Synchronization

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The one session that a token opens: its channels, and what they have in common.
final class GatewaySession: Sendable {
  /// Where all of its channels go.
  let target: Target
  let began: Date
  let peer: Address
  let count = RelayCount()

  private struct State {
    /// Ends a channel; by the order of their coming.
    var channels: [Int: @Sendable () -> Void] = [:]
    var opened = 0
    var ending: GatewayRefusal?
  }

  private let state = Mutex(State())

  init(target: Target, peer: Address, began: Date) {
    self.target = target
    self.peer = peer
    self.began = began
  }

  /// Why it was ended from here, where it was.
  var ending: GatewayRefusal? { state.withLock(\.ending) }

  /// How many channels it ever had.
  var channelsOpened: Int { state.withLock(\.opened) }

  /// Takes a channel in.
  ///
  /// - Parameter leave: called at most once, where the session ends before the channel does.
  func enter(leave: @escaping @Sendable () -> Void) -> Int {
    let (number, isOver) = state.withLock { state in
      state.opened += 1
      if state.ending == nil { state.channels[state.opened] = leave }
      return (state.opened, state.ending != nil)
    }
    if isOver { leave() }
    return number
  }

  func exit(_ number: Int) {
    state.withLock { $0.channels[number] = nil }
  }

  /// Ends all of its channels.
  func end(_ reason: GatewayRefusal) {
    let channels = state.withLock { state in
      if state.ending == nil { state.ending = reason }
      defer { state.channels = [:] }
      return Array(state.channels.values)
    }
    for leave in channels { leave() }
  }
}
