/// How pixels stand in a stream of the LZ family, and what they become.
///
/// LZ and GLZ differ in how they write a reference, and agree in the rest: a control byte below 32 is followed by that
/// many and one literal elements, any other begins a reference whose length is biased by what a reference must at
/// least save.
protocol LZForm {
  associatedtype Element: BitwiseCopyable

  /// Added to the length that a reference carries.
  static var lengthBias: Int { get }

  /// Bytes of one literal element in the stream.
  static var literalSize: Int { get }

  /// Writes `count` (1...32) literals from `source` to `target`.
  ///
  /// Reads up to 24 bytes past the last literal, and writes up to 16 bytes past the last element where `isRoomy`.
  static func copyLiterals(
    _ source: UnsafeRawPointer, to target: UnsafeMutablePointer<Element>, count: Int, isRoomy: Bool)

  /// Writes `count` elements made of `source`, decoded pixels of another image, whose fourth byte is `hasAlpha`.
  static func copyPixels(
    _ source: UnsafePointer<UInt32>, to target: UnsafeMutablePointer<Element>, count: Int, hasAlpha: Bool)
}

/// Blue, green, red, for `RGB24`, `RGB32` and the colours of `RGBA`: to `0x00RRGGBB`.
enum ColorForm: LZForm {
  @inline(__always) static var lengthBias: Int { 0 }
  @inline(__always) static var literalSize: Int { 3 }

  @inline(__always)
  static func copyLiterals(
    _ source: UnsafeRawPointer, to target: UnsafeMutablePointer<UInt32>, count: Int, isRoomy: Bool
  ) {
    if isRoomy {
      // Two pixels are six of the eight bytes of a word, so four take two words.
      var from = source
      var to = UnsafeMutableRawPointer(target)
      let end = to + count &* 4
      repeat {
        let first = spread(littleEndianWord(from))
        let second = spread(littleEndianWord(from + 6))
        to.storeBytes(of: first, as: UInt64.self)
        to.storeBytes(of: second, toByteOffset: 8, as: UInt64.self)
        from += 12
        to += 16
      } while to < end
    } else {
      for index in 0..<count {
        let from = source + index &* 3
        let blue = UInt32(from.load(as: UInt8.self))
        let green = UInt32(from.load(fromByteOffset: 1, as: UInt8.self))
        let red = UInt32(from.load(fromByteOffset: 2, as: UInt8.self))
        target[index] = red << 16 | green << 8 | blue
      }
    }
  }

  /// The lower six bytes as two pixels with an empty fourth byte each.
  @inline(__always)
  private static func spread(_ word: UInt64) -> UInt64 {
    (word & 0xff_ffff) | ((word &<< 8) & 0x00ff_ffff_0000_0000)
  }

  @inline(__always)
  static func copyPixels(
    _ source: UnsafePointer<UInt32>, to target: UnsafeMutablePointer<UInt32>, count: Int, hasAlpha: Bool
  ) {
    copyColors(source, to: target, count: count, hasAlpha: hasAlpha)
  }
}

/// Big-endian `0RRRRRGGGGGBBBBB` (`RGB16`): widened to `0x00RRGGBB`.
enum HighColorForm: LZForm {
  @inline(__always) static var lengthBias: Int { 1 }
  @inline(__always) static var literalSize: Int { 2 }

  @inline(__always)
  static func copyLiterals(
    _ source: UnsafeRawPointer, to target: UnsafeMutablePointer<UInt32>, count: Int, isRoomy: Bool
  ) {
    for index in 0..<count {
      let color = UInt16(bigEndian: source.loadUnaligned(fromByteOffset: index &* 2, as: UInt16.self))
      let red = UInt32(color >> 7) & 0xf8
      let green = UInt32(color >> 2) & 0xf8
      let blue = UInt32(color << 3) & 0xf8
      let high = red << 16 | green << 8 | blue
      target[index] = high | (high >> 5 & 0x07_0707)
    }
  }

  @inline(__always)
  static func copyPixels(
    _ source: UnsafePointer<UInt32>, to target: UnsafeMutablePointer<UInt32>, count: Int, hasAlpha: Bool
  ) {
    copyColors(source, to: target, count: count, hasAlpha: hasAlpha)
  }
}

/// Single bytes: palette indices, alpha, coverage.
enum ByteForm: LZForm {
  @inline(__always) static var lengthBias: Int { 2 }
  @inline(__always) static var literalSize: Int { 1 }

  @inline(__always)
  static func copyLiterals(
    _ source: UnsafeRawPointer, to target: UnsafeMutablePointer<UInt8>, count: Int, isRoomy: Bool
  ) {
    if isRoomy {
      let to = UnsafeMutableRawPointer(target)
      store16(load16(source), to: to)
      if count > 16 { store16(load16(source + 16), to: to + 16) }
    } else {
      for index in 0..<count { target[index] = source.load(fromByteOffset: index, as: UInt8.self) }
    }
  }

  /// The alpha of each pixel.
  @inline(__always)
  static func copyPixels(
    _ source: UnsafePointer<UInt32>, to target: UnsafeMutablePointer<UInt8>, count: Int, hasAlpha: Bool
  ) {
    for index in 0..<count { target[index] = UInt8(truncatingIfNeeded: source[index] >> 24) }
  }
}
