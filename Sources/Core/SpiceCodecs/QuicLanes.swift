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

extension QuicLanes {
  /// Blue, green and red in sixteen bits each: a sum has room, and is halved in place.
  typealias Wide = SIMD4<UInt16>
}

extension QuicLanes.Wide {
  @inline(__always)
  init(_ pixel: UInt32) {
    self.init(truncatingIfNeeded: unsafeBitCast(pixel.littleEndian, to: SIMD4<UInt8>.self))
  }

  /// Of lanes that have eight bits.
  @inline(__always)
  var pixel: UInt32 {
    UInt32(littleEndian: unsafeBitCast(SIMD4<UInt8>(truncatingIfNeeded: self), to: UInt32.self))
  }
}
