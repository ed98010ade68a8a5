import SpicePixels

/// Where the pointer was: dots that fade within a second.
struct Trail: Sendable {
  struct Dot: Equatable, Sendable {
    var box: Rect
    /// Which picture of it is shown; 0 is the strongest.
    var level: Int
  }

  static let levels = 6
  private static let life = 0.9
  private static let most = 24

  private var places: [(point: Point, born: Double)] = []
  private let side: Int

  init(look: Look) {
    side = max(7, look(13)) | 1
  }

  var isEmpty: Bool { places.isEmpty }

  /// Leaves a dot, unless the last one is near.
  mutating func drop(at point: Point, time: Double) {
    if let last = places.last {
      let distance = max(abs(Int(last.point.x) - Int(point.x)), abs(Int(last.point.y) - Int(point.y)))
      guard distance >= side else { return }
    }
    if places.count == Trail.most { places.removeFirst() }
    places.append((point, time))
  }

  /// What is to be seen at a time.
  mutating func dots(at time: Double) -> [Dot] {
    places.removeAll { time - $0.born >= Trail.life }
    return places.map { place in
      let level = max(0, min(Trail.levels - 1, Int((time - place.born) / Trail.life * Double(Trail.levels))))
      let corner = (x: Int(place.point.x) - side / 2, y: Int(place.point.y) - side / 2)
      return Dot(box: Rect(x: corner.x, y: corner.y, width: side, height: side), level: level)
    }
  }

  /// When a dot fades next.
  func nextTime(after time: Double) -> Double? {
    let step = Trail.life / Double(Trail.levels)
    return places.map { $0.born + (((time - $0.born) / step).rounded(.down) + 1) * step }.min()
  }

  /// A dot's picture for each level, premultiplied.
  var sprites: [Raster] {
    (0..<Trail.levels).map { level in
      var sprite = Raster(width: side, height: side, kind: .alpha)
      let fade = 1 - Double(level) / Double(Trail.levels)
      let middle = Spot(Double(side) / 2, Double(side) / 2)
      let radius = Double(side) / 2 * (0.35 + 0.6 * fade) - 0.5
      for y in 0..<side {
        for x in 0..<side {
          let (dx, dy) = (Double(x) + 0.5 - middle.x, Double(y) + 0.5 - middle.y)
          let part = max(0, min(1, radius + 0.5 - (dx * dx + dy * dy).squareRoot())) * (0.15 + 0.6 * fade)
          func channel(_ shift: UInt32) -> UInt32 {
            UInt32(Double(Colors.accent >> shift & 0xFF) * part + 0.5) << shift
          }
          sprite[x, y] = UInt32(part * 255 + 0.5) << 24 | channel(16) | channel(8) | channel(0)
        }
      }
      return sprite
    }
  }
}
