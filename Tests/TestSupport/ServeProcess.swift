import Foundation

/// `saffron serve` as this build made it: the product, as other people's clients meet it.
public struct ServeProcess: Sendable {
  public let process: RunningProcess
  /// What it printed: the addresses to use, in the order they were asked for.
  public let addresses: [String]

  /// The first address, such as `spice://127.0.0.1:40123`.
  public var uri: String { addresses[0] }

  /// The port of the first address.
  public var port: Int {
    get throws { try Self.port(of: addresses[0]) }
  }

  /// Asks it to end, as a service manager does, and waits until it has.
  public func terminate() async throws -> Subprocess.Output {
    process.kill()
    return try await process.end()
  }

  static func port(of address: String) throws -> Int {
    guard let text = address.split(separator: ":").last, let port = Int(text) else {
      throw PeerError("'\(address)' has no port")
    }
    return port
  }
}

/// Starts `saffron serve` on a free port of 127.0.0.1, runs `body`, and ends the server whatever happens.
///
/// - Parameters:
///   - arguments: those after `serve`. Without `--listen` among them it listens on a free port.
///   - program: where the command is; nil: the one beside the tests.
@discardableResult
public func withServer<Result: Sendable>(
  _ arguments: [String] = [], program: URL? = nil, _ body: @Sendable (ServeProcess) async throws -> Result
) async throws -> Result {
  try await PeerGate.shared.pass {
    let listen = arguments.contains("--listen") ? [] : ["--listen", "127.0.0.1:0"]
    let wanted = max(1, arguments.count { $0 == "--listen" }) + (arguments.contains("--tls-port") ? 1 : 0)
    let process = try Subprocess.start(
      (program ?? Repository.product("saffron")).path, ["serve"] + listen + arguments, deadline: .seconds(120))
    defer { process.kill() }
    let addresses = try await waitUntil("saffron serve to say its addresses", every: .milliseconds(20)) {
      let lines = try process.output().text.split(separator: "\n").map(String.init)
      if lines.count >= wanted { return lines }
      guard process.isRunning else {
        throw PeerError("saffron serve ended: \(try process.output().complaint)")
      }
      return nil
    }
    return try await body(ServeProcess(process: process, addresses: addresses))
  }
}

extension Repository {
  /// What this build made, beside the tests that run.
  public static func product(_ name: String) -> URL {
    root.appending(path: ".build/release").appending(path: name)
  }
}
