import SpiceCanvas
import SpicePixels

/// A surface as the protocol's screens are.
func testSurface(_ size: Size) -> Surface {
  do throws(CanvasError) {
    return try Surface(width: size.width, height: size.height, format: .xrgb)
  } catch {
    preconditionFailure("no surface of \(size): \(error)")
  }
}

extension Surface {
  /// A colour of its own for each pixel.
  mutating func paint(_ rect: Rect, colorsFrom seed: UInt32) {
    let part = rect.intersection(Rect(size))
    guard !part.isEmpty else { return }
    var picture = Raster(width: part.width, height: part.height, kind: .opaque)
    for place in picture.pixels.indices {
      picture.pixels[place] = ((seed &+ UInt32(place)) &* 0x9E37_79B1) >> 8
    }
    drawCopy(.image(picture), area: Rect(picture.size), to: part)
  }

  /// Takes over a part of a picture of the same size.
  mutating func takeColors(of screen: Raster, in rect: Rect) {
    drawCopy(.image(screen), area: rect, to: rect)
  }
}

/// The first pixel in which two pictures differ, in words; nil where there is none. High bytes do not count.
func difference(_ mine: Raster, _ theirs: Raster) -> String? {
  guard mine.size == theirs.size else { return "one is \(mine.size), the other \(theirs.size)" }
  var count = 0
  var first: Int?
  for place in mine.pixels.indices where (mine.pixels[place] ^ theirs.pixels[place]) & 0xFF_FFFF != 0 {
    count += 1
    first = first ?? place
  }
  guard let first else { return nil }
  let colors = [mine.pixels[first], theirs.pixels[first]].map { String($0 & 0xFF_FFFF, radix: 16) }
  return "\(count) pixels differ; the first at x \(first % mine.width), y \(first / mine.width): "
    + "\(colors[0]) instead of \(colors[1])"
}
