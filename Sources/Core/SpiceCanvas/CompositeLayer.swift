import SpicePixels

/// The source or the mask of DRAW_COMPOSITE: a picture, and how it is looked at.
public struct CompositeLayer: Sendable {
  /// Between pixels (`PIXMAN_FILTER_*`).
  public enum Filter: Sendable {
    case nearest
    /// Between the four nearest.
    case bilinear
  }

  /// Outside of the picture (`PIXMAN_REPEAT_*`; raw values are the wire's).
  public enum Extent: UInt8, Sendable {
    /// Transparent.
    case none = 0
    case tiled
    /// The nearest pixel of its edge.
    case padded
    case reflected
  }

  public var picture: Source
  /// Where the box's top left corner lies on the picture, before the transform.
  public var origin: Point
  public var transform: Transform?
  public var filter: Filter
  public var extent: Extent
  /// An `argb` surface counts as one without alpha.
  public var isOpaque: Bool

  public init(
    _ picture: Source, origin: Point, transform: Transform? = nil, filter: Filter = .nearest, extent: Extent = .none,
    isOpaque: Bool = false
  ) {
    self.picture = picture
    self.origin = origin
    self.transform = transform
    self.filter = filter
    self.extent = extent
    self.isOpaque = isOpaque
  }

  /// From a place of the box to one of the picture: `x' = xx * x + xy * y + x0`, in 16.16 fixed numbers
  /// (`SpiceTransform`).
  public struct Transform: Hashable, Sendable {
    public var xx, xy, x0, yx, yy, y0: Int32

    public init(xx: Int32, xy: Int32, x0: Int32, yx: Int32, yy: Int32, y0: Int32) {
      (self.xx, self.xy, self.x0) = (xx, xy, x0)
      (self.yx, self.yy, self.y0) = (yx, yy, y0)
    }

    public static let identity = Transform(xx: 65536, xy: 0, x0: 0, yx: 0, yy: 65536, y0: 0)

    /// True where pixels fall on pixels: nothing between them is looked at then.
    var movesWholePixels: Bool {
      let whole = (x0 | y0) & 0xFFFF == 0
      let isStraight = xy == 0 && yx == 0 && abs(Int64(xx)) == 65536 && abs(Int64(yy)) == 65536
      let isTurned = xx == 0 && yy == 0 && abs(Int64(xy)) == 65536 && abs(Int64(yx)) == 65536
      return whole && (isStraight || isTurned)
    }

    /// The place for the middle of pixel (x, y), which are 32 bits long; rounded to the nearest.
    func place(_ x: Int64, _ y: Int64) -> (x: Int64, y: Int64) {
      let (fromX, fromY) = (x &* 65536 &+ 32768, y &* 65536 &+ 32768)
      func coordinate(_ a: Int32, _ b: Int32, _ c: Int32) -> Int64 {
        // The whole pixels and what is left of them apart: neither product has more than 63 bits.
        let whole = Int64(a) &* (fromX >> 16) &+ Int64(b) &* (fromY >> 16) &+ Int64(c)
        let rest = Int64(a) &* (fromX & 0xFFFF) &+ Int64(b) &* (fromY & 0xFFFF)
        return whole &+ (rest &+ 0x8000) >> 16
      }
      return (coordinate(xx, xy, x0), coordinate(yx, yy, y0))
    }
  }
}

/// Looks up the pixels of a layer, as premultiplied colours with alpha.
struct LayerReader {
  let base: UnsafePointer<UInt32>
  let width: Int
  let height: Int
  let layer: CompositeLayer
  let conversion: Conversion
  /// What every pixel inside of the picture has set.
  let setBits: UInt32
  /// Bits of each channel before it was widened: alpha, red, green, blue.
  let depths: (Int, Int, Int, Int)
  private let transform: CompositeLayer.Transform
  private let filter: CompositeLayer.Filter
  /// Of a picture without pixels there is nothing to repeat.
  private let extent: CompositeLayer.Extent

  init(
    base: UnsafePointer<UInt32>, width: Int, height: Int, layer: CompositeLayer, conversion: Conversion,
    setBits: UInt32, depths: (Int, Int, Int, Int)
  ) {
    (self.base, self.width, self.height, self.layer) = (base, width, height, layer)
    (self.conversion, self.setBits, self.depths) = (conversion, setBits, depths)
    transform = layer.transform ?? .identity
    filter = transform.movesWholePixels ? .nearest : layer.filter
    extent = width > 0 && height > 0 ? layer.extent : .none
  }

  /// False where pixman does not draw at all, for fear that the places do not fit into 32 bits.
  func reaches(_ size: Size) -> Bool {
    if width >= 0x7FFF || height >= 0x7FFF { return false }
    let margin: Int64 = 0x1_0010
    for (x, y) in [(-1, -1), (size.width, -1), (-1, size.height), (size.width, size.height)] {
      let (x, y) = (Int64(layer.origin.x) + Int64(x), Int64(layer.origin.y) + Int64(y))
      guard x >= -0x8000, y >= -0x8000, x <= 0x7FFF, y <= 0x7FFF else { return false }
      let place = transform.place(x, y)
      let allowed = Int64(Int32.min) + margin...Int64(Int32.max) - margin
      guard allowed.contains(place.x), allowed.contains(place.y) else { return false }
    }
    return true
  }

  /// True where every pixel for a box of that size is without alpha, and pixman knows it.
  func isOpaque(over size: Size) -> Bool {
    guard depths.0 == 0 else { return false }
    if extent != .none { return true }
    for (x, y) in [(0, 0), (size.width - 1, 0), (0, size.height - 1), (size.width - 1, size.height - 1)] {
      let place = transform.place(Int64(layer.origin.x) + Int64(x), Int64(layer.origin.y) + Int64(y))
      let (low, high): (Int64, Int64) = filter == .nearest ? (-1, -1) : (-32768, 32768)
      guard (place.x + low) >> 16 >= 0, (place.x + high) >> 16 < Int64(width), (place.y + low) >> 16 >= 0,
        (place.y + high) >> 16 < Int64(height)
      else { return false }
    }
    return true
  }

  @inline(__always)
  private func inside(_ x: Int, _ side: Int) -> Int? {
    if x >= 0, x < side { return x }
    switch extent {
    case .none: return nil
    case .padded: return x < 0 ? 0 : side - 1
    case .tiled:
      let rest = x % side
      return rest < 0 ? rest + side : rest
    case .reflected:
      let rest = x % (2 * side)
      let place = rest < 0 ? rest + 2 * side : rest
      return place < side ? place : 2 * side - 1 - place
    }
  }

  @inline(__always)
  private func pixel(_ x: Int, _ y: Int) -> UInt32 {
    guard let x = inside(x, width), let y = inside(y, height) else { return 0 }
    return conversion.convert(base[y * width + x]) | setBits
  }

  /// Calls `use` with each of `count` places of row `y` of the box, from `x` on.
  @inline(__always)
  private func forEachPlace(_ x: Int, _ y: Int, _ count: Int, _ use: (_ index: Int, _ x: Int32, _ y: Int32) -> Void) {
    let place = transform.place(Int64(layer.origin.x) + Int64(x), Int64(layer.origin.y) + Int64(y))
    var (placeX, placeY) = (Int32(truncatingIfNeeded: place.x), Int32(truncatingIfNeeded: place.y))
    for index in 0..<count {
      use(index, placeX, placeY)
      placeX = placeX &+ transform.xx
      placeY = placeY &+ transform.yx
    }
  }

  /// `count` pixels of row `y` of the box, from `x` on.
  func read(x: Int, y: Int, count: Int, into row: Kernel.Row) {
    switch filter {
    case .nearest:
      forEachPlace(x, y, count) { row[$0] = pixel(Int(($1 &- 1) >> 16), Int(($2 &- 1) >> 16)) }
    case .bilinear:
      forEachPlace(x, y, count) { index, placeX, placeY in
        let (placeX, placeY) = (placeX &- 32768, placeY &- 32768)
        let (left, top) = (Int(placeX >> 16), Int(placeY >> 16))
        let (right, below) = (UInt32(placeX >> 9 & 127), UInt32(placeY >> 9 & 127))
        row[index] = LayerReader.mean(
          pixel(left, top), pixel(left + 1, top), pixel(left, top + 1), pixel(left + 1, top + 1), right, below)
      }
    }
  }

  /// The mean of four pixels, weighted in 1/128.
  @inline(__always)
  static func mean(_ a: UInt32, _ b: UInt32, _ c: UInt32, _ d: UInt32, _ right: UInt32, _ below: UInt32) -> UInt32 {
    func channel(_ shift: UInt32) -> UInt32 {
      let upper = (a &>> shift & 0xFF) &* (128 &- right) &+ (b &>> shift & 0xFF) &* right
      let lower = (c &>> shift & 0xFF) &* (128 &- right) &+ (d &>> shift & 0xFF) &* right
      return ((upper &* (128 &- below) &+ lower &* below) &>> 14) &<< shift
    }
    return channel(0) | channel(8) | channel(16) | channel(24)
  }

  /// The same in floating point: alpha, red, green, blue.
  func read(x: Int, y: Int, count: Int, into row: UnsafeMutablePointer<WidePixel>) {
    switch filter {
    case .nearest:
      forEachPlace(x, y, count) {
        row[$0] = wide(Int(($1 &- 1) >> 16), Int(($2 &- 1) >> 16))
      }
    case .bilinear:
      forEachPlace(x, y, count) { index, placeX, placeY in
        let (placeX, placeY) = (placeX &- 32768, placeY &- 32768)
        let (left, top) = (Int(placeX >> 16), Int(placeY >> 16))
        let (right, below) = (Float(placeX & 0xFFFF) / 65536, Float(placeY & 0xFFFF) / 65536)
        let upper = wide(left, top) * ((1 - right) * (1 - below)) + wide(left + 1, top) * (right * (1 - below))
        row[index] = upper + wide(left, top + 1) * ((1 - right) * below) + wide(left + 1, top + 1) * (right * below)
      }
    }
  }

  private func wide(_ x: Int, _ y: Int) -> WidePixel {
    guard let x = inside(x, width), let y = inside(y, height) else { return .zero }
    return WidePixel.expanded(conversion.convert(base[y * width + x]) | setBits, depths)
  }
}
