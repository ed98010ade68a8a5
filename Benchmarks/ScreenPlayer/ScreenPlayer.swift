import SpiceMedia
import SpicePixels
import SpiceServer
import SpiceSession

#if canImport(FoundationEssentials)
  import FoundationEssentials
  import Glibc
#else
  import Foundation
#endif

/// Shows the pictures of a folder that `scenes.py` made on a server of its own, and says what changed in them: the
/// counterpart of `x-player` among our programs.
///
///     screen-player FOLDER --every SECONDS     over and over
///     screen-player FOLDER --keys              the next one at each key
///
/// Copies and rectangles are those of the folder's script, as a program knows them of its own drawing. Prints the address
/// when the first picture stands; no video, no loss.
@main
struct ScreenPlayer {
  /// What leads to a picture from the one before, as `scenes.py` writes it.
  struct Step: Decodable {
    /// Left, top, width, height, from x, from y.
    var copies: [[Int32]]
    /// Left, top, width, height.
    var new: [[Int32]]

    var changes: [ScreenChange] {
      copies.map { .copy(Rect(of: $0), from: Point(x: $0[4], y: $0[5])) } + new.map { .damage(Rect(of: $0)) }
    }
  }

  enum Pace {
    case every(Duration)
    case keys
  }

  struct Usage: Error {}

  let pictures: [Raster]
  let changes: [[ScreenChange]]
  let pace: Pace

  static func main() async throws {
    do {
      try await ScreenPlayer(Array(CommandLine.arguments.dropFirst())).play()
    } catch is Usage {
      print("usage: screen-player FOLDER --every SECONDS | --keys")
      exit(64)
    }
  }

  init(_ arguments: [String]) throws {
    guard let folder = arguments.first else { throw Usage() }
    switch (arguments.dropFirst().first, arguments.dropFirst(2).first.flatMap { Double($0) }) {
    case ("--keys", nil): pace = .keys
    case ("--every", let seconds?): pace = .every(.seconds(seconds))
    default: throw Usage()
    }
    let script = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/script.json"))
    changes = try JSONDecoder().decode([Step].self, from: script).map(\.changes)
    pictures = try changes.indices.map { number in
      let name = String(repeating: "0", count: max(0, 4 - "\(number)".count)) + "\(number).ppm"
      return try PPM.decode([UInt8](Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)"))))
    }
  }

  func play() async throws {
    var options = ServerOptions()
    options.display.streaming = false
    options.logger.logLevel = .warning
    options.screens = [.init(size: pictures[0].size)]
    let server = try await Server.start(options)
    server.screen.show(pictures[0])
    print("spice://\(server.addresses[0])")
    fflush(nil)
    let service = Task { try await server.run() }
    switch pace {
    case .every(let pause): await show(on: server.screen, every: pause)
    case .keys: await show(on: server)
    }
    service.cancel()
  }

  /// For ever, on the main thread, which sleeps in between as that of any program: timers of tasks would wake two more.
  @MainActor
  private func show(on screen: Screen, every pause: Duration) -> Never {
    var (due, number) = (ContinuousClock.now, 0)
    while true {
      due += pause
      let rest = due - .now
      if rest > .zero { usleep(UInt32(rest / .microseconds(1))) }
      number = step(from: number, on: screen)
    }
  }

  private func show(on server: Server) async {
    var number = 0
    for await input in server.input {
      if case .key(let change) = input.action, change.isPress { number = step(from: number, on: server.screen) }
    }
  }

  private func step(from number: Int, on screen: Screen) -> Int {
    let next = (number + 1) % pictures.count
    screen.show(pictures[next], changes: changes[next])
    return next
  }
}

extension Rect {
  init(of numbers: [Int32]) {
    self.init(left: numbers[0], top: numbers[1], right: numbers[0] + numbers[2], bottom: numbers[1] + numbers[3])
  }
}
