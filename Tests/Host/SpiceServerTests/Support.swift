import Logging
import SpiceClient
import SpicePixels
import SpiceProtocol
import SpiceServer
import SpiceTransport
import Synchronization
import TestSupport
import Testing

/// Runs `body` while a server serves.
func withServer<Result>(
  _ change: (inout ServerOptions) -> Void = { _ in }, _ body: (Server) async throws -> Result
) async throws -> Result {
  var options = ServerOptions()
  options.screens = [.init(size: Size(width: 96, height: 64))]
  options.logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
  // Where many tests run at once a caller may be silent for longer, and would be taken for a VNC client.
  options.silenceGrace = nil
  change(&options)
  let server = try await Server.start(options)
  return try await during({ try await server.run() }) { try await body(server) }
}

/// Connects, and disconnects when `body` is done.
func withClient<Result>(
  _ uri: String, password: String? = nil, options: ClientOptions = ClientOptions(),
  adjust: (inout Target) -> Void = { _ in }, _ body: (Client) async throws -> Result
) async throws -> Result {
  var target = try Target(uri: uri)
  if let password { target.password = Secret(password) }
  adjust(&target)
  let client = try await Client.connect(to: target, options: options)
  let result: Result
  do {
    result = try await body(client)
  } catch {
    await client.disconnect()
    throw error
  }
  await client.disconnect()
  return result
}

extension Server {
  var uri: String { "spice://\(addresses[0])" }
}

extension Client {
  /// Waits until the display shows what the screen has; fails with the difference where it never does.
  func shows(
    _ screen: Screen, display: Int = 0, sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    var difference: String?
    for _ in 0..<1000 {
      let raster = await inspectDisplay(display) { engine in
        engine.primary.flatMap { engine.surfaces[$0] }?.raster
      }
      if let raster = raster ?? nil {
        difference = Picture(raster).difference(from: Picture(screen.picture))
        if difference == nil { return }
      } else {
        difference = "there is no picture"
      }
      try await Task.sleep(for: .milliseconds(10))
    }
    Issue.record("\(difference ?? "")", sourceLocation: sourceLocation)
  }
}

extension Picture {
  /// Without the high byte, which means nothing.
  init(_ raster: Raster) {
    self.init(width: raster.width, height: raster.height, pixels: raster.pixels.map { $0 & 0xFF_FFFF })
  }
}

/// What connecting fails with, in words; nil where it does not.
func refusal(
  _ uri: String, password: String? = nil, options: ClientOptions = ClientOptions(),
  adjust: (inout Target) -> Void = { _ in }
) async throws -> String? {
  do {
    try await withClient(uri, password: password, options: options, adjust: adjust) { _ in }
    return nil
  } catch let error as ClientError {
    return "\(error)"
  }
}

/// Opens a plain connection, says `bytes`, and gives all that comes back until the server closes.
func answer(to bytes: [UInt8], at server: Server) async throws -> [UInt8] {
  let connection = try await Transport.connect(Endpoint(address: server.addresses[0]))
  try await connection.write(bytes)
  var answer: [UInt8] = []
  while let more = try? await connection.read() { answer += more }
  return answer
}

/// The lines of a logger.
final class LogLines: Sendable {
  private let lines = Mutex<[String]>([])
  var all: [String] { lines.withLock { $0 } }

  var logger: Logger {
    Logger(label: "test") { _ in Handler(lines: self) }
  }

  private struct Handler: LogHandler {
    let lines: LogLines
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
      let facts = event.metadata.map { "\($0)" } ?? ""
      lines.lines.withLock { $0.append("\(event.level): \(event.message) \(facts)") }
    }
  }
}

/// Numbers that are the same in each run.
struct SeededNumbers: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }
}
