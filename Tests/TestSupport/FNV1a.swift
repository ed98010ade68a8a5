/// The Fowler–Noll–Vo hash, variant 1a, 64 bits: how fixtures name a picture.
public enum FNV1a {
  public static func hash(_ bytes: some Sequence<UInt8>) -> UInt64 {
    var value: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in bytes { value = (value ^ UInt64(byte)) &* 0x100_0000_01B3 }
    return value
  }

  /// Of `0x00RRGGBB` pixels as little-endian words; the high byte counts as 0 whatever it holds.
  public static func hash(pixels: some Sequence<UInt32>) -> UInt64 {
    var value: UInt64 = 0xCBF2_9CE4_8422_2325
    for pixel in pixels {
      for byte in [pixel & 0xFF, pixel >> 8 & 0xFF, pixel >> 16 & 0xFF, 0] {
        value = (value ^ UInt64(byte)) &* 0x100_0000_01B3
      }
    }
    return value
  }
}
