/// One of the 256 functions of a brush bit, a source bit and a destination bit: Windows' ROP3 codes.
///
/// Bit `4 * brush + 2 * source + destination` of the code is the result for those bits: 0xF0 is the brush, 0xCC the
/// source and 0xAA the destination.
public struct TernaryFunction: RawRepresentable, Hashable, Sendable {
  public let rawValue: UInt8

  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// What is left of the function where the brush's bits are all 0 or all 1.
  private func function(brush bit: UInt8) -> BitwiseFunction {
    BitwiseFunction(table: rawValue >> (4 * bit) & 0b1111)
  }

  /// A function of source and destination for each bit of a brush's pixel.
  struct Coefficients {
    let clear: (constant: UInt32, source: UInt32, destination: UInt32, both: UInt32)
    let set: (constant: UInt32, source: UInt32, destination: UInt32, both: UInt32)

    @inline(__always)
    func result(_ brush: UInt32, _ source: UInt32, _ destination: UInt32) -> UInt32 {
      let both = source & destination
      let zero = clear.constant ^ (source & clear.source) ^ (destination & clear.destination) ^ (both & clear.both)
      let one = set.constant ^ (source & set.source) ^ (destination & set.destination) ^ (both & set.both)
      return zero & ~brush | one & brush
    }
  }

  var coefficients: Coefficients {
    Coefficients(clear: function(brush: 0).coefficients, set: function(brush: 1).coefficients)
  }
}
