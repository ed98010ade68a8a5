import SpiceCodecs
import SpicePixels

/// Any bytes as an LZ image, as alpha, and as pixels to encode: no input may trap, touch memory outside its buffers or
/// decode to other pixels than were encoded.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzLZ(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: data, count: size))
  let limits = PixelLimits(side: 4096, area: 1 << 18)
  let palette = Palette(id: 0, colors: (0..<UInt32(size % 300)).map { $0 &* 0x10204 })
  if let raster = try? LZ.decode(bytes[...], palette: palette, limits: limits) {
    precondition(raster.pixels.count == raster.width * raster.height)
    precondition(raster.kind != .opaque || raster.pixels.allSatisfy { $0 >> 24 == 0 })
    let again = try? LZ.decode(LZ.encode(raster)[...], limits: limits)
    precondition(again == raster)
  }
  if let header = try? LZ.header(of: bytes[...]), limits.allow(width: header.width, height: header.height) {
    var raster = Raster(width: header.width, height: header.height, kind: .opaque, fill: 0x11_2233)
    try? LZ.decodeAlpha(bytes[...], onto: &raster)
    precondition(raster.pixels.allSatisfy { $0 & 0xff_ffff == 0x11_2233 })
  }
  // As pixels: what is encoded must decode to itself.
  let pixels = bytes.map { UInt32($0 & 7) * 0x2041_8210 }
  let width = max(1, size / 3)
  let whole = Array(pixels.prefix(size / width * width))
  for kind in [PixelKind.opaque, .alpha, .coverage] {
    let mask: UInt32 = kind == .opaque ? 0xff_ffff : kind == .alpha ? .max : 0xff00_0000
    guard
      let raster = Raster(width: width, height: size / width, kind: kind, pixels: whole.map { $0 & mask })
    else { continue }
    let decoded = try? LZ.decode(LZ.encode(raster)[...], limits: PixelLimits(side: 1 << 20, area: 1 << 22))
    precondition(decoded == raster)
  }
  return 0
}
