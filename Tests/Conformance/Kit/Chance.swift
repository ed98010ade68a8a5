/// SplitMix64: the same choices from the same seed, on every machine.
public struct Chance: RandomNumberGenerator, Sendable {
  private var state: UInt64

  public init(seed: UInt64) {
    state = seed
  }

  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// From 0 to below `limit`.
  mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(limit)) }

  mutating func within(_ range: ClosedRange<Int>) -> Int { range.lowerBound + below(range.count) }

  mutating func coordinate(_ range: ClosedRange<Int>) -> Int32 { Int32(within(range)) }

  /// True once in `count` times.
  mutating func once(in count: Int) -> Bool { below(count) == 0 }

  mutating func word() -> UInt32 { UInt32(truncatingIfNeeded: next()) }

  mutating func pick<Element>(_ choices: [Element]) -> Element { choices[below(choices.count)] }

  /// A colour, often one at the ends of its channels.
  mutating func color() -> UInt32 {
    once(in: 2)
      ? word() : pick([0, 0xFFFF_FFFF, 0xFF00_0000, 0x00FF_FFFF, 0xFFFF_0000, 0x0000_FF00, 0x8080_8080, 0x7F7F_7F7F])
  }
}
