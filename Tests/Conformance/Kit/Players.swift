import Foundation
import SpiceMedia
import SpicePixels
import SpiceProtocol
import SpiceSession
import TestSupport

/// The reference client's picture of a script.
enum Reference {
  struct Answer {
    /// Nil where it drew none: it crashed, or gave up.
    var picture: Raster?
    /// What it said on standard error.
    var complaint: String
  }

  static func play(_ script: [UInt8]) async throws -> Answer {
    let server = try ScriptedServer(script: script)
    defer { server.close() }
    let file = FileManager.default.temporaryDirectory.appending(path: "conformance-\(UUID().uuidString).ppm")
    defer { try? FileManager.default.removeItem(at: file) }
    let client = try Subprocess.start(
      "spicy-screenshot", ["--uri=spice://127.0.0.1:\(server.port)", "--out-file=\(file.path)"],
      deadline: .seconds(20))
    let output = try await client.end()
    if client.isOverdue { return Answer(picture: nil, complaint: "no picture in 20 seconds: \(output.complaint)") }
    guard output.status == 0, let data = try? Data(contentsOf: file) else {
      return Answer(picture: nil, complaint: "status \(output.status): \(output.complaint)")
    }
    return Answer(picture: try PPM.decode(data), complaint: output.complaint)
  }
}

/// Our own client's picture of a script: the display engine, and the decoders that hosts give it.
enum Ours {
  static func play(_ script: [UInt8]) throws -> Raster {
    let now = Moment(microseconds: 1)
    var store = DisplayStore()
    var engine = DisplayEngine(connectionID: 1, hasPassword: false)
    var link = ServerLink(publicKey: [UInt8](repeating: 0, count: LinkConstants.publicKeySize))
    engine.start(at: now)
    var isLinked = false
    func answer(_ bytes: [UInt8]) throws -> [UInt8] {
      var said: [UInt8] = []
      try link.receive(bytes, at: now)
      while let effect = link.next() {
        switch effect {
        case .send(let bytes): said += bytes
        case .judge: link.accept(common: ServerLink.capabilities, specific: Capabilities())
        case .ticket: link.conclude(.ok)
        case .linked: isLinked = true
        }
      }
      return said
    }
    var script: [UInt8]? = script
    while true {
      while let effect = engine.next() {
        switch effect {
        case .send(let bytes):
          guard !isLinked else { continue }
          let said = try answer(bytes)
          if !said.isEmpty { try engine.receive(said, at: now, &store) }
        case .encryptTicket:
          try engine.answer(ticket: [UInt8](repeating: 0, count: LinkConstants.ticketSize), at: now, &store)
        case .event, .endVideo: continue
        case .decode(let job): try engine.complete(job.id, decode(job), at: now, &store)
        }
      }
      guard isLinked, let bytes = script else { break }
      script = nil
      try engine.receive(bytes, at: now, &store)
    }
    guard let primary = engine.primary, let surface = engine.surfaces[primary], engine.isSettled else {
      throw PeerError("our own client has drawn no picture")
    }
    return surface.snapshot(of: Rect(surface.size))
  }

  private static func decode(_ job: DecodeJob) -> DecodeResult {
    do throws(MediaError) {
      switch job.work {
      case .jpeg(let data, _, _): return .pixels(try JPEG.decode(data))
      case .inflate(let data, let size): return .bytes(try Deflate.inflate(data, expectedSize: size))
      case .image(let image): return image.decode(limits: .standard)
      case .video: return .nothing
      }
    } catch {
      return .failed("\(error)")
    }
  }
}
