import SpiceMedia
import SpicePixels

/// A picture of a screen at a moment, as it is put into a page.
public struct ScreenPicture: Codable, Hashable, Sendable {
  /// Nanoseconds, as the capture has them: from here on, until the next picture, the screen shows this.
  public var time: UInt64
  public var conversation: Int
  public var channel: String
  /// Pixels of the screen; the picture may have fewer.
  public var width: Int
  public var height: Int
  /// `image/png`, or `image/jpeg` where that would be large.
  public var type: String
  /// The picture in base 64.
  public var data: String
}

/// Pictures of the screens at the moments at which they changed, bounded in number and size: where there are too many,
/// every other one is let go and the next ones are taken half as often.
struct Filmstrip {
  /// Pictures of all screens together, and bytes of them in base 64.
  static let countLimit = 96
  static let byteLimit = 16 << 20
  /// Pixels of a picture; larger screens are halved until they fit.
  static let areaLimit = 1 << 20
  /// Bytes of a PNG; a picture that has more, as photographs do, is kept as JPEG.
  static let exactLimit = 256 << 10

  private(set) var pictures: [ScreenPicture] = []
  private var replay = ScreenReplay()
  private var bytes = 0
  /// Nanoseconds between two pictures of a screen.
  private var spacing: UInt64 = 100_000_000
  private var taken: [Int: FlowTime] = [:]

  /// Takes in what was said. A screen is pictured when it has been at rest, or has changed, for as long as pictures are
  /// apart.
  mutating func see(_ event: FlowEvent) {
    for (id, display) in replay.displays where display.isChanged {
      let last = taken[id] ?? FlowTime(nanoseconds: 0)
      if event.time.since(display.lastChange) >= spacing || display.lastChange.since(last) >= spacing {
        take(id, display)
      }
    }
    replay.see(event)
  }

  /// The last pictures; then why a screen was not drawn to the end, if one was not.
  mutating func finish() -> [String] {
    for (id, display) in replay.displays.sorted(by: { $0.key < $1.key }) where display.isChanged { take(id, display) }
    pictures.sort { $0.time < $1.time }
    return replay.displays.sorted { $0.key < $1.key }.compactMap { id, display in
      display.problem.map { "the screen of \(display.channel) (#\(id)) is not drawn to the end: \($0)" }
    }
  }

  private mutating func take(_ id: Int, _ display: ScreenReplay.Display) {
    taken[id] = display.lastChange
    guard let screen = replay.look(at: id) else { return }
    var small = screen
    while small.width * small.height > Self.areaLimit { small = Self.halved(small) }
    guard var data = try? PNG.encode(small) else { return }
    var type = "image/png"
    if data.count > Self.exactLimit, let smaller = try? JPEG.encode(small, quality: 88), smaller.count < data.count {
      (data, type) = (smaller, "image/jpeg")
    }
    let picture = ScreenPicture(
      time: display.lastChange.nanoseconds, conversation: id, channel: "\(display.channel)", width: screen.width,
      height: screen.height, type: type, data: Base64.text(data))
    bytes += picture.data.utf8.count
    pictures.append(picture)
    if pictures.count > Self.countLimit || bytes > Self.byteLimit { thin() }
  }

  private mutating func thin() {
    spacing *= 2
    let last = pictures.count - 1
    pictures = pictures.enumerated().filter { $0.offset % 2 == 0 || $0.offset == last }.map { $0.element }
    bytes = pictures.reduce(0) { $0 + $1.data.utf8.count }
  }

  /// Each pixel the mean of four; an odd last row or column is left out.
  private static func halved(_ raster: Raster) -> Raster {
    let (width, height) = (max(1, raster.width / 2), max(1, raster.height / 2))
    var pixels: [UInt32] = []
    pixels.reserveCapacity(width * height)
    for y in 0..<height {
      for x in 0..<width {
        let place = min(2 * y, raster.height - 1) * raster.width + min(2 * x, raster.width - 1)
        let right = 2 * x + 1 < raster.width ? 1 : 0
        let below = 2 * y + 1 < raster.height ? raster.width : 0
        let four = [place, place + right, place + below, place + right + below].map { raster.pixels[$0] }
        var mean: UInt32 = 0
        for shift: UInt32 in [0, 8, 16, 24] { mean |= (four.reduce(2) { $0 + $1 >> shift & 0xff } / 4) << shift }
        pixels.append(mean)
      }
    }
    return Raster(width: width, height: height, kind: raster.kind, pixels: pixels) ?? raster
  }
}
