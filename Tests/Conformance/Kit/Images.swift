import SpiceCodecs
import SpicePixels
import SpiceProtocol

extension Image {
  static func surface(_ id: UInt32, _ size: Size) -> Image {
    Image(id: 0, width: UInt32(size.width), height: UInt32(size.height), content: .surface(id))
  }

  /// Pixels as they are, in a format without a palette.
  ///
  /// - Parameter padding: Bytes behind each row.
  static func bitmap(_ raster: Raster, format: BitmapFormat, topDown: Bool = true, padding: Int = 0) -> Image {
    var rows: [UInt8] = []
    // The reference looks at rows of multiples of four bytes alone.
    let size = format.rowSize(width: raster.width)
    let stride = (size + 3) / 4 * 4 + padding
    for step in 0..<raster.height {
      let y = topDown ? step : raster.height - 1 - step
      let start = rows.count
      for x in 0..<raster.width {
        let pixel = raster[x, y]
        let (red, green, blue) = (pixel >> 16 & 0xFF, pixel >> 8 & 0xFF, pixel & 0xFF)
        switch format {
        case .rgb555:
          let color = (red >> 3) << 10 | (green >> 3) << 5 | blue >> 3
          rows += [UInt8(color & 0xFF), UInt8(color >> 8)]
        case .rgb24: rows += [UInt8(blue), UInt8(green), UInt8(red)]
        case .alpha8: rows.append(UInt8(pixel >> 24))
        default: rows += [UInt8(blue), UInt8(green), UInt8(red), UInt8(pixel >> 24)]
        }
      }
      rows += [UInt8](repeating: 0, count: stride - (rows.count - start))
    }
    return Image(
      id: 0, width: UInt32(raster.width), height: UInt32(raster.height),
      content: .bitmap(
        BitmapImage(
          format: format.rawValue, topDown: topDown, width: UInt32(raster.width), height: UInt32(raster.height),
          stride: UInt32(stride), palette: .none, rows: rows[...])))
  }

  /// Indices of a palette, random ones.
  static func indexed(
    _ size: Size, format: BitmapFormat, topDown: Bool, palette: PaletteSource, colors: Int, _ chance: inout Chance
  ) -> Image {
    let rowSize = format.rowSize(width: size.width)
    let stride = (rowSize + 3) / 4 * 4
    var rows = [UInt8](repeating: 0, count: stride * size.height)
    for y in 0..<size.height {
      for x in 0..<size.width {
        let index = UInt8(chance.below(colors))
        switch format {
        case .index1LE: rows[y * stride + x / 8] |= (index & 1) << UInt8(x % 8)
        case .index1BE: rows[y * stride + x / 8] |= (index & 1) << UInt8(7 - x % 8)
        case .index4LE: rows[y * stride + x / 2] |= (index & 15) << UInt8(x % 2 * 4)
        case .index4BE: rows[y * stride + x / 2] |= (index & 15) << UInt8(4 - x % 2 * 4)
        default: rows[y * stride + x] = index
        }
      }
    }
    return Image(
      id: 0, width: UInt32(size.width), height: UInt32(size.height),
      content: .bitmap(
        BitmapImage(
          format: format.rawValue, topDown: topDown, width: UInt32(size.width), height: UInt32(size.height),
          stride: UInt32(stride), palette: palette, rows: rows[...])))
  }
}
