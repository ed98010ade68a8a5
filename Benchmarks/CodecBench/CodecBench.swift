import SpiceCodecs
import SpiceMedia
import SpicePixels

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#endif

/// Speed of the codecs on one core, both ways, in megabytes of pixels (four bytes each) a second.
///
///     codec-bench PHOTO.ppm PAGE.ppm
///
/// Prints rows for the table of `Benchmarks/bench`. What stands in the third column are the C codecs of spice-common at -O2
/// on a machine of the same kind, measured once: orientation, not a race. So what counts of ours is the fastest of the rounds,
/// in which the machine did least besides.
@main
struct CodecBench {
  /// What the C codecs do with a picture.
  struct Reference {
    var decode: Double
    var encode: Double
  }

  struct Case {
    var name: String
    /// Of the pixels.
    var bytes: Int
    var reference: Double
    /// Does it once; what comes of it is not empty.
    var work: () throws -> Bool
  }

  static func main() throws {
    let paths = CommandLine.arguments.dropFirst()
    guard paths.count == 2, let photo = paths.first, let page = paths.last else {
      print("usage: codec-bench PHOTO.ppm PAGE.ppm")
      exit(64)
    }
    let cases =
      try cases(
        "photo", try read(photo), quic: Reference(decode: 325, encode: 370), lz: Reference(decode: 2400, encode: 512))
      + cases(
        "page of text", try read(page), quic: Reference(decode: 1770, encode: 2200),
        lz: Reference(decode: 5700, encode: 3000))
    var speeds = cases.map { _ in 0.0 }
    for _ in 0..<21 {
      for (place, one) in cases.enumerated() { speeds[place] = max(speeds[place], try speed(one)) }
    }
    for (one, speed) in zip(cases, speeds) {
      let ratio = (speed / one.reference * 100).rounded() / 100
      let reference = "C, for orientation: \(Int(one.reference)) MB/s"
      print("\(one.name) | \(Int(speed)) MB/s | \(reference) | \(ratio)× | at least 1×")
    }
  }

  static func cases(_ name: String, _ picture: Raster, quic: Reference, lz: Reference) throws -> [Case] {
    let quicBytes = try Quic.encode(picture, type: .rgb32)
    let lzBytes = LZ.encode(picture)
    try check("QUIC, \(name)", try Quic.decode(quicBytes[...]), picture)
    try check("LZ, \(name)", try LZ.decode(lzBytes[...]), picture)
    let bytes = picture.pixels.count * 4
    return [
      Case(name: "decode QUIC, \(name)", bytes: bytes, reference: quic.decode) {
        try !Quic.decode(quicBytes[...]).pixels.isEmpty
      },
      Case(name: "decode LZ, \(name)", bytes: bytes, reference: lz.decode) {
        try !LZ.decode(lzBytes[...]).pixels.isEmpty
      },
      Case(name: "encode QUIC, \(name)", bytes: bytes, reference: quic.encode) {
        try !Quic.encode(picture, type: .rgb32).isEmpty
      },
      Case(name: "encode LZ, \(name)", bytes: bytes, reference: lz.encode) { !LZ.encode(picture).isEmpty },
    ]
  }

  static func check(_ name: String, _ decoded: Raster, _ picture: Raster) throws {
    guard zip(decoded.pixels, picture.pixels).allSatisfy({ ($0 ^ $1) & 0xff_ffff == 0 }) else {
      print("codec-bench: \(name) does not give back what was encoded")
      exit(1)
    }
  }

  /// Megabytes of pixels a second, over 50 ms or more.
  static func speed(_ one: Case) throws -> Double {
    let start = ContinuousClock.now
    var count = 0
    while ContinuousClock.now - start < .milliseconds(50) {
      guard try one.work() else { break }
      count += 1
    }
    let elapsed = (ContinuousClock.now - start).components
    let seconds = Double(elapsed.seconds) + Double(elapsed.attoseconds) / 1e18
    return Double(count * one.bytes) / 1e6 / seconds
  }

  static func read(_ path: String) throws -> Raster {
    guard let file = fopen(path, "rb") else { throw POSIXFailure(path: path) }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 20)
    while case let count = fread(&chunk, 1, chunk.count, file), count > 0 { bytes += chunk[..<count] }
    return try PPM.decode(bytes)
  }

  struct POSIXFailure: Error, CustomStringConvertible {
    let path: String
    var description: String { "cannot read \(path)" }
  }
}
