import SpicePixels

/// The font at one size and weight: each glyph's coverage, rendered once.
///
/// Strokes are drawn as lines with round ends, anti-aliased. Before that they are fitted to the pixel grid: the outer edges
/// of capitals, small letters, baseline and sides fall on whole pixels, and so do the upright and level strokes between.
package struct Face: Sendable {
  package struct Glyph: Sendable {
    /// Of the coverage, from the pen's place on the baseline.
    package var left = 0
    package var top = 0
    package var width = 0
    package var height = 0
    package var advance = 0
    /// `width * height` values from 0 to 255.
    package var coverage: [UInt8] = []
  }

  package enum Weight: Double, Sendable {
    case light = 1.2
    case regular = 1.75
    case bold = 2.5
  }

  /// Pixels from the top of a capital to the baseline.
  let capital: Int
  /// Pixels from one baseline to the next.
  let lineHeight: Int
  private let glyphs: [Glyph]

  /// - Parameters:
  ///   - size: Pixels an em; capitals are 0.7 of it.
  ///   - isFixed: Every glyph takes as much room, as on a terminal.
  package init(size: Double, weight: Weight = .regular, isFixed: Bool = false) {
    let renderer = GlyphRenderer(size: size, weight: weight.rawValue, isFixed: isFixed)
    capital = renderer.capital
    lineHeight = Int((size * 1.42).rounded())
    glyphs =
      GlyphStrokes.ascii.indices.map { index in
        let isDigit = Face.digits.contains(index)
        let isZero = index == Face.digits.lowerBound
        let strokes = isFixed && isZero ? GlyphStrokes.dottedZero : GlyphStrokes.ascii[index]
        return renderer.glyph(GlyphPath(strokes), width: index == 0 ? 4 : isDigit ? 9 : nil)
      } + GlyphStrokes.symbols.map { renderer.glyph(GlyphPath($0.strokes)) }
      + [renderer.glyph(GlyphPath(GlyphStrokes.missing))]
  }

  private static let digits = 16..<26

  package subscript(scalar: Unicode.Scalar) -> Glyph {
    let ascii = GlyphStrokes.ascii.count
    if scalar.value >= 32, scalar.value < 32 + UInt32(ascii) { return glyphs[Int(scalar.value) - 32] }
    let symbol = GlyphStrokes.symbols.firstIndex { $0.scalar == scalar } ?? GlyphStrokes.symbols.count
    return glyphs[ascii + symbol]
  }

  /// Pixels that a text takes.
  func width(of text: some StringProtocol) -> Int {
    text.unicodeScalars.reduce(0) { $0 + self[$1].advance }
  }

  /// The text, or its beginning and three dots where it takes more than `width` pixels.
  func fitted(_ text: String, to width: Int) -> String {
    guard self.width(of: text) > width else { return text }
    var rest = width - self["…"].advance
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      rest -= self[scalar].advance
      if rest < 0 { break }
      result.append(scalar)
    }
    result.append("…")
    return String(result)
  }
}
