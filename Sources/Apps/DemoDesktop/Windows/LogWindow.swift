import SpicePixels

/// A terminal that lines run through.
struct LogWindow: Sendable {
  struct Line: Sendable {
    enum Kind: Sendable { case note, typed, host }

    var time: String
    var text: String
    var kind: Kind
  }

  /// Lines that are kept for a window that becomes larger.
  private static let most = 200

  private(set) var history: [Line]
  private var fresh: [Line]
  /// Rows of the terminal, on the sheet.
  private let area: Rect
  private let rows: Int
  private var used = 0

  init(_ history: [Line], on window: inout Window, look: Look) {
    let room = window.content.inset(look(12))
    rows = max(1, room.height / look.mono.lineHeight)
    area = Rect(
      x: Int(room.left), y: Int(room.top), width: room.width, height: rows * look.mono.lineHeight
    ).intersection(window.content)
    self.history = history
    fresh = history
    _ = show(on: &window, look)
  }

  mutating func append(_ line: Line) {
    history.append(line)
    if history.count > LogWindow.most { history.removeFirst() }
    fresh.append(line)
    if fresh.count > LogWindow.most { fresh.removeFirst() }
  }

  /// What the screen can do by moving pixels: rows of `area` went up, and `fresh` was drawn.
  struct Scroll {
    var area: Rect
    var rows: Int
    var fresh: Rect
  }

  /// Draws the lines that came; those that only moved are for the screen to move.
  mutating func show(on window: inout Window, _ look: Look) -> Scroll? {
    guard !fresh.isEmpty else { return nil }
    let lines = fresh.suffix(rows)
    fresh.removeAll(keepingCapacity: true)
    let height = look.mono.lineHeight
    let gone = max(0, used + lines.count - rows)
    let isScrolled = gone > 0 && gone < used
    if isScrolled { window.scrollUp(area, by: gone * height) }
    let first = isScrolled || gone == 0 ? used - gone : 0
    for (row, line) in zip(first..., lines) { draw(line, row, on: &window, look) }
    used = min(rows, first + lines.count)
    guard isScrolled else { return nil }
    let top = area.top + Int32(first * height)
    return Scroll(
      area: area, rows: gone * height,
      fresh: Rect(left: area.left, top: top, right: area.right, bottom: top + Int32(lines.count * height)))
  }

  private func draw(_ line: Line, _ row: Int, on window: inout Window, _ look: Look) {
    let height = look.mono.lineHeight
    let place = Rect(x: Int(area.left), y: Int(area.top) + row * height, width: area.width, height: height)
      .intersection(area)
    let baseline = Int(place.top) + (height + look.mono.capital) / 2
    window.draw(in: place) { sheet in
      sheet.fill(place, Colors.terminal)
      var pen = sheet.write(
        "\(line.time)  ", x: Int(place.left), baseline: baseline, look.mono, Colors.terminalFaint, clip: place)
      if line.kind == .typed {
        pen = sheet.write("> ", x: pen, baseline: baseline, look.mono, Colors.terminalGold, clip: place)
      }
      let text = look.mono.fitted(line.text, to: Int(place.right) - pen)
      sheet.write(text, x: pen, baseline: baseline, look.mono, line.kind.ink, clip: place)
    }
  }
}

extension LogWindow.Line.Kind {
  fileprivate var ink: UInt32 {
    switch self {
    case .note: Colors.terminalInk
    case .typed: Colors.terminalGold
    case .host: Colors.terminalGreen
    }
  }
}
