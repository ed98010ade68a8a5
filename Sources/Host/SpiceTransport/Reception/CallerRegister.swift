import Synchronization

/// The callers of which nobody knows yet what they want, oldest first; bounded in all and per address.
///
/// Who comes always gets a place. Where there is none, the one that has been undecided for longest leaves: an honest
/// caller decides within a round trip, so those who only sit there crowd out one another.
final class CallerRegister: Sendable {
  typealias Ticket = UInt64

  private struct Entry {
    let ticket: Ticket
    /// Nil for Unix sockets, whose callers all look alike.
    let origin: AddressGroup?
    let leave: @Sendable (TurnedAway.Reason) -> Void
  }

  private struct State {
    var entries: [Entry] = []
    var lastTicket: Ticket = 0
    var isClosed = false
  }

  private let limit: Int
  private let limitPerAddress: Int
  private let state = Mutex(State())

  init(limit: Int, limitPerAddress: Int) {
    self.limit = max(1, limit)
    self.limitPerAddress = max(1, limitPerAddress)
  }

  /// Takes a caller in.
  ///
  /// - Parameter leave: called at most once, from any thread, where it has to go.
  func enter(_ peer: Address, leave: @escaping @Sendable (TurnedAway.Reason) -> Void) -> Ticket {
    let origin = AddressGroup(of: peer)
    let (ticket, dismissed) = state.withLock { state -> (Ticket, [(Entry, TurnedAway.Reason)]) in
      state.lastTicket &+= 1
      let entry = Entry(ticket: state.lastTicket, origin: origin, leave: leave)
      if state.isClosed { return (entry.ticket, [(entry, .closing)]) }
      state.entries.append(entry)
      var dismissed: [(Entry, TurnedAway.Reason)] = []
      if let origin, state.entries.count(where: { $0.origin == origin }) > limitPerAddress,
        let oldest = state.entries.firstIndex(where: { $0.origin == origin })
      {
        dismissed.append((state.entries.remove(at: oldest), .crowded(limit: limitPerAddress, isPerAddress: true)))
      }
      if state.entries.count > limit {
        dismissed.append((state.entries.removeFirst(), .crowded(limit: limit, isPerAddress: false)))
      }
      return (entry.ticket, dismissed)
    }
    for (entry, reason) in dismissed { entry.leave(reason) }
    return ticket
  }

  /// Its place is free: it was let in, or is gone.
  func exit(_ ticket: Ticket) {
    state.withLock { state in state.entries.removeAll { $0.ticket == ticket } }
  }

  /// All leave, and whoever comes later as well.
  func close() {
    let entries = state.withLock { state in
      state.isClosed = true
      defer { state.entries = [] }
      return state.entries
    }
    for entry in entries { entry.leave(.closing) }
  }
}
