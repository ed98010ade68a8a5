import SpiceCanvas
import SpicePixels

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#endif

/// Drawing speed on one core for 1920×1080, in gigabytes of pixels (four bytes each) a second, beside `memcpy` and
/// `memset` of as many bytes in the same run.
///
/// Prints rows for the table of `Benchmarks/bench`.
@main
struct CanvasBench {
  static func main() throws {
    let size = Size(width: 1920, height: 1080)
    let bytes = size.width * size.height * 4
    // A row more than is drawn: an image over all of a surface would become its pixels, and none be copied.
    var surface = try Surface(width: size.width, height: size.height + 1, format: .xrgb)
    let image = Raster(width: size.width, height: size.height, kind: .opaque, fill: 0x0012_3456)
    let veil = Raster(width: size.width, height: size.height, kind: .alpha, fill: 0x8040_2010)
    let box = Rect(size)
    // To the side: upwards or downwards rows would change numbers, and no pixels move.
    let (window, right) = (Rect(left: 0, top: 0, right: box.right - 16, bottom: box.bottom), Point(x: 16, y: 0))
    let from = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
    let to = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
    defer {
      from.deallocate()
      to.deallocate()
    }
    memset(from, 1, bytes)
    // Turn by turn, so that what else the machine does meets all alike.
    let names = ["memcpy", "memset", "opaque copy", "solid fill", "alpha over", "copy bits to the left"]
    var speeds = [[Double]](repeating: [], count: names.count)
    for _ in 0..<41 {
      speeds[0].append(speed(bytes) { memcpy(to, from, bytes) })
      speeds[1].append(speed(bytes) { memset(to, 7, bytes) })
      speeds[2].append(speed(bytes) { surface.drawCopy(.image(image), area: box, to: box) })
      speeds[3].append(speed(bytes) { surface.drawFill(box, brush: .solid(0x0012_3456)) })
      speeds[4].append(speed(bytes) { surface.drawAlphaBlend(.image(veil), area: box, to: box, alpha: 255) })
      speeds[5].append(speed(bytes) { surface.copyBits(from: right, to: window) })
      surface.damage.removeAll()
    }
    let medians = speeds.map { $0.sorted()[$0.count / 2] }
    for (index, goal) in [(2, "at least 0.8×"), (3, "at least 0.8×"), (4, ""), (5, "")] {
      print(
        "draw 1920×1080, \(names[index]) | \(rounded(medians[index])) GB/s | memcpy: \(rounded(medians[0])) GB/s, "
          + "memset: \(rounded(medians[1])) GB/s | \(rounded(medians[index] / medians[0]))× memcpy | \(goal)")
    }
  }

  static func rounded(_ value: Double) -> Double { (value * 100).rounded() / 100 }

  /// Gigabytes a second of the fastest of a few calls.
  static func speed(_ bytes: Int, _ work: () -> Void) -> Double {
    var best = Duration.seconds(1)
    for _ in 0..<5 {
      let start = ContinuousClock.now
      work()
      best = min(best, ContinuousClock.now - start)
    }
    return Double(bytes) / Double(best.components.attoseconds) * 1e9
  }
}
