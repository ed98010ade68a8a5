import SpicePixels

/// The parts of a surface that changed since someone last looked, in bounded room.
///
/// Up to `limit` rectangles are kept apart; one more, and all become the one rectangle around them.
public struct Damage: Equatable, Sendable {
  public static let limit = 32

  /// No rectangle lies within another, but two may overlap; `region` makes them disjoint.
  public private(set) var rects: [Rect] = []

  public init() {}

  public var isEmpty: Bool { rects.isEmpty }

  public var bounds: Rect {
    var result = Rect(left: 0, top: 0, right: 0, bottom: 0)
    for rect in rects { result = result.union(rect) }
    return result
  }

  public var region: Region { Region(rects) }

  public mutating func add(_ rect: Rect) {
    guard !rect.isEmpty else { return }
    var added = rect
    var i = 0
    while i < rects.count {
      let other = rects[i]
      if other.contains(added) { return }
      let continues = other.makesRectangle(with: added)
      if continues || added.contains(other) {
        added = added.union(other)
        rects.swapAt(i, rects.count - 1)
        rects.removeLast()
        // What has grown may now reach those that it did not before.
        if continues { i = 0 }
      } else {
        i += 1
      }
    }
    if rects.count < Damage.limit {
      rects.append(added)
    } else {
      let all = added.union(bounds)
      rects.removeAll(keepingCapacity: true)
      rects.append(all)
    }
  }

  /// Forgets all, and hands it over.
  public mutating func take() -> [Rect] {
    let taken = rects
    rects = []
    return taken
  }

  public mutating func removeAll() {
    rects.removeAll(keepingCapacity: true)
  }
}

extension Rect {
  /// True where the two side by side are a rectangle: same rows and touching columns, or the other way round.
  fileprivate func makesRectangle(with other: Rect) -> Bool {
    if top == other.top && bottom == other.bottom { return left <= other.right && other.left <= right }
    if left == other.left && right == other.right { return top <= other.bottom && other.top <= bottom }
    return false
  }
}
