import SpiceCanvas
import SpicePixels

extension Region {
  /// Pixels in it.
  var area: Int64 {
    rects.reduce(0) { $0 + Int64($1.width) * Int64($1.height) }
  }

  /// True where it has all of `rect`.
  func covers(_ rect: Rect) -> Bool {
    Region(rect).subtracting(self).isEmpty
  }

  func meets(_ rect: Rect) -> Bool {
    rects.contains { !$0.intersection(rect).isEmpty }
  }

  /// The region moved. Coordinates must not overflow: it lies within a screen before and after.
  func moved(x: Int32, y: Int32) -> Region {
    Region(rects.map { $0.offset(x: x, y: y) })
  }

  /// A region of at most `limit` rectangles that has all of this one: first each band becomes one rectangle, then all do.
  package func simplified(limit: Int) -> Region {
    guard rects.count > limit else { return self }
    var bands: [Rect] = []
    for rect in rects {
      if let last = bands.last, last.top == rect.top {
        bands[bands.count - 1] = last.union(rect)
      } else {
        bands.append(rect)
      }
    }
    return bands.count > limit ? Region(bounds) : Region(bands)
  }

  /// Adds another region, and takes in more than both where that would be more than `limit` rectangles.
  mutating func add(_ other: Region, limit: Int = Backlog.rectLimit) {
    self = union(other).simplified(limit: limit)
  }

  /// Its parts that lie more than `gap` pixels from each other, the largest first. One of many rectangles is not divided.
  func clusters(gap: Int32) -> [Region] {
    guard (2...64).contains(rects.count) else { return isEmpty ? [] : [self] }
    var clusters: [(bounds: Rect, rects: [Rect])] = []
    for rect in rects {
      var one = (bounds: rect, rects: [rect])
      // What grows may come near to others.
      while let near = clusters.firstIndex(where: { $0.bounds.isNear(one.bounds, gap) }) {
        let other = clusters.remove(at: near)
        one = (one.bounds.union(other.bounds), other.rects + one.rects)
      }
      clusters.append(one)
    }
    return clusters.map { Region($0.rects) }.sorted { $0.area > $1.area }
  }
}

extension Rect {
  /// True where no more than `gap` pixels lie between the two. Both lie within a screen.
  fileprivate func isNear(_ other: Rect, _ gap: Int32) -> Bool {
    left - gap < other.right && other.left - gap < right && top - gap < other.bottom && other.top - gap < bottom
  }
}
