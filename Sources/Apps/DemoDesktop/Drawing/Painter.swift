import SpicePixels

/// A place between pixels: the middle of the first pixel is at 0.5, 0.5.
struct Spot: Sendable {
  var x: Double
  var y: Double

  init(_ x: Double, _ y: Double) {
    self.x = x
    self.y = y
  }
}

// What is drawn on a window's sheet. A colour is 0xAARRGGBB and not premultiplied; pixels are premultiplied, or opaque.
// Whatever is outside of the clip, or of the raster, is left alone.
extension Raster {
  /// The colour over each pixel of the bounds, as much as `coverage` says of the pixel's middle (0 to 1).
  @inline(__always)
  mutating func paint(
    _ color: UInt32, in bounds: Rect, clip: Rect? = nil, coverage: (_ x: Double, _ y: Double) -> Double
  ) {
    let area = bounds.intersection(Rect(size)).intersection(clip ?? Rect(size))
    guard !area.isEmpty else { return }
    let alpha = Double(color >> 24)
    for y in Int(area.top)..<Int(area.bottom) {
      for x in Int(area.left)..<Int(area.right) {
        let part = coverage(Double(x) + 0.5, Double(y) + 0.5)
        guard part > 0 else { continue }
        let index = y * width + x
        pixels[index] = pixels[index].covered(by: color, UInt32(min(1, part) * alpha + 0.5))
      }
    }
  }

  mutating func fill(_ rect: Rect, _ color: UInt32, clip: Rect? = nil) {
    let area = rect.intersection(Rect(size)).intersection(clip ?? Rect(size))
    guard !area.isEmpty else { return }
    let alpha = color >> 24
    for y in Int(area.top)..<Int(area.bottom) {
      for index in y * width + Int(area.left)..<y * width + Int(area.right) {
        pixels[index] = alpha == 255 ? color : pixels[index].covered(by: color, alpha)
      }
    }
  }

  mutating func fillRounded(_ rect: Rect, radius: Double, _ color: UInt32, clip: Rect? = nil) {
    let (left, top) = (Double(rect.left) + radius, Double(rect.top) + radius)
    let (right, bottom) = (Double(rect.right) - radius, Double(rect.bottom) - radius)
    let corner = Int32(radius.rounded(.up))
    var (upper, middle, lower) = (rect, rect, rect)
    upper.bottom = min(rect.bottom, rect.top + corner)
    lower.top = max(upper.bottom, rect.bottom - corner)
    (middle.top, middle.bottom) = (upper.bottom, lower.top)
    fill(middle, color, clip: clip)
    for band in [upper, lower] {
      paint(color, in: band, clip: clip) { x, y in
        let (dx, dy) = (max(left - x, 0, x - right), max(top - y, 0, y - bottom))
        return dx == 0 || dy == 0 ? 1 : radius + 0.5 - (dx * dx + dy * dy).squareRoot()
      }
    }
  }

  mutating func fillDisc(_ center: Spot, radius: Double, _ color: UInt32, clip: Rect? = nil) {
    paint(color, in: Rect(around: center, center, margin: radius + 1), clip: clip) { x, y in
      radius + 0.5 - ((x - center.x) * (x - center.x) + (y - center.y) * (y - center.y)).squareRoot()
    }
  }

  mutating func strokeRing(_ center: Spot, radius: Double, width: Double, _ color: UInt32, clip: Rect? = nil) {
    paint(color, in: Rect(around: center, center, margin: radius + width), clip: clip) { x, y in
      let distance = ((x - center.x) * (x - center.x) + (y - center.y) * (y - center.y)).squareRoot()
      return width / 2 + 0.5 - abs(distance - radius)
    }
  }

  /// A line with round ends.
  mutating func strokeLine(_ from: Spot, _ to: Spot, width: Double, _ color: UInt32, clip: Rect? = nil) {
    let (dx, dy) = (to.x - from.x, to.y - from.y)
    let length = dx * dx + dy * dy
    paint(color, in: Rect(around: from, to, margin: width / 2 + 1), clip: clip) { x, y in
      let along = length > 0 ? max(0, min(1, ((x - from.x) * dx + (y - from.y) * dy) / length)) : 0
      let (ex, ey) = (x - from.x - along * dx, y - from.y - along * dy)
      return width / 2 + 0.5 - (ex * ex + ey * ey).squareRoot()
    }
  }

  /// A polygon without holes whose corners go clockwise and are all outward.
  mutating func fillConvex(_ corners: [Spot], _ color: UInt32, clip: Rect? = nil) {
    guard var bounds = corners.first.map({ Rect(around: $0, $0, margin: 1) }) else { return }
    for corner in corners { bounds = bounds.union(Rect(around: corner, corner, margin: 1)) }
    paint(color, in: bounds, clip: clip) { x, y in
      var inside = 1.0
      for (from, to) in zip(corners, corners.dropFirst() + corners.prefix(1)) {
        let (dx, dy) = (to.x - from.x, to.y - from.y)
        let distance = ((y - from.y) * dx - (x - from.x) * dy) / (dx * dx + dy * dy).squareRoot()
        inside = min(inside, distance + 0.5)
      }
      return inside
    }
  }

  /// Writes a line of text and returns where the next would begin.
  @discardableResult
  mutating func write(
    _ text: some StringProtocol, x: Int, baseline: Int, _ face: Face, _ color: UInt32, clip: Rect? = nil
  ) -> Int {
    let limit = (clip ?? Rect(size)).intersection(Rect(size))
    var pen = x
    for scalar in text.unicodeScalars {
      let glyph = face[scalar]
      let box = Rect(x: pen + glyph.left, y: baseline + glyph.top, width: glyph.width, height: glyph.height)
      pen += glyph.advance
      let area = box.intersection(limit)
      guard !area.isEmpty else { continue }
      for y in Int(area.top)..<Int(area.bottom) {
        let row = (y - Int(box.top)) * glyph.width - Int(box.left)
        for x in Int(area.left)..<Int(area.right) {
          let part = glyph.coverage[row + x]
          if part > 0 {
            let index = y * width + x
            pixels[index] = pixels[index].covered(by: color, UInt32(part))
          }
        }
      }
    }
    return pen
  }
}

extension Rect {
  init(x: Int, y: Int, width: Int, height: Int) {
    self.init(
      left: Int32(clamping: x), top: Int32(clamping: y), right: Int32(clamping: x + width),
      bottom: Int32(clamping: y + height))
  }

  /// The whole pixels around two places and a margin. The places are on or near a screen.
  init(around a: Spot, _ b: Spot, margin: Double) {
    self.init(
      left: Int32((min(a.x, b.x) - margin).rounded(.down)), top: Int32((min(a.y, b.y) - margin).rounded(.down)),
      right: Int32((max(a.x, b.x) + margin).rounded(.up)), bottom: Int32((max(a.y, b.y) + margin).rounded(.up)))
  }

  func inset(_ by: Int) -> Rect {
    let by = Int32(clamping: by)
    return Rect(left: left + by, top: top + by, right: right - by, bottom: bottom - by)
  }

  var area: Int { width * height }
}

extension UInt32 {
  /// This pixel under `alpha / 255` of an opaque colour, its own alpha too.
  @inline(__always)
  func covered(by color: UInt32, _ alpha: UInt32) -> UInt32 {
    if alpha == 255 { return color | 0xFF00_0000 }
    let source = color | 0xFF00_0000
    let rest = 255 &- alpha
    let even = (self & 0x00FF_00FF) &* rest &+ (source & 0x00FF_00FF) &* alpha &+ 0x0080_0080
    let odd = (self &>> 8 & 0x00FF_00FF) &* rest &+ (source &>> 8 & 0x00FF_00FF) &* alpha &+ 0x0080_0080
    return (even &+ (even &>> 8 & 0x00FF_00FF)) &>> 8 & 0x00FF_00FF
      | (odd &+ (odd &>> 8 & 0x00FF_00FF)) & 0xFF00_FF00
  }

  /// Between two opaque colours: `part` 0 is this one, 1 the other.
  func mixed(with other: UInt32, _ part: Double) -> UInt32 {
    covered(by: other, UInt32(Swift.max(0, Swift.min(1, part)) * 255 + 0.5)) | 0xFF00_0000
  }
}
