import CTurboJPEG
import SpicePixels

/// JPEG by libjpeg-turbo.
public enum JPEG {
  /// How a picture is reconstructed, so that it equals what spice-gtk shows bit for bit.
  public enum Reconstruction: Sendable, Hashable {
    /// libjpeg's defaults: the accurate inverse transform and smoothed chroma. For images.
    case accurate
    /// The fast transform and plain chroma, as spice-gtk decodes the frames of an MJPEG stream.
    case fast
  }

  /// Decodes a picture.
  ///
  /// - Returns: an opaque raster, the high byte of each pixel 255.
  /// - Throws: `.damaged` with libjpeg's words (truncation and bad Huffman codes included: it would fill up with grey,
  ///   and grey is not what the server drew), `.tooManyPixels`.
  public static func decode(
    _ data: some Collection<UInt8>, limits: PixelLimits = .standard, reconstruction: Reconstruction = .accurate
  ) throws(MediaError) -> Raster {
    try withBytes(data) { (bytes) throws(MediaError) in
      try decode(bytes: bytes, limits: limits, reconstruction: reconstruction)
    }
  }

  /// Encodes a picture; alpha is dropped.
  ///
  /// - Parameters:
  ///   - quality: 1 to 100, clamped.
  ///   - halvesChroma: 4:2:0, libjpeg's default; else 4:4:4.
  /// - Throws: `.unencodable` for empty rasters and sides past 65,500.
  public static func encode(
    _ raster: Raster, quality: Int, halvesChroma: Bool = true
  ) throws(MediaError) -> [UInt8] {
    let (width, height) = (raster.width, raster.height)
    guard width > 0, height > 0, width <= 65_500, height <= 65_500 else {
      throw .unencodable(.jpeg, width: width, height: height, reason: "sides are 1 to 65500")
    }
    guard let handle = tjInitCompress() else { throw failure(nil) }
    defer { tjDestroy(handle) }
    let sampling = CInt((halvesChroma ? TJSAMP_420 : TJSAMP_444).rawValue)
    let capacity = tjBufSize(CInt(width), CInt(height), sampling)
    guard capacity > 0, capacity < Int.max else {
      throw .unencodable(.jpeg, width: width, height: height, reason: "the library finds it too large")
    }
    var status: CInt = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: Int(capacity)) { target, count in
      var output = target.baseAddress
      var size = capacity
      status = raster.pixels.withUnsafeBytes { pixels in
        tjCompress2(
          handle, pixels.bindMemory(to: UInt8.self).baseAddress, CInt(width), CInt(width * 4), CInt(height),
          CInt(TJPF_BGRX.rawValue), &output, &size, sampling, CInt(min(max(quality, 1), 100)),
          CInt(TJFLAG_NOREALLOC))
      }
      count = status == 0 ? Int(size) : 0
    }
    guard status == 0 else { throw failure(handle) }
    return bytes
  }

  private static func decode(
    bytes: UnsafeBufferPointer<UInt8>, limits: PixelLimits, reconstruction: Reconstruction
  ) throws(MediaError) -> Raster {
    guard !bytes.isEmpty else { throw .truncated(.jpeg) }
    guard let handle = tjInitDecompress() else { throw failure(nil) }
    defer { tjDestroy(handle) }

    var (width, height, sampling, colors): (CInt, CInt, CInt, CInt) = (0, 0, 0, 0)
    let length = UInt(bytes.count)
    guard tjDecompressHeader3(handle, bytes.baseAddress, length, &width, &height, &sampling, &colors) == 0 else {
      throw failure(handle)
    }
    guard width > 0, height > 0, limits.allow(width: Int(width), height: Int(height)) else {
      throw .tooManyPixels(.jpeg, width: Int(width), height: Int(height), limits: limits)
    }

    // A progressive picture of a few kilobytes can ask for hundreds of passes over all pixels.
    var flags = TJFLAG_STOPONWARNING | TJFLAG_LIMITSCANS
    if reconstruction == .fast { flags |= TJFLAG_FASTDCT | TJFLAG_FASTUPSAMPLE }
    return try Raster(width: Int(width), height: Int(height), kind: .opaque) { (pixels) throws(MediaError) in
      let status = pixels.withMemoryRebound(to: UInt32.self) { pixels in
        tjDecompress2(
          handle, bytes.baseAddress, length,
          UnsafeMutableRawPointer(pixels.baseAddress)?.assumingMemoryBound(to: UInt8.self),
          width, width * 4, height, CInt(TJPF_BGRA.rawValue), CInt(flags))
      }
      guard status == 0 else { throw failure(handle) }
    }
  }

  private static func failure(_ handle: tjhandle?) -> MediaError {
    .damaged(.jpeg, reason: tjGetErrorStr2(handle).map { String(cString: $0) } ?? "no reason is given")
  }
}
