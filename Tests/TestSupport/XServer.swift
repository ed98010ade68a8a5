import Foundation

/// An X server, on whose screen programs run.
public protocol XServer: Sendable {
  /// For `DISPLAY`, such as `:7`.
  var display: String { get }
}

extension XServer {
  /// Runs an X program to its end.
  @discardableResult
  public func run(_ program: String, _ arguments: String..., deadline: Duration = .seconds(30)) async throws
    -> Subprocess.Output
  {
    try await Subprocess.check(program, arguments, environment: ["DISPLAY": display], deadline: deadline)
  }

  /// Starts an X program and leaves it running; it ends with the desktop at the latest. Keep the result: the program
  /// ends when it is let go.
  public func start(_ program: String, _ arguments: String...) throws -> RunningProcess {
    try Subprocess.start(program, arguments, environment: ["DISPLAY": display])
  }

  /// Starts a program and waits until a window with that title shows.
  public func start(_ program: String, _ arguments: String..., untilWindow title: String) async throws
    -> RunningProcess
  {
    let running = try Subprocess.start(program, arguments, environment: ["DISPLAY": display])
    try await waitUntil("a window '\(title)' of \(running.name)") {
      if !running.isRunning { throw PeerError("\(running.name) ended: \(try running.output().complaint)") }
      let search = try await Subprocess.run(
        "xdotool", ["search", "--onlyvisible", "--name", title], environment: ["DISPLAY": display])
      return search.status == 0 ? () : nil
    }
    return running
  }

  /// The screen as the X server itself has it, without the pointer: the truth to compare a client's picture with.
  public func screen() async throws -> Picture {
    try Picture(ppm: await run("import", "-window", "root", "-depth", "8", "ppm:-").standardOutput)
  }

  /// The screen, once two looks `pause` apart were equal.
  public func stillScreen(pause: Duration = .milliseconds(500)) async throws -> Picture {
    var last = try await screen()
    return try await waitUntil("the screen of \(display) to stand still", every: pause) {
      let now = try await screen()
      defer { last = now }
      return now == last ? now : nil
    }
  }
}

/// An X server that shows its screen to nobody.
public struct VirtualScreen: XServer {
  public let display: String
}

/// Runs `body` while there is an X server without a screen.
public func withVirtualScreen<Result>(
  width: Int = 800, height: Int = 600, _ body: (VirtualScreen) async throws -> Result
) async throws -> Result {
  let server = try Subprocess.start(
    "Xvfb", ["-displayfd", "1", "-screen", "0", "\(width)x\(height)x24", "-nolisten", "tcp"], deadline: .seconds(150))
  defer { server.kill() }
  let display = try await waitUntil("an X display") { () -> String? in
    let output = try server.output()
    guard server.isRunning else { throw PeerError("Xvfb ended: \(output.complaint)") }
    return output.text.isEmpty ? nil : ":\(output.text)"
  }
  return try await body(VirtualScreen(display: display))
}
