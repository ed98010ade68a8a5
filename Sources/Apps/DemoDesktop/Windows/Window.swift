import SpicePixels

import SpiceCanvas

/// What all windows are: a sheet of pixels with a title bar, rounded corners and a soft shadow, and a place on the screen.
///
/// The sheet is larger than the window by the shadow's margin on each side. Whoever draws on it counts in its pixels and
/// says what changed (`touch`).
struct Window: Sendable {
  /// Where the window is to be, without its shadow.
  var frame: Rect
  /// Where the picture has it.
  var shown: Rect
  private(set) var sheet: Raster
  /// What of the sheet the picture does not have yet.
  private(set) var touched: [Rect] = []
  /// From the edge of the sheet to that of the window.
  let margin: Int
  let radius: Int
  let titleHeight: Int
  private let title: String
  private var corners: [CornerPixel] = []

  /// A pixel at a lower corner that is the window's in part and the shadow's for the rest.
  private struct CornerPixel {
    var place: Int
    /// The next pixel of the row that is all the window's.
    var inside: Int
    var shadow: UInt32
    /// 1 to 254.
    var coverage: UInt32
  }

  /// - Parameters:
  ///   - frame: With the title bar.
  ///   - paper: The colour of what is below the title bar.
  init(_ title: String, frame: Rect, paper: UInt32 = Colors.paper, look: Look) {
    self.title = title
    self.frame = frame
    shown = frame
    margin = max(6, look(26))
    radius = max(4, look(9))
    titleHeight = max(20, look(34))
    sheet = Window.shadow(frame.size, margin: margin)
    let shape = Rect(sheet.size).inset(margin)
    sheet.fillRounded(shape, radius: Double(radius), Colors.titleBar, clip: titleBar)
    let shadow = sheet
    sheet.fillRounded(shape, radius: Double(radius), paper, clip: content)
    corners = cornerPixels(over: shadow)
    drawTitle(look, isActive: false)
  }

  /// A bar at an edge of the screen: no title, no shadow, no corners.
  init(bar frame: Rect, over wallpaper: Raster) {
    self.frame = frame
    shown = frame
    (margin, radius, titleHeight, title) = (0, 0, 0, "")
    sheet = Raster(width: frame.width, height: frame.height, kind: .alpha)
    for y in 0..<frame.height {
      for x in 0..<frame.width {
        sheet[x, y] = wallpaper[Int(frame.left) + x, Int(frame.top) + y] | 0xFF00_0000
      }
    }
  }

  // MARK: Places on the sheet

  var titleBar: Rect { Rect(x: margin, y: margin, width: frame.width, height: titleHeight) }

  /// What is below the title bar.
  var content: Rect {
    Rect(x: margin, y: margin + titleHeight, width: frame.width, height: frame.height - titleHeight)
  }

  /// Where the title bar has room for a button.
  var titleButton: Rect {
    let side = titleHeight * 2 / 3
    let gap = (titleHeight - side) / 2
    return Rect(x: Int(titleBar.right) - side - gap * 2, y: Int(titleBar.top) + gap, width: side, height: side)
  }

  // MARK: Places on the screen

  /// The place on the screen of the sheet's first pixel, as the picture has it.
  var origin: Point { Point(x: shown.left - Int32(margin), y: shown.top - Int32(margin)) }

  /// The window with its shadow.
  var outer: Rect { Rect(sheet.size).offset(x: origin.x, y: origin.y) }

  func onScreen(_ rect: Rect) -> Rect { rect.offset(x: origin.x, y: origin.y) }

  /// From a place on the screen to the sheet, where the window is to be.
  func onSheet(_ point: Point) -> Point {
    Point(x: point.x - frame.left + Int32(margin), y: point.y - frame.top + Int32(margin))
  }

  /// What nothing shines through.
  var opaque: Region { Window.opaque(shown, radius: radius) }

  static func opaque(_ frame: Rect, radius: Int) -> Region {
    let inset = Int32(radius)
    var (wide, tall) = (frame, frame)
    (wide.top, wide.bottom) = (frame.top + inset, frame.bottom - inset)
    (tall.left, tall.right) = (frame.left + inset, frame.right - inset)
    return Region([wide, tall])
  }

  // MARK: Drawing

  /// Draws on the sheet, and notes that all of `rect` changed.
  mutating func draw(in rect: Rect, _ paint: (inout Raster) -> Void) {
    paint(&sheet)
    touch(rect)
  }

  /// Fits the lower corners to what was drawn next to them.
  mutating func roundCorners() {
    for pixel in corners {
      sheet.pixels[pixel.place] = pixel.shadow.covered(by: sheet.pixels[pixel.inside], pixel.coverage)
    }
  }

  private func cornerPixels(over shadow: Raster) -> [CornerPixel] {
    var pixels: [CornerPixel] = []
    let (left, right, bottom) = (Int(content.left), Int(content.right), Int(content.bottom))
    let reach = min(radius, content.width / 2, content.height)
    for y in bottom - reach..<bottom {
      let row = y * sheet.width
      let whole = (left..<left + reach).first { sheet.pixels[row + $0] >> 24 == 255 } ?? left + reach
      for x in left..<whole {
        let before = shadow.pixels[row + x]
        let (under, alpha) = (before >> 24, sheet.pixels[row + x] >> 24)
        guard alpha > under, under < 255 else { continue }
        let coverage = (alpha - under) * 255 / (255 - under)
        pixels.append(CornerPixel(place: row + x, inside: row + whole, shadow: before, coverage: coverage))
        // The right corner is the left one's mirror image.
        let mirror = row + left + right - 1
        pixels.append(CornerPixel(place: mirror - x, inside: mirror - whole, shadow: before, coverage: coverage))
      }
    }
    return pixels
  }

  mutating func touch(_ rect: Rect) {
    if !rect.isEmpty { touched.append(rect) }
  }

  mutating func takeTouched() -> [Rect] {
    let taken = touched
    touched.removeAll(keepingCapacity: true)
    return taken
  }

  /// Moves the pixels of `area` up by `rows`; what comes in at its bottom stays as it was. Notes no change.
  mutating func scrollUp(_ area: Rect, by rows: Int) {
    guard rows > 0, rows < area.height else { return }
    for y in Int(area.top)..<Int(area.bottom) - rows {
      let (to, from) = (y * sheet.width, (y + rows) * sheet.width)
      for x in Int(area.left)..<Int(area.right) { sheet.pixels[to + x] = sheet.pixels[from + x] }
    }
  }

  mutating func drawTitle(_ look: Look, isActive: Bool) {
    let bar = titleBar
    let color = isActive ? Colors.paper : Colors.titleBar
    let ink = isActive ? Colors.ink : Colors.faintInk
    let dot = max(3, Double(titleHeight) / 8)
    let middle = Double(bar.top) + Double(titleHeight) / 2
    let left = Int(bar.left) + titleHeight / 2
    let start = left + titleHeight / 2
    let room = Int(titleButton.left) - start
    let title = look.strong.fitted(title, to: room)
    let baseline = Int(bar.top) + (titleHeight + look.strong.capital) / 2
    draw(in: bar) { sheet in
      sheet.recolor(bar, color)
      sheet.fillDisc(Spot(Double(left), middle), radius: dot, isActive ? Colors.accent : 0xFFC4_C8D6)
      sheet.write(title, x: start, baseline: baseline, look.strong, ink)
      let line = Rect(left: bar.left, top: bar.bottom - 1, right: bar.right, bottom: bar.bottom)
      sheet.fill(line, Colors.line)
    }
  }

  private static func shadow(_ size: Size, margin: Int) -> Raster {
    var sheet = Raster(width: size.width + 2 * margin, height: size.height + 2 * margin, kind: .alpha)
    // A box that is blurred is the product of a blurred row and a blurred column. It lies a little lower than the window.
    let drop = Double(margin) / 4
    func profile(_ side: Int, _ shift: Double) -> [Double] {
      let reach = Double(margin) - drop
      return (0..<side).map { place in
        let x = Double(place) + 0.5 - shift
        return Wave.step(Double(margin) - reach, Double(margin) + reach, x)
          * Wave.step(Double(side - margin) + reach, Double(side - margin) - reach, x)
      }
    }
    let (columns, rows) = (profile(sheet.width, 0), profile(sheet.height, drop))
    // Nobody sees what is under the window; its rounded corners are smaller than the margin.
    let hidden = Rect(sheet.size).inset(margin * 2)
    for y in 0..<sheet.height {
      let isHidden = hidden.top <= y && y < hidden.bottom && !hidden.isEmpty
      for x in 0..<sheet.width where !isHidden || x < hidden.left || x >= hidden.right {
        sheet[x, y] = UInt32(rows[y] * columns[x] * 104 + 0.5) << 24
      }
    }
    return sheet
  }
}

extension Raster {
  /// Gives the title bar another colour. The corners keep their rounding, and the shadow beneath: a colour over a pixel
  /// that is half the window and half the shadow would make it whole, so only whole ones are painted.
  fileprivate mutating func recolor(_ rect: Rect, _ color: UInt32) {
    let area = rect.intersection(Rect(size))
    guard !area.isEmpty else { return }
    for y in Int(area.top)..<Int(area.bottom) {
      for x in Int(area.left)..<Int(area.right) where self[x, y] >> 24 == 255 { self[x, y] = color }
    }
  }
}
