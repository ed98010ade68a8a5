import SpicePixels

/// One letter as a small picture of coverage (`SpiceRasterGlyph`).
public struct RasterGlyph: Hashable, Sendable {
  /// Where its top left corner comes on the surface: the wire's render position and origin together.
  public var corner: Point
  /// Pixels.
  public var width: Int
  public var height: Int
  /// Rows of whole bytes, `ceil(width * bits / 8)` each; the first pixel is in the highest bits. From bottom to top
  /// unless the text is top-down.
  public var rows: ArraySlice<UInt8>

  public init(corner: Point, width: Int, height: Int, rows: ArraySlice<UInt8>) {
    self.corner = corner
    self.width = width
    self.height = height
    self.rows = rows
  }
}

/// The letters of a text, which together are one mask.
public struct GlyphRun: Sendable {
  /// Bits that a pixel of a glyph has.
  public enum Depth: Int, Sendable {
    case one = 1
    /// Sixteen steps; the fullest is 240/255, as in the reference client.
    case four = 4
    case eight = 8
  }

  public var depth: Depth
  /// The glyphs' rows begin with the top one (`SPICE_STRING_FLAGS_RASTER_TOP_DOWN`).
  public var isTopDown: Bool
  public var glyphs: [RasterGlyph]

  public init(depth: Depth, isTopDown: Bool, glyphs: [RasterGlyph]) {
    self.depth = depth
    self.isTopDown = isTopDown
    self.glyphs = glyphs
  }

  /// The smallest rectangle around all glyphs, as the reference has it: empty ones count with their corner.
  var bounds: Rect? {
    guard let first = glyphs.first else { return nil }
    var bounds = first.bounds
    for glyph in glyphs.dropFirst() {
      let other = glyph.bounds
      bounds = Rect(
        left: min(bounds.left, other.left), top: min(bounds.top, other.top), right: max(bounds.right, other.right),
        bottom: max(bounds.bottom, other.bottom))
    }
    return bounds
  }

  /// The coverage of all glyphs in `area`, 0 to 255: where they overlap, the greater.
  ///
  /// - Parameter coverage: A byte for each pixel of `area`, all 0.
  func draw(in area: Rect, _ coverage: UnsafeMutablePointer<UInt8>) {
    for glyph in glyphs {
      let part = glyph.bounds.intersection(area)
      let rowSize = (glyph.width * depth.rawValue + 7) / 8
      // Divided, as a product may not fit into an `Int` of 32 bits.
      if part.isEmpty || rowSize == 0 || glyph.rows.count / rowSize < glyph.height { continue }
      glyph.rows.withUnsafeBufferPointer { rows in
        for y in part.top..<part.bottom {
          let fromTop = Int(Int64(y) - Int64(glyph.corner.y))
          let row = (isTopDown ? fromTop : glyph.height - 1 - fromTop) * rowSize
          let to = coverage + Int(y - area.top) * area.width
          for x in part.left..<part.right {
            let column = Int(Int64(x) - Int64(glyph.corner.x))
            let value: Int
            switch depth {
            case .one: value = rows[row + column / 8] << UInt8(column % 8) >= 0x80 ? 255 : 0
            // The reference compares the second of two pixels with the first still in front of it.
            case .four: value = column % 2 == 0 ? Int(rows[row + column / 2] & 0xF0) : Int(rows[row + column / 2]) << 4
            case .eight: value = Int(rows[row + column])
            }
            let place = Int(x - area.left)
            if value > Int(to[place]) { to[place] = UInt8(truncatingIfNeeded: value) }
          }
        }
      }
    }
  }
}

extension RasterGlyph {
  var bounds: Rect {
    Rect(
      left: corner.x, top: corner.y, right: corner.x.addingClamped(Int32(clamping: width)),
      bottom: corner.y.addingClamped(Int32(clamping: height)))
  }
}
