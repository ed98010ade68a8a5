import Foundation
import SpiceProtocol
import TestSupport
import Testing

import SpiceClient

@Suite("saffron probe", .serialized, .timeLimit(.minutes(1)))
struct ProbeCommandTests {
  /// The names that Documentation/commands/saffron.md gives.
  private struct Report: Decodable {
    struct Session: Decodable {
      var id: UInt32
      var name: String?
      var uuid: String?
      var mouseModes: [String]
      var mouseMode: String
      var agentConnected: Bool
      var agentTokens: UInt32
      var multimediaTimeMilliseconds: UInt32
      var ramHintBytes: UInt32
      var displayChannelsHint: UInt32
    }

    struct Link: Decodable {
      var version: String
      var header: String
      var authentication: String
      var tls: String?
      var commonCapabilities: [String]
      var channelCapabilities: [String]
      var roundTripMilliseconds: Double
    }

    struct Channel: Decodable {
      var name: String
      var id: Int
      var link: Link?
    }

    struct Surface: Decodable {
      var id: UInt32
      var width: Int
      var height: Int
      var format: String
    }

    struct Monitor: Decodable {
      var id: UInt32
      var surface: UInt32
      var x: UInt32
      var y: UInt32
      var width: UInt32
      var height: UInt32
    }

    struct Display: Decodable {
      var id: Int
      var isComplete: Bool
      var surface: Surface?
      var offscreenSurfaces: Int
      var offscreenPixels: Int
      var monitors: [Monitor]
      var images: [String: Int]
      var draws: [String: Int]
      var undrawn: [String: Int]
      var streams: [String: Int]
      var streamFrames: Int
      var lostStreamFrames: Int
    }

    var session: Session
    var channels: [Channel]
    var displays: [Display]
    var roundTripMilliseconds: Double
  }

  private static let script = ScriptedServer.Script.with {
    $0.channels.append(ChannelID(.playback))
    $0.channels.append(ChannelID(rawType: 77, id: 3))
    $0.main = { channel, server in
      try await channel.send(MainServerMessage.name(Array("guest".utf8)), MainServerMessage.uuid(Array(0..<16)))
      try await channel.openSession(server.script)
      try await channel.drain()
    }
    $0.display = { channel, _ in
      try await channel.expectDisplayInit()
      try await channel.send(
        DisplayServerMessage.monitorsConfig(
          [MonitorHead(id: 0, surface: 0, width: 64, height: 48, x: 0, y: 0)], maximum: 1))
      try await channel.show(Screen.green)
      try await channel.drain()
    }
  }

  @Test("--json has the documented names and the server's own facts")
  func json() async throws {
    try await ScriptedServer.run(Self.script) { server in
      let output = try await Saffron.run("probe", server.address, "--json")
      #expect(output.status == 0)
      let report = try JSONDecoder().decode(Report.self, from: output.standardOutput)
      #expect(report.session.id == 0x1234_5678)
      #expect(report.session.name == "guest")
      #expect(report.session.uuid == "00010203-0405-0607-0809-0a0b0c0d0e0f")
      #expect(report.session.mouseMode == "client")
      #expect(report.session.mouseModes == ["client", "server"])
      let names = report.channels.map { "\($0.name) \($0.id)" }
      #expect(names == ["main 0", "display 0", "inputs 0", "cursor 0", "playback 0", "type 77 3"])
      let main = try #require(report.channels.first?.link)
      #expect(main.version == "2.2")
      #expect(main.header == "mini")
      #expect(main.authentication == "ticket, selected")
      #expect(main.tls == nil)
      #expect(main.commonCapabilities == ["AUTH_SELECTION", "AUTH_SPICE", "MINI_HEADER"])
      #expect(report.channels.last?.link == nil)
      let display = try #require(report.displays.first)
      #expect(display.isComplete)
      #expect(display.surface?.width == 64)
      #expect(display.monitors.first?.height == 48)
      #expect(display.draws == ["DRAW_FILL": 1])
    }
  }

  @Test("--json has no names but the documented ones")
  func names() async throws {
    try await ScriptedServer.run(Self.script) { server in
      let output = try await Saffron.run("probe", server.address, "--json")
      let report = try #require(try JSONSerialization.jsonObject(with: output.standardOutput) as? [String: Any])
      #expect(report.keys.sorted() == ["channels", "displays", "findings", "roundTripMilliseconds", "session"])
      let session = try #require(report["session"] as? [String: Any])
      #expect(
        session.keys.sorted() == [
          "agentConnected", "agentTokens", "displayChannelsHint", "id", "mouseMode", "mouseModes",
          "multimediaTimeMilliseconds", "name", "ramHintBytes", "uuid",
        ])
      let display = try #require((report["displays"] as? [[String: Any]])?.first)
      #expect(
        display.keys.sorted() == [
          "draws", "id", "images", "isComplete", "lostStreamFrames", "monitors", "offscreenPixels",
          "offscreenSurfaces", "streamFrames", "streams", "surface", "undrawn",
        ])
    }
  }

  @Test("every name of the JSON stands in the documentation")
  func documentation() async throws {
    let page = try String(
      contentsOf: Repository.root.appending(path: "Documentation/commands/saffron.md"), encoding: .utf8)
    try await ScriptedServer.run(Self.script) { server in
      let output = try await Saffron.run("probe", server.address, "--json")
      var missing: Set<String> = []
      func look(_ value: Any) {
        if let list = value as? [Any] { list.forEach(look) }
        for (key, part) in value as? [String: Any] ?? [:] {
          // Counts have the protocol's words for names.
          if key.contains(where: \.isLowercase), !page.contains("`\(key)`") { missing.insert(key) }
          look(part)
        }
      }
      look(try JSONSerialization.jsonObject(with: output.standardOutput))
      #expect(missing.isEmpty)
    }
  }

  @Test("the report for people names channels, capabilities and displays")
  func text() async throws {
    try await ScriptedServer.run(Self.script) { server in
      let text = try await Saffron.run("probe", server.address).text
      for line in [
        "session      0x12345678", "name         guest", "mouse        client (offered: client, server)",
        "  display 0  SPICE 2.2, mini headers, ticket, selected, plain", "  playback 0  (not opened)", "display 0",
        "  monitor 0: 64×48 at 0,0", "  draws: DRAW_FILL 1",
      ] {
        #expect(text.split(separator: "\n").contains(Substring(line)), "\(line)")
      }
    }
  }

  @Test("a display that shows nothing is part of the report")
  func nothingShown() async throws {
    let script = ScriptedServer.Script.with { $0.display = { channel, _ in try await channel.drain() } }
    try await ScriptedServer.run(script) { server in
      let output = try await Saffron.run("probe", server.address, "--timeout", "1.5")
      #expect(output.status == 0)
      #expect(output.text.contains("display 0  (no complete picture yet)"))
    }
  }
}
