/// Says now and then what the desktop did, for its own log.
struct Journal: Sendable {
  private static let pause = 0.7

  /// When the next line is due.
  private(set) var nextTime = 0.4
  private var count = 0
  private var frames = 0
  private var changes = 0
  private var pixels = 0
  private var moved = 0

  /// Counts what one call of `advance` gave.
  mutating func count(_ made: [DemoDesktop.Change]) {
    guard !made.isEmpty else { return }
    frames += 1
    changes += made.count
    for change in made {
      switch change {
      case .damage(let rect), .fill(let rect, _): pixels += rect.area
      case .scroll(let rect, _): moved += rect.area
      case .resized(let size): pixels += size.width * size.height
      }
    }
  }

  /// The line that is due, if one is.
  mutating func line(at time: Double, pointer: (x: Int32, y: Int32), clients: Int) -> String? {
    guard time >= nextTime else { return nil }
    // After a pause come no lines that would have been.
    nextTime = max(nextTime + Journal.pause, time)
    count += 1
    defer { if count % 2 == 0 { (frames, changes, pixels, moved) = (0, 0, 0, 0) } }
    switch count % 8 {
    case 3: return "pointer at \(pointer.x), \(pointer.y)"
    case 5: return moved > 0 ? "\(moved.grouped) pixels only moved" : "nothing moved by itself"
    case 7: return clients == 1 ? "one client looks on" : "\(clients.grouped) clients look on"
    case 1: return "up \(TimeOfDay(time).figures), all well"
    default: return "\(frames) frames, \(changes) changes, \(pixels.grouped) pixels"
    }
  }
}
