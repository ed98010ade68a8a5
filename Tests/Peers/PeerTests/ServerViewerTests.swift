import Foundation
import Testing
import TestSupport

/// virt-viewer's window, led by hand: what a person with a desktop sees and does.
@Suite("saffron serve, in the window of remote-viewer")
struct ServerViewerTests {
  @Test("the window shows the picture pixel for pixel; a key and a click arrive")
  func window() async throws {
    try await withTemporaryFolder { folder in
      let slides = try await TestSlides(in: folder, [(.photo, 640, 480), (.text, 640, 480), (.gradient, 640, 480)])
      let pictures = try (0..<3).map(slides.picture)
      try await withServer(["--png", slides.folder.path]) { server in
        try await withVirtualScreen(width: 1024, height: 800) { screen in
          let manager = try screen.start("openbox")
          defer { manager.kill() }
          // Its settings are nobody's, so it begins as it does for everyone.
          let viewer = try Subprocess.start(
            "remote-viewer", [server.uri],
            environment: [
              "DISPLAY": screen.display, "HOME": folder.path, "GSETTINGS_BACKEND": "memory", "LC_ALL": "C.UTF-8",
            ], deadline: .seconds(100))
          defer { viewer.kill() }
          try await self.waits(for: pictures[0], on: screen, of: viewer)
          try await screen.run("xdotool", "mousemove", "--sync", "300", "300")
          try await screen.run("xdotool", "key", "space")
          try await self.waits(for: pictures[1], on: screen, of: viewer)
          try await screen.run("xdotool", "click", "1")
          try await self.waits(for: pictures[2], on: screen, of: viewer)
        }
      }
    }
  }

  private func waits(for picture: Picture, on screen: VirtualScreen, of viewer: RunningProcess) async throws {
    try await waitUntil("the picture in remote-viewer's window", every: .milliseconds(300)) {
      guard viewer.isRunning else { throw PeerError("remote-viewer ended: \(try viewer.output().complaint)") }
      return try await screen.screen().contains(picture) ? () : nil
    }
  }
}
