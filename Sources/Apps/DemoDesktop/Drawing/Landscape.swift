import SpicePixels

/// Mountains behind a lake at dusk, with the grain of film.
struct Landscape {
  private typealias Color = SIMD4<Float>

  private let width: Int
  private let height: Int
  private let noise = Noise(seed: 7)
  /// Where the water begins, and the sun is; in parts of the height and of the width.
  private let shore: Float = 0.70
  private let sun = (x: Float(0.66), y: Float(0.43))

  init(width: Int, height: Int) {
    self.width = max(1, width)
    self.height = max(1, height)
  }

  var photo: Raster {
    let rows = Int(Float(height) * shore)
    let scene = upper(rows: rows)
    var photo = Raster(width: width, height: height, kind: .opaque)
    for y in 0..<height {
      for x in 0..<width {
        let color = y < rows ? scene[y * width + x] : water(x, y, mirroring: scene, rows: rows)
        photo[x, y] = developed(color, x, y)
      }
    }
    return photo
  }

  // MARK: Above the water

  private struct Range {
    var base: Float
    var size: Float
    var frequency: Float
    var color: Color
    var trees: Float
  }

  private var ranges: [Range] {
    [
      Range(base: 0.50, size: 0.30, frequency: 2.1, color: [0.52, 0.47, 0.62, 0], trees: 0),
      Range(base: 0.555, size: 0.22, frequency: 2.9, color: [0.40, 0.35, 0.54, 0], trees: 0),
      Range(base: 0.61, size: 0.16, frequency: 3.6, color: [0.25, 0.24, 0.42, 0], trees: 0.006),
      Range(base: 0.655, size: 0.11, frequency: 4.4, color: [0.12, 0.15, 0.28, 0], trees: 0.016),
      Range(base: 0.70, size: 0.075, frequency: 5.0, color: [0.04, 0.07, 0.13, 0], trees: 0.034),
    ]
  }

  private func upper(rows: Int) -> [Color] {
    var scene = [Color](repeating: .zero, count: width * max(rows, 1))
    let (ranges, aspect) = (ranges, Float(width) / Float(height))
    for x in 0..<width {
      let u = Float(x) / Float(width) * aspect
      let crests = ranges.indices.map { crest(ranges[$0], $0, u) }
      /// What is seen through the ranges behind `count`: most pixels are one range's, those on a crest share two.
      func seen(_ y: Int, behind count: Int) -> Color {
        let v = Float(y) / Float(height)
        for index in (0..<count).reversed() {
          let depth = Float(y) + 1 - crests[index] * Float(height)
          guard depth > 0 else { continue }
          let color = slope(ranges[index], index, u, v, crests[index], aspect)
          guard depth < 1 else { return color }
          let back = seen(y, behind: index)
          return back + (color - back) * depth
        }
        return sky(Float(x) / Float(width), v, aspect)
      }
      for y in 0..<rows { scene[y * width + x] = seen(y, behind: ranges.count) }
    }
    return scene
  }

  private func sky(_ u: Float, _ v: Float, _ aspect: Float) -> Color {
    let top: Color = [0.10, 0.17, 0.38, 0]
    let middle: Color = [0.46, 0.38, 0.58, 0]
    let low: Color = [0.98, 0.66, 0.42, 0]
    let t = min(1, v / 0.52)
    var color = t < 0.5 ? top + (middle - top) * (t * 2) : middle + (low - middle) * (t * 2 - 1)
    let (dx, dy) = ((u - sun.x) * aspect, v - sun.y)
    let distance = (dx * dx + dy * dy).squareRoot()
    // Thin clouds lie flat, and light up towards the sun.
    let warp = noise.fractal(u * aspect * 2, v * 5, octaves: 3)
    let density = noise.fractal(u * aspect * 2.4 + warp * 1.3, v * 11 + warp * 2, octaves: 6)
    let cloud = max(0, min(1, (density - 0.50) * 4.2)) * (1 - t * 0.35)
    let lit: Color = [1.0, 0.70, 0.55, 0]
    let shade: Color = [0.42, 0.34, 0.50, 0]
    let light = max(0, 1 - distance * 1.25)
    color += ((shade + (lit - shade) * light) - color) * (cloud * 0.75)
    color += Color(1.0, 0.72, 0.36, 0) * (0.055 / (0.05 + distance * distance * 6) * 0.55)
    let disc = max(0, min(1, (0.034 - distance) * 120))
    return color + (Color(1.25, 1.12, 0.86, 0) - color) * disc
  }

  private func crest(_ range: Range, _ index: Int, _ u: Float) -> Float {
    let shift = Float(index) * 37.7
    let rough = noise.fractal(u * range.frequency + shift, shift, octaves: 7)
    let ridge = 1 - abs(noise.fractal(u * range.frequency * 0.8 + shift, 3.3, octaves: 5) * 2 - 1)
    var crest = range.base - range.size * (rough * 0.75 + ridge * 0.55 - 0.62)
    if range.trees > 0 {
      // Every tree is a spike of its own height and place; three rows of them stand in each other's gaps.
      var tallest: Float = 0
      for row in 0..<3 {
        let tree = u * (1.5 + 0.37 * Float(row)) / range.trees + Float(row) * 0.4
        let (cell, inside) = (tree.rounded(.down), tree - tree.rounded(.down))
        let place = Int32(cell)
        let tall = noise.at(place, Int32(index * 3 + row))
        let middle = 0.35 + 0.3 * noise.at(place, Int32(index * 3 + row + 50))
        let slope = max(0, 1 - abs(inside - middle) * (2.6 + tall))
        tallest = max(tallest, (0.25 + 0.75 * tall * tall) * slope * (0.8 + 0.2 * slope))
      }
      crest -= range.trees * tallest
    }
    return crest
  }

  private func slope(
    _ range: Range, _ index: Int, _ u: Float, _ v: Float, _ crest: Float, _ aspect: Float
  ) -> Color {
    let depth = v - crest
    let shift = Float(index) * 11
    // How the ground rises towards the sun: light on one side of every fold, shadow on the other.
    let scale = range.frequency * 4
    let here = noise.fractal(u * scale + shift, v * scale * 1.4, octaves: 5)
    let there = noise.fractal(u * scale + shift + 0.09, v * scale * 1.4 - 0.06, octaves: 5)
    let relief = (here - there) * 3.4
    let far = 1 - Float(index) / 4
    var color = range.color * (1 + relief * (0.30 + far * 0.25))
    if index < 2 {
      let line = 0.075 - Float(index) * 0.03 + (here - 0.5) * 0.16
      let snow = max(0, min(1, (line - depth) * 45))
      let bright: Color = [0.93, 0.78, 0.78, 0]
      color += (bright * (0.86 + relief * 0.5) - color) * (snow * 0.72)
    }
    // Mist gathers at the foot of each range.
    let mist: Color = [0.93, 0.68, 0.55, 0]
    let near = 1 - min(1, abs(u - sun.x * aspect) * 0.9)
    let foot = max(0, min(1, depth / (range.size * 0.9)))
    let haze = foot * (0.16 + 0.34 * far) + far * 0.10
    color += (mist * (0.72 + 0.35 * near) - color) * (haze * (0.55 + 0.45 * near))
    return color
  }

  // MARK: The water, and the film

  private func water(_ x: Int, _ y: Int, mirroring scene: [Color], rows: Int) -> Color {
    guard rows > 0 else { return .zero }
    let below = Float(y - rows) / Float(max(1, height - rows))
    let (u, v) = (Float(x) / Float(height), Float(y) / Float(height))
    // Waves are flat and fine far away, tall and slow near by.
    let near = 0.12 + below
    let wave = noise.fractal(u * 9 / near + 40, (v - shore) * 70 / near, octaves: 4) - 0.5
    let depth = Float(y - rows) * 1.75 + wave * below * Float(height) * 0.22 + 1
    let mirrored = max(0, min(rows - 1, rows - 1 - Int(depth)))
    let aside = max(0, min(width - 1, x + Int(wave * below * Float(height) * 0.06)))
    let deep: Color = [0.05, 0.09, 0.18, 0]
    let mirror = scene[mirrored * width + aside]
    var color = mirror * 0.80 + (deep - mirror * 0.80) * (0.18 + below * 0.42)
    let path = abs(Float(x) / Float(width) - sun.x)
    let glitter = max(0, wave * 5 - 0.55) * max(0, 1 - path * (9 - below * 5))
    color += Color(1.0, 0.72, 0.42, 0) * (glitter * 0.75)
    return color
  }

  /// Darker corners, soft highlights, grain.
  private func developed(_ color: Color, _ x: Int, _ y: Int) -> UInt32 {
    let (u, v) = (Float(x) / Float(width) - 0.5, Float(y) / Float(height) - 0.5)
    var color = color * (1.06 - (u * u + v * v) * 0.55)
    let shared = noise.at(Int32(x), Int32(y)) + noise.at(Int32(x) + 9_001, Int32(y)) - 1
    for channel in 0..<3 {
      let own = noise.at(Int32(x), Int32(y) + 7_001 * Int32(channel + 1)) - 0.5
      color[channel] += shared * 0.028 + own * 0.018
      // What is too bright comes near to white, and never quite there.
      if color[channel] > 0.8 { color[channel] = 0.8 + (color[channel] - 0.8) / (1 + (color[channel] - 0.8) * 2.4) }
    }
    func byte(_ value: Float) -> UInt32 { UInt32(max(0, min(255, value * 255 + 0.5))) }
    return 0xFF00_0000 | byte(color[0]) << 16 | byte(color[1]) << 8 | byte(color[2])
  }
}
