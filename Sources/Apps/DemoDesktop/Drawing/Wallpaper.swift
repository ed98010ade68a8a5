import SpicePixels

/// Dusk, very softly: two lights over a gradient.
enum Wallpaper {
  static func picture(_ size: Size) -> Raster {
    var picture = Raster(width: size.width, height: size.height, kind: .opaque)
    let (width, height) = (Float(max(1, size.width)), Float(max(1, size.height)))
    typealias Color = SIMD4<Float>
    let night: Color = [30, 40, 82, 0]
    let dusk: Color = [92, 74, 128, 0]
    let glow: Color = [244, 166, 92, 0]
    let rose: Color = [206, 98, 122, 0]
    func light(_ dx: Float, _ dy: Float, _ reach: Float) -> Float {
      let part = max(0, 1 - (dx * dx + dy * dy) / (reach * reach))
      return part * part * part
    }
    for y in 0..<size.height {
      let v = Float(y) / height
      for x in 0..<size.width {
        let u = Float(x) / width
        var color = night + (dusk - night) * (u * 0.35 + v * 0.65)
        color += (rose - color) * (light(u - 0.62, v - 1.05, 1.0) * 0.75)
        color += (glow - color) * (light(u - 1.0, v - 1.1, 0.85) * 0.95)
        color += (Color(46, 96, 140, 0) - color) * (light(u - 0.05, v + 0.1, 0.8) * 0.7)
        color += 0.5
        picture[x, y] = 0xFF00_0000 | UInt32(color.x) << 16 | UInt32(color.y) << 8 | UInt32(color.z)
      }
    }
    return picture
  }
}
