import SpicePixels

/// A name for the colours of a picture: whoever has met the name has met the picture.
///
/// 128 bits of a keyed hash beside the size. Two lanes, each with a multiplier of its own from the key, fold the
/// 128-bit product of what they have and the next two pixels. Among `n` pictures the odds of two with one name are
/// about `n² / 2^129`: for a million a day, less than one in 10^18 years. The key is what keeps somebody who can put
/// pixels on a screen from preparing two pictures with one name, so a host should draw it at random; the picture need
/// then not be kept to be compared.
package struct ContentName: Hashable, Sendable {
  package let width: Int
  package let height: Int
  private let high: UInt64
  private let low: UInt64

  package init(_ raster: Raster, key: UInt64) {
    width = raster.width
    height = raster.height
    var state = key
    let (first, second) = (ContentName.scrambled(&state) | 1, ContentName.scrambled(&state) | 1)
    var a = ContentName.scrambled(&state) ^ UInt64(truncatingIfNeeded: raster.width)
    var b = ContentName.scrambled(&state) ^ UInt64(truncatingIfNeeded: raster.height)
    raster.pixels.withUnsafeBufferPointer { pixels in
      guard let pixel = pixels.baseAddress else { return }
      var index = 0
      while index < pixels.count {
        var word = UInt64(pixel[index] & 0x00FF_FFFF)
        if index + 1 < pixels.count { word |= UInt64(pixel[index + 1] & 0x00FF_FFFF) << 32 }
        a = ContentName.folded(a ^ word, first)
        b = ContentName.folded(b &+ word, second)
        index += 2
      }
    }
    high = ContentName.folded(a ^ second, b | 1)
    low = ContentName.folded(b ^ first, a | 1) &+ a
  }

  @inline(__always)
  private static func folded(_ a: UInt64, _ b: UInt64) -> UInt64 {
    let product = a.multipliedFullWidth(by: b)
    return product.high ^ product.low
  }

  /// SplitMix64: numbers that have nothing to do with each other, from one.
  private static func scrambled(_ state: inout UInt64) -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
