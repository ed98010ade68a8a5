import Foundation
import SpiceTransport
import Synchronization
import TestSupport

/// Bytes that are made and known again without being kept: what comes twice, too late or not at all is noticed.
struct Pattern: Sendable {
  let seed: UInt64

  private static let piece = 128 << 10

  func write(_ size: Int, to connection: Connection, _ wrote: (Int) -> Void = { _ in }) async throws {
    var state = seed
    var left = size
    while left > 0 {
      let bytes = Self.next(min(left, Self.piece), &state)
      try await connection.write(bytes)
      wrote(bytes.count)
      left -= bytes.count
    }
  }

  func expect(_ size: Int, from taker: Taker) async throws {
    var taker = taker
    var state = seed
    var left = size
    while left > 0 {
      let wanted = Self.next(min(left, Self.piece), &state)
      let found = try await taker.take(wanted.count)
      guard found.elementsEqual(wanted) else { throw PeerError("the bytes differ, \(left) before the end") }
      left -= wanted.count
    }
  }

  private static func next(_ count: Int, _ state: inout UInt64) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    for index in stride(from: 0, to: count, by: 8) {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      for offset in 0..<min(8, count - index) {
        bytes[index + offset] = UInt8(truncatingIfNeeded: state >> (8 * offset))
      }
    }
    return bytes
  }
}

enum JSONText {
  static func object(_ fields: [String: String]) throws -> String {
    String(decoding: try JSONEncoder().encode(fields), as: UTF8.self)
  }
}

/// A clock that goes when it is told to.
final class Clock: Sendable {
  private let time: Mutex<ContinuousClock.Instant>

  init(_ start: ContinuousClock.Instant) { time = Mutex(start) }

  var now: ContinuousClock.Instant { time.withLock { $0 } }
  func advance(_ duration: Duration) { time.withLock { $0 += duration } }
}
