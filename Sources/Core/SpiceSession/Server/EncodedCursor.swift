import SpiceProtocol

/// A shape in the form that keeps it with the fewest bytes lost: what `CursorShape.init(_:_:limit:)` reads.
struct EncodedCursor {
  let type: CursorType
  let data: [UInt8]

  /// Alpha keeps every pixel and cannot invert. What inverts is mono where it is black and white besides, and 32-bit
  /// colour with a mask else, where pixels that let something through become whole or vanish.
  init(_ shape: CursorShape) {
    if shape.inverting.isEmpty {
      type = .alpha
      data = EncodedCursor.alpha(shape)
    } else if shape.pixels.allSatisfy({ $0 == 0 || $0 == 0xff00_0000 || $0 == 0xffff_ffff }) {
      type = .mono
      data = EncodedCursor.mono(shape)
    } else {
      type = .color32
      data = EncodedCursor.masked(shape)
    }
  }

  private static func alpha(_ shape: CursorShape) -> [UInt8] {
    var writer = ByteWriter(reservingCapacity: shape.pixels.count * 4)
    for pixel in shape.pixels { writer.u32(pixel) }
    return writer.bytes
  }

  /// Two planes of padded rows, AND then XOR: 1 1 inverts, 1 0 lets through, 0 1 is white and 0 0 black.
  private static func mono(_ shape: CursorShape) -> [UInt8] {
    let stride = (shape.width + 7) / 8
    var planes = [UInt8](repeating: 0, count: 2 * stride * shape.height)
    for (place, pixel) in shape.pixels.enumerated() {
      let byte = place / shape.width * stride + place % shape.width / 8
      let bit: UInt8 = 0x80 >> UInt8(place % shape.width % 8)
      let inverts = shape.inverting[place]
      if inverts || pixel == 0 { planes[byte] |= bit }
      if inverts || pixel == 0xffff_ffff { planes[stride * shape.height + byte] |= bit }
    }
    return planes
  }

  /// Pixels, then a mask whose bits are counted through without padding: a white pixel below it inverts, another lets
  /// through.
  private static func masked(_ shape: CursorShape) -> [UInt8] {
    var writer = ByteWriter(reservingCapacity: shape.pixels.count * 4)
    var mask = [UInt8](repeating: 0, count: (shape.pixels.count + 7) / 8)
    for (place, pixel) in shape.pixels.enumerated() {
      let isThere = !shape.inverting[place] && pixel >> 24 >= 0x80
      if !isThere { mask[place / 8] |= 0x80 >> UInt8(place % 8) }
      writer.u32(shape.inverting[place] ? 0xff_ffff : isThere ? pixel & 0xff_ffff : 0)
    }
    writer.append(mask)
    return writer.bytes
  }
}
