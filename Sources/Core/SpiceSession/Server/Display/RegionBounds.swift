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
  func simplified(limit: Int) -> Region {
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
}
