import SpicePixels

/// A small generator with a fixed seed (xorshift), so that every run tests the same.
struct Randomness: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed | 1 }

  mutating func next() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state
  }
}

/// Soft colours with hard edges: a slope, a box, and some noise in one corner.
func picture(width: Int, height: Int, kind: PixelKind = .opaque) -> Raster {
  var randomness = Randomness(seed: UInt64(width * 7919 + height))
  var raster = Raster(width: width, height: height, kind: kind)
  for y in 0..<height {
    for x in 0..<width {
      var color = UInt32(x * 255 / max(1, width - 1)) << 16 | UInt32(y * 255 / max(1, height - 1)) << 8 | 0x40
      if (width / 4..<width / 2).contains(x), (height / 4..<height / 2).contains(y) { color = 0x20_20_E0 }
      if x < 8, y < 8 { color = UInt32.random(in: 0...0xFF_FFFF, using: &randomness) }
      raster[x, y] = 0xFF00_0000 | color
    }
  }
  return raster
}

/// The largest difference of one channel between two rasters of one size.
func largestDifference(_ one: Raster, _ two: Raster) -> Int {
  zip(one.pixels, two.pixels).reduce(0) { worst, pair in
    [16, 8, 0].reduce(worst) { max($0, abs(Int(pair.0 >> $1 & 255) - Int(pair.1 >> $1 & 255))) }
  }
}

extension Array<UInt8> {
  /// The bytes with `count` of them changed.
  func mutated(_ count: Int, using randomness: inout Randomness) -> [UInt8] {
    var bytes = self
    for _ in 0..<count {
      bytes[Int.random(in: 0..<bytes.count, using: &randomness)] = .random(in: 0...255, using: &randomness)
    }
    return bytes
  }
}
