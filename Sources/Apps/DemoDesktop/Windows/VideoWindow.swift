import SpicePixels

/// A moving picture, 25 frames a second, with a button that holds it.
struct VideoWindow: Sendable {
  static let framesPerSecond = 25.0

  private(set) var isPlaying = true
  private let place: Rect
  private var plasma: Plasma
  /// How many pixels of each row the rounded corners take on either side.
  private let insets: [Int]
  /// The frame that is shown.
  private var frame = 0
  /// The time at which frame 0 would have been shown.
  private var start = 0.0

  init(on window: inout Window, look: Look, playing: Bool = true, frame: Int = 0, at time: Double = 0) {
    place = window.content
    isPlaying = playing
    self.frame = frame
    start = time - Double(frame) / VideoWindow.framesPerSecond
    plasma = Plasma(width: place.width, height: place.height)
    let (sheet, area) = (window.sheet, place)
    insets = (0..<area.height).map { y in
      (0..<area.width / 2).first { sheet[Int(area.left) + $0, Int(area.top) + y] >> 24 == 255 } ?? area.width / 2
    }
    drawButton(on: &window)
    draw(on: &window)
  }

  /// The number of the frame that is shown, for a window that takes over.
  var position: Int { frame }

  mutating func toggle(at time: Double, on window: inout Window) {
    isPlaying.toggle()
    if isPlaying { start = time - Double(frame) / VideoWindow.framesPerSecond }
    drawButton(on: &window)
  }

  /// The title bar was drawn: so must be its button.
  mutating func drawButton(on window: inout Window) {
    let place = window.titleButton
    let (isPlaying, radius) = (isPlaying, Double(place.width) / 2)
    let center = Spot(Double(place.left) + radius, Double(place.top) + radius)
    window.draw(in: place) { sheet in
      sheet.fillDisc(center, radius: radius - 0.5, isPlaying ? Colors.field : Colors.accent)
      sheet.strokeRing(center, radius: radius - 1, width: 1, isPlaying ? Colors.line : Colors.accent)
      let (unit, color) = (radius * 0.4, isPlaying ? Colors.ink : Colors.paper)
      if isPlaying {
        for side in [-0.65, 0.65] {
          let x = center.x + side * unit
          sheet.strokeLine(Spot(x, center.y - unit * 0.8), Spot(x, center.y + unit * 0.8), width: unit * 0.6, color)
        }
      } else {
        let corners = [
          Spot(center.x - unit * 0.7, center.y - unit), Spot(center.x + unit * 1.1, center.y),
          Spot(center.x - unit * 0.7, center.y + unit),
        ]
        sheet.fillConvex(corners, color)
      }
    }
  }

  /// Shows the frame of that time.
  mutating func advance(to time: Double, on window: inout Window) {
    guard isPlaying else { return }
    let due = max(0, (time - start) * VideoWindow.framesPerSecond + 1e-6)
    guard due < 1e12, Int(due) != frame else { return }
    frame = Int(due)
    draw(on: &window)
  }

  func nextTime() -> Double? {
    isPlaying ? start + Double(frame + 1) / VideoWindow.framesPerSecond : nil
  }

  private mutating func draw(on window: inout Window) {
    plasma.prepare(time: Double(frame) / VideoWindow.framesPerSecond)
    let (place, plasma, insets) = (place, plasma, insets)
    window.draw(in: place) { sheet in
      for y in 0..<place.height {
        let start = (Int(place.top) + y) * sheet.width + Int(place.left)
        plasma.draw(row: y, columns: insets[y]..<place.width - insets[y], on: &sheet, at: start)
      }
    }
    window.roundCorners()
  }
}
