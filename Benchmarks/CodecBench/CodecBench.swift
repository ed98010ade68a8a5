import SpiceCodecs
import SpiceMedia
import SpicePixels

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#endif

/// Decoding speed on one core, in megabytes of pixels (four bytes each) a second.
///
///     codec-bench PHOTO.ppm PAGE.ppm
///
/// Prints rows for the table of `Benchmarks/bench`. What stands in the third column are the C codecs of spice-common at -O2
/// on a machine of the same kind, measured once: orientation, not a race.
@main
struct CodecBench {
  struct Case {
    var name: String
    var reference: Double
    var decode: () throws -> Raster
  }

  static func main() throws {
    let paths = CommandLine.arguments.dropFirst()
    guard paths.count == 2, let photo = paths.first, let page = paths.last else {
      print("usage: codec-bench PHOTO.ppm PAGE.ppm")
      exit(64)
    }
    let pictures = [("photo", try read(photo), 325.0, 2400.0), ("page of text", try read(page), 1770.0, 5700.0)]
    for (name, picture, quic, lz) in pictures {
      let quicBytes = try Quic.encode(picture, type: .rgb32)
      let lzBytes = LZ.encode(picture)
      let cases = [
        Case(name: "QUIC, \(name)", reference: quic) { try Quic.decode(quicBytes[...]) },
        Case(name: "LZ, \(name)", reference: lz) { try LZ.decode(lzBytes[...]) },
      ]
      for one in cases {
        let decoded = try one.decode()
        guard zip(decoded.pixels, picture.pixels).allSatisfy({ ($0 ^ $1) & 0xff_ffff == 0 }) else {
          print("codec-bench: \(one.name) does not give back what was encoded")
          exit(1)
        }
        let speed = try measure(picture, one.decode)
        let ratio = (speed / one.reference * 100).rounded() / 100
        let reference = "C, for orientation: \(Int(one.reference)) MB/s"
        print("decode \(one.name) | \(Int(speed)) MB/s | \(reference) | \(ratio)× | at least 1×")
      }
    }
  }

  /// The median of rounds that take 50 ms or more each.
  static func measure(_ picture: Raster, _ decode: () throws -> Raster) throws -> Double {
    var speeds: [Double] = []
    for _ in 0..<21 {
      let start = ContinuousClock.now
      var count = 0
      while ContinuousClock.now - start < .milliseconds(50) {
        if try decode().pixels.isEmpty { break }
        count += 1
      }
      let elapsed = (ContinuousClock.now - start).components
      let seconds = Double(elapsed.seconds) + Double(elapsed.attoseconds) / 1e18
      speeds.append(Double(count * picture.pixels.count * 4) / 1e6 / seconds)
    }
    return speeds.sorted()[speeds.count / 2]
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
