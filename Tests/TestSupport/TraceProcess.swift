import Foundation

/// `saffron trace` as this build made it, between a server and whoever calls `uri`.
public struct TraceProcess: Sendable {
  public let process: RunningProcess
  /// What a client is to call, such as `spice://127.0.0.1:40123`.
  public let uri: String
  /// The capture.
  public let file: URL

  public var port: Int { get throws { try ServeProcess.port(of: uri) } }

  /// Ends it as Ctrl-C does, and gives what it said of the sessions it saw.
  public func finish() async throws -> Subprocess.Output {
    kill(process.processID, SIGINT)
    return try await process.end()
  }

  /// Ends it as nobody is asked: nothing is written any more.
  public func killAtOnce() async throws {
    kill(process.processID, SIGKILL)
    try await process.end()
  }
}

/// Runs `saffron trace` on a free port, then `body`, and ends it whatever happens.
///
/// - Parameter arguments: beside those for where to listen, where to go and what to write.
@discardableResult
public func withTrace<Result: Sendable>(
  to target: String, _ arguments: [String] = [], _ body: @Sendable (TraceProcess) async throws -> Result
) async throws -> Result {
  try await withTemporaryFolder { folder in
    let file = folder.appending(path: "flow.pcapng")
    let process = try Subprocess.start(
      Repository.product("saffron").path,
      ["trace", "--listen", "127.0.0.1:0", "--to", target, "-o", file.path] + arguments, deadline: .seconds(180))
    defer { process.kill() }
    let uri = try await waitUntil("saffron trace to say its address", every: .milliseconds(20)) {
      if let line = try process.output().text.split(separator: "\n").first { return String(line) }
      guard process.isRunning else { throw PeerError("saffron trace ended: \(try process.output().complaint)") }
      return nil
    }
    return try await body(TraceProcess(process: process, uri: uri, file: file))
  }
}

/// `saffron replay` of a capture on a free port, while `body` runs.
@discardableResult
public func withReplay<Result: Sendable>(
  of file: URL, speed: String = "max", _ arguments: [String] = [],
  _ body: @Sendable (_ uri: String) async throws -> Result
) async throws -> Result {
  let process = try Subprocess.start(
    Repository.product("saffron").path,
    ["replay", file.path, "--listen", "127.0.0.1:0", "--speed", speed] + arguments, deadline: .seconds(120))
  defer { process.kill() }
  let uri = try await waitUntil("saffron replay to say its address", every: .milliseconds(20)) {
    if let line = try process.output().text.split(separator: "\n").first { return String(line) }
    guard process.isRunning else { throw PeerError("saffron replay ended: \(try process.output().complaint)") }
    return nil
  }
  return try await body(uri)
}
