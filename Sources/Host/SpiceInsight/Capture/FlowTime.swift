/// A point in time: nanoseconds from 1970 in capture files, from any start that stays the same elsewhere.
public struct FlowTime: Hashable, Comparable, Sendable {
  public var nanoseconds: UInt64

  public init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

  /// `seconds` after the start; negative ones and what no clock shows count as the nearest that one does.
  public init(seconds: Double) {
    nanoseconds = seconds > 0 ? UInt64(exactly: (seconds * 1e9).rounded()) ?? .max : 0
  }

  public static func < (left: FlowTime, right: FlowTime) -> Bool { left.nanoseconds < right.nanoseconds }

  /// Nanoseconds from `earlier`; 0 where the clock went backwards.
  public func since(_ earlier: FlowTime) -> UInt64 {
    nanoseconds > earlier.nanoseconds ? nanoseconds - earlier.nanoseconds : 0
  }

  /// Seconds from `earlier`; 0 where the clock went backwards.
  public func seconds(since earlier: FlowTime) -> Double { Double(since(earlier)) / 1e9 }
}
