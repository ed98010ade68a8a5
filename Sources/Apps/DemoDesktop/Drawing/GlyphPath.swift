/// A glyph's strokes as straight pieces on the font's grid, curves cut fine enough for the largest text of a desktop.
struct GlyphPath {
  struct Piece {
    var x0, y0, x1, y1: Double
    /// A dot is drawn heavier than a line.
    var isDot = false
  }

  private(set) var pieces: [Piece] = []
  private(set) var left = 0.0
  private(set) var right = 0.0

  /// - Parameter strokes: In the language of `GlyphStrokes`. What it does not know is left out.
  init(_ strokes: StaticString) {
    var words = Words(strokes)
    var pen: (x: Double, y: Double)?
    while let move = words.letter() {
      switch move {
      case UInt8(ascii: "m"):
        pen = (words.number(), words.number())
      case UInt8(ascii: "l"):
        line(from: &pen, to: (words.number(), words.number()))
      case UInt8(ascii: "d"):
        let (x, y) = (words.number(), words.number())
        pieces.append(Piece(x0: x, y0: y, x1: x, y1: y, isDot: true))
      case UInt8(ascii: "q"):
        let control = (x: words.number(), y: words.number())
        curve(from: &pen, towards: control, to: (words.number(), words.number()))
      case UInt8(ascii: "a"):
        let center = (x: words.number(), y: words.number())
        let radius = (x: words.number(), y: words.number())
        arc(&pen, around: center, radius: radius, from: words.number(), to: words.number())
      default:
        pen = nil
      }
    }
    left = pieces.map { min($0.x0, $0.x1) }.min() ?? 0
    right = pieces.map { max($0.x0, $0.x1) }.max() ?? 0
  }

  private mutating func line(from pen: inout (x: Double, y: Double)?, to end: (x: Double, y: Double)) {
    if let start = pen { pieces.append(Piece(x0: start.x, y0: start.y, x1: end.x, y1: end.y)) }
    pen = end
  }

  private mutating func curve(
    from pen: inout (x: Double, y: Double)?, towards control: (x: Double, y: Double), to end: (x: Double, y: Double)
  ) {
    guard let start = pen else { return }
    let steps = 10
    for step in 1...steps {
      let t = Double(step) / Double(steps)
      let (a, b, c) = ((1 - t) * (1 - t), 2 * t * (1 - t), t * t)
      line(from: &pen, to: (a * start.x + b * control.x + c * end.x, a * start.y + b * control.y + c * end.y))
    }
  }

  private mutating func arc(
    _ pen: inout (x: Double, y: Double)?, around center: (x: Double, y: Double), radius: (x: Double, y: Double),
    from: Double, to: Double
  ) {
    // Pieces end on whole steps, so that the four extremes of an ellipse are reached exactly.
    let steps = max(4, Int(abs(to - from) / 9))
    for step in 0...steps {
      let turns = (from + (to - from) * Double(step) / Double(steps)) / 360
      line(
        from: &pen,
        to: (center.x + radius.x * Wave.cosine(turns: turns), center.y + radius.y * Wave.sine(turns: turns)))
    }
  }
}

/// Letters and decimal numbers with blanks between them.
private struct Words {
  private let bytes: [UInt8]
  private var next = 0

  init(_ text: StaticString) {
    bytes = text.withUTF8Buffer { Array($0) }
  }

  private mutating func skipBlanks() {
    while next < bytes.count, bytes[next] == UInt8(ascii: " ") { next += 1 }
  }

  mutating func letter() -> UInt8? {
    skipBlanks()
    guard next < bytes.count else { return nil }
    next += 1
    return bytes[next - 1]
  }

  /// 0 where there is none.
  mutating func number() -> Double {
    skipBlanks()
    var (value, unit, isNegative) = (0.0, 0.0, false)
    while next < bytes.count, bytes[next] != UInt8(ascii: " ") {
      switch bytes[next] {
      case UInt8(ascii: "-"): isNegative = true
      case UInt8(ascii: "."): unit = 1
      case let digit:
        value = value * 10 + Double(digit) - Double(UInt8(ascii: "0"))
        unit *= 10
      }
      next += 1
    }
    if unit > 1 { value /= unit }
    return isNegative ? -value : value
  }
}
