import CPNG
import CZlib
import SpicePixels

/// PNG: written here around zlib, read by libpng.
public enum PNG {
  /// Encodes a picture for speed: no row filter, and zlib's fastest level. Screens repeat themselves, which zlib finds
  /// by itself; measured on text and windows, filters made files larger and took longer.
  ///
  /// Opaque rasters become RGB. The others become RGBA, which in PNG is not premultiplied.
  ///
  /// - Parameter isPremultiplied: whether the colours of a raster with alpha are, as SPICE's.
  /// - Throws: `.unencodable` for empty rasters.
  public static func encode(_ raster: Raster, isPremultiplied: Bool = true) throws(MediaError) -> [UInt8] {
    let (width, height) = (raster.width, raster.height)
    guard width > 0, height > 0, width < 1 << 24, height < 1 << 24 else {
      throw .unencodable(.png, width: width, height: height, reason: "sides are 1 to 16777215")
    }
    let hasAlpha = raster.kind != .opaque
    let rows = rows(of: raster, channels: hasAlpha ? 4 : 3, straighten: hasAlpha && isPremultiplied)
    let body = try withBytes(rows) { (bytes) throws(MediaError) in
      try Deflate.deflate(bytes: bytes, level: 1)
    }

    var file: [UInt8] = []
    file.reserveCapacity(body.count + 64)
    file += [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    // Width, height, 8 bits a channel, colour type 2 (RGB) or 6 (RGBA), deflate, adaptive filters, not interlaced.
    appendChunk("IHDR", bigEndian(width) + bigEndian(height) + [8, hasAlpha ? 6 : 2, 0, 0, 0], to: &file)
    appendChunk("IDAT", body, to: &file)
    appendChunk("IEND", [], to: &file)
    return file
  }

  /// Decodes a picture of any PNG kind, to 8 bits a channel; one without alpha becomes an opaque raster, the high byte
  /// of each pixel 255. Alpha stays as PNG has it, not premultiplied.
  ///
  /// - Throws: `.damaged` with libpng's words, `.tooManyPixels`.
  public static func decode(_ data: some Collection<UInt8>, limits: PixelLimits = .standard) throws(MediaError)
    -> Raster
  {
    try withBytes(data) { (bytes) throws(MediaError) in try decode(bytes: bytes, limits: limits) }
  }

  // MARK: Encoding

  /// Each row behind its filter type, 0 (none).
  private static func rows(of raster: Raster, channels: Int, straighten: Bool) -> [UInt8] {
    let (width, height) = (raster.width, raster.height)
    let stride = 1 + width * channels
    return [UInt8](unsafeUninitializedCapacity: stride * height) { target, count in
      raster.pixels.withUnsafeBufferPointer { pixels in
        for y in 0..<height {
          target[y * stride] = 0
          let row = UnsafeMutableBufferPointer(rebasing: target[(y * stride + 1)..<((y + 1) * stride)])
          let source = UnsafeBufferPointer(rebasing: pixels[(y * width)..<((y + 1) * width)])
          if channels == 3 {
            copyRGB(source, to: row)
          } else {
            copyRGBA(source, to: row, straighten: straighten)
          }
        }
      }
      count = stride * height
    }
  }

  /// `row` has three bytes for each pixel.
  private static func copyRGB(_ pixels: UnsafeBufferPointer<UInt32>, to row: UnsafeMutableBufferPointer<UInt8>) {
    for x in pixels.indices {
      let pixel = pixels[x]
      row[x * 3] = UInt8(truncatingIfNeeded: pixel >> 16)
      row[x * 3 + 1] = UInt8(truncatingIfNeeded: pixel >> 8)
      row[x * 3 + 2] = UInt8(truncatingIfNeeded: pixel)
    }
  }

  /// The same with four.
  private static func copyRGBA(
    _ pixels: UnsafeBufferPointer<UInt32>, to row: UnsafeMutableBufferPointer<UInt8>, straighten: Bool
  ) {
    for x in pixels.indices {
      let pixel = straighten ? straightened(pixels[x]) : pixels[x]
      row[x * 4] = UInt8(truncatingIfNeeded: pixel >> 16)
      row[x * 4 + 1] = UInt8(truncatingIfNeeded: pixel >> 8)
      row[x * 4 + 2] = UInt8(truncatingIfNeeded: pixel)
      row[x * 4 + 3] = UInt8(truncatingIfNeeded: pixel >> 24)
    }
  }

  /// Colours divided by alpha, rounded, at most 255.
  private static func straightened(_ pixel: UInt32) -> UInt32 {
    let alpha = pixel >> 24
    guard alpha != 0, alpha != 255 else { return alpha == 0 ? 0 : pixel }
    func divided(_ channel: UInt32) -> UInt32 { min(255, ((channel & 255) * 255 + alpha / 2) / alpha) }
    return alpha << 24 | divided(pixel >> 16) << 16 | divided(pixel >> 8) << 8 | divided(pixel)
  }

  private static func bigEndian(_ number: Int) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) }
  }

  private static func appendChunk(_ name: StaticString, _ body: [UInt8], to file: inout [UInt8]) {
    file += bigEndian(body.count)
    let start = file.count
    name.withUTF8Buffer { file += $0 }
    file += body
    let sum = file[start...].withUnsafeBufferPointer { crc32_z(0, $0.baseAddress, $0.count) }
    file += bigEndian(Int(sum))
  }

  // MARK: Decoding

  private static func decode(bytes: UnsafeBufferPointer<UInt8>, limits: PixelLimits) throws(MediaError) -> Raster {
    guard !bytes.isEmpty else { throw .truncated(.png) }
    var image = png_image()
    image.version = png_uint_32(PNG_IMAGE_VERSION)
    defer { png_image_free(&image) }
    guard png_image_begin_read_from_memory(&image, bytes.baseAddress, bytes.count) != 0 else { throw failure(image) }
    let (width, height) = (Int(image.width), Int(image.height))
    guard limits.allow(width: width, height: height) else {
      throw .tooManyPixels(.png, width: width, height: height, limits: limits)
    }
    let hasAlpha = image.format & png_uint_32(PNG_FORMAT_FLAG_ALPHA) != 0
    // Blue, green, red, alpha in memory: 0xAARRGGBB as a little-endian number.
    image.format = png_uint_32(PNG_FORMAT_FLAG_COLOR | PNG_FORMAT_FLAG_BGR | PNG_FORMAT_FLAG_ALPHA)
    return try Raster(width: width, height: height, kind: hasAlpha ? .alpha : .opaque) { (pixels) throws(MediaError) in
      guard png_image_finish_read(&image, nil, pixels.baseAddress, png_int_32(width * 4), nil) != 0 else {
        throw failure(image)
      }
    }
  }

  private static func failure(_ image: png_image) -> MediaError {
    var message = image.message
    let reason = withUnsafeBytes(of: &message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    return .damaged(.png, reason: reason.isEmpty ? "no reason is given" : reason)
  }
}
