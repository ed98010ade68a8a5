import SpicePixels

/// What a picture is like, from a look at its pixels.
struct PictureTraits {
  enum Kind {
    /// Soft changes from pixel to pixel: a photo. QUIC and JPEG are for such.
    case photo
    /// Neither; only trying tells.
    case mixed
    /// Repetition and hard edges: text, windows.
    case drawing
  }

  /// Rows that are looked at.
  private static let sampledRows = 64
  /// By how much each channel may differ between neighbours for a soft change.
  private static let softStep: UInt32 = 14

  let kind: Kind
  /// Of the changes from pixel to pixel most are soft, however many there are: what films have, and text has not.
  let isSoft: Bool

  init(_ raster: Raster) {
    var (same, soft, hard) = (0, 0, 0)
    let step = max(1, raster.height / PictureTraits.sampledRows)
    for y in stride(from: 0, to: raster.height, by: step) {
      guard raster.width > 1 else { break }
      let first = y * raster.width
      var last = raster.pixels[first] & 0x00FF_FFFF
      for place in (first + 1)..<(first + raster.width) {
        let pixel = raster.pixels[place] & 0x00FF_FFFF
        if pixel == last { same += 1 } else if PictureTraits.isSoft(pixel, last) { soft += 1 } else { hard += 1 }
        last = pixel
      }
    }
    isSoft = soft > hard
    let (all, changing) = (same + soft + hard, soft + hard)
    if same * 4 >= all * 3 {
      kind = .drawing
    } else if same * 3 < all, soft * 5 >= changing * 3 {
      kind = .photo
    } else {
      kind = .mixed
    }
  }

  private static func isSoft(_ a: UInt32, _ b: UInt32) -> Bool {
    for shift in [0, 8, 16] as [UInt32] {
      let (x, y) = (a >> shift & 255, b >> shift & 255)
      if (x > y ? x - y : y - x) > softStep { return false }
    }
    return true
  }
}

/// The colours of a picture that has few, and which of them each pixel is.
struct PictureColors {
  private(set) var palette: [UInt32] = []
  private(set) var indices: [UInt8] = []

  /// Nil where there are more than 256.
  init?(_ raster: Raster) {
    var table = ColorTable()
    let count = raster.pixels.count
    indices = [UInt8](unsafeUninitializedCapacity: count) { indices, written in
      var last: UInt32 = .max
      var index: UInt8 = 0
      for place in 0..<count {
        let color = raster.pixels[place] & 0x00FF_FFFF
        if color != last {
          guard let found = table.index(of: color) else { return }
          (last, index) = (color, found)
        }
        indices[place] = index
      }
      written = count
    }
    guard indices.count == count else { return nil }
    palette = table.colors
  }

  /// Bits an index needs in a bitmap: 1, 4 or 8.
  var bits: Int { palette.count <= 2 ? 1 : palette.count <= 16 ? 4 : 8 }

  /// Rows of indices as a bitmap has them, the first pixel in the highest bits.
  func rows(width: Int) -> [UInt8] {
    let bits = bits
    if bits == 8 { return indices }
    let (perByte, stride) = (8 / bits, (width * bits + 7) / 8)
    var rows = [UInt8](repeating: 0, count: stride * (indices.count / max(1, width)))
    for (place, index) in indices.enumerated() {
      let (y, x) = place.quotientAndRemainder(dividingBy: width)
      rows[y * stride + x / perByte] |= index << UInt8((perByte - 1 - x % perByte) * bits)
    }
    return rows
  }
}

/// Numbers up to 256 colours in the order in which they come.
private struct ColorTable {
  private(set) var colors: [UInt32] = []
  /// Indices into `colors`, or -1; four times as many as colours, so that a free place is near.
  private var slots = [Int16](repeating: -1, count: 1024)

  mutating func index(of color: UInt32) -> UInt8? {
    var slot = Int((color &* 0x9E37_79B1) >> 22)
    while slots[slot] >= 0 {
      if colors[Int(slots[slot])] == color { return UInt8(truncatingIfNeeded: slots[slot]) }
      slot = (slot + 1) & 1023
    }
    guard colors.count < 256 else { return nil }
    slots[slot] = Int16(truncatingIfNeeded: colors.count)
    colors.append(color)
    return UInt8(truncatingIfNeeded: colors.count - 1)
  }
}
