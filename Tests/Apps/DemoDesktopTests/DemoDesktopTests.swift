import DemoDesktop
import SpiceCanvas
import SpicePixels
import Testing

/// What moves by itself, and how little of the picture that takes.
@Suite struct DemoDesktopTests {
  @Test("a size that no surface can have is refused", arguments: [(0, 5), (5, 0), (-1, 9), (20_000, 2), (.max, .max)])
  func refusedSize(_ width: Int, _ height: Int) {
    #expect(throws: CanvasError.self) {
      _ = try DemoDesktop(size: Size(width: width, height: height), time: 0)
    }
  }

  @Test(
    "each window's title bar is within reach on a screen of any size",
    arguments: [(320, 200), (400, 900), (1024, 600), (1366, 768), (1920, 1080), (3840, 2160)])
  func reachable(_ width: Int, _ height: Int) throws {
    let desktop = try DemoDesktop(size: Size(width: width, height: height), time: 0)
    let room = Rect(
      left: 0, top: desktop.frame(of: .topBar).bottom, right: Int32(width), bottom: desktop.frame(of: .statusBar).top)
    for part in DemoDesktop.Part.windows { #expect(room.contains(desktop.titleBar(of: part)), "\(part)") }
  }

  @Test("where time stands still and nobody does anything, nothing changes") func still() throws {
    var viewer = try Viewer(width: 800, height: 600)
    viewer.advance(by: 1)
    #expect(viewer.advance().isEmpty)
  }

  @Test("time that goes back or is no number is the last time again") func oddTimes() throws {
    var viewer = try Viewer(width: 400, height: 300)
    viewer.advance(by: 5)
    for time in [2.0, -.infinity, .nan, .infinity] {
      #expect(viewer.desktop.advance(to: time, wallClock: .nan).isEmpty)
    }
  }

  @Test("the video shows 25 frames a second, each one change") func video() throws {
    var viewer = try Viewer(width: 1280, height: 800)
    viewer.advance(by: 0.001)
    let frame = viewer.desktop.frame(of: .video)
    var shown = 0
    for _ in 0..<100 {
      let inside = viewer.advance(by: 0.01).filter {
        if case .damage(let rect) = $0 { frame.contains(rect) } else { false }
      }
      #expect(inside.count <= 1)
      shown += inside.count
    }
    #expect(shown == 25)
  }

  @Test("a click on its button holds the video, another lets it go on from there") func hold() throws {
    var viewer = try Viewer(width: 1280, height: 800)
    viewer.advance(by: 1)
    viewer.calm()
    #expect(!viewer.desktop.isPlaying)
    let frame = viewer.desktop.frame(of: .video)
    let quiet = (0..<20).flatMap { _ in viewer.advance(by: 0.04) }
    #expect(!quiet.contains { if case .damage(let rect) = $0 { frame.contains(rect) } else { false } })
    viewer.click(viewer.desktop.videoButton)
    viewer.advance(by: 0.04)
    #expect(viewer.desktop.isPlaying)
  }

  @Test("a second on the clock draws a small part of its window") func clock() throws {
    var viewer = try Viewer(width: 1280, height: 800)
    viewer.calm()
    let frame = viewer.desktop.frame(of: .clock)
    let changes = (0..<10).flatMap { _ in viewer.advance(by: 0.1) }
    let drawn = changes.filter { if case .damage(let rect) = $0 { frame.contains(rect) } else { false } }.drawn
    #expect(drawn > 0)
    #expect(drawn < frame.width * frame.height / 4)
  }

  @Test("a full log scrolls: rows move up, and only the new line is drawn") func scroll() throws {
    var viewer = try Viewer(width: 1280, height: 800)
    viewer.calm()
    for line in 0..<60 { viewer.desktop.show("line \(line)") }
    viewer.advance()
    viewer.desktop.show("one more")
    let changes = viewer.advance()
    let frame = viewer.desktop.frame(of: .log)
    let scroll = try #require(changes.scrolls.first)
    #expect(changes.scrolls.count == 1)
    #expect(frame.contains(scroll.rect))
    #expect(scroll.from.x == scroll.rect.left && scroll.from.y > scroll.rect.top)
    #expect(changes.drawn < frame.width * frame.height / 10)
  }

  @Test("the blinking caret is a fill of a few pixels") func caret() throws {
    var viewer = try Viewer(width: 1280, height: 800)
    viewer.calm()
    let frame = viewer.desktop.frame(of: .typing)
    let fills = (0..<40).flatMap { _ in viewer.advance(by: 0.05) }.compactMap { change in
      if case .fill(let rect, _) = change, frame.contains(rect) { rect } else { nil }
    }
    #expect(fills.count >= 2)
    #expect(fills.allSatisfy { $0.width < 12 && $0.height < 40 })
  }

  @Test("another size is told first, and all of it is new") func resize() throws {
    var viewer = try Viewer(width: 800, height: 600)
    viewer.type(0x1E, 0x30)
    viewer.advance(by: 1)
    let size = Size(width: 1024, height: 768)
    try viewer.desktop.resize(to: size)
    #expect(viewer.desktop.picture.size == size)
    let changes = viewer.advance(by: 0.1)
    #expect(changes.first == .resized(size))
    #expect(changes.contains(.damage(Rect(size))))
    #expect(viewer.difference == nil)
    #expect(viewer.desktop.typed == "ab")
  }

  @Test("a status bar of another size says at once what the old one said") func resizedStatus() throws {
    var viewer = try Viewer(width: 800, height: 600)
    viewer.advance(by: 1.2)
    try viewer.desktop.resize(to: Size(width: 900, height: 600))
    let bar = viewer.desktop.frame(of: .statusBar)
    let bright = bar.places.count { viewer.desktop.picture[$0, $1] & 0xFF > 0xC0 && $0 < 300 }
    #expect(bright > 50)
  }

  @Test("the next time lies ahead, within a second") func nextTime() throws {
    var viewer = try Viewer(width: 640, height: 480)
    viewer.calm()
    for _ in 0..<200 {
      let next = try #require(viewer.desktop.nextTime)
      #expect(next > viewer.time && next <= viewer.time + 1)
      viewer.advance(by: next - viewer.time)
    }
  }

  @Test("an input wants to be shown at once") func urgent() throws {
    var viewer = try Viewer(width: 640, height: 480)
    viewer.advance(by: 1)
    viewer.desktop.handle(.wheel(1))
    #expect(viewer.desktop.nextTime == viewer.time)
  }

  @Test("who looks on stands in the status bar") func clients() throws {
    var viewer = try Viewer(width: 800, height: 600)
    viewer.calm()
    let bar = viewer.desktop.frame(of: .statusBar)
    viewer.desktop.clients = 3
    #expect(viewer.advance().contains { if case .damage(let rect) = $0 { bar.contains(rect) } else { false } })
  }
}
