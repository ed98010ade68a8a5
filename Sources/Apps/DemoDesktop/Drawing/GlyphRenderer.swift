/// Makes coverage of a glyph's strokes at one size.
struct GlyphRenderer {
  private let unit: Double
  private let stroke: Double
  /// The room of a glyph in a face where all take as much.
  private let cell: Int?
  let capital: Int
  private let small: Int
  private let descender: Int

  init(size: Double, weight: Double, isFixed: Bool) {
    unit = size / 20
    stroke = max(1.05, weight * unit)
    cell = isFixed ? Int((size * 0.6).rounded()) : nil
    capital = Int((14 * unit + stroke).rounded())
    small = Int((10 * unit + stroke).rounded())
    descender = max(1, Int((4.4 * unit).rounded()))
  }

  /// - Parameter width: What it takes of the grid where that is not what its strokes need: blanks, figures of one width.
  func glyph(_ path: GlyphPath, width: Double? = nil) -> Face.Glyph {
    let drawn = Int(((path.right - path.left) * unit + stroke).rounded())
    let space = max(2, Int((3 * unit).rounded()))
    var inner = width.map { max(drawn, Int(($0 * unit + stroke).rounded())) } ?? drawn
    if path.pieces.isEmpty { inner = Int(((width ?? 4) * unit).rounded()) }
    var advance = inner + space
    var columns = drawn
    if let cell {
      columns = min(drawn, cell - 1)
      advance = cell
      inner = cell - 1
    }
    guard !path.pieces.isEmpty else { return Face.Glyph(advance: advance) }
    let pieces = path.pieces.map { fit($0, path, columns) }
    let margin = 1
    let top = -capital - Int((2 * unit).rounded(.up)) - margin
    let bottom = descender + margin
    var glyph = Face.Glyph()
    glyph.left = (cell == nil ? space / 2 : 0) + (inner - columns) / 2 - margin
    glyph.top = top
    glyph.width = columns + 2 * margin
    glyph.height = bottom - top
    glyph.advance = advance
    glyph.coverage = (0..<glyph.width * glyph.height).map { index in
      let x = Double(index % glyph.width - margin) + 0.5
      let y = Double(index / glyph.width + top) + 0.5
      let inside = pieces.lazy.map { self.coverage(of: $0, x, y) }.max() ?? 0
      return UInt8(max(0, min(1, inside)) * 255 + 0.5)
    }
    return glyph
  }

  /// Half a stroke's width is where coverage is a half.
  private func coverage(of piece: GlyphPath.Piece, _ x: Double, _ y: Double) -> Double {
    let (dx, dy) = (piece.x1 - piece.x0, piece.y1 - piece.y0)
    let length = dx * dx + dy * dy
    let along = length > 0 ? max(0, min(1, ((x - piece.x0) * dx + (y - piece.y0) * dy) / length)) : 0
    let (ex, ey) = (x - piece.x0 - along * dx, y - piece.y0 - along * dy)
    let radius = piece.isDot ? stroke * 0.62 : stroke / 2
    return radius + 0.5 - (ex * ex + ey * ey).squareRoot()
  }

  /// From the grid to pixels, the baseline at y 0.
  private func fit(_ piece: GlyphPath.Piece, _ path: GlyphPath, _ columns: Int) -> GlyphPath.Piece {
    let span = path.right - path.left
    func x(_ x: Double) -> Double {
      guard span > 0 else { return Double(columns) / 2 }
      return stroke / 2 + (x - path.left) / span * (Double(columns) - stroke)
    }
    var fitted = piece
    (fitted.x0, fitted.x1) = (x(piece.x0), x(piece.x1))
    (fitted.y0, fitted.y1) = (height(piece.y0), height(piece.y1))
    if piece.isDot { return fitted }
    // The pieces of a curve that look level or upright are left to the curve.
    if piece.y0 == piece.y1, abs(piece.x1 - piece.x0) > 1 {
      fitted.y0 = onGrid(fitted.y0)
      fitted.y1 = fitted.y0
    }
    if piece.x0 == piece.x1, abs(piece.y1 - piece.y0) > 1 {
      fitted.x0 = onGrid(fitted.x0)
      fitted.x1 = fitted.x0
    }
    return fitted
  }

  /// The nearest place for the middle of a stroke whose edge is to fall between two pixels.
  private func onGrid(_ middle: Double) -> Double {
    (middle - stroke / 2).rounded() + stroke / 2
  }

  /// The lines that letters share are on the grid, and what is between them is stretched.
  private func height(_ y: Double) -> Double {
    let half = stroke / 2
    let lines: [(grid: Double, pixel: Double)] = [
      (0, half - Double(capital)), (4, half - Double(small)), (14, -half), (18.5, Double(descender) - half),
    ]
    guard y > 0 else { return lines[0].pixel + y * unit }
    for (above, below) in zip(lines, lines.dropFirst()) where y <= below.grid {
      return above.pixel + (y - above.grid) / (below.grid - above.grid) * (below.pixel - above.pixel)
    }
    return lines[3].pixel + (y - 18.5) * unit
  }
}
