import Foundation
import Testing
import TestSupport

@Suite("saffron serve's desktop, used by the reference client")
struct ServerSessionTests {
  /// What `glib-client facts` prints.
  struct Facts: Decodable {
    struct Monitor: Decodable {
      var width: Int
      var height: Int
    }
    struct Sound: Decodable {
      struct Start: Decodable, Equatable {
        var format: Int
        var channels: Int
        var rate: Int
      }
      var starts: [Start]
      var stops: Int
      var volume: [Int]
      var mute: Bool
    }
    var name: String
    var channels: [String]
    var mouse: String
    var agent: Bool
    var monitors: [Monitor]
    var cursors: [[Int]]
    var sound: Sound

    enum CodingKeys: String, CodingKey {
      case name, channels, agent, monitors, cursors, sound
      case mouse = "mouse-mode"
    }
  }

  @Test("all channels open, the pointer is the client's, the agent is there, and a wish for a monitor is taken")
  func facts() async throws {
    try await withServer { server in
      let lines = try await GLibClient.run(
        server.uri,
        [
          "ready", "channels main display inputs cursor playback", "agent", "cursor", "monitor 1000 700", "changes",
          "facts",
        ])
      let facts = try JSONDecoder().decode(Facts.self, from: Data(try #require(lines.first).utf8))
      #expect(facts.name == "Saffron's demo desktop")
      #expect(facts.mouse == "client")
      #expect(facts.agent)
      #expect(facts.monitors.map { [$0.width, $0.height] } == [[1280, 800]])
      #expect(facts.cursors.first?.count == 4)
    }
  }

  @Test("the desktop's tone arrives whole: one second at 440 Hz")
  func tone() async throws {
    try await withTemporaryFolder { folder in
      let file = folder.appending(path: "tone")
      let lines = try await withServer { server in
        try await GLibClient.run(
          server.uri, ["ready", "channels playback inputs", "key 0x3f", "silence", "hears 1 \(file.path)", "facts"])
      }
      let facts = try JSONDecoder().decode(Facts.self, from: Data(try #require(lines.first).utf8))
      #expect(facts.sound.starts == [.init(format: 1, channels: 2, rate: 48_000)])
      let samples = Self.left(of: try Data(contentsOf: file))
      #expect(samples.count == 48_000)
      let crossings = samples.indices.dropFirst().filter { samples[$0 - 1] < 0 && samples[$0] >= 0 }
      let first = try #require(crossings.first)
      let last = try #require(crossings.last)
      let frequency = Double(crossings.count - 1) * 48_000 / Double(last - first)
      #expect(abs(frequency - 440) < 1)
    }
  }

  @Test("the volume that the desktop wishes for reaches the client's mixer")
  func volume() async throws {
    let lines = try await withServer { server in
      try await GLibClient.run(
        server.uri, ["ready", "channels playback inputs", "key 0x40", "key 0x40", "volume 49151", "facts"])
    }
    let facts = try JSONDecoder().decode(Facts.self, from: Data(try #require(lines.first).utf8))
    #expect(facts.sound.volume == [49_151, 49_151])
    #expect(!facts.sound.mute)
  }

  private static func left(of stereo: Data) -> [Int16] {
    let bytes = [UInt8](stereo)
    return stride(from: 0, to: bytes.count - 3, by: 4).map {
      Int16(bitPattern: UInt16(bytes[$0]) | UInt16(bytes[$0 + 1]) << 8)
    }
  }
}
