import Foundation
import SpiceCodecs
import SpicePixels
import Testing

/// A row of a fixture folder's README: what an image decodes to.
struct ExpectedImage: CustomTestStringConvertible, Sendable {
  var name: String
  var width: Int
  var height: Int
  var kind: String
  /// FNV-1a of the pixels as little-endian words.
  var hash: String

  var testDescription: String { name }

  /// The fourth byte of an opaque image is no colour, and not compared.
  func matches(_ raster: Raster) -> Bool {
    var colors = raster
    if raster.kind == .opaque { for index in colors.pixels.indices { colors.pixels[index] &= 0xff_ffff } }
    return raster.width == width && raster.height == height && "\(raster.kind)" == kind && fnv1a(colors) == hash
  }
}

enum Fixtures {
  static let folder = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Fixtures")

  static func bytes(_ path: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: folder.appendingPathComponent(path)))
  }

  /// The images in the table of `codec`'s README.
  static func expected(_ codec: String) -> [ExpectedImage] {
    guard let readme = try? String(contentsOf: folder.appendingPathComponent("\(codec)/README.md"), encoding: .utf8)
    else { return [] }
    return readme.split(separator: "\n").compactMap { line in
      let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      guard cells.count == 5, let width = Int(cells[1]), let height = Int(cells[2]) else { return nil }
      return ExpectedImage(name: cells[0], width: width, height: height, kind: cells[3], hash: cells[4])
    }
  }

  /// The palette stored beside an LZ image, where it has one.
  static func palette(_ name: String) -> Palette? {
    guard let bytes = try? bytes("lz/\(name.replacing(".lz", with: ".palette"))") else { return nil }
    let colors = stride(from: 0, to: bytes.count, by: 4).map { index -> UInt32 in
      bytes[index..<(index + 3)].reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }
    return Palette(id: 0, colors: colors)
  }

  /// The images of a `.sequence`: u8 channel, u32 length, payload, each.
  static func sequence(_ name: String) throws -> [(channel: UInt8, payload: [UInt8])] {
    let bytes = try bytes("glz/\(name)")
    var images: [(UInt8, [UInt8])] = []
    var offset = 0
    while offset + 5 <= bytes.count {
      let length = bytes[(offset + 1)..<(offset + 5)].reduce(0) { $0 << 8 | Int($1) }
      images.append((bytes[offset], Array(bytes[(offset + 5)..<(offset + 5 + length)])))
      offset += 5 + length
    }
    return images
  }
}

func fnv1a(_ raster: Raster) -> String {
  var hash: UInt64 = 0xcbf2_9ce4_8422_2325
  for pixel in raster.pixels {
    for shift in [0, 8, 16, 24] as [UInt32] {
      hash = (hash ^ UInt64(pixel >> shift & 255)) &* 0x100_0000_01b3
    }
  }
  let digits = String(hash, radix: 16)
  return String(repeating: "0", count: 16 - digits.count) + digits
}

/// SplitMix64: the same numbers on each run.
struct FixedRandom: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
    return mixed ^ mixed >> 31
  }
}

/// The bytes with a few of them, at places from `start` on, changed.
func mutated(_ bytes: [UInt8], from start: Int, _ random: inout FixedRandom) -> [UInt8] {
  var bytes = bytes
  for _ in 0..<Int.random(in: 1...4, using: &random) where start < bytes.count {
    bytes[Int.random(in: start..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
  }
  return bytes
}

/// Pictures that compress in different ways.
enum Pictures {
  /// Rows of repeated glyph-like blocks with some noise among them.
  static func page(width: Int, height: Int, kind: PixelKind, seed: UInt64 = 1) -> Raster {
    var random = FixedRandom(seed: seed)
    let ink: [UInt32] = [0xff00_0000, 0xffff_ffff, 0xff20_4a87, 0x80ff_ffff]
    var raster = Raster(width: width, height: height, kind: kind, fill: mask(0xffff_ffff, kind))
    for y in 0..<height {
      for x in 0..<width where (x / 9 * 7 + y / 5 * 3 + (x % 9) * (y % 5)) % 4 == 0 {
        raster[x, y] = mask(ink[(x / 9 + y / 5) % 4], kind)
      }
      if y % 11 == 0 {
        for x in 0..<(width / 3) { raster[x, y] = mask(UInt32.random(in: 0...UInt32.max, using: &random), kind) }
      }
    }
    return raster
  }

  static func noise(width: Int, height: Int, kind: PixelKind, seed: UInt64 = 7) -> Raster {
    var random = FixedRandom(seed: seed)
    var raster = Raster(width: width, height: height, kind: kind)
    for index in raster.pixels.indices {
      raster.pixels[index] = mask(UInt32.random(in: 0...UInt32.max, using: &random), kind)
    }
    return raster
  }

  static func plain(width: Int, height: Int, kind: PixelKind) -> Raster {
    Raster(width: width, height: height, kind: kind, fill: mask(0x7f12_3456, kind))
  }

  private static func mask(_ pixel: UInt32, _ kind: PixelKind) -> UInt32 {
    switch kind {
    case .opaque: pixel & 0xff_ffff
    case .alpha: pixel
    case .coverage: pixel & 0xff00_0000
    }
  }
}
