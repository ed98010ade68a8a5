import Foundation
import SpiceMedia
import SpicePixels

extension Outcome {
  /// Writes the reference's tiles, ours and their difference side by side, eight times as large.
  public func write(to file: URL) throws {
    guard let reference, let ours else { return }
    let factor = 8
    let (width, height) = (reference.width, reference.height)
    var picture = Raster(width: (width * 3 + 2) * factor, height: height * factor, kind: .opaque, fill: 0x0080_8080)
    for y in 0..<height * factor {
      for x in 0..<width * factor {
        let (a, b) = (reference[x / factor, y / factor], ours[x / factor, y / factor])
        picture[x, y] = a
        picture[x + (width + 1) * factor, y] = b
        picture[x + (width + 1) * 2 * factor, y] = a == b ? 0 : 0xFF_FFFF
      }
    }
    try Data(PPM.encode(picture)).write(to: file)
  }

  /// Where the first few pixels differ, and by what.
  public var differences: String {
    guard let reference, let ours else { return "" }
    var lines: [String] = []
    for place in reference.pixels.indices where reference.pixels[place] != ours.pixels[place] {
      let (x, y) = (place % reference.width, place / reference.width)
      lines.append(
        "(\(x), \(y)): reference \(String(reference.pixels[place], radix: 16)), "
          + "ours \(String(ours.pixels[place], radix: 16))")
      if lines.count == 6 { break }
    }
    return lines.joined(separator: "; ")
  }
}
