import Foundation

/// The reference client's picture of a screen (`spicy-screenshot` of spice-gtk).
public enum SpicyScreenshot {
  /// Takes one.
  ///
  /// - Parameters:
  ///   - uri: such as `spice://127.0.0.1:5930`.
  ///   - password: the ticket; nil: none.
  ///   - authority: the certificate authority's file, for TLS.
  /// - Throws: `PeerError` with what it complained about.
  public static func take(
    uri: String, password: String? = nil, authority: URL? = nil
  ) async throws -> Picture {
    try await withTemporaryFolder { folder in
      let file = folder.appending(path: "picture.ppm")
      var words = ["--uri=\(uri)", "--out-file=\(file.path)"]
      if let password { words += ["-w", password] }
      // It has no option for the authority, but OpenSSL reads this.
      let trust = authority.map { ["SSL_CERT_FILE": $0.path] } ?? [:]
      let output = try await Subprocess.run("spicy-screenshot", words, environment: trust, deadline: .seconds(30))
      guard output.status == 0, FileManager.default.fileExists(atPath: file.path) else {
        throw PeerError(
          "spicy-screenshot of \(uri) ended with status \(output.status): \(output.text) \(output.complaint)")
      }
      return try Picture(ppm: Data(contentsOf: file))
    }
  }

  /// Of a port of 127.0.0.1.
  public static func take(port: Int, password: String? = nil) async throws -> Picture {
    try await take(uri: "spice://127.0.0.1:\(port)", password: password)
  }
}
