import SpicePixels

extension LZ {
  /// Encodes a raster: `opaque` as `RGB32`, `alpha` as `RGBA`, `coverage` as `A8`.
  ///
  /// The image is top-down. Decoding gives the raster again, but for the fourth byte of opaque pixels, which becomes 0.
  public static func encode(_ raster: Raster) -> [UInt8] {
    switch raster.kind {
    case .opaque:
      var output = headed(.rgb32, raster, stride: raster.width * 4)
      appendColors(raster, to: &output)
      return output
    case .alpha:
      var output = headed(.rgba, raster, stride: raster.width * 4)
      appendColors(raster, to: &output)
      appendBytes(raster.pixels.map { UInt8(truncatingIfNeeded: $0 >> 24) }, to: &output)
      return output
    case .coverage:
      var output = headed(.a8, raster, stride: raster.width)
      appendBytes(raster.pixels.map { UInt8(truncatingIfNeeded: $0 >> 24) }, to: &output)
      return output
    }
  }

  /// Encodes the alpha of a raster as `XXXA`, the second part of a JPEG with alpha.
  public static func encodeAlpha(_ raster: Raster) -> [UInt8] {
    var output = headed(.xxxa, raster, stride: raster.width * 4)
    appendBytes(raster.pixels.map { UInt8(truncatingIfNeeded: $0 >> 24) }, to: &output)
    return output
  }

  /// Encodes a raster as `RGB16`: the upper five bits of each channel.
  public static func encodeHighColor(_ raster: Raster) -> [UInt8] {
    var output = headed(.rgb16, raster, stride: raster.width * 2)
    let colors = raster.pixels.map { pixel -> UInt16 in
      UInt16(pixel >> 19 & 31) << 10 | UInt16(pixel >> 11 & 31) << 5 | UInt16(pixel >> 3 & 31)
    }
    append(colors, bias: HighColorForm.lengthBias, to: &output) { color, output in
      output.append(UInt8(color >> 8))
      output.append(UInt8(truncatingIfNeeded: color))
    }
    return output
  }

  /// Encodes `width * height` indices of a palette as `PLT8`; nil where there are more or fewer.
  public static func encode(indices: [UInt8], width: Int, height: Int) -> [UInt8]? {
    guard width >= 0, height >= 0, width.multipliedReportingOverflow(by: height) == (indices.count, false) else {
      return nil
    }
    var output = headed(.palette8, width: width, height: height, stride: width)
    appendBytes(indices, to: &output)
    return output
  }
}

extension LZ {
  private static func headed(_ type: LZImageType, _ raster: Raster, stride: Int) -> [UInt8] {
    headed(type, width: raster.width, height: raster.height, stride: stride)
  }

  private static func headed(_ type: LZImageType, width: Int, height: Int, stride: Int) -> [UInt8] {
    var output: [UInt8] = []
    output.reserveCapacity(headerSize + width * height / 2)
    for word in [lzMagic, lzVersion, UInt32(type.rawValue)] { output.appendBigEndian(word) }
    for size in [width, height, stride, 1] { output.appendBigEndian(UInt32(clamping: size)) }
    return output
  }

  private static func appendColors(_ raster: Raster, to output: inout [UInt8]) {
    let colors = raster.pixels.map { $0 & 0xff_ffff }
    append(colors, bias: ColorForm.lengthBias, to: &output) { color, output in
      output.append(UInt8(truncatingIfNeeded: color))
      output.append(UInt8(truncatingIfNeeded: color >> 8))
      output.append(UInt8(truncatingIfNeeded: color >> 16))
    }
  }

  private static func appendBytes(_ bytes: [UInt8], to output: inout [UInt8]) {
    append(bytes, bias: ByteForm.lengthBias, to: &output) { byte, output in output.append(byte) }
  }

  private static func append<Element: FixedWidthInteger>(
    _ elements: [Element], bias: Int, to output: inout [UInt8], writeLiteral: (Element, inout [UInt8]) -> Void
  ) {
    var finder = LocalFinder<Element>(bias: bias)
    elements.withUnsafeBufferPointer { elements in
      compressLZ(elements, bias: bias, finder: &finder, to: &output, writeLiteral: writeLiteral)
    }
  }
}

/// The last place of each three elements within the image.
private struct LocalFinder<Element: FixedWidthInteger>: LZFinder {
  private static var bits: Int { 14 }
  /// Distances below take 13 bits.
  private static var nearLimit: Int { 8191 }
  /// The longest distance that the reference encoder writes.
  private static var farLimit: Int { 65_535 + 8190 }

  /// Places, or -1.
  private var places = [Int32](repeating: -1, count: 1 << Self.bits)
  private let bias: Int

  init(bias: Int) { self.bias = bias }

  func match(_ pixels: UnsafeBufferPointer<Element>, at index: Int) -> LZMatch? {
    let place = Int(places[hashOfThree(pixels, at: index, bits: Self.bits)])
    let distance = index - place
    guard place >= 0, distance <= Self.farLimit else { return nil }
    let length = commonLength(pixels, at: index, pixels, at: place)
    // A near reference takes two bytes and a far one four, and either breaks a row of literals.
    let least = (distance <= Self.nearLimit ? 2 : 3) + bias
    guard length >= least else { return nil }
    return LZMatch(length: length, reference: LZReference(imageDistance: 0, offset: distance))
  }

  mutating func insert(_ pixels: UnsafeBufferPointer<Element>, at index: Int) {
    places[hashOfThree(pixels, at: index, bits: Self.bits)] = Int32(truncatingIfNeeded: index)
  }

  func write(_ reference: LZReference, lengthCode: Int, to output: inout [UInt8]) {
    let offset = reference.offset - 1
    let isFar = offset >= Self.nearLimit
    output.append(UInt8(min(lengthCode, 7) << 5 | (isFar ? 31 : offset >> 8)))
    if lengthCode >= 7 { appendLongLength(lengthCode, to: &output) }
    if isFar {
      let rest = offset - Self.nearLimit
      output.append(255)
      output.append(UInt8(rest >> 8))
      output.append(UInt8(rest & 255))
    } else {
      output.append(UInt8(offset & 255))
    }
  }
}
