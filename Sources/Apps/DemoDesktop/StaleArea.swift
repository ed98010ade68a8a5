import SpicePixels

import SpiceCanvas

/// Rectangles to be painted: few, and tight.
///
/// Two become one where little is painted for nothing. Past `limit` rectangles, more and more is little.
struct StaleArea: Sendable {
  static let limit = 64
  /// Pixels that two rectangles may waste to become one.
  private static let thrift = 400

  private(set) var rects: [Rect] = []

  var region: Region { Region(rects) }

  mutating func add(_ rect: Rect) {
    guard !rect.isEmpty else { return }
    insert(rect, wasting: StaleArea.thrift)
    var waste = StaleArea.thrift
    while rects.count > StaleArea.limit {
      waste = waste.multipliedReportingOverflow(by: 4).overflow ? .max : waste * 4
      let all = rects
      rects.removeAll(keepingCapacity: true)
      for rect in all { insert(rect, wasting: waste) }
    }
  }

  mutating func take() -> [Rect] {
    let taken = rects
    rects.removeAll(keepingCapacity: true)
    return taken
  }

  private mutating func insert(_ rect: Rect, wasting waste: Int) {
    var added = rect
    var index = 0
    while index < rects.count {
      let other = rects[index]
      let both = added.union(other)
      let shared = added.intersection(other)
      let needed = added.area + other.area - (shared.isEmpty ? 0 : shared.area)
      if both.area - needed <= waste {
        added = both
        rects.swapAt(index, rects.count - 1)
        rects.removeLast()
        index = 0
      } else {
        index += 1
      }
    }
    rects.append(added)
  }
}
