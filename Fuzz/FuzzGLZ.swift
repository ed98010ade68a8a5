import SpiceCodecs
import SpicePixels

/// Any bytes as a sequence of GLZ images, each u8 channel (1 has its id set to the next), u32 length, payload: no input
/// may trap, touch memory outside its buffers or let the window grow past its capacity.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzGLZ(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: data, count: size))
  var window = GLZWindow(capacity: 1 << 16, unpackedLimit: 0, limits: PixelLimits(side: 4096, area: 1 << 16))
  var offset = 0
  var next: UInt8 = 0
  while offset + 5 <= size {
    let length = bytes[(offset + 3)..<(offset + 5)].reduce(0) { $0 << 8 | Int($1) }
    let end = min(size, offset + 5 + length)
    var payload = Array(bytes[(offset + 5)..<end])
    if bytes[offset] == 1, payload.count > 33 {
      payload.replaceSubrange(21..<33, with: [0, 0, 0, 0, 0, 0, 0, next, 0, 0, 0, min(next, 5)])
    }
    if case .decoded(let raster, let id)? = try? window.decode(payload[...]) {
      precondition(raster.pixels.count == raster.width * raster.height)
      precondition(raster.kind != .opaque || raster.pixels.allSatisfy { $0 >> 24 == 0 })
      precondition(window.pixelCount <= window.capacity)
      next = UInt8(truncatingIfNeeded: id &+ 1)
    }
    offset = end
  }
  // An encoder's table costs more than all the decoding: one input in sixteen.
  if bytes.reduce(0, ^) & 15 == 0 { roundTrip(bytes) }
  return 0
}

/// The bytes as images of a few colours: a window as large as the dictionary must give each again.
private func roundTrip(_ bytes: [UInt8]) {
  var dictionary = GLZDictionary(capacity: 2048)
  var window = GLZWindow(capacity: 2048, unpackedLimit: 700)
  var id: UInt64 = 0
  for start in stride(from: 0, to: min(bytes.count, 1 << 14), by: 700) {
    let part = bytes[start..<min(bytes.count, start + 700)]
    let kind: PixelKind = start % 3 == 0 ? .alpha : .opaque
    let mask: UInt32 = kind == .alpha ? .max : 0xff_ffff
    let pixels = part.map { UInt32($0 & 3) * 0x2041_8210 & mask }
    guard let raster = Raster(width: part.count, height: 1, kind: kind, pixels: pixels),
      let data = dictionary.encode(raster)
    else { continue }
    let result = try? window.decode(data[...])
    precondition(result == .decoded(raster, id: id))
    id += 1
  }
}
