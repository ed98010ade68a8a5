import SpicePixels

/// Portable pixmaps, the binary kind (`P6`) with 8 bits a channel: what `spicy-screenshot` writes.
public enum PPM {
  /// Encodes a picture; alpha is dropped.
  public static func encode(_ raster: Raster) -> [UInt8] {
    Array(pieces(of: raster).joined())
  }

  /// The file of a picture in pieces of some 64 KiB, so that writing it takes no second picture's memory.
  public static func pieces(of raster: Raster) -> some Sequence<[UInt8]> {
    let rows = max(1, (64 << 10) / max(1, raster.width * 3))
    // The header stands before row 0.
    return stride(from: -rows, to: raster.height, by: rows).lazy.map { top in
      top < 0
        ? Array("P6\n\(raster.width) \(raster.height)\n255\n".utf8)
        : colors(of: raster, top..<min(top + rows, raster.height))
    }
  }

  private static func colors(of raster: Raster, _ rows: Range<Int>) -> [UInt8] {
    let (first, area) = (rows.lowerBound * raster.width, rows.count * raster.width)
    return [UInt8](unsafeUninitializedCapacity: area * 3) { colors, count in
      raster.pixels.withUnsafeBufferPointer { pixels in
        let colors = UnsafeMutableRawBufferPointer(colors)
        /// The bytes red, green and blue of a pixel, as the low ones of a little-endian word.
        func rgb(_ index: Int) -> UInt32 { pixels[first + index].byteSwapped >> 8 }
        var index = 0
        // Four pixels are three words.
        while index + 4 <= area {
          let (a, b, c, d) = (rgb(index), rgb(index + 1), rgb(index + 2), rgb(index + 3))
          colors.storeBytes(of: (a | b << 24).littleEndian, toByteOffset: index * 3, as: UInt32.self)
          colors.storeBytes(of: (b >> 8 | c << 16).littleEndian, toByteOffset: index * 3 + 4, as: UInt32.self)
          colors.storeBytes(of: (c >> 16 | d << 8).littleEndian, toByteOffset: index * 3 + 8, as: UInt32.self)
          index += 4
        }
        while index < area {
          for byte in 0..<3 { colors[index * 3 + byte] = UInt8(truncatingIfNeeded: rgb(index) >> (8 * UInt32(byte))) }
          index += 1
        }
      }
      count = area * 3
    }
  }

  /// Decodes a picture; the high byte of each pixel is 255. Bytes after the picture are not looked at.
  ///
  /// - Throws: `.damaged` with what is wrong in the header, `.tooManyPixels`, `.truncated`.
  public static func decode(_ data: some Collection<UInt8>, limits: PixelLimits = .standard) throws(MediaError)
    -> Raster
  {
    try withBytes(data) { (bytes) throws(MediaError) in
      guard bytes.starts(with: "P6".utf8) else { throw .damaged(.ppm, reason: "it does not begin with P6") }
      var position = 2
      let width = try number("width", in: bytes, at: &position)
      let height = try number("height", in: bytes, at: &position)
      guard limits.allow(width: width, height: height) else {
        throw .tooManyPixels(.ppm, width: width, height: height, limits: limits)
      }
      let brightest = try number("brightest value", in: bytes, at: &position)
      guard brightest == 255 else { throw .damaged(.ppm, reason: "its brightest value is \(brightest), not 255") }
      // One space or line end, then the pixels.
      position += 1
      let count = width * height
      guard bytes.count - position >= count * 3 else { throw .truncated(.ppm) }
      let start = position
      return Raster(width: width, height: height, kind: .opaque) { pixels in
        for index in 0..<count {
          let at = start + index * 3
          pixels[index] =
            0xFF00_0000 | UInt32(bytes[at]) << 16 | UInt32(bytes[at + 1]) << 8 | UInt32(bytes[at + 2])
        }
      }
    }
  }

  /// A decimal number behind white space and comments (`#` to the end of the line).
  private static func number(
    _ name: StaticString, in bytes: UnsafeBufferPointer<UInt8>, at position: inout Int
  ) throws(MediaError) -> Int {
    while position < bytes.count, isSpace(bytes[position]) || bytes[position] == UInt8(ascii: "#") {
      if bytes[position] == UInt8(ascii: "#") {
        while position < bytes.count, bytes[position] != 0x0A { position += 1 }
      } else {
        position += 1
      }
    }
    guard position < bytes.count else { throw .truncated(.ppm) }
    var value = 0
    let start = position
    while position < bytes.count, (0x30...0x39).contains(bytes[position]) {
      value = value * 10 + Int(bytes[position] - 0x30)
      position += 1
      guard value <= 1 << 30 else { throw .damaged(.ppm, reason: "its \(name) has too many digits") }
    }
    guard position > start else { throw .damaged(.ppm, reason: "its \(name) is no number") }
    guard position < bytes.count else { throw .truncated(.ppm) }
    return value
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
}
