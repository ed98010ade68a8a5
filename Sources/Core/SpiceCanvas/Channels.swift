/// Arithmetic on the four channels of one premultiplied pixel, with pixman's rounding: a product of two bytes is divided
/// by 255 to the nearest, a sum stops at 255.
enum Channels {
  /// All channels times `factor / 255`.
  @inline(__always)
  static func times(_ pixel: UInt32, _ factor: UInt32) -> UInt32 {
    var even = (pixel & 0x00FF_00FF) &* factor &+ 0x0080_0080
    even = (even &+ (even &>> 8 & 0x00FF_00FF)) &>> 8 & 0x00FF_00FF
    var odd = (pixel &>> 8 & 0x00FF_00FF) &* factor &+ 0x0080_0080
    odd = (odd &+ (odd &>> 8 & 0x00FF_00FF)) & 0xFF00_FF00
    return even | odd
  }

  /// Each channel times that of `factors`, divided by 255.
  @inline(__always)
  static func times(_ pixel: UInt32, each factors: UInt32) -> UInt32 {
    func product(_ shift: UInt32) -> UInt32 {
      divided((pixel &>> shift & 0xFF) &* (factors &>> shift & 0xFF)) &<< shift
    }
    return product(0) | product(8) | product(16) | product(24)
  }

  /// `value / 255` to the nearest, for a product of two bytes.
  @inline(__always)
  static func divided(_ value: UInt32) -> UInt32 {
    let sum = value &+ 0x80
    return (sum &+ sum &>> 8) &>> 8
  }

  /// The sum, each channel stopping at 255.
  @inline(__always)
  static func plus(_ a: UInt32, _ b: UInt32) -> UInt32 {
    var even = (a & 0x00FF_00FF) &+ (b & 0x00FF_00FF)
    even |= 0x0100_0100 &- (even &>> 8 & 0x00FF_00FF)
    var odd = (a &>> 8 & 0x00FF_00FF) &+ (b &>> 8 & 0x00FF_00FF)
    odd |= 0x0100_0100 &- (odd &>> 8 & 0x00FF_00FF)
    return even & 0x00FF_00FF | (odd & 0x00FF_00FF) &<< 8
  }

  /// Porter and Duff's OVER.
  @inline(__always)
  static func over(_ source: UInt32, _ destination: UInt32) -> UInt32 {
    plus(times(destination, 255 &- source &>> 24), source)
  }
}
