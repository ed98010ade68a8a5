import SpiceMedia
import SpicePixels
import SpiceServer
import SpiceSession

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Pictures of a folder, one after the other: a click, the wheel or a key shows the next or the one before.
actor SlideShow: Show {
  private let slides: [Raster]
  /// When the next one comes by itself; nil: never.
  private let pause: Duration?
  private var current = 0

  /// Pictures that are held in memory at most, and bytes of one file.
  private static let slideLimit = 1000
  private static let fileLimit = 256 << 20

  init(folder: String, every pause: Duration?) throws(FileFailure) {
    self.pause = pause
    let names = try FileOutput.names(in: folder).filter { $0.hasSuffix(".png") || $0.hasSuffix(".ppm") }.sorted()
    guard !names.isEmpty else { throw FileFailure(description: "\(folder) has no .png or .ppm file to show") }
    var slides: [Raster] = []
    for name in names.prefix(Self.slideLimit) {
      let path = "\(folder)/\(name)"
      let bytes = try FileOutput.contents(of: path, limit: Self.fileLimit)
      do throws(MediaError) {
        slides.append(try path.hasSuffix(".png") ? PNG.decode(bytes) : PPM.decode(bytes))
      } catch {
        throw FileFailure(description: "\(path) cannot be shown: \(error)")
      }
    }
    self.slides = slides
  }

  func run(on server: Server) async {
    server.screen.show(slides[current])
    await withDiscardingTaskGroup { group in
      group.addTask {
        for await input in server.input { await self.go(by: Self.steps(for: input.action), on: server) }
      }
      guard let pause else { return }
      group.addTask {
        var due = ContinuousClock.now
        while true {
          due += pause
          do { try await Task.sleep(until: due, clock: .continuous) } catch { return }
          await self.go(by: 1, on: server)
        }
      }
    }
  }

  private func go(by steps: Int, on server: Server) {
    guard steps != 0 else { return }
    current = ((current + steps) % slides.count + slides.count) % slides.count
    server.screen.show(slides[current])
  }

  /// How far an action leads: forward, back, or nowhere.
  private static func steps(for action: ClientInput.Action) -> Int {
    switch action {
    case .press(.left), .wheel(1): return 1
    case .press(.right), .wheel(-1): return -1
    case .key(let stroke) where stroke.isPress:
      // Left, up and page up lead back; all other keys on.
      return [Scancode.left, .up, .pageUp].contains(stroke.key) ? -1 : 1
    default: return 0
    }
  }
}
