import SpiceClient
import SpicePixels
import SpiceSession
import TestSupport
import Testing

/// Opens a session, uses it, and closes it whatever happens.
func withClient<Result: Sendable>(
  _ uri: String, password: String? = nil, options: ClientOptions = ClientOptions(),
  adjust: (inout Target) -> Void = { _ in },
  _ body: @Sendable (Client) async throws -> Result
) async throws -> Result {
  var target = try Target(uri: uri)
  if let password { target.password = Secret(password) }
  adjust(&target)
  let client = try await Client.connect(to: target, options: options)
  do {
    let result = try await body(client)
    await client.disconnect()
    return result
  } catch {
    await client.disconnect()
    throw error
  }
}

extension Client {
  /// What the client has drawn so far, without asking the server for anything.
  func drawn(of display: Int = 0) async throws -> Picture {
    let raster = await inspectDisplay(display) { engine in
      engine.primary.flatMap { engine.surfaces[$0] }?.raster
    }
    guard let raster = raster ?? nil else { throw PeerError("display \(display) shows nothing") }
    return Picture(raster)
  }

  /// What the client has drawn, once it equals `truth`; what it has at the end where it never does.
  func drawn(until truth: Picture, within time: Duration = .seconds(5)) async throws -> Picture {
    let end = ContinuousClock.now + time
    while true {
      // Nothing has been drawn yet on a display that was opened a moment ago.
      let picture = ContinuousClock.now > end ? try await drawn() : try? await drawn()
      if let picture, picture == truth || ContinuousClock.now > end { return picture }
      try await Task.sleep(for: .milliseconds(50))
    }
  }
}

extension QemuGuest {
  /// Expects that a client's look at the guest is what QEMU itself has: taken while the screen stood still, for an
  /// emulated machine finishes its drawing when it gets to it.
  @discardableResult
  func shows(
    _ look: @Sendable () async throws -> Picture, sourceLocation: SourceLocation = #_sourceLocation
  ) async throws -> Picture {
    var before = try await screen()
    return try await waitUntil("the guest's screen to stand still while it is looked at") {
      let picture = try await look()
      let after = try await screen()
      guard before == after else {
        before = after
        return nil
      }
      if let difference = picture.difference(from: after) {
        Issue.record("\(difference)", sourceLocation: sourceLocation)
      }
      return picture
    }
  }
}

extension Picture {
  init(_ raster: Raster) {
    self.init(width: raster.width, height: raster.height, pixels: raster.pixels)
  }
}
