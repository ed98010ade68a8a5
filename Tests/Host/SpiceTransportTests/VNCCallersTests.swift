import SpiceTransport
import TestSupport
import Testing

/// Real VNC viewers at a SPICE port. Each needs an X display.
@Suite("A VNC viewer that calls a SPICE server", .timeLimit(.minutes(3)))
struct VNCCallersTests {
  @Test("TigerVNC shows the reason")
  func tigerVNC() async throws {
    // It breaks the line where its terminal might end.
    try await withViewer("xtigervncviewer") { port in
      ["127.0.0.1::\(port)"]
    } says: { text in
      text.split { $0 == " " || $0 == "\n" }.joined(separator: " ").contains(RFBRefusal.reason)
    }
  }

  @Test("gvncviewer ends with an error instead of waiting for ever")
  func gvncviewer() async throws {
    // It takes a display's number, which is the port's above 5900. Of an empty list of types it shows no reason: it
    // reads the reason's length as the result of a type.
    try await withViewer("gvncviewer") { port in
      ["127.0.0.1:\(port - 5900)"]
    } says: { text in
      text.contains("Error: ") && text.contains("Disconnected from server")
    }
  }

  /// Runs a viewer against a reception, until it has been told and has said the right thing about it.
  private func withViewer(
    _ program: String, arguments: (Int) -> [String], says isRight: (String) -> Bool
  ) async throws {
    try await withVirtualScreen { screen in
      try await withReception(ReceptionOptions(silenceGrace: .milliseconds(500))) { address, log in
        let viewer = try Subprocess.start(
          program, arguments(address.port), environment: ["DISPLAY": screen.display, "LC_ALL": "C.UTF-8"],
          deadline: .seconds(60))
        defer { viewer.kill() }
        let turnedAway = try await waitUntil("\(program)'s call") { log.reasons.first }
        #expect(turnedAway == .vnc(version: "003.008"))
        try await waitUntil("what \(program) should say about it") {
          let output = try viewer.output()
          return isRight("\(output.text)\n\(output.complaint)") ? () : nil
        }
      }
    }
  }
}
