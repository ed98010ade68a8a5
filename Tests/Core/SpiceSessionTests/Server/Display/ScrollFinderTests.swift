import SpiceCanvas
import SpicePixels
import SpiceSession
import Testing

@Suite("Finding what has scrolled")
struct ScrollFinderTests {
  private static let size = Size(width: 500, height: 400)
  private static let whole = rect(0, 0, 500, 400)

  /// A picture and the same after something happened.
  private static func pictures(_ change: (inout Surface) -> Void) -> (old: Raster, new: Raster) {
    var surface = testSurface(size)
    surface.paintPhoto(whole, seed: 4)
    surface.paintText(rect(40, 30, 400, 320), firstLine: 0)
    // `old` is kept while the surface is drawn on.
    let old = surface.raster.colors(in: whole)
    change(&surface)
    return (old, surface.raster)
  }

  private static func find(_ old: Raster, _ new: Raster) -> ScrollFinder.Scroll? {
    ScrollFinder.find(old: RowRaster(old), new: RowRaster(new), changed: Region(whole))
  }

  /// True where the copy makes its target right.
  private static func isExact(_ scroll: ScrollFinder.Scroll, _ old: Raster, _ new: Raster) -> Bool {
    var client = RowRaster(old)
    client.move(to: scroll.target, from: scroll.from)
    return client.changes(to: new, in: [scroll.target]).isEmpty
  }

  @Test("a text in a window is found wherever its columns begin", arguments: [16, 32, 48, -16, -160] as [Int32])
  func text(distance: Int32) throws {
    let (old, new) = Self.pictures { $0.paintText(rect(40, 30, 400, 320), firstLine: Int(distance / 16)) }
    let found = Self.find(old, new)
    let scroll = try #require(found)
    #expect(scroll.from.y - scroll.target.top == distance && scroll.from.x == scroll.target.left)
    #expect(scroll.target.width >= 390 && scroll.target.height >= 300 - abs(Int(distance)))
    let isExact = Self.isExact(scroll, old, new)
    #expect(isExact)
  }

  @Test("a bar beside the text that moves otherwise is left out")
  func bar() throws {
    let (old, new) = Self.pictures { screen in
      screen.paintText(rect(40, 30, 400, 320), firstLine: 2)
      screen.paintPhoto(rect(425, 30, 15, 320), seed: 99)
    }
    let found = Self.find(old, new)
    let scroll = try #require(found)
    #expect(scroll.target.width >= 375 && scroll.target.right <= 425)
    let isExact = Self.isExact(scroll, old, new)
    #expect(isExact)
  }

  @Test("one pixel that is otherwise divides what is found")
  func onePixel() throws {
    let (old, new) = Self.pictures { screen in
      screen.paintText(rect(40, 30, 400, 320), firstLine: 1)
      screen.drawFill(rect(200, 200, 1, 1), brush: .solid(0xFF_0000))
    }
    let found = Self.find(old, new)
    let scroll = try #require(found)
    #expect(!scroll.target.contains(Point(x: 200, y: 200)))
    let isExact = Self.isExact(scroll, old, new)
    #expect(isExact)
  }

  @Test("what is not known of the client's picture is never copied")
  func unknown() throws {
    var (old, new) = Self.pictures { $0.paintText(rect(40, 30, 400, 320), firstLine: 1) }
    old.fill(rect(40, 200, 400, 10), with: 0xFF00_0000)
    let found = Self.find(old, new)
    let scroll = try #require(found)
    #expect(rect(40, 200, 400, 10).intersection(scroll.target.offset(x: 0, y: 16)).isEmpty)
    old.fill(Self.whole, with: 0xFF00_0000)
    let none = Self.find(old, new)
    #expect(none == nil)
  }

  @Test("noise, an empty screen and the same picture have no scroll")
  func nothing() {
    let (old, new) = Self.pictures { $0.paintPhoto(Self.whole, seed: 5) }
    let black = Raster(width: 500, height: 400, kind: .opaque)
    let found = [Self.find(old, new), Self.find(old, black), Self.find(black, old), Self.find(old, old)]
    #expect(found.allSatisfy { $0 == nil })
  }

  @Test("whatever is found is exact", arguments: 1...20 as ClosedRange<UInt64>)
  func exact(seed: UInt64) {
    var random = FixedRandom(seed: seed)
    let (old, new) = Self.pictures { screen in
      for _ in 0..<4 {
        let left = Int32.random(in: 0..<400, using: &random)
        let top = Int32.random(in: 0..<300, using: &random)
        let box = rect(left, top, Int32.random(in: 1...300, using: &random), Int32.random(in: 1...300, using: &random))
        let from = Point(x: left, y: top + Int32.random(in: -40...40, using: &random))
        screen.copyBits(from: from, to: box)
      }
    }
    let isExact = Self.find(old, new).map { Self.isExact($0, old, new) } ?? true
    #expect(isExact)
  }
}
