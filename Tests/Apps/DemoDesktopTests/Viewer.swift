import DemoDesktop
import SpicePixels

/// A desktop, and a copy of its picture that knows only the changes: what a client has.
struct Viewer {
  var desktop: DemoDesktop
  private(set) var copy: Raster
  private(set) var time = 0.0
  /// Seconds of the day at the start.
  let morning: Double

  init(width: Int, height: Int, morning: Double = 36_000) throws {
    desktop = try DemoDesktop(size: Size(width: width, height: height), time: morning)
    copy = desktop.picture
    self.morning = morning
  }

  /// Lets time go by and brings the copy up to date.
  @discardableResult
  mutating func advance(by seconds: Double = 0) -> [DemoDesktop.Change] {
    time += seconds
    let changes = desktop.advance(to: time, wallClock: morning + time)
    for change in changes { apply(change) }
    return changes
  }

  private mutating func apply(_ change: DemoDesktop.Change) {
    switch change {
    case .damage(let rect):
      for (x, y) in rect.places { copy[x, y] = desktop.picture[x, y] }
    case .fill(let rect, let color):
      for (x, y) in rect.places { copy[x, y] = color }
    case .scroll(let rect, let from):
      let before = copy
      for (x, y) in rect.places {
        copy[x, y] = before[x - Int(rect.left) + Int(from.x), y - Int(rect.top) + Int(from.y)]
      }
    case .resized(let size):
      copy = Raster(width: size.width, height: size.height, kind: .opaque)
    }
  }

  /// The first place where the copy is not the picture.
  var difference: String? { firstDifference(copy, desktop.picture) }

  mutating func click(_ rect: Rect) {
    desktop.handle(.position(x: rect.middle.x, y: rect.middle.y))
    desktop.handle(.press(.left))
    desktop.handle(.release(.left))
  }

  /// Presses and releases keys with one-byte scancodes.
  mutating func type(_ codes: UInt32...) {
    for code in codes {
      desktop.handle(.key(code))
      desktop.handle(.key(code | 0x80))
    }
  }

  /// Holds the video, and waits until what moves by itself is at rest, but for the clock, the caret and the log.
  mutating func calm() {
    click(desktop.videoButton)
    advance(by: 2)
    advance(by: 0.01)
  }
}

/// The first place where two pictures differ; the high byte means nothing.
func firstDifference(_ a: Raster, _ b: Raster) -> String? {
  guard a.size == b.size else { return "\(a.size) is not \(b.size)" }
  guard let index = a.pixels.indices.first(where: { (a.pixels[$0] ^ b.pixels[$0]) & 0xFF_FFFF != 0 }) else {
    return nil
  }
  return "\(index % a.width), \(index / a.width): "
    + "\(String(a.pixels[index], radix: 16)) is not \(String(b.pixels[index], radix: 16))"
}

extension Rect {
  var middle: Point { Point(x: left + Int32(width / 2), y: top + Int32(height / 2)) }

  var places: [(Int, Int)] {
    (Int(top)..<Int(bottom)).flatMap { y in (Int(left)..<Int(right)).map { ($0, y) } }
  }
}

extension [DemoDesktop.Change] {
  /// Pixels that were drawn, not moved.
  var drawn: Int {
    reduce(0) { sum, change in
      switch change {
      case .damage(let rect), .fill(let rect, _): sum + rect.width * rect.height
      case .scroll, .resized: sum
      }
    }
  }

  var scrolls: [(rect: Rect, from: Point)] {
    compactMap { change in
      if case .scroll(let rect, let from) = change { (rect, from) } else { nil }
    }
  }
}
