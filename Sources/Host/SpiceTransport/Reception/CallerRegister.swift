import Synchronization

/// The callers of which nobody knows yet what they want, or who they are, oldest first; bounded in all and per address.
///
/// Who comes always gets a place. Where there is none, the one that has been there for longest leaves: an honest caller
/// decides within a round trip, so those who only sit there crowd out one another. Those who have just come, and those who
/// have said something of use, are not counted among them: together with these, four times as many may be there from one
/// address, so that a house behind it, or a gateway, can open all its sessions at once.
package final class CallerRegister: Sendable {
  package typealias Ticket = UInt64

  private struct Entry {
    let ticket: Ticket
    /// Nil for Unix sockets, whose callers all look alike.
    let origin: AddressGroup?
    let arrival: ContinuousClock.Instant
    var hasSpoken = false
    let leave: @Sendable (TurnedAway.Reason) -> Void
  }

  private struct State {
    var entries: [Entry] = []
    var lastTicket: Ticket = 0
    var isClosed = false

    /// Takes out the oldest of those that `isMeant` names, where they are more than `limit`.
    mutating func dismiss(beyond limit: Int, where isMeant: (Entry) -> Bool) -> Entry? {
      guard entries.count(where: isMeant) > limit else { return nil }
      return entries.firstIndex(where: isMeant).map { entries.remove(at: $0) }
    }
  }

  private let limit: Int
  private let limitPerAddress: Int
  private let patience: Duration
  private let state = Mutex(State())

  /// - Parameters:
  ///   - limit: most callers in all.
  ///   - limitPerAddress: most callers from one address that have been there for longer than `patience` and said nothing
  ///     of use; four times as many in all.
  package init(limit: Int, limitPerAddress: Int, patience: Duration = .milliseconds(250)) {
    self.patience = patience
    self.limit = max(1, limit)
    self.limitPerAddress = max(1, limitPerAddress)
  }

  /// Takes a caller in.
  ///
  /// - Parameter leave: called at most once, from any thread, where it has to go.
  package func enter(_ peer: Address, leave: @escaping @Sendable (TurnedAway.Reason) -> Void) -> Ticket {
    let origin = AddressGroup(of: peer)
    let now = ContinuousClock.now
    let (ticket, dismissed) = state.withLock { state -> (Ticket, [(Entry, TurnedAway.Reason)]) in
      state.lastTicket &+= 1
      let entry = Entry(ticket: state.lastTicket, origin: origin, arrival: now, leave: leave)
      if state.isClosed { return (entry.ticket, [(entry, .closing)]) }
      state.entries.append(entry)
      var dismissed: [(Entry, TurnedAway.Reason)] = []
      if let origin {
        let idle = { (entry: Entry) in
          entry.origin == origin && !entry.hasSpoken && now - entry.arrival >= self.patience
        }
        if let left = state.dismiss(beyond: limitPerAddress, where: idle)
          ?? state.dismiss(beyond: 4 * limitPerAddress, where: { $0.origin == origin })
        {
          dismissed.append((left, .crowded(limit: limitPerAddress, isPerAddress: true)))
        }
      }
      if let left = state.dismiss(beyond: limit, where: { _ in true }) {
        dismissed.append((left, .crowded(limit: limit, isPerAddress: false)))
      }
      return (entry.ticket, dismissed)
    }
    for (entry, reason) in dismissed { entry.leave(reason) }
    return ticket
  }

  /// It has said something of use, such as a whole link message.
  package func heard(_ ticket: Ticket) {
    state.withLock { state in
      guard let place = state.entries.firstIndex(where: { $0.ticket == ticket }) else { return }
      state.entries[place].hasSpoken = true
    }
  }

  /// Its place is free: it was let in, or is gone.
  package func exit(_ ticket: Ticket) {
    state.withLock { state in state.entries.removeAll { $0.ticket == ticket } }
  }

  /// All leave, and whoever comes later as well.
  package func close() {
    let entries = state.withLock { state in
      state.isClosed = true
      defer { state.entries = [] }
      return state.entries
    }
    for entry in entries { entry.leave(.closing) }
  }
}
