import SpiceCodecs
import SpicePixels

/// Any bytes as a block, as an image (whose size is in the first two bytes) and as bytes to encode: no input may trap,
/// touch memory outside its buffers or decode to other bytes than were encoded.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzLZ4(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: data, count: size))
  if let decoded = try? LZ4.decodeBlock(bytes[...], limit: 1 << 16) { precondition(decoded.count <= 1 << 16) }
  let block = LZ4.encodeBlock(bytes[...])
  let again = try? LZ4.decodeBlock(block[...], limit: size)
  precondition(again == bytes)
  guard size >= 2 else { return 0 }
  let width = Int(bytes[0])
  let height = Int(bytes[1])
  if let raster = try? LZ4Image.decode(bytes[2...], width: width, height: height) {
    precondition(raster.pixels.count == width * height)
    let encoded = LZ4Image.encode(raster)
    let decoded = try? LZ4Image.decode(encoded[...], width: width, height: height)
    precondition(decoded == raster)
  }
  return 0
}
