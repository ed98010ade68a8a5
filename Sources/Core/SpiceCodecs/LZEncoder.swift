import SpicePixels

extension LZ {
  /// Encodes a raster: `opaque` as `RGB32`, `alpha` as `RGBA`, `coverage` as `A8`.
  ///
  /// The image is top-down. Decoding gives the raster again, but for the fourth byte of opaque pixels, which becomes 0.
  public static func encode(_ raster: Raster) -> [UInt8] {
    switch raster.kind {
    case .opaque:
      var output = headed(.rgb32, raster, stride: raster.width * 4)
      put(raster.hasOneHighByte ? raster.pixels : raster.colors, to: &output)
      return output.bytes()
    case .alpha:
      var output = headed(.rgba, raster, stride: raster.width * 4)
      put(raster.colors, to: &output)
      put(raster.alphas, to: &output)
      return output.bytes()
    case .coverage:
      var output = headed(.a8, raster, stride: raster.width)
      put(raster.alphas, to: &output)
      return output.bytes()
    }
  }

  /// Encodes the alpha of a raster as `XXXA`, the second part of a JPEG with alpha.
  public static func encodeAlpha(_ raster: Raster) -> [UInt8] {
    var output = headed(.xxxa, raster, stride: raster.width * 4)
    put(raster.alphas, to: &output)
    return output.bytes()
  }

  /// Encodes a raster as `RGB16`: the upper five bits of each channel.
  public static func encodeHighColor(_ raster: Raster) -> [UInt8] {
    var output = headed(.rgb16, raster, stride: raster.width * 2)
    let colors = raster.pixels.map { pixel -> UInt16 in
      UInt16(pixel >> 19 & 31) << 10 | UInt16(pixel >> 11 & 31) << 5 | UInt16(pixel >> 3 & 31)
    }
    put(colors, to: &output)
    return output.bytes()
  }

  /// Encodes `width * height` indices of a palette as `PLT8`; nil where there are more or fewer.
  public static func encode(indices: [UInt8], width: Int, height: Int) -> [UInt8]? {
    guard width >= 0, height >= 0, width.multipliedReportingOverflow(by: height) == (indices.count, false) else {
      return nil
    }
    var output = headed(.palette8, width: width, height: height, stride: width)
    put(indices, to: &output)
    return output.bytes()
  }
}

extension Raster {
  /// `0x00RRGGBB` of each pixel: the pixels themselves, where they have nothing else.
  var colors: [UInt32] {
    hasOneHighByte && (pixels.first ?? 0) <= 0xff_ffff ? pixels : pixels.map { $0 & 0xff_ffff }
  }

  /// The highest byte of each pixel.
  var alphas: [UInt8] { pixels.map { UInt8(truncatingIfNeeded: $0 >> 24) } }

  /// True where pixels differ as their colours do.
  var hasOneHighByte: Bool {
    let first = pixels.first ?? 0
    return pixels.withUnsafeBufferPointer { $0.reduce(0) { $0 | $1 ^ first } } <= 0xff_ffff
  }
}

extension LZ {
  private static func headed(_ type: LZImageType, _ raster: Raster, stride: Int) -> LZWriter {
    headed(type, width: raster.width, height: raster.height, stride: stride)
  }

  private static func headed(_ type: LZImageType, width: Int, height: Int, stride: Int) -> LZWriter {
    var output = LZWriter(capacity: headerSize + width * height / 2)
    output.reserve(headerSize)
    for word in [lzMagic, lzVersion, UInt32(type.rawValue)] { output.putBigEndian(word) }
    for size in [width, height, stride, 1] { output.putBigEndian(UInt32(clamping: size)) }
    return output
  }

  private static func put<Element: LZElement>(_ elements: [Element], to output: inout LZWriter) {
    var places = [Int32](repeating: -1, count: 1 << LocalFinder<Element>.bits)
    places.withUnsafeMutableBufferPointer { places in
      guard let places = places.baseAddress else { return }
      var finder = LocalFinder<Element>(places: places)
      elements.withUnsafeBufferPointer { elements in _ = compressLZ(elements, finder: &finder, to: &output) }
    }
  }
}

/// The last place of each three elements within the image.
private struct LocalFinder<Element: LZElement>: LZFinder {
  static var bits: Int { 14 }
  static var referenceSize: Int { 5 }
  /// Distances below take 13 bits.
  private static var nearLimit: Int { 8191 }
  /// The longest distance that the reference encoder writes.
  private static var farLimit: Int { 65_535 + 8190 }

  /// By hash, `1 << bits` of them: places, or -1.
  let places: UnsafeMutablePointer<Int32>

  @inline(__always)
  mutating func match(_ pixels: UnsafeBufferPointer<Element>, at index: Int) -> LZMatch? {
    let slot = hashOfThree(pixels, at: index, bits: Self.bits)
    let place = Int(places[slot])
    places[slot] = Int32(truncatingIfNeeded: index)
    let distance = index &- place
    guard place >= 0, distance <= Self.farLimit else { return nil }
    let length = commonLength(pixels, at: index, pixels, at: place)
    // A near reference takes two bytes and a far one four, and either breaks a row of literals.
    let least = (distance <= Self.nearLimit ? 2 : 3) &+ Element.Form.lengthBias
    guard length >= least else { return nil }
    return LZMatch(length: length, reference: LZReference(imageDistance: 0, offset: distance))
  }

  @inline(__always)
  mutating func insert(_ pixels: UnsafeBufferPointer<Element>, at index: Int) {
    places[hashOfThree(pixels, at: index, bits: Self.bits)] = Int32(truncatingIfNeeded: index)
  }

  @inline(__always)
  func write(_ reference: LZReference, lengthCode: Int, to output: inout LZWriter) {
    let offset = reference.offset &- 1
    let isFar = offset >= Self.nearLimit
    output.put(low: min(lengthCode, 7) &<< 5 | (isFar ? 31 : offset &>> 8))
    if lengthCode >= 7 { putLongLength(lengthCode, to: &output) }
    if isFar {
      let rest = offset &- Self.nearLimit
      output.put(255)
      output.put(low: rest &>> 8)
      output.put(low: rest)
    } else {
      output.put(low: offset)
    }
  }
}
