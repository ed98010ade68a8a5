import SpiceMedia
import SpicePixels
import SpiceSession
import TestSupport
import Testing

/// Every recorded session through the display engine with this host's decoders behind it.
@Suite("Recorded sessions with this host's decoders")
struct ReplayTests {
  private struct Player {
    var engine = DisplayEngine(connectionID: 1, hasDecodingThreads: true, hasPassword: false)
    var store = DisplayStore()
    private var jobs: [DecodeJob] = []
    let now = Moment(microseconds: 0)

    /// Feeds bytes and does what the engine asks for. Jobs are done one by one, the newest first, which shows whether the
    /// order of draws is kept by itself.
    mutating func play(_ bytes: [UInt8]) throws {
      try engine.receive(bytes, at: now, &store)
      while true {
        while let effect = engine.next() {
          switch effect {
          case .encryptTicket: try engine.answer(ticket: [UInt8](repeating: 0, count: 128), at: now, &store)
          case .decode(let job): jobs.append(job)
          case .send, .event, .endVideo: break
          }
        }
        guard let job = jobs.popLast() else { return }
        try engine.complete(job.id, result(of: job), at: now, &store)
      }
    }

    private func result(of job: DecodeJob) -> DecodeResult {
      do throws(MediaError) {
        switch job.work {
        case .jpeg(let data, let width, let height):
          let raster = try JPEG.decode(data)
          guard raster.width == width, raster.height == height else { return .failed("another size than announced") }
          return .pixels(raster)
        case .inflate(let data, let size): return .bytes(try Deflate.inflate(data, expectedSize: size))
        case .image(let image): return image.decode(limits: .standard)
        case .video: return .failed("no codec was named to the server")
        }
      } catch {
        return .failed(error.description)
      }
    }
  }

  @Test("the display arrives at the picture that the reference client had", arguments: RecordedSession.names)
  func picture(_ name: String) async throws {
    let session = try RecordedSession(name)
    let connection = try #require(session.connections.first { $0.channel == 2 })
    var player = Player()
    for start in stride(from: 0, to: connection.server.count, by: 16_384) {
      try player.play(Array(connection.server[start..<min(connection.server.count, start + 16_384)]))
    }
    #expect(player.engine.isSettled && player.engine.isMarked)
    #expect(player.engine.statistics.lostFrames == 0)
    #expect(player.engine.statistics.undrawn.isEmpty)
    let surface = try #require(player.engine.primary.flatMap { player.engine.surfaces[$0] })
    #expect(surface.size == Size(width: session.width, height: session.height))
    if FNV1a.hash(pixels: surface.pixels) == session.hash { return }
    let ours = Picture(width: surface.size.width, height: surface.size.height, pixels: surface.pixels)
    let theirs = try await session.picture()
    // Where JPEG is part of the picture another version of the library may round differently.
    #expect(ours.difference(from: theirs, tolerance: session.isLossy ? 8 : 0) == nil)
    let decibels = ours.signalToNoise(theirs)
    #expect(decibels >= 45)
  }
}
