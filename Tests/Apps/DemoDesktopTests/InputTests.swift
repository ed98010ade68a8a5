import DemoDesktop
import SpicePixels
import Testing

/// What keys, pointer and wheel do.
@Suite struct InputTests {
  private func typed(_ codes: [UInt32]) throws -> String {
    var desktop = try DemoDesktop(size: Size(width: 400, height: 300), time: 0)
    for code in codes { desktop.handle(.key(code)) }
    return desktop.typed
  }

  @Test(
    "keys type what a US keyboard says",
    arguments: [
      ([0x23, 0xA3, 0x17, 0x97], "hi"),
      ([0x2A, 0x23, 0xA3, 0xAA, 0x17], "Hi"),
      ([0x36, 0x02, 0x28, 0x35], "!\"?"),
      ([0x3A, 0xBA, 0x1E, 0x02, 0x2A, 0x1E], "A1a"),
      ([0x39, 0x29, 0x2B], " `\\"),
      ([0x1E, 0x30, 0x0E], "a"),
      ([0x1E, 0x30, 0x4BE0, 0x2E], "acb"),
      ([0x1E, 0x30, 0x47E0, 0x53E0], "b"),
      ([0x35E0], "/"),
      ([0x48], ""),
      ([0x45, 0x48, 0x4E], "8+"),
      ([0x1D, 0x2E, 0x9D, 0x2E], "c"),
      ([0x1E, 0x01], ""),
      ([0x9E, 0x9EE0, 0, 0xE0, 0xFFFF_FFFF, 0x1E_1EE0, 0x100, 0x80], ""),
    ] as [([UInt32], String)])
  func keys(_ codes: [UInt32], _ text: String) throws {
    #expect(try typed(codes) == text)
  }

  @Test("the lock lights of the client count") func locks() throws {
    var desktop = try DemoDesktop(size: Size(width: 400, height: 300), time: 0)
    desktop.handle(.locks([.capsLock]))
    desktop.handle(.key(0x1E))
    #expect(desktop.typed == "A")
    #expect(desktop.locks == [.capsLock])
  }

  @Test("the field takes no more than it can hold") func fieldLimit() throws {
    #expect(try typed([UInt32](repeating: 0x1E, count: 1_000)).count == 200)
  }

  @Test("Enter puts the line into the log and into no event") func enter() throws {
    var viewer = try Viewer(width: 800, height: 600)
    viewer.type(0x1F, 0x12, 0x2E, 0x13, 0x12, 0x14, 0x1C)
    viewer.advance(by: 0.1)
    #expect(viewer.desktop.logged.contains("secret"))
    #expect(viewer.desktop.typed.isEmpty)
    #expect(viewer.desktop.takeEvents().isEmpty)
  }

  @Test("a typed letter draws no more than its place in the field") func letter() throws {
    var viewer = try Viewer(width: 1280, height: 800)
    viewer.calm()
    viewer.type(0x1E)
    let frame = viewer.desktop.frame(of: .typing)
    let inside = viewer.advance().filter { if case .damage(let rect) = $0 { frame.contains(rect) } else { false } }
    #expect(!inside.isEmpty)
    #expect(inside.drawn < 1_500)
  }

  @Test("F5 and the button ask for a tone; once more, and it is to end", arguments: [true, false])
  func tone(byKey: Bool) throws {
    var viewer = try Viewer(width: 1280, height: 800)
    for expected in [DemoDesktop.Event.tone(frequency: 440, seconds: 1), .silence] {
      if byKey { viewer.type(0x3F) } else { viewer.click(viewer.desktop.toneButton) }
      viewer.advance(by: 0.1)
      #expect(viewer.desktop.takeEvents() == [expected])
    }
  }

  @Test("a tone that has ended can be asked for again") func nextTone() throws {
    var viewer = try Viewer(width: 640, height: 480)
    viewer.type(0x3F)
    viewer.advance(by: 1.1)
    viewer.type(0x3F)
    let tone = DemoDesktop.Event.tone(frequency: 440, seconds: 1)
    #expect(viewer.desktop.takeEvents() == [tone, tone])
  }

  @Test("events that nobody takes are bounded") func eventLimit() throws {
    var desktop = try DemoDesktop(size: Size(width: 320, height: 200), time: 0)
    for _ in 0..<1_000 { desktop.handle(.key(0x3F)) }
    #expect(desktop.takeEvents().count == 64)
    #expect(desktop.takeEvents().isEmpty)
  }

  @Test("the pointer stays on the picture") func pointer() throws {
    var desktop = try DemoDesktop(size: Size(width: 640, height: 480), time: 0)
    desktop.handle(.position(x: 10, y: 20))
    desktop.handle(.motion(dx: -4, dy: 5))
    #expect(desktop.pointer == Point(x: 6, y: 25))
    desktop.handle(.motion(dx: .min, dy: .max))
    #expect(desktop.pointer == Point(x: 0, y: 479))
    desktop.handle(.position(x: .max, y: .min))
    #expect(desktop.pointer == Point(x: 639, y: 0))
  }

  @Test("the wheel is counted, whatever comes") func wheel() throws {
    var desktop = try DemoDesktop(size: Size(width: 640, height: 480), time: 0)
    for steps in [1, 1, -1, 1] { desktop.handle(.wheel(steps)) }
    #expect(desktop.wheelSteps == 2)
    for _ in 0..<3_000 { desktop.handle(.wheel(.min)) }
    #expect(desktop.wheelSteps == -1_000_000)
  }

  @Test("a dragged window's pixels move, and little is drawn") func drag() throws {
    var viewer = try Viewer(width: 1280, height: 800)
    viewer.calm()
    let bar = viewer.desktop.titleBar(of: .photo)
    viewer.desktop.handle(.position(x: bar.middle.x, y: bar.middle.y))
    viewer.desktop.handle(.press(.left))
    viewer.advance()
    viewer.advance(by: 1)
    viewer.desktop.handle(.motion(dx: 12, dy: 7))
    let changes = viewer.advance()
    let frame = viewer.desktop.frame(of: .photo)
    #expect(frame.left == bar.left + 12 && frame.top == bar.top + 7)
    let moved = changes.scrolls.reduce(0) { $0 + $1.rect.width * $1.rect.height }
    #expect(moved > frame.width * frame.height * 9 / 10)
    #expect(changes.drawn < frame.width * frame.height)
    #expect(viewer.difference == nil)
  }

  @Test("a window dragged far out stays within reach", arguments: [(Int32.min, Int32.min), (.max, .max), (.min, .max)])
  func dragOut(_ dx: Int32, _ dy: Int32) throws {
    var viewer = try Viewer(width: 800, height: 600)
    let bar = viewer.desktop.titleBar(of: .clock)
    viewer.desktop.handle(.position(x: bar.middle.x, y: bar.middle.y))
    viewer.desktop.handle(.press(.left))
    viewer.desktop.handle(.motion(dx: dx, dy: dy))
    viewer.advance(by: 0.1)
    let seen = viewer.desktop.titleBar(of: .clock).intersection(Rect(viewer.desktop.picture.size))
    #expect(seen.width >= 40 && seen.height == bar.height)
    #expect(seen.top >= viewer.desktop.frame(of: .topBar).bottom)
  }

  @Test("a released button drags no more") func dropped() throws {
    var viewer = try Viewer(width: 800, height: 600)
    viewer.click(viewer.desktop.titleBar(of: .clock))
    let frame = viewer.desktop.frame(of: .clock)
    viewer.desktop.handle(.motion(dx: 30, dy: 30))
    viewer.advance(by: 0.1)
    #expect(viewer.desktop.frame(of: .clock) == frame)
  }

  @Test("the pointer leaves a trail that fades within a second") func trail() throws {
    var viewer = try Viewer(width: 1280, height: 800)
    viewer.calm()
    viewer.desktop.handle(.position(x: 300, y: 500))
    viewer.advance()
    let before = viewer.desktop.picture[360, 562]
    viewer.desktop.handle(.position(x: 360, y: 562))
    viewer.advance()
    #expect(viewer.desktop.picture[360, 562] != before)
    viewer.advance(by: 1)
    #expect(viewer.desktop.picture[360, 562] & 0xFF_FFFF == before & 0xFF_FFFF)
  }
}
