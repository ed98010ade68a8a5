import SpiceTransport
import TestSupport
import Testing

/// Real VNC viewers at a SPICE port. Each needs an X display, and shows the person why it did not work.
@Suite("A VNC viewer that calls a SPICE server", .timeLimit(.minutes(3)))
struct VNCCallersTests {
  @Test("TigerVNC says that this is a SPICE server")
  func tigerVNC() async throws {
    let said = try await complaint(of: "xtigervncviewer") { port in ["127.0.0.1::\(port)"] }
    #expect(said.contains(RFBRefusal.reason))
  }

  @Test("gvncviewer says that this is a SPICE server")
  func gvncviewer() async throws {
    // It takes a display's number, which is the port's above 5900.
    let said = try await complaint(of: "gvncviewer") { port in ["--gtk-vnc-debug", "127.0.0.1:\(port - 5900)"] }
    #expect(said.contains(RFBRefusal.reason))
  }

  /// What the viewer writes, once the reception has told it.
  private func complaint(of program: String, arguments: (Int) -> [String]) async throws -> String {
    try await withDisplay { display in
      try await withReception(ReceptionOptions(silenceGrace: .milliseconds(500))) { address, log in
        let viewer = try Subprocess.start(
          program, arguments(address.port), environment: ["DISPLAY": display, "LC_ALL": "C.UTF-8"],
          deadline: .seconds(60))
        defer { viewer.kill() }
        let turnedAway = try await waitUntil("\(program)'s call") { log.reasons.first }
        #expect(turnedAway == .vnc(version: "003.008"))
        return try await waitUntil("a word of \(program)'s about it") {
          let output = try viewer.output()
          let text = output.text + output.complaint
          return text.contains("SPICE") || !viewer.isRunning ? text : nil
        }
      }
    }
  }

  /// An X server without a screen, for as long as `body` runs.
  private func withDisplay<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    let server = try Subprocess.start(
      "Xvfb", ["-displayfd", "1", "-screen", "0", "800x600x24", "-nolisten", "tcp"], deadline: .seconds(150))
    defer { server.kill() }
    let display = try await waitUntil("an X display") { () -> String? in
      let output = try server.output()
      guard server.isRunning else { throw PeerError("Xvfb ended: \(output.complaint)") }
      return output.text.isEmpty ? nil : ":\(output.text)"
    }
    return try await body(display)
  }
}
