import SpiceCodecs
import SpicePixels

/// Any bytes as a QUIC image, as the stream behind a good header, and as pixels to encode: no input may trap, touch
/// memory outside its buffers or decode to other pixels than were encoded.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzQuic(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: data, count: size))
  check(bytes)
  guard size > 4, let type = QuicType(rawValue: UInt32(bytes[0] % 5) + 1) else { return 0 }
  let body = bytes[4...]

  let width = UInt32(bytes[1]) | UInt32(bytes[2] & 15) << 8
  let words = [0x4349_5551, 0, type.rawValue, width, UInt32(bytes[3] % 32)]
  check(words.flatMap { word in [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: word >> $0) } } + body)

  // Few colours, so that there are runs. The seventh bit of a byte repeats it.
  var pixels: [UInt32] = []
  for byte in body where pixels.count < 1 << 14 {
    pixels += repeatElement(UInt32(byte & 7) &* 0x2041_8210, count: byte & 64 == 0 ? 1 : Int(byte))
  }
  let columns = min(max(1, Int(width)), pixels.count)
  let rows = min(pixels.count / columns, 1000)
  guard let raster = Raster(width: columns, height: rows, kind: .alpha, pixels: Array(pixels[..<(columns * rows)]))
  else { return 0 }
  checkEncoding(raster, type)
  return 0
}

private let limits = PixelLimits(side: 4096, area: 1 << 15)

private func check(_ bytes: [UInt8]) {
  guard let raster = try? Quic.decode(bytes[...], limits: limits) else { return }
  guard let type = try? Quic.header(of: bytes[...]).type else { preconditionFailure("decoded without a header") }
  precondition(raster.pixels.count == raster.width * raster.height)
  precondition(raster.kind != .opaque || raster.pixels.allSatisfy { $0 >> 24 == 0 })
  let again = try? Quic.decode(Quic.encode(raster, type: type)[...], limits: limits)
  precondition(again == raster)
}

private func checkEncoding(_ raster: Raster, _ type: QuicType) {
  let limits = PixelLimits(side: 1 << 20, area: 1 << 22)
  guard let once = try? Quic.decode(Quic.encode(raster, type: type)[...], limits: limits) else {
    preconditionFailure("what was encoded does not decode")
  }
  // The type may have had no room for all of a pixel; for what it had room for, it must have room again.
  let twice = try? Quic.decode(Quic.encode(once, type: type)[...], limits: limits)
  precondition(twice == once)
  switch type {
  case .rgba: precondition(once.pixels == raster.pixels)
  case .rgb24, .rgb32: precondition(once.pixels == raster.pixels.map { $0 & 0xff_ffff })
  case .gray, .rgb16: break
  }
}
