/// Arithmetic on the three channels of a pixel at once, each in a byte of its own. The highest byte of every operand is 0.
enum QuicLanes {
  /// The means, rounded down.
  @inline(__always)
  static func mean(_ a: UInt32, _ b: UInt32) -> UInt32 {
    (a & b) &+ (((a ^ b) & 0xfe_fefe) &>> 1)
  }

  /// The sums, modulo 256.
  @inline(__always)
  static func sum(_ a: UInt32, _ b: UInt32) -> UInt32 {
    ((a & 0x7f_7f7f) &+ (b & 0x7f_7f7f)) ^ ((a ^ b) & 0x80_8080)
  }

  /// `a` less `b`, modulo 256.
  @inline(__always)
  static func difference(_ a: UInt32, _ b: UInt32) -> UInt32 {
    ((a | 0x80_8080) &- (b & 0x7f_7f7f)) ^ ((a ^ ~b) & 0x80_8080)
  }
}
