/// Smooth random numbers that are the same everywhere.
struct Noise: Sendable {
  let seed: UInt32

  /// A number for a place on the lattice, from 0 to 1.
  @inline(__always)
  func at(_ x: Int32, _ y: Int32) -> Float {
    var hash = UInt32(bitPattern: x) &* 0x9E37_79B1 &+ seed &* 0xC2B2_AE3D
    hash ^= hash >> 15
    hash = hash &* 0x2C1B_3C6D ^ UInt32(bitPattern: y) &* 0x85EB_CA77
    hash ^= hash >> 13
    hash = hash &* 0x297A_2D39
    hash ^= hash >> 16
    hash = hash &* 0x045D_9F3B
    hash ^= hash >> 15
    return Float(hash >> 8) * (1 / 16_777_216)
  }

  /// Between the lattice's places, from 0 to 1. Coordinates are within a million.
  @inline(__always)
  func smooth(_ x: Float, _ y: Float) -> Float {
    let (left, top) = (x.rounded(.down), y.rounded(.down))
    let (i, j) = (Int32(left), Int32(top))
    let (u, v) = (soft(x - left), soft(y - top))
    let above = at(i, j) + (at(i &+ 1, j) - at(i, j)) * u
    let below = at(i, j &+ 1) + (at(i &+ 1, j &+ 1) - at(i, j &+ 1)) * u
    return above + (below - above) * v
  }

  /// Noise on noise, each twice as fine and half as strong; from 0 to 1.
  @inline(__always)
  func fractal(_ x: Float, _ y: Float, octaves: Int) -> Float {
    var (sum, part, scale) = (Float(0), Float(0.5), Float(1))
    for octave in 0..<octaves {
      let shift = Float(octave) * 17.3
      sum += part * smooth(x * scale + shift, y * scale - shift)
      part /= 2
      scale *= 2
    }
    return sum + part
  }

  @inline(__always)
  private func soft(_ t: Float) -> Float { t * t * t * (t * (t * 6 - 15) + 10) }
}
