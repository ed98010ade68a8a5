/// A raster of at most 256 colours in a byte a pixel: for what is kept long and looked at rarely. Most of what a desktop
/// draws is such: text, controls, icons.
public struct PackedRaster: Sendable {
  public let width: Int
  public let height: Int
  public let kind: PixelKind
  private let colors: [UInt32]
  /// Of each pixel, which of the colours it has.
  private let indices: [UInt8]

  /// What it takes.
  public var byteCount: Int { indices.count + 4 * colors.count }

  /// Pixels below which nothing is won.
  private static let least = 256

  /// The same pixels, every bit of them; nil where they have more colours, or so many for so few pixels that less than half
  /// were won.
  public init?(_ raster: Raster) {
    let count = raster.pixels.count
    guard count >= Self.least else { return nil }
    var colors = ColorTable(most: min(256, count / 4))
    var isWhole = false
    let indices = [UInt8](unsafeUninitializedCapacity: count) { target, initialized in
      raster.pixels.withUnsafeBufferPointer { pixels in
        guard let pixels = pixels.baseAddress, let target = target.baseAddress else { return }
        isWhole = colors.look(at: pixels, count: count, into: target)
        initialized = isWhole ? count : 0
      }
    }
    guard isWhole else { return nil }
    (width, height, kind) = (raster.width, raster.height, raster.kind)
    (self.colors, self.indices) = (colors.colors, indices)
  }

  /// What it was made of.
  public var raster: Raster {
    Raster(width: width, height: height, kind: kind) { target in
      if let target = target.baseAddress { read(from: 0, count: indices.count, into: target) }
    }
  }

  /// Copies `count` pixels, from the one at `start` on. There have to be as many.
  public func read(from start: Int, count: Int, into target: UnsafeMutablePointer<UInt32>) {
    colors.withUnsafeBufferPointer { colors in
      indices.withUnsafeBufferPointer { indices in
        guard let colors = colors.baseAddress, let indices = indices.baseAddress else { return }
        for place in 0..<count { target[place] = colors[Int(indices[start &+ place])] }
      }
    }
  }
}

/// Colours in the order in which they were met.
private struct ColorTable {
  private(set) var colors: [UInt32] = []
  /// By a colour's hash, one more than its place among the colours, or 0. At most a quarter is taken.
  private var places = [UInt16](repeating: 0, count: 1 << hashBits)

  private let most: Int
  private static let hashBits = 10

  /// - Parameter most: colours, at most 256.
  init(most: Int) { self.most = most }

  /// Writes each pixel's place among the colours; false where there are too many, and then not all were written.
  mutating func look(at pixels: UnsafePointer<UInt32>, count: Int, into target: UnsafeMutablePointer<UInt8>) -> Bool {
    var next = 0
    var (last, place) = (~pixels[0], 0 as UInt8)
    while next < count {
      // Eight of the last one's colour are frequent.
      let end = min(count, next &+ 8)
      if end &- next == 8 {
        let eight = UnsafeRawPointer(pixels + next).loadUnaligned(as: SIMD8<UInt32>.self)
        if eight == SIMD8(repeating: last) {
          UnsafeMutableRawPointer(target + next).storeBytes(of: SIMD8(repeating: place), as: SIMD8<UInt8>.self)
          next = end
          continue
        }
      }
      while next < end {
        let color = pixels[next]
        if color != last {
          guard let found = self.place(of: color) else { return false }
          (last, place) = (color, found)
        }
        target[next] = place
        next &+= 1
      }
    }
    return true
  }

  /// Nil where it is one too many.
  private mutating func place(of color: UInt32) -> UInt8? {
    var slot = Int((color &* 0x9e37_79b1) >> UInt32(32 - Self.hashBits))
    while places[slot] != 0 {
      let place = Int(places[slot]) &- 1
      if colors[place] == color { return UInt8(truncatingIfNeeded: place) }
      slot = (slot &+ 1) & (places.count &- 1)
    }
    guard colors.count < most else { return nil }
    colors.append(color)
    places[slot] = UInt16(truncatingIfNeeded: colors.count)
    return UInt8(truncatingIfNeeded: colors.count &- 1)
  }
}
