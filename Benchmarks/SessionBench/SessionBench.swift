import SpiceClient
import SpicePixels

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#endif

/// Looks at a session until its server ends it, as a viewer does: what has changed is copied into a window's own pixels.
/// Prints the size and the FNV-1a hash of the last picture. `Benchmarks/replay` measures it.
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
    var window = Raster(width: 0, height: 0, kind: .opaque)
    for await frame in client.frames(of: 0) { window.show(frame) }
    print(window.width, window.height, String(window.hash, radix: 16))
  }
}

extension Raster {
  fileprivate mutating func show(_ frame: Frame) {
    if size != frame.image.size {
      self = frame.image
      return
    }
    for rect in frame.damage {
      for row in Int(rect.top)..<Int(rect.bottom) {
        let part = row * width + Int(rect.left)..<row * width + Int(rect.right)
        pixels.replaceSubrange(part, with: frame.image.pixels[part])
      }
    }
  }

  /// Over the pixels as little-endian words 0x00RRGGBB.
  fileprivate var hash: UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for pixel in pixels {
      for shift in stride(from: 0, to: 32, by: 8) {
        hash = (hash ^ UInt64((pixel & 0xFF_FFFF) >> UInt32(shift) & 0xFF)) &* 0x100_0000_01B3
      }
    }
    return hash
  }
}
