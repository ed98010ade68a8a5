import SpiceClient
import SpicePixels
import SpiceSession
import TestSupport

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
      let picture = try await drawn()
      if picture == truth || ContinuousClock.now > end { return picture }
      try await Task.sleep(for: .milliseconds(50))
    }
  }
}

extension Picture {
  init(_ raster: Raster) {
    self.init(width: raster.width, height: raster.height, pixels: raster.pixels)
  }
}
