import SpicePixels

/// Slow coloured light: waves that bend each other, in the colours of dusk.
struct Plasma: Sendable {
  private let width: Int
  private let height: Int
  private let sine: [Int32]
  private let colors: [UInt32]
  private var columns: [(bend: Int32, phase: Int32)] = []
  private var rows: [(bend: Int32, phase: Int32)] = []
  private var slant: Int32 = 0

  private static let steps = 2_048
  private static let mask = Int32(steps - 1)

  init(width: Int, height: Int) {
    self.width = width
    self.height = height
    sine = (0..<Plasma.steps).map { Int32(Wave.sine(turns: Double($0) / Double(Plasma.steps)) * 340) }
    let stops: [UInt32] = [
      0xFF14_1B3C, 0xFF2C_2F6E, 0xFF6A_3D8A, 0xFFC2_4E7B, 0xFFF2_7D58, 0xFFF9_C46B, 0xFFFC_EBC0, 0xFFF0_A060,
      0xFF9B_4A80, 0xFF3A_3576, 0xFF1B_4C7D, 0xFF16_6A86,
    ]
    colors = (0..<Plasma.steps).map { step in
      let place = Double(step) / Double(Plasma.steps) * Double(stops.count)
      let stop = Int(place)
      return stops[stop].mixed(with: stops[(stop + 1) % stops.count], Wave.step(0, 1, place - Double(stop)))
    }
  }

  /// Sets the waves to a time in seconds.
  mutating func prepare(time: Double) {
    let steps = Double(Plasma.steps)
    func wave(_ x: Double, _ amplitude: Double) -> Int32 { Int32(Wave.sine(turns: x) * amplitude * steps) }
    columns = (0..<width).map { x in
      let u = Double(x) / Double(max(height, 1))
      return (wave(u * 0.7 + time * 0.07, 0.16), Int32((u * 0.55 + 8) * steps) &+ wave(time * 0.031, 0.3))
    }
    rows = (0..<height).map { y in
      let v = Double(y) / Double(max(height, 1))
      return (wave(v * 0.8 - time * 0.09, 0.2), Int32((v * 0.7 + 8) * steps) &+ wave(time * 0.043 + 0.2, 0.3))
    }
    slant = Int32(truncatingIfNeeded: Int((time * 0.05).truncatingRemainder(dividingBy: 1) * steps))
  }

  /// Draws a part of a row; the pixel of column 0 is at `start`. Every second pixel is the mean of its neighbours, as soft
  /// as a camera's.
  func draw(row: Int, columns part: Range<Int>, on raster: inout Raster, at start: Int) {
    guard rows.indices.contains(row), !part.isEmpty else { return }
    let (bend, phase) = rows[row]
    var last = color(part.lowerBound, bend, phase)
    raster.pixels[start + part.lowerBound] = last
    var x = part.lowerBound + 2
    while x < part.upperBound {
      let next = color(x, bend, phase)
      raster.pixels[start + x - 1] = (last & next) &+ ((last ^ next) & 0xFEFE_FEFE) >> 1
      raster.pixels[start + x] = next
      last = next
      x += 2
    }
    if x == part.upperBound { raster.pixels[start + x - 1] = last }
  }

  @inline(__always)
  private func color(_ x: Int, _ bend: Int32, _ phase: Int32) -> UInt32 {
    let column = columns[x]
    let first = sine[Int((column.phase &+ bend) & Plasma.mask)]
    let second = sine[Int((phase &+ column.bend &+ first) & Plasma.mask)]
    let third = sine[Int((column.phase &+ phase &+ slant &- second) & Plasma.mask)]
    return colors[Int((first &+ second &+ third &+ slant) & Plasma.mask)]
  }
}
