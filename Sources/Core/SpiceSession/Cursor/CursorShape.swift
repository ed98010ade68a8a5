import SpicePixels
import SpiceProtocol

/// A pointer's picture.
public struct CursorShape: Sendable, Hashable {
  public let width: Int
  public let height: Int
  /// The pixel of the picture that points.
  public let hotSpot: Point
  /// `width * height` pixels, premultiplied `0xAARRGGBB`, rows from the top.
  public let pixels: [UInt32]
  /// Pixels that invert the screen below them instead (they are transparent in `pixels`); empty where there are none.
  public let inverting: [Bool]

  public init(width: Int, height: Int, hotSpot: Point, pixels: [UInt32], inverting: [Bool] = []) {
    self.width = width
    self.height = height
    self.hotSpot = hotSpot
    self.pixels = pixels
    self.inverting = inverting
  }

  /// Decodes a shape's bits.
  ///
  /// Mono cursors are two planes of padded rows (AND, XOR). Colour cursors are pixels, for indexed ones a palette of u32, then
  /// an AND mask whose bits are counted through without padding.
  public init(_ header: CursorHeader, _ data: ArraySlice<UInt8>, limit: Int) throws(CursorFault) {
    let width = Int(header.width)
    let height = Int(header.height)
    guard width <= limit, height <= limit else {
      throw .size(width: header.width, height: header.height, limit: limit)
    }
    let bits = CursorBits(bytes: data, width: width, height: height)
    let needed = bits.size(header.type)
    guard data.count >= needed else { throw .truncated(needed: needed, available: data.count) }
    var pixels = [UInt32](repeating: 0, count: width * height)
    var inverting = [Bool](repeating: false, count: width * height)
    for place in pixels.indices {
      switch bits.pixel(header.type, place) {
      case .color(let color): pixels[place] = color
      case .inverting: inverting[place] = true
      }
    }
    self.init(
      width: width, height: height, hotSpot: Point(x: Int32(header.hotSpotX), y: Int32(header.hotSpotY)),
      pixels: pixels, inverting: inverting.contains(true) ? inverting : [])
  }
}

/// Random access to a cursor's bits. `size` bytes must be there before `pixel` is asked.
private struct CursorBits {
  enum Pixel {
    case color(UInt32)
    case inverting
  }

  let bytes: ArraySlice<UInt8>
  let width: Int
  let height: Int

  private var count: Int { width * height }
  private var monoStride: Int { (width + 7) / 8 }

  /// Bytes of pixels in front of palette and mask.
  private func colorSize(_ type: CursorType) -> Int {
    switch type {
    case .alpha, .color32: count * 4
    case .mono: monoStride * height
    case .color4: (width + 1) / 2 * height
    case .color8: count
    case .color16: count * 2
    case .color24: count * 3
    }
  }

  private func paletteSize(_ type: CursorType) -> Int {
    switch type {
    case .color4: 16 * 4
    case .color8: 256 * 4
    default: 0
    }
  }

  func size(_ type: CursorType) -> Int {
    switch type {
    case .alpha: colorSize(type)
    case .mono: 2 * colorSize(type)
    default: colorSize(type) + paletteSize(type) + (count + 7) / 8
    }
  }

  func pixel(_ type: CursorType, _ place: Int) -> Pixel {
    switch type {
    case .alpha: return .color(u32(place * 4))
    case .mono:
      let at = place / width * monoStride * 8 + place % width
      let and = bit(0, at)
      let xor = bit(monoStride * height, at)
      if and { return xor ? .inverting : .color(0) }
      return .color(xor ? 0xffff_ffff : 0xff00_0000)
    default:
      let color = color(type, place)
      if bit(colorSize(type) + paletteSize(type), place) {
        return color & 0xff_ffff == 0xff_ffff ? .inverting : .color(0)
      }
      return .color(0xff00_0000 | color)
    }
  }

  private func color(_ type: CursorType, _ place: Int) -> UInt32 {
    switch type {
    case .color4:
      let byte = byte(place / width * ((width + 1) / 2) + place % width / 2)
      return u32(colorSize(type) + Int(place % width % 2 == 0 ? byte >> 4 : byte & 15) * 4)
    case .color8: return u32(colorSize(type) + Int(byte(place)) * 4)
    case .color16: return widened555(UInt16(byte(place * 2)) | UInt16(byte(place * 2 + 1)) << 8)
    case .color24:
      return UInt32(byte(place * 3)) | UInt32(byte(place * 3 + 1)) << 8 | UInt32(byte(place * 3 + 2)) << 16
    case .color32: return u32(place * 4)
    case .alpha, .mono: return 0
    }
  }

  private func byte(_ offset: Int) -> UInt8 { bytes[bytes.startIndex + offset] }

  private func u32(_ offset: Int) -> UInt32 {
    UInt32(byte(offset)) | UInt32(byte(offset + 1)) << 8 | UInt32(byte(offset + 2)) << 16
      | UInt32(byte(offset + 3)) << 24
  }

  /// The bit counted from the plane's start, high bits first.
  private func bit(_ plane: Int, _ place: Int) -> Bool {
    byte(plane + place / 8) & (0x80 >> UInt8(place % 8)) != 0
  }
}
