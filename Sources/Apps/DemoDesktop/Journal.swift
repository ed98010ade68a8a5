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
    nextTime += Journal.pause
    if nextTime <= time { nextTime = time + Journal.pause }
    count += 1
    defer { if count % 2 == 0 { (frames, changes, pixels, moved) = (0, 0, 0, 0) } }
    switch count % 8 {
    case 3: return "pointer at \(pointer.x), \(pointer.y)"
    case 5: return moved > 0 ? "\(short(moved)) pixels only moved" : "nothing was dragged"
    case 7: return clients == 1 ? "one client looks on" : "\(clients.grouped) clients look on"
    case 1: return "up \(TimeOfDay(time).figures), all well"
    case 4: return "\(changes) changes in \(frames) frames"
    default: return "\(frames) frames, \(short(pixels)) pixels"
    }
  }

  /// `4.3 M`, `96 k`
  private func short(_ number: Int) -> String {
    if number >= 1_000_000 { return "\(number / 1_000_000).\(number / 100_000 % 10) M" }
    return number >= 1_000 ? "\(number / 1_000) k" : "\(number)"
  }
}
