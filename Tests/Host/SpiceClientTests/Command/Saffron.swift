import Foundation
import TestSupport

import SpiceClient

/// The command as it was built: what people run.
enum Saffron {
  /// `SAFFRON_BINARY`, or the binary that the build has put beside the tests.
  static let binary: String = {
    if let path = ProcessInfo.processInfo.environment["SAFFRON_BINARY"] { return path }
    let bundle = CommandLine.arguments.first { $0.contains(".xctest") } ?? CommandLine.arguments[0]
    var folder = URL(filePath: bundle).deletingLastPathComponent()
    while folder.path.contains(".xctest") { folder.deleteLastPathComponent() }
    return folder.appending(path: "saffron").path
  }()

  /// Runs it to its end.
  static func run(
    _ arguments: String..., environment: [String: String] = [:], input: String = ""
  ) async throws -> Subprocess.Output {
    var environment = environment
    // Empty is as good as unset, and hides what the developer may have set.
    if environment["SAFFRON_PASSWORD"] == nil { environment["SAFFRON_PASSWORD"] = "" }
    return try await Subprocess.run(
      binary, arguments, environment: environment, input: Data(input.utf8), deadline: .seconds(30))
  }
}

extension Subprocess.Output {
  /// All that was written, to both ends.
  var everything: String {
    String(decoding: standardOutput, as: UTF8.self) + String(decoding: standardError, as: UTF8.self)
  }
}

extension ScriptedServer {
  var address: String { "spice://127.0.0.1:\(plain.port)" }
}
