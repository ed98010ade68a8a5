import Foundation

/// The reference client's library, led by a script: `Scripts/peers/glib-client`, which says what its commands are.
public enum GLibClient {
  /// Opens a session and obeys the commands, one after the other.
  ///
  /// - Returns: what it printed: one line of JSON for each `facts`.
  /// - Throws: `PeerError` with the sentence it ended with, such as what it waited for in vain.
  @discardableResult
  public static func run(
    _ uri: String, password: String? = nil, authority: URL? = nil, compression: String? = nil, _ commands: [String]
  ) async throws -> [String] {
    var words = [uri]
    if let password { words += ["--password", password] }
    if let authority { words += ["--ca", authority.path] }
    if let compression { words += ["--compression", compression] }
    return try await ScriptedClient.run("peers/glib-client", words, commands)
  }
}

/// The web client spice-html5 in a browser, led by a script: `Scripts/peers/chromium-html5`.
public enum WebClient {
  /// Opens a session over WebSockets with 127.0.0.1 and obeys the commands, one after the other.
  @discardableResult
  public static func run(port: Int, _ commands: [String]) async throws -> [String] {
    try await ScriptedClient.run("peers/chromium-html5", ["127.0.0.1:\(port)"], commands)
  }
}

enum ScriptedClient {
  static func run(_ script: String, _ words: [String], _ commands: [String]) async throws -> [String] {
    let input = Data((commands.joined(separator: "\n") + "\n").utf8)
    let output = try await Subprocess.run(Repository.script(script), words, input: input, deadline: .seconds(70))
    guard output.status == 0 else { throw PeerError(output.complaint) }
    return output.text.split(separator: "\n").map(String.init)
  }
}
