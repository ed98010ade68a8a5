import Foundation
import SpiceClient
import SpiceProtocol
import Testing
import TestSupport

/// Real clients at real servers, with the instrument between them.
@Suite("saffron trace", .serialized)
struct TraceTests {
  private static let saffron = Repository.product("saffron").path

  /// A client that opens a session and leaves again.
  enum Guest: String, CaseIterable, Sendable {
    case library = "spice-gtk's library"
    case screenshot = "spicy-screenshot"
    case probe = "saffron probe"
    case web = "spice-html5"
    case page = "<saffron-console> behind saffron gateway"
    case spicy
    case viewer = "remote-viewer"
  }

  private static func visit(_ trace: TraceProcess, _ guest: Guest) async throws {
    switch guest {
    case .library:
      try await GLibClient.run(trace.uri, ["ready", "channels main display inputs cursor", "key 0x1e", "facts"])
    case .screenshot: _ = try await SpicyScreenshot.take(uri: trace.uri)
    case .probe: _ = try await Subprocess.check(saffron, ["probe", trace.uri, "--watch", "1"])
    case .web: try await WebClient.run(port: try trace.port, ["ready", "key Space 32"])
    case .page: try await page(trace)
    case .spicy: try await window(trace, "spicy", ["--uri=\(trace.uri)"])
    case .viewer: try await window(trace, "remote-viewer", [trace.uri])
    }
  }

  /// Our own client in a browser: until its page has a picture.
  private static func page(_ trace: TraceProcess) async throws {
    try await withTemporaryFolder { folder in
      let gateway = try Subprocess.start(
        saffron,
        [
          "gateway", "--listen", "127.0.0.1:0", "--console", "traced=\(trace.uri)", "--drain", "0", "--log-level",
          "warning", "--web", Repository.root.appending(path: "Web").path,
        ], deadline: .seconds(90))
      defer { gateway.kill() }
      let address = try await waitUntil("saffron gateway to say its address", every: .milliseconds(20)) {
        try gateway.output().text.split(separator: "\n").first.map(String.init)
      }
      let picture = folder.appending(path: "page.png").path
      _ = try await Subprocess.check(
        "node", [Repository.script("page-picture.mjs"), "\(address)?console=traced", picture], deadline: .seconds(70))
    }
  }

  /// A client that only a window makes: it is let go when its display has been drawn on and its inputs are open.
  private static func window(_ trace: TraceProcess, _ program: String, _ arguments: [String]) async throws {
    let before = try await draws(trace)
    let running = try Subprocess.start(
      "xvfb-run", ["-a", program] + arguments, environment: ["NO_AT_BRIDGE": "1"], deadline: .seconds(60))
    defer { running.kill() }
    try await waitUntil("\(program) to draw", every: .milliseconds(500)) {
      guard running.isRunning else { throw PeerError("\(program) ended: \(try running.output().complaint)") }
      return try await draws(trace) > before ? () : nil
    }
    running.kill()
    try await running.end()
  }

  private static func draws(_ trace: TraceProcess) async throws -> Int {
    let output = try await Subprocess.run(
      saffron, ["flow", trace.file.path, "--format", "jsonl", "--channel", "display", "--type", "DRAW_COPY"])
    return output.text.split(separator: "\n").count { $0.contains("\"name\":\"DRAW_COPY\"") }
  }

  /// Lets everybody in, and expects nothing to be found: neither live nor in the file.
  private static func expectHealth(at server: String) async throws {
    try await withTrace(to: server) { trace in
      for guest in Guest.allCases { try await visit(trace, guest) }
      let live = try await trace.finish()
      #expect(live.status == 0 && live.text.hasSuffix("Nothing wrong was found."), "\(live.text)")
      let told = try await Subprocess.run(saffron, ["flow", trace.file.path])
      #expect(told.status == 0 && told.text.hasSuffix("Nothing wrong was found."), "\(told.text.suffix(3000))")
      #expect(!told.text.contains("capture:"))
    }
  }

  @Test("nothing is found in healthy sessions of all clients with QEMU") func qemu() async throws {
    try await withQemuGuest { guest in try await Self.expectHealth(at: guest.uri) }
  }

  @Test("nor with an X desktop on which programs draw") func desktop() async throws {
    try await withXDesktop { desktop in
      let clock = try await desktop.start("xclock", "-update", "1", untilWindow: "xclock")
      try await Self.expectHealth(at: desktop.uri)
      withExtendedLifetime(clock) {}
    }
  }

  @Test("nor with our own server") func ours() async throws {
    try await withServer { server in try await Self.expectHealth(at: server.uri) }
  }

  @Test("Wireshark's dissector reads the file: every step and message, nothing malformed") func wireshark() async throws
  {
    try await withServer { server in
      try await withTrace(to: server.uri) { trace in
        try await Self.visit(trace, .library)
        _ = try await Subprocess.check(Self.saffron, ["type", trace.uri, "a"])
        _ = try await trace.finish()
        let port = try server.port
        func tshark(_ filter: String) async throws -> [Substring] {
          try await Subprocess.check(
            "tshark", ["-r", trace.file.path, "-d", "tcp.port==\(port),spice", "-Y", filter], deadline: .seconds(60)
          ).text.split(separator: "\n")
        }
        // The dissector takes no palette behind LZ_PLT's bytes, and warns of what it has left over.
        let wrong = try await tshark(
          "_ws.malformed || _ws.expert.severity >= 0x800000 || tcp.analysis.flags"
            + " || (_ws.expert.severity == 0x600000 && !(spice.image_type == 100))")
        #expect(wrong.isEmpty, "\(wrong.prefix(5))")
        let all = try await tshark("spice").joined(separator: "\n")
        for words in [
          "Client link message", "Server link message", "Client authentication method selection", "Client ticket",
          "CHANNELS_LIST", "SURFACE_CREATE", "KEY_DOWN",
        ] {
          #expect(all.contains(words), "\(words)")
        }
        // One conversation a channel, each with its own ends.
        let streams = try await Subprocess.check(
          "tshark", ["-r", trace.file.path, "-T", "fields", "-e", "tcp.stream"]
        ).text.split(separator: "\n")
        #expect(Set(streams).count >= 4)
      }
    }
  }

  @Test("killed in the middle of a session, it leaves a file with everything until then") func killed() async throws {
    try await withServer { server in
      try await withTrace(to: server.uri) { trace in
        let client = try await Client.connect(to: Target(uri: trace.uri))
        _ = try await client.picture()
        let seen = try await waitUntil("a picture to be in the file") {
          let draws = try await Self.draws(trace)
          return draws > 0 ? draws : nil
        }
        try await trace.killAtOnce()
        await client.disconnect()
        let told = try await Subprocess.run(Self.saffron, ["flow", trace.file.path])
        #expect(told.status == 0 && !told.text.contains("capture:"), "\(told.text.suffix(2000))")
        let left = try await Self.draws(trace)
        #expect(left >= seen)
      }
    }
  }

  @Test("a server behind TLS is called without, and the plain bytes are recorded") func secure() async throws {
    try await withTemporaryFolder { folder in
      let certificates = try await TestCertificates(in: folder)
      let tls = [
        "--listen", "127.0.0.1:0", "--tls-cert", certificates.certificate.path, "--tls-key", certificates.key.path,
        "--tls-port", "0",
      ]
      try await withServer(tls) { server in
        let address = try #require(server.addresses.last)
        #expect(address.hasPrefix("spice+tls://"))
        try await withTrace(to: address, ["--ca-file", certificates.authority.path]) { trace in
          try await Self.visit(trace, .screenshot)
          let live = try await trace.finish()
          #expect(live.status == 0, "\(live.text)")
          let draws = try await Self.draws(trace)
          #expect(draws > 0)
        }
        // A client of ours records itself in the same way.
        let own = folder.appending(path: "own.pcapng")
        _ = try await Subprocess.check(
          Self.saffron,
          [
            "screenshot", address, "--ca-file", certificates.authority.path, "--trace", own.path, "-o",
            folder.appending(path: "a.png").path,
          ])
        let told = try await Subprocess.check(Self.saffron, ["flow", own.path])
        #expect(told.text.contains("SURFACE_CREATE") && told.text.hasSuffix("Nothing wrong was found."))
      }
    }
  }

  @Test("keys that are typed are told while it runs, and not which") func follow() async throws {
    try await withServer { server in
      try await withTrace(to: server.uri, ["--follow"]) { trace in
        _ = try await Subprocess.check(Self.saffron, ["type", trace.uri, "hunter2"])
        let live = try await trace.finish()
        #expect(live.text.contains("KEY_DOWN") && live.text.contains("bytes, not shown"))
        #expect(!live.text.contains("code 35"))
      }
    }
  }

  @Test("a live session is told as a flow, in the format and of the channel that were asked for") func live()
    async throws
  {
    try await withServer { server in
      let flow = try Subprocess.start(
        Self.saffron, ["flow", "--live", server.uri, "--format", "jsonl", "--channel", "inputs", "--once"],
        deadline: .seconds(60))
      defer { flow.kill() }
      let address = try await waitUntil("saffron flow to say its address", every: .milliseconds(20)) {
        try flow.output().complaint.split(separator: " ").first { $0.hasPrefix("spice://") }.map(String.init)
      }
      _ = try await Subprocess.check(Self.saffron, ["type", address, "ab"])
      let told = try await flow.end()
      #expect(told.status == 0 && told.text.contains("\"name\":\"KEY_DOWN\""))
      #expect(told.text.contains("not shown") && !told.text.contains("\"channel\":\"main/0\""))
    }
  }

  @Test("a server that is not there is told to the client by the end of its connection, and to people in a sentence")
  func nobody() async throws {
    try await withTrace(to: "spice://127.0.0.1:1") { trace in
      let refused = try await Subprocess.run(Self.saffron, ["probe", trace.uri])
      #expect(refused.status != 0)
      let live = try await trace.finish()
      #expect(live.complaint.contains("127.0.0.1:1"))
    }
  }
}

@Suite("saffron serve --trace", .serialized)
struct ServeTraceTests {
  @Test("a server records its clients, inside TLS too: the flow is whole, and nothing is wrong with it")
  func record() async throws {
    try await withTemporaryFolder { folder in
      let slides = try await TestSlides(in: folder, [(.photo, 333, 217), (.text, 640, 480)])
      let certificates = try await TestCertificates(in: folder)
      let file = folder.appending(path: "flow.pcapng").path
      let arguments = [
        "--png", slides.folder.path, "--trace", file, "--tls-cert", certificates.certificate.path, "--tls-key",
        certificates.key.path,
      ]
      try await withServer(arguments) { server in
        let turn = ["ready", "shows \(slides.ppms[0].path)", "key 0x39", "shows \(slides.ppms[1].path)"]
        try await GLibClient.run(server.uri, turn)
        let secure = "spice://127.0.0.1?tls-port=\(server.uri.split(separator: ":").last ?? "")"
        try await GLibClient.run(secure, authority: certificates.authority, ["ready"])
      }
      let told = try await Subprocess.check(Repository.product("saffron").path, ["flow", file])
      for word in ["DRAW_COPY", "KEY_DOWN", "CHANNELS_LIST"] { #expect(told.text.contains(word), "\(word)") }
      #expect(told.text.components(separatedBy: "main/0, session").count == 3)
      #expect(told.text.contains("Nothing wrong was found."))
    }
  }
}

@Suite("saffron replay", .serialized)
struct ReplayCommandTests {
  /// Records what a client of ours sees of a desktop on which things happen, and its last picture.
  private func record(_ desktop: XDesktop, _ body: @Sendable (URL, Picture) async throws -> Void) async throws {
    try await withTrace(to: desktop.uri) { trace in
      let client = try await Client.connect(to: Target(uri: trace.uri))
      let terminal = try await desktop.start(
        "xterm", "-title", "at work", "-e",
        "for i in 1 2 3 4 5 6; do ls -la /usr/bin | head -$((i * 9)); sleep 0.2; done; printf '\\033]2;done\\007'; sleep 60",
        untilWindow: "done")
      let truth = try await desktop.stillScreen(pause: .seconds(1))
      let last = try await client.drawn(until: truth)
      await client.disconnect()
      let live = try await trace.finish()
      #expect(live.status == 0, "\(live.text)")
      #expect(last.difference(from: truth) == nil)
      try await body(trace.file, truth)
      withExtendedLifetime(terminal) {}
    }
  }

  @Test("gives our client and the reference client the recorded picture, again and again") func pictures() async throws
  {
    try await withXDesktop { desktop in
      try await record(desktop) { file, truth in
        try await withReplay(of: file) { uri in
          for _ in 0..<2 {
            let ours = try await withClient(uri) { client in try await client.drawn(until: truth) }
            #expect(ours.difference(from: truth) == nil)
          }
          try await withTemporaryFolder { folder in
            let ppm = folder.appending(path: "truth.ppm")
            try truth.ppm.write(to: ppm)
            try await GLibClient.run(uri, ["ready", "shows \(ppm.path)"])
          }
        }
        try await withReplay(of: file, ["--hang-up"]) { uri in
          try await GLibClient.run(uri, ["ready", "ended"])
          let client = try await Client.connect(to: Target(uri: uri))
          for await _ in client.events {}
          guard case .disconnected(LinkErrorCode.ok.rawValue)? = client.failure else {
            Issue.record("\(String(describing: client.failure))")
            return
          }
        }
      }
    }
  }

  @Test("the page of a recording ends with the recorded picture's size, and holds many") func page() async throws {
    try await withXDesktop { desktop in
      try await record(desktop) { file, truth in
        let page = try await Subprocess.check(
          Repository.product("saffron").path, ["flow", file.path, "--format", "html"])
        #expect(page.text.hasPrefix("<!doctype html>"))
        #expect(page.text.components(separatedBy: "image/").count > 2)
        #expect(page.text.contains("\"height\":\(truth.height)"))
      }
    }
  }
}
