/// The operators that pixman reckons in bytes, on one pixel.
struct NarrowCombiner {
  let operation: CompositeOperator

  /// - Parameter mask: Its alpha counts; all ones for none.
  @inline(__always)
  func combine(_ source: UInt32, mask: UInt32, _ d: UInt32) -> UInt32 {
    let factor = mask >> 24
    let s = factor == 255 ? source : factor == 0 ? 0 : Channels.times(source, factor)
    let alpha = (s >> 24) &* 0x0101_0101
    return combine(s, alpha, d)
  }

  /// - Parameter mask: Each of its channels counts for that of the source.
  @inline(__always)
  func combine(_ source: UInt32, componentMask mask: UInt32, _ d: UInt32) -> UInt32 {
    combine(Channels.times(source, each: mask), Channels.times(mask, source >> 24), d)
  }

  /// - Parameters:
  ///   - s: The source, times its mask.
  ///   - alpha: The source's alpha for each channel.
  private func combine(_ s: UInt32, _ alpha: UInt32, _ d: UInt32) -> UInt32 {
    let (inverse, da) = (~alpha, d >> 24)
    func times(_ pixel: UInt32, _ factor: UInt32) -> UInt32 { Channels.times(pixel, factor) }
    func times(_ pixel: UInt32, each factors: UInt32) -> UInt32 { Channels.times(pixel, each: factors) }
    switch operation {
    case .clear: return 0
    case .source: return s
    case .destination: return d
    case .over: return Channels.plus(times(d, each: inverse), s)
    case .overReverse: return Channels.plus(times(s, 255 - da), d)
    case .in: return times(s, da)
    case .inReverse: return times(d, each: alpha)
    case .out: return times(s, 255 - da)
    case .outReverse: return times(d, each: inverse)
    case .atop: return Channels.plus(times(d, each: inverse), times(s, da))
    case .atopReverse: return Channels.plus(times(d, each: alpha), times(s, 255 - da))
    case .xor: return Channels.plus(times(d, each: inverse), times(s, 255 - da))
    case .add: return Channels.plus(s, d)
    case .multiply:
      let apart = Channels.plus(times(s, 255 - da), times(d, each: inverse))
      return Channels.plus(apart, times(d, each: s))
    default: return blend(s, alpha, d)
    }
  }

  /// PDF's blend modes: `(1 - as) * d + (1 - ad) * s + blend(d, ad, s, as)`, divided by 255 at the end.
  private func blend(_ s: UInt32, _ alpha: UInt32, _ d: UInt32) -> UInt32 {
    let da = Int32(d >> 24)
    func divided(_ value: Int32) -> UInt32 {
      Channels.divided(UInt32(min(255 * 255, max(0, value))))
    }
    func channel(_ shift: UInt32) -> UInt32 {
      let (source, sa) = (Int32(s >> shift & 0xFF), Int32(alpha >> shift & 0xFF))
      let destination = Int32(d >> shift & 0xFF)
      return divided((255 - sa) * destination + (255 - da) * source + blend(destination, da, source, sa)) << shift
    }
    let sa = Int32(alpha >> 24)
    return divided(da * 255 + sa * 255 - sa * da) << 24 | channel(16) | channel(8) | channel(0)
  }

  private func blend(_ d: Int32, _ ad: Int32, _ s: Int32, _ sa: Int32) -> Int32 {
    switch operation {
    case .screen: s * ad + d * sa - s * d
    case .overlay: 2 * d < ad ? 2 * s * d : sa * ad - 2 * (ad - d) * (sa - s)
    case .darken: min(s * ad, d * sa)
    case .lighten: max(s * ad, d * sa)
    case .hardLight: 2 * s < sa ? 2 * s * d : sa * ad - 2 * (ad - d) * (sa - s)
    case .difference: abs(d * sa - s * ad)
    case .exclusion: s * ad + d * sa - 2 * d * s
    default: 0
    }
  }
}
