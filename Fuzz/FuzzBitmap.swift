import SpiceCodecs
import SpicePixels

/// Any bytes as a bitmap: u8 format, width, height, flags (1 top-down, 2 palette, 4 large), palette size, u16 stride,
/// then rows. No input may trap or touch memory outside its buffers.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzBitmap(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: data, count: size))
  guard size >= 7, let format = BitmapFormat(rawValue: bytes[0]) else { return 0 }
  let scale = bytes[3] & 4 == 0 ? 1 : 1 << 40
  let palette = Palette(id: 0, colors: (0..<UInt32(bytes[4])).map { $0 &* 0x10204 })
  let stride = Int(bytes[5]) << 8 | Int(bytes[6])
  let raster = try? Bitmap.decode(
    format: format, width: Int(bytes[1]), height: Int(bytes[2]), stride: stride &* scale, topDown: bytes[3] & 1 != 0,
    palette: bytes[3] & 2 != 0 ? palette : nil, rows: bytes[7...])
  if let raster { precondition(raster.pixels.count == raster.width * raster.height) }
  return 0
}
