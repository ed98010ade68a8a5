import Foundation

/// A picture to compare with: what another program says is on a screen.
public struct Picture: Equatable, Sendable {
  public let width: Int
  public let height: Int
  /// `0x00RRGGBB`, rows from the top.
  public let pixels: [UInt32]

  public init(width: Int, height: Int, pixels: [UInt32]) {
    precondition(pixels.count == width * height, "\(pixels.count) pixels do not make \(width)x\(height)")
    self.width = width
    self.height = height
    self.pixels = pixels.map { $0 & 0x00FF_FFFF }
  }

  /// Reads a binary PPM of 8 bits a channel.
  public init(ppm data: Data) throws {
    let bytes = [UInt8](data)
    var at = 0
    func word() -> String {
      while at < bytes.count, bytes[at] <= 0x20 || bytes[at] == UInt8(ascii: "#") {
        if bytes[at] == UInt8(ascii: "#") {
          while at < bytes.count, bytes[at] != 0x0A { at += 1 }
        } else {
          at += 1
        }
      }
      let start = at
      while at < bytes.count, bytes[at] > 0x20 { at += 1 }
      return String(decoding: bytes[start..<at], as: UTF8.self)
    }
    let header = [word(), word(), word(), word()]
    guard header[0] == "P6", header[3] == "255", let width = Int(header[1]), let height = Int(header[2]) else {
      throw PeerError("this is no binary PPM of 8 bits a channel: its header reads \(header)")
    }
    at += 1
    guard bytes.count - at == width * height * 3 else {
      let expected = width * height * 3
      throw PeerError("a PPM of \(width)x\(height) has \(expected) bytes of pixels; here are \(bytes.count - at)")
    }
    self.width = width
    self.height = height
    pixels = (0..<width * height).map { index in
      let first = at + index * 3
      return UInt32(bytes[first]) << 16 | UInt32(bytes[first + 1]) << 8 | UInt32(bytes[first + 2])
    }
  }

  /// Reads any picture file that ImageMagick knows.
  public static func read(_ file: URL) async throws -> Picture {
    if file.pathExtension == "ppm" { return try Picture(ppm: Data(contentsOf: file)) }
    return try Picture(ppm: await Subprocess.check("convert", [file.path, "-depth", "8", "ppm:-"]).standardOutput)
  }

  /// The picture as a binary PPM, to keep what a failed test saw.
  public var ppm: Data {
    var data = Data("P6\n\(width) \(height)\n255\n".utf8)
    for pixel in pixels {
      data.append(contentsOf: [UInt8(pixel >> 16 & 0xFF), UInt8(pixel >> 8 & 0xFF), UInt8(pixel & 0xFF)])
    }
    return data
  }

  /// As `session.json` names it.
  public var hash: UInt64 { FNV1a.hash(pixels: pixels) }

  /// True where every pixel has one colour: an empty screen.
  public var isBlank: Bool { pixels.allSatisfy { $0 == pixels.first } }

  /// Whether `other` stands in this picture, somewhere, pixel for pixel.
  public func contains(_ other: Picture) -> Bool {
    guard other.width > 0, other.height > 0, other.width <= width, other.height <= height else { return false }
    return (0...height - other.height).contains { top in
      (0...width - other.width).contains { left in
        (0..<other.height).allSatisfy { row in
          let start = (top + row) * width + left
          return pixels[start..<start + other.width].elementsEqual(
            other.pixels[row * other.width..<(row + 1) * other.width])
        }
      }
    }
  }

  /// How this picture differs from `other`, in a sentence; nil where it does not.
  ///
  /// - Parameter tolerance: by how much a channel of a pixel may differ; 0 to 255.
  public func difference(from other: Picture, tolerance: Int = 0) -> String? {
    guard width == other.width, height == other.height else {
      return "the picture is \(width)x\(height), the other one \(other.width)x\(other.height)"
    }
    var count = 0
    var first: Int?
    var largest = 0
    for index in pixels.indices where pixels[index] != other.pixels[index] {
      let distance = [0, 8, 16].map { shift in
        abs(Int(pixels[index] >> shift & 0xFF) - Int(other.pixels[index] >> shift & 0xFF))
      }.reduce(0, max)
      largest = max(largest, distance)
      if distance > tolerance {
        count += 1
        first = first ?? index
      }
    }
    guard let first else { return nil }
    let colors = [pixels[first], other.pixels[first]].map { "0x" + String($0, radix: 16) }
    return "\(count) of \(pixels.count) pixels differ, by up to \(largest); the first at x \(first % width), "
      + "y \(first / width): \(colors[0]) instead of \(colors[1])"
  }

  /// A rectangle of it.
  public func part(x: Int, y: Int, width: Int, height: Int) -> Picture {
    let rows = (y..<y + height).flatMap { row in pixels[(row * self.width + x)...].prefix(width) }
    return Picture(width: width, height: height, pixels: rows)
  }

  /// The peak signal-to-noise ratio in decibels against a picture of the same size; infinite where they are equal.
  public func signalToNoise(_ other: Picture) -> Double {
    precondition(width == other.width && height == other.height)
    var squares = 0.0
    for (mine, theirs) in zip(pixels, other.pixels) where mine != theirs {
      for shift in [0, 8, 16] {
        let distance = Double(Int(mine >> shift & 0xFF) - Int(theirs >> shift & 0xFF))
        squares += distance * distance
      }
    }
    guard squares > 0 else { return .infinity }
    return 10 * log10(255 * 255 * Double(pixels.count * 3) / squares)
  }
}
