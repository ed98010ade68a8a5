import SpicePixels

/// QUIC, SPICE's lossless codec for pictures of photographic kind (not the transport protocol of that name).
///
/// The format has no document. It is the one of spice-common's `quic.c`, which derives from R. Starosolski, "Simple fast
/// and adaptive lossless image compression algorithm" (SFALIC, 2007): prediction, Golomb-Rice codes chosen by an
/// adaptive model, and runs coded as in JPEG-LS.
public enum Quic {
  /// Decodes an image.
  ///
  /// The raster is `.alpha` for `rgba` and `.opaque` with a high byte of 0 for all others; five-bit channels are
  /// widened, and gray becomes three equal channels.
  ///
  /// - Parameters:
  ///   - data: the whole payload, from the magic on. What follows the last row is not looked at.
  ///   - limits: what the header may ask for.
  /// - Throws: `truncated`, `malformed` or `limit`, at offsets from the start of `data`.
  public static func decode(
    _ data: ArraySlice<UInt8>, limits: PixelLimits = .standard
  ) throws(CodecError) -> Raster {
    let header = try QuicHeader(data)
    let width = header.width
    let height = header.height
    guard limits.allow(width: width, height: height) else { throw .limit(.quic, width: width, height: height) }
    let least = header.leastStreamSize
    guard data.count - QuicHeader.size >= least else {
      throw .truncated(.quic, offset: data.count, needed: least - (data.count - QuicHeader.size))
    }
    return try Raster(width: width, height: height, kind: header.type.kind) { pixels throws(CodecError) in
      guard let target = pixels.baseAddress else { return }
      var failure: CodecError?
      data.dropFirst(QuicHeader.size).withUnsafeBytes { body in
        let words = UnsafeRawBufferPointer(rebasing: body[..<(body.count & ~3)])
        var workspace = QuicWorkspace(words, width: width, family: header.type == .rgb16 ? .five : .eight)
        if !read(header, from: &workspace, into: target) { failure = workspace.failure }
      }
      if let failure { throw failure }
    }
  }

  /// Type and size of an image, from its first 20 bytes.
  public static func header(of data: ArraySlice<UInt8>) throws(CodecError) -> QuicHeader {
    try QuicHeader(data)
  }

  /// Reads `width * height` pixels. False where `workspace.failure` says why not.
  private static func read(
    _ header: QuicHeader, from workspace: inout QuicWorkspace, into pixels: UnsafeMutablePointer<UInt32>
  ) -> Bool {
    let width = header.width
    let planes = UnsafeMutablePointer<UInt8>.allocate(capacity: 2 * width)
    defer { planes.deallocate() }
    planes.initialize(repeating: 0, count: 2 * width)
    var plane = planes
    var planeAbove = planes + width
    for y in 0..<header.height {
      let row = pixels + y * width
      if header.type != .gray {
        let above = y == 0 ? nil : UnsafePointer(row - width)
        guard workspace.readColors(above: above, into: row), workspace.bitsLeft >= 0 else { return false }
      }
      // Only now nothing is compared with the row above any more, and it may become what it is to be.
      if y > 0 { finish(row - width, count: width, planeAbove, header.type) }
      if header.type == .gray || header.type == .rgba {
        let above = y == 0 ? nil : UnsafePointer(planeAbove)
        guard workspace.readPlane(above: above, into: plane), workspace.bitsLeft >= 0 else { return false }
      }
      swap(&plane, &planeAbove)
    }
    finish(pixels + (header.height - 1) * width, count: width, planeAbove, header.type)
    return true
  }

  /// Makes pixels as a raster has them of what the kernels leave: a row of colours, and one of alpha or gray.
  private static func finish(
    _ row: UnsafeMutablePointer<UInt32>, count: Int, _ plane: UnsafePointer<UInt8>, _ type: QuicType
  ) {
    switch type {
    case .gray:
      for x in 0..<count { row[x] = UInt32(plane[x]) &* 0x01_0101 }
    case .rgb16:
      for x in 0..<count { row[x] = (row[x] &<< 3) | (row[x] &>> 2) & 0x07_0707 }
    case .rgb24, .rgb32:
      break
    case .rgba:
      for x in 0..<count { row[x] |= UInt32(plane[x]) &<< 24 }
    }
  }
}
