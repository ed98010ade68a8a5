/// A premultiplied pixel in floating point: alpha, red, green, blue from 0 to 1.
typealias WidePixel = SIMD4<Float>

extension WidePixel {
  /// - Parameter depths: How many bits of each channel are the pixel's own, from the highest; of 0 bits alpha is 1 and a
  ///   colour 0.
  static func expanded(_ pixel: UInt32, _ depths: (Int, Int, Int, Int)) -> WidePixel {
    func channel(_ shift: UInt32, _ depth: Int, _ absent: Float) -> Float {
      guard depth > 0 else { return absent }
      let value = (pixel >> shift & 0xFF) >> UInt32(8 - depth)
      return Float(value) * (1 / Float((1 << depth) - 1))
    }
    return WidePixel(
      channel(24, depths.0, 1), channel(16, depths.1, 0), channel(8, depths.2, 0), channel(0, depths.3, 0))
  }

  /// Eight bits a channel, in equal steps.
  var contracted: UInt32 {
    func channel(_ value: Float) -> UInt32 {
      let scaled = UInt32(Swift.min(1, Swift.max(0, value)) * 256)
      return scaled - scaled >> 8
    }
    return channel(self[0]) << 24 | channel(self[1]) << 16 | channel(self[2]) << 8 | channel(self[3])
  }
}
