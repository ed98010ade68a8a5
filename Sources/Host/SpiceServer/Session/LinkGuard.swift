import SpiceTransport
import Synchronization

/// Counts the callers in the link stage, by address: so many from one address may be there at once.
final class LinkGuard: Sendable {
  private let limit: Int
  private let counts = Mutex<[String: Int]>([:])

  init(limit: Int) { self.limit = limit }

  /// False where that address has its share already.
  func enter(_ peer: Address) -> Bool {
    let key = peer.host ?? ""
    return counts.withLock { counts in
      guard counts[key, default: 0] < limit else { return false }
      counts[key, default: 0] += 1
      return true
    }
  }

  func leave(_ peer: Address) {
    let key = peer.host ?? ""
    counts.withLock { counts in
      counts[key, default: 1] -= 1
      if counts[key] == 0 { counts[key] = nil }
    }
  }
}
