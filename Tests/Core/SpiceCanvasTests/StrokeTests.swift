import SpiceCanvas
import SpicePixels
import Testing

@Suite struct StrokeTests {
  /// The surface as rows of characters, `#` where it was drawn.
  private func drawn(
    _ points: [(Int32, Int32)], width: Int = 8, height: Int = 5, flags: Stroke.Segment.Flags = .begin,
    dashes: [Int32] = [], startsWithGap: Bool = false, operation: RasterOperation = .put
  ) throws -> [String] {
    var surface = try Surface(width: width, height: height, format: .xrgb)
    let segment = Stroke.Segment(flags: flags, points: points.map { Point(x: $0.0 * 16, y: $0.1 * 16) })
    surface.drawStroke(
      Stroke(segments: [segment], dashes: dashes.map { $0 * 16 }, startsWithGap: startsWithGap),
      in: Rect(surface.size), brush: .solid(0xFF_FFFF), operation: operation)
    return (0..<height).map { y in
      String((0..<width).map { surface.pixels[y * width + $0] & 1 == 1 ? "#" : "." })
    }
  }

  @Test("a line leaves out its last pixel")
  func lastPixel() throws {
    #expect(try drawn([(1, 1), (4, 1)], height: 3) == ["........", ".###....", "........"])
    #expect(try drawn([(4, 1), (1, 1)], height: 3) == ["........", "..###...", "........"])
  }

  @Test("a closed path draws each of its corners once")
  func closed() throws {
    #expect(
      try drawn([(1, 1), (4, 1), (4, 3), (1, 3)], flags: [.begin, .end, .close], operation: .xor)
        == ["........", ".####...", ".#..#...", ".####...", "........"])
  }

  @Test("between two pixels, lines to the right take the one farther on and lines to the left the nearer one")
  func ties() throws {
    #expect(try drawn([(0, 0), (4, 2)], height: 3) == ["#.......", ".##.....", "...#...."])
    #expect(try drawn([(4, 2), (0, 0)], height: 3) == ["........", ".##.....", "...##..."])
  }

  @Test("dashes and gaps take turns, and go on round a corner")
  func dashes() throws {
    #expect(try drawn([(0, 1), (8, 1)], height: 3, dashes: [2, 1]) == ["........", "##.##.##", "........"])
    #expect(
      try drawn([(0, 1), (8, 1)], height: 3, dashes: [2, 1], startsWithGap: true)
        == ["........", "..#..#..", "........"])
  }

  @Test("a curve goes from its begin to its end")
  func curve() throws {
    let rows = try drawn([(0, 4), (0, 0), (7, 0), (7, 4)], flags: [.begin, .bezier])
    #expect(rows[4].first == "#")
    #expect(rows[1].contains("###"))
  }

  @Test("points from anywhere draw what of a line is on the surface, soon")
  func farAway() throws {
    let far = Int32.max / 16
    #expect(try drawn([(-far, 1), (far, 1)], height: 3) == ["........", "########", "........"])
    #expect(try drawn([(3, -far), (3, far)], height: 3) == ["...#....", "...#....", "...#...."])
    let rows = try drawn([(-far, 1), (far, 1)], height: 3, dashes: [1, 1])
    #expect(rows[1].contains("#") && rows[1].contains("."))
  }

  @Test("dashes of no length at all are no dashes")
  func noDashes() throws {
    #expect(try drawn([(0, 1), (8, 1)], height: 3, dashes: [0, 0]) == ["........", "########", "........"])
  }

  @Test("curves that are nothing but a point, or as large as numbers go, come to an end")
  func curvesEnd() throws {
    let far = Int32.max / 16
    _ = try drawn([(1, 1), (1, 1), (1, 1), (1, 1)], flags: [.begin, .bezier])
    _ = try drawn([(-far, -far), (far, far), (-far, far), (far, -far)], flags: [.begin, .bezier], dashes: [1, 1])
  }

  @Test("a path that does not begin draws no curve from nowhere")
  func noBegin() throws {
    #expect(try drawn([(1, 1), (2, 2), (3, 3)], flags: .bezier).allSatisfy { $0 == "........" })
  }
}
