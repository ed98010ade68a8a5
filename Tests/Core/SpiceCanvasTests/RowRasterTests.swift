import SpiceCanvas
import SpicePixels
import Testing

@Suite("Rows that trade their numbers")
struct RowRasterTests {
  private static let size = Size(width: 40, height: 30)

  /// A raster with a colour of its own for each pixel, high bytes too.
  private static func picture(seed: UInt32) -> Raster {
    var raster = Raster(width: size.width, height: size.height, kind: .opaque)
    for place in raster.pixels.indices { raster.pixels[place] = (seed &+ UInt32(place)) &* 0x9E37_79B1 }
    return raster
  }

  /// Moves, fills and taken colours have the same result as on a raster whose rows follow each other.
  @Test("whatever is done to it, it shows what a raster shows", arguments: 1...40 as ClosedRange<UInt64>)
  func likeARaster(seed: UInt64) {
    var random = Dice(seed: seed)
    let other = Self.picture(seed: UInt32(truncatingIfNeeded: seed))
    var raster = Raster(width: Self.size.width, height: Self.size.height, kind: .opaque, fill: 0xFF00_0000)
    var rows = RowRaster(raster)
    raster.takeColors(of: other, in: Rect(left: 0, top: 0, right: 40, bottom: 30))
    rows.takeColors(of: other, in: Rect(left: 0, top: 0, right: 40, bottom: 30))
    for _ in 0..<60 {
      let (left, top) = (Int32.random(in: -5...40, using: &random), Int32.random(in: -5...30, using: &random))
      let isWide = Bool.random(using: &random)
      let rect = Rect(
        left: isWide ? 0 : left, top: top, right: isWide ? 40 : left + Int32.random(in: 0...45, using: &random),
        bottom: top + Int32.random(in: 0...35, using: &random))
      switch Int.random(in: 0..<4, using: &random) {
      case 0:
        raster.fill(rect, with: 0xFF00_0000)
        rows.fill(rect, with: 0xFF00_0000)
      case 1:
        raster.takeColors(of: other, in: rect)
        rows.takeColors(of: other, in: rect)
      default:
        let x = isWide ? 0 : Int32.random(in: -45...45, using: &random)
        let from = Point(x: rect.left + x, y: rect.top + Int32.random(in: -35...35, using: &random))
        raster.move(to: rect, from: from)
        rows.move(to: rect, from: from)
      }
      let (mine, wanted) = (
        rows.hashes(rows: 0..<30, strips: [0..<40], mask: ~0), raster.hashes(rows: 0..<30, strips: [0..<40], mask: ~0)
      )
      #expect(mine == wanted)
      #expect(rows.colors(in: rect) == raster.colors(in: rect))
      if Int.random(in: 0..<9, using: &random) == 0 {
        let isInOrder = rows.inOrder() == raster
        #expect(isInOrder)
      }
      let known = raster.colors(in: Rect(left: 0, top: 0, right: 40, bottom: 30))
      #expect(rows.changes(to: known, in: [rect]) == raster.changes(to: known, in: [rect]))
    }
  }

  @Test("moves from far outside, of nothing and by nothing leave it as it is")
  func nothingMoves() {
    var rows = RowRaster(Raster(width: 40, height: 30, kind: .opaque, fill: 7))
    let whole = Rect(left: 0, top: 0, right: 40, bottom: 30)
    rows.fill(Rect(left: 0, top: 0, right: 40, bottom: 1), with: 9)
    for from in [Point(x: .min, y: .max), Point(x: .max, y: .min), Point(x: 0, y: 30), Point(x: 0, y: 0)] {
      rows.move(to: whole, from: from)
    }
    rows.move(to: Rect(left: 5, top: 5, right: 5, bottom: 9), from: Point(x: 0, y: 0))
    #expect(rows.shows(9, in: Rect(left: 0, top: 0, right: 40, bottom: 1)))
    #expect(rows.shows(7, in: Rect(left: 0, top: 1, right: 40, bottom: 30)))
  }
}

extension Raster {
  /// What a move is: each pixel of the rectangle is what was at its place before.
  fileprivate mutating func move(to rect: Rect, from: Point) {
    let before = self
    let (dx, dy) = (Int(rect.left) - Int(from.x), Int(rect.top) - Int(from.y))
    for y in max(0, Int(rect.top))..<max(0, Int(rect.top), min(height, Int(rect.bottom))) {
      for x in max(0, Int(rect.left))..<max(0, Int(rect.left), min(width, Int(rect.right))) {
        if (0..<width).contains(x - dx), (0..<height).contains(y - dy) { self[x, y] = before[x - dx, y - dy] }
      }
    }
  }
}
