import SpicePixels

/// A set of pixels, as the fewest rectangles in bands: rectangles of one band have the same top and bottom, bands
/// follow each other from top to bottom, and in a band rectangles go from left to right without touching.
///
/// Every set has exactly one such form, so equal regions are equal arrays. An operation takes time for the rectangles
/// of both its operands and of its result.
public struct Region: Hashable, Sendable {
  public private(set) var rects: [Rect] = []

  public init() {}

  public init(_ rect: Rect) {
    if !rect.isEmpty { rects = [rect] }
  }

  /// What at least one of the rectangles covers. Halves are united with each other, so that rectangles which do not
  /// cross take `n * log(n)`; `n` that all cross each other make a region of `n * n`.
  public init(_ rects: some RandomAccessCollection<Rect>) {
    switch rects.count {
    case 0: self.init()
    case 1: self.init(rects[rects.startIndex])
    default:
      let middle = rects.index(rects.startIndex, offsetBy: rects.count / 2)
      self = Region(rects[..<middle]).union(Region(rects[middle...]))
    }
  }

  public var isEmpty: Bool { rects.isEmpty }

  /// The smallest rectangle around all; empty where the region is.
  public var bounds: Rect {
    var result = Rect(left: 0, top: 0, right: 0, bottom: 0)
    for rect in rects { result = result.union(rect) }
    return result
  }

  public func contains(_ point: Point) -> Bool {
    rects.contains { $0.contains(point) }
  }

  /// What either has.
  public func union(_ other: Region) -> Region {
    if isEmpty { return other }
    if other.isEmpty { return self }
    return combined(with: other) { $0 || $1 }
  }

  /// What both have.
  public func intersection(_ other: Region) -> Region {
    combined(with: other) { $0 && $1 }
  }

  /// What this has and `other` has not.
  public func subtracting(_ other: Region) -> Region {
    combined(with: other) { $0 && !$1 }
  }

  public mutating func formUnion(_ rect: Rect) {
    self = union(Region(rect))
  }

  public mutating func formIntersection(_ rect: Rect) {
    self = intersection(Region(rect))
  }

  public mutating func subtract(_ rect: Rect) {
    self = subtracting(Region(rect))
  }

  /// Goes down both regions, from each edge of a band to the next; between two edges every row is the same.
  private func combined(with other: Region, keep: (Bool, Bool) -> Bool) -> Region {
    var result = BandWriter()
    var mine = BandReader(rects: rects)
    var theirs = BandReader(rects: other.rects)
    while let top = BandReader.first(mine.edge, theirs.edge) {
      mine.advance(to: top)
      theirs.advance(to: top)
      guard let bottom = BandReader.first(mine.edge, theirs.edge) else { break }
      var a = SpanReader(rects: mine.current)
      var b = SpanReader(rects: theirs.current)
      var left: Int32?
      while let x = BandReader.first(a.edge, b.edge) {
        a.advance(to: x)
        b.advance(to: x)
        let isInside = keep(a.isInside, b.isInside)
        if isInside, left == nil {
          left = x
        } else if !isInside, let start = left {
          result.append(Rect(left: start, top: top, right: x, bottom: bottom))
          left = nil
        }
      }
      result.endBand()
    }
    var region = Region()
    region.rects = result.rects
    return region
  }
}

/// A place between the bands of a region, moving down.
private struct BandReader {
  let rects: [Rect]
  /// The rectangles of the band that the place is in; empty between two bands.
  private(set) var current: ArraySlice<Rect>
  private var next = 0
  /// Where the band that it is in ends or the next one begins; nil after the last.
  private(set) var edge: Int32?

  init(rects: [Rect]) {
    self.rects = rects
    current = rects[..<0]
    edge = rects.first?.top
  }

  static func first(_ a: Int32?, _ b: Int32?) -> Int32? {
    guard let a else { return b }
    guard let b else { return a }
    return min(a, b)
  }

  mutating func advance(to y: Int32) {
    guard y == edge else { return }
    if next < rects.count, rects[next].top == y {
      let start = next
      while next < rects.count, rects[next].top == y { next += 1 }
      current = rects[start..<next]
      edge = rects[start].bottom
    } else {
      current = rects[next..<next]
      edge = next < rects.count ? rects[next].top : nil
    }
  }
}

/// A place in a band, moving right.
private struct SpanReader {
  private var rects: ArraySlice<Rect>
  private(set) var isInside = false

  init(rects: ArraySlice<Rect>) {
    self.rects = rects
  }

  var edge: Int32? { isInside ? rects.first?.right : rects.first?.left }

  mutating func advance(to x: Int32) {
    guard x == edge else { return }
    if isInside { rects.removeFirst() }
    isInside.toggle()
  }
}

/// Collects bands and joins one that continues the band above it.
private struct BandWriter {
  private(set) var rects: [Rect] = []
  private var above = 0
  private var current = 0

  mutating func append(_ rect: Rect) {
    rects.append(rect)
  }

  mutating func endBand() {
    let count = rects.count - current
    if count > 0, current - above == count, rects[above].bottom == rects[current].top,
      (0..<count).allSatisfy({
        rects[above + $0].left == rects[current + $0].left && rects[above + $0].right == rects[current + $0].right
      })
    {
      for i in above..<current { rects[i].bottom = rects[i + count].bottom }
      rects.removeLast(count)
    } else {
      above = current
      current = rects.count
    }
  }
}
