import SpiceClient
import SpicePixels

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#endif

/// Looks at a session until its server ends it, and prints the size and a hash of the last picture (FNV-1a, a pixel at a time):
/// what `Benchmarks/replay` measures of this library.
///
///     session-bench URI
@main
enum SessionBench {
  static func main() async throws {
    guard CommandLine.arguments.count == 2 else {
      print("session-bench: wants a URI")
      exit(2)
    }
    var options = ClientOptions()
    // The recordings have none, and looking for FFmpeg is no part of the work.
    options.decodesVideo = false
    let client = try await Client.connect(to: try Target(uri: CommandLine.arguments[1]), options: options)
    for await _ in client.events {}
    let picture = await client.inspectDisplay { engine in engine.primary.flatMap { engine.surfaces[$0]?.raster } }
    guard let picture = picture ?? nil else { throw client.failure ?? .closed }
    print(picture.width, picture.height, String(picture.hash, radix: 16))
  }
}

extension Raster {
  /// Over the pixels as words 0x00RRGGBB.
  fileprivate var hash: UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for pixel in pixels { hash = (hash ^ UInt64(pixel & 0xFF_FFFF)) &* 0x100_0000_01B3 }
    return hash
  }
}
