import SpiceTransport
import Synchronization

/// A bucket of tokens for each address: so many at once, and so many a second.
///
/// Addresses are counted together as `AddressGroup` has it. Their number is bounded: where there are too many, those that
/// have been quiet the longest start with a full bucket again.
package final class RateLimiter: Sendable {
  private struct Bucket {
    var level: Double
    var filled: ContinuousClock.Instant
  }

  private let rate: Double
  private let burst: Double
  private let buckets = Mutex<[AddressGroup: Bucket]>([:])
  private let now: @Sendable () -> ContinuousClock.Instant
  private static let addressLimit = 16_384

  package init(_ limit: GatewayOptions.Rate, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
    rate = limit.perSecond
    burst = max(1, limit.burst)
    self.now = now
  }

  /// Takes one; false where there is none left. Unix sockets, whose callers all look alike, are not limited.
  package func take(_ peer: Address) -> Bool {
    change(peer) { bucket in
      guard bucket.level >= 1 else { return false }
      bucket.level -= 1
      return true
    }
  }

  /// Whether there is one, which is left where it is.
  package func has(_ peer: Address) -> Bool { change(peer) { $0.level >= 1 } }

  private func change(_ peer: Address, _ action: (inout Bucket) -> Bool) -> Bool {
    guard let group = AddressGroup(of: peer) else { return true }
    let time = now()
    return buckets.withLock { buckets in
      if buckets[group] == nil, buckets.count >= Self.addressLimit { forgetHalf(&buckets) }
      var bucket = buckets[group] ?? Bucket(level: burst, filled: time)
      bucket.level = min(burst, bucket.level + rate * max(0, (time - bucket.filled) / .seconds(1)))
      bucket.filled = time
      defer { buckets[group] = bucket }
      return action(&bucket)
    }
  }

  private func forgetHalf(_ buckets: inout [AddressGroup: Bucket]) {
    let times = buckets.values.map(\.filled).sorted()
    let middle = times[times.count / 2]
    buckets = buckets.filter { $0.value.filled > middle }
  }
}
