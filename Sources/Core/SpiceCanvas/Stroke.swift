import SpicePixels

/// What DRAW_STROKE draws: a path of lines and curves, one pixel wide.
public struct Stroke: Sendable {
  /// One run of points (`SpicePathSeg`).
  public struct Segment: Sendable {
    /// `SPICE_PATH_*`; raw values are the wire's.
    public struct Flags: OptionSet, Hashable, Sendable {
      public let rawValue: UInt8

      public init(rawValue: UInt8) { self.rawValue = rawValue }

      /// Its first point begins a line.
      public static let begin = Flags(rawValue: 1)
      /// Its last point ends one.
      public static let end = Flags(rawValue: 2)
      /// The line that ends returns to where it began.
      public static let close = Flags(rawValue: 8)
      /// Each three points are a cubic Bézier's, from where the line is.
      public static let bezier = Flags(rawValue: 16)
    }

    public var flags: Flags
    /// In sixteenths of a pixel (28.4 fixed numbers).
    public var points: [Point]

    public init(flags: Flags, points: [Point]) {
      self.flags = flags
      self.points = points
    }
  }

  public var segments: [Segment]
  /// Lengths of dash, gap, dash, … in sixteenths of a pixel; empty: one unbroken line.
  public var dashes: [Int32]
  /// The lengths begin with a gap's (`SPICE_LINE_FLAGS_START_WITH_GAP`).
  public var startsWithGap: Bool

  public init(segments: [Segment], dashes: [Int32] = [], startsWithGap: Bool = false) {
    self.segments = segments
    self.dashes = dashes
    self.startsWithGap = startsWithGap
  }

  /// Calls `draw` with the points, in whole pixels, of each line of the path.
  func forEachLine(_ draw: ([Pixel]) -> Void) {
    var line: [Pixel] = []
    func finish() {
      if line.count > 1 { draw(line) }
      line.removeAll(keepingCapacity: true)
    }
    for segment in segments {
      var points = segment.points[...]
      if segment.flags.contains(.begin), let first = points.popFirst() {
        finish()
        line.append(Pixel(first))
      }
      if segment.flags.contains(.bezier) {
        while points.count >= 3, let start = line.last {
          let points3 = Array(points.prefix(3))
          points = points.dropFirst(3)
          let from = Point(x: Int32(clamping: start.x << 4), y: Int32(clamping: start.y << 4))
          Curve(from, points3[0], points3[1], points3[2]).flatten(into: &line, depth: Curve.depthLimit)
        }
      } else {
        for point in points { line.append(Pixel(point)) }
      }
      if segment.flags.contains(.end) {
        if segment.flags.contains(.close), let first = line.first { line.append(first) }
        finish()
      }
    }
    finish()
  }
}

/// A place of the surface or far outside of it.
struct Pixel: Equatable {
  var x: Int64
  var y: Int64

  init(x: Int64, y: Int64) {
    (self.x, self.y) = (x, y)
  }

  /// From sixteenths of a pixel; a half is rounded down.
  init(_ point: Point) {
    func rounded(_ value: Int32) -> Int64 { Int64(value >> 4) + (value & 15 > 8 ? 1 : 0) }
    self.init(x: rounded(point.x), y: rounded(point.y))
  }
}

/// A cubic Bézier in sixteenths of a pixel.
private struct Curve {
  /// Halvings after which a curve is a line whatever it looks like: 4,096 lines, of which each is a few pixels long where
  /// the curve fills the largest surface.
  static let depthLimit = 12

  private let points: (Point, Point, Point, Point)

  init(_ a: Point, _ b: Point, _ c: Point, _ d: Point) {
    points = (a, b, c, d)
  }

  /// Halves the curve until no control point is farther than half a pixel from the line between its ends.
  func flatten(into line: inout [Pixel], depth: Int) {
    if depth == 0 || isFlat {
      line.append(Pixel(points.3))
      return
    }
    func middle(_ a: Point, _ b: Point) -> Point { Point(x: (a.x &+ b.x) / 2, y: (a.y &+ b.y) / 2) }
    let (first, second, third) = (middle(points.0, points.1), middle(points.1, points.2), middle(points.2, points.3))
    let (before, after) = (middle(first, second), middle(second, third))
    let center = middle(before, after)
    Curve(points.0, first, before, center).flatten(into: &line, depth: depth - 1)
    Curve(center, after, third, points.3).flatten(into: &line, depth: depth - 1)
  }

  private var isFlat: Bool {
    func product(_ a: Point, _ b: Point, _ c: Point, _ d: Point) -> Int64 {
      let x = Int64(a.x &- b.x) &* Int64(c.x &- d.x)
      let y = Int64(a.y &- b.y) &* Int64(c.y &- d.y)
      return (x &+ y) >> 4
    }
    let base = product(points.3, points.0, points.3, points.0)
    func height(_ control: Point, _ end: Point, _ other: Point) -> Int64 {
      let side = product(control, end, control, end)
      let shadow = product(control, end, other, end)
      return (side &* base &- shadow &* shadow) >> 3
    }
    return height(points.1, points.0, points.3) < base && height(points.2, points.3, points.0) < base
  }
}
