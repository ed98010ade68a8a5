import Foundation
import SpiceClient
import SpicePixels
import SpiceProtocol
import SpiceSession
import Testing
import TestSupport

@Suite("an X desktop on libspice-server")
struct DesktopTests {
  @Test(
    "what is drawn while a client looks on is exact, under every compression",
    arguments: XDesktop.Compression.allCases)
  func live(_ compression: XDesktop.Compression) async throws {
    var options = XDesktop.Options()
    options.compression = compression
    try await drawAndCompare(options)
  }

  @Test("GLZ inside zlib is exact")
  func zlibGLZ() async throws {
    var options = XDesktop.Options()
    options.compression = .glz
    options.zlibGLZ = .always
    try await drawAndCompare(options)
  }

  @Test("without off-screen surfaces the pictures are exact too")
  func withoutSurfaces() async throws {
    var options = XDesktop.Options()
    options.surfaces = false
    try await drawAndCompare(options)
  }

  /// How near JPEG comes to the reference client's decoding of the same bytes is shown by replays of recorded sessions.
  @Test("a photograph that comes as JPEG while a client looks on is what the X server shows, but for JPEG's loss")
  func jpeg() async throws {
    var options = XDesktop.Options()
    options.compression = .autoLZ
    options.jpeg = .always
    options.surfaces = false
    try await withXDesktop(options) { desktop in
      try await withClient(desktop.uri) { client in
        let programs = try await showPhotograph(desktop)
        let truth = try await desktop.stillScreen()
        try await waitUntil("the photograph to be drawn") {
          try await client.drawn().signalToNoise(truth) > 30 ? () : nil
        }
        let images = await client.inspectDisplay { $0.statistics.images } ?? [:]
        #expect(images[.jpeg, default: 0] + images[.jpegAlpha, default: 0] > 0, "\(images)")
        withExtendedLifetime(programs) {}
      }
    }
  }

  /// libspice-server's encoders, and what they make.
  static let films: [(encoder: String, codec: VideoCodec)] = [
    ("spice:mjpeg", .mjpeg), ("gstreamer:vp8", .vp8), ("gstreamer:vp9", .vp9), ("gstreamer:h264", .h264),
  ]

  @Test("a film becomes a stream of each codec, and when it stops the screen is exact again", arguments: films)
  func stream(_ film: (encoder: String, codec: VideoCodec)) async throws {
    try await withFilm(film.encoder, width: 160, height: 120, count: 10, delay: 5) { number in
      ["-seed", "5", "plasma:tomato-steelblue", "-roll", "+\(number * 8)+\(number * 3)"]
    } _: { desktop, client, player, pictures in
      #expect(await client.inspectDisplay { Array($0.statistics.streams.keys) } == [film.codec])
      try await waitUntil("a frame of the film in the client") {
        let shown = try await Self.film(in: client, pictures)
        return pictures.contains { shown.signalToNoise($0) > 23 } ? () : nil
      }
      player.kill()
      let truth = try await desktop.stillScreen(pause: .seconds(2))
      #expect(try await client.drawn(until: truth).difference(from: truth) == nil)
      #expect(await client.inspectDisplay { $0.statistics.lostFrames } == 0)
    }
  }

  /// Encoders write the colours of large pictures after ITU-R BT.709 and those of small ones after BT.601, and mostly do not
  /// say so.
  @Test("a large film has its own colours", arguments: films.dropFirst())
  func largeStream(_ film: (encoder: String, codec: VideoCodec)) async throws {
    try await withFilm(film.encoder, width: 960, height: 640, count: 4, delay: 12) { number in
      ["gradient:rgb(20,190,60)-rgb(210,40,30)", "-roll", "+0+\(number * 40)"]
    } _: { _, client, _, pictures in
      try await waitUntil("a frame of the film in the client") {
        let shown = try await Self.film(in: client, pictures)
        // With the other colours it is below 29.
        return pictures.contains { shown.signalToNoise($0) > 33 } ? () : nil
      }
    }
  }

  /// Where a film's window stands; its border is two pixels wide.
  private static let filmPlace = 20

  /// Runs `body` when a film has become a stream, with its frames.
  ///
  /// - Parameters:
  ///   - delay: of a frame, in hundredths of a second.
  ///   - drawing: what ImageMagick draws a frame with, by its number.
  private func withFilm(
    _ encoder: String, width: Int, height: Int, count: Int, delay: Int, _ drawing: @Sendable (Int) -> [String],
    _ body: @Sendable (XDesktop, Client, RunningProcess, [Picture]) async throws -> Void
  ) async throws {
    var options = XDesktop.Options()
    options.streaming = "all"
    options.videoCodecs = encoder
    options.surfaces = false
    try await withTemporaryFolder { [options] folder in
      let frames = (0..<count).map { folder.appending(path: "\($0).png").path }
      for (number, frame) in frames.enumerated() {
        _ = try await Subprocess.check("convert", ["-size", "\(width)x\(height)"] + drawing(number) + [frame])
      }
      let pictures = try await Self.pictures(frames)
      try await withXDesktop(options) { [frames] desktop in
        try await withClient(desktop.uri) { client in
          let player = try Subprocess.start(
            "animate", ["-delay", "\(delay)", "-geometry", "+\(Self.filmPlace)+\(Self.filmPlace)"] + frames,
            environment: ["DISPLAY": desktop.display])
          defer { player.kill() }
          try await waitUntil("a stream") {
            await client.inspectDisplay { $0.statistics.frames } ?? 0 > 10 ? () : nil
          }
          try await body(desktop, client, player, pictures)
        }
      }
    }
  }

  /// What stands inside the border of the film's window.
  private static func film(in client: Client, _ pictures: [Picture]) async throws -> Picture {
    let place = filmPlace + 2
    return try await client.drawn().part(x: place, y: place, width: pictures[0].width, height: pictures[0].height)
  }

  private static func pictures(_ files: [String]) async throws -> [Picture] {
    var pictures: [Picture] = []
    for file in files {
      let plain = file.replacing(".png", with: ".ppm")
      _ = try await Subprocess.check("convert", [file, "-depth", "8", plain])
      pictures.append(try await Picture.read(URL(filePath: plain)))
    }
    return pictures
  }

  @Test("what is typed arrives in a shell")
  func typing() async throws {
    try await withXDesktop { desktop in
      try await withTemporaryFolder { folder in
        let file = folder.appending(path: "typed").path
        let terminal = try await desktop.start("xterm", "-T", "shell", "-e", "cat > \(file)", untilWindow: "shell")
        try await desktop.run("xdotool", "search", "--name", "shell", "windowfocus", "--sync")
        let text = "The quick brown fox, 42% of #1: \"jumps\" ~ over {a} lazy dog?! |<>&*^\n"
        try await withClient(desktop.uri) { client in
          try await client.type(text)
          #expect(try await client.inputTaken())
        }
        let typed = try await waitUntil("the text to arrive") {
          let now = (try? String(contentsOfFile: file, encoding: .utf8)) ?? ""
          return now.hasSuffix("\n") ? now : nil
        }
        #expect(typed == text)
        terminal.kill()
      }
    }
  }

  @Test("the pointer is where it was placed, and a click arrives there")
  func pointer() async throws {
    var options = XDesktop.Options()
    options.agent = true
    try await withXDesktop(options) { desktop in
      let events = try await desktop.start(
        "xev", "-geometry", "300x200+100+100", "-event", "button", untilWindow: "Event Tester")
      try await withClient(desktop.uri) { client in
        _ = try await waitUntil("client mouse mode") { client.information.mouseMode.contains(.client) ? () : nil }
        try await client.movePointer(to: Point(x: 250, y: 220))
        _ = try await waitUntil("the pointer to be there") {
          let place = try await desktop.run("xdotool", "getmouselocation").text
          return place.hasPrefix("x:250 y:220") ? () : nil
        }
        try await client.click(.right)
        #expect(try await client.inputTaken())
      }
      try await waitUntil("the click to arrive") {
        let said = try events.output().text
        return said.contains("ButtonPress") && said.contains("root:(250,220)") && said.contains("button 3") ? () : nil
      }
      events.kill()
    }
  }

  @Test("the pointer's shape is told")
  func cursor() async throws {
    var options = XDesktop.Options()
    options.pointer = true
    try await withXDesktop(options) { desktop in
      try await withClient(desktop.uri) { client in
        try await desktop.run("xsetroot", "-cursor_name", "crosshair")
        try await desktop.run("xdotool", "mousemove", "500", "400")
        let shape = try await waitUntil("a shape") { await client.cursor?.shape }
        #expect(shape.width > 0 && shape.pixels.contains { $0 >> 24 != 0 })
      }
    }
  }

  @Test("a ticket and TLS at once")
  func ticketAndTLS() async throws {
    try await withTemporaryFolder { folder in
      let certificates = try await TestCertificates(in: folder)
      var options = XDesktop.Options()
      options.password = "sesame"
      options.certificates = certificates.folder
      try await withXDesktop(options) { desktop in
        let truth = try await desktop.stillScreen()
        let authority = certificates.authority.path
        let picture = try await withClient(
          "spice+tls://127.0.0.1:\(try #require(desktop.tlsPort))", password: "sesame",
          adjust: { $0.tls.authority = .file(path: authority) }
        ) { try await Picture($0.screenshot()) }
        #expect(picture.difference(from: truth) == nil)
      }
    }
  }

  // MARK: What happens on the desktop

  /// Lets things happen while a client looks on; then its picture, a new client's, the reference client's and X's own must
  /// be one.
  private func drawAndCompare(_ options: XDesktop.Options) async throws {
    try await withXDesktop(options) { desktop in
      try await withClient(desktop.uri) { client in
        _ = try await client.screenshot()
        let programs = try await play(desktop)
        let truth = try await desktop.stillScreen()
        #expect(try await client.drawn(until: truth).difference(from: truth) == nil, "looked on")
        #expect(await client.inspectDisplay { $0.statistics.undrawn.isEmpty } == true)
        #expect(await client.inspectDisplay { $0.statistics.draws.values.reduce(0, +) } ?? 0 > 50)
        #expect(try await SpicyScreenshot.take(uri: desktop.uri).difference(from: truth) == nil, "reference")
        withExtendedLifetime(programs) {}
      }
      let truth = try await desktop.stillScreen()
      let fresh = try await withClient(desktop.uri) { try await Picture($0.screenshot()) }
      #expect(fresh.difference(from: truth) == nil, "came later")
    }
  }

  /// Windows with frames, text that scrolls, a photograph, a window dragged over others, eyes that follow.
  private func play(_ desktop: XDesktop) async throws -> [RunningProcess] {
    let frames = try desktop.start("openbox")
    try await Task.sleep(for: .milliseconds(700))
    let text = try await desktop.start(
      "xterm", "-T", "list", "-geometry", "80x24+20+20", "-e", "ls -la /usr/bin | head -150; sleep 100",
      untilWindow: "list")
    let eyes = try await desktop.start("xeyes", "-geometry", "+600+40", untilWindow: "xeyes")
    let programs = try await showPhotograph(desktop)
    for step in 0..<6 {
      try await desktop.run(
        "xdotool", "search", "--name", "xeyes", "windowmove", "\(600 - 60 * step)", "\(40 + 40 * step)")
    }
    try await desktop.run("xdotool", "mousemove", "5", "5")
    return [frames, text, eyes] + programs
  }

  private func showPhotograph(_ desktop: XDesktop) async throws -> [RunningProcess] {
    [
      try await desktop.start(
        "display", "-title", "photograph", "-geometry", "+560+360", "-size", "360x300", "plasma:",
        untilWindow: "photograph")
    ]
  }
}
