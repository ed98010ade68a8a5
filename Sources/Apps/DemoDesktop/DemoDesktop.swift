import SpicePixels

import SpiceCanvas

/// A living desktop: a picture that moves by itself and answers to keys and pointer, for a server that has no machine to
/// show.
///
/// Each window exercises another side of a remote desktop: text that scrolls, small changes each second, a photograph, a
/// video, typing, pointer and wheel, sound. It is a value that reads no clock: the host says what time it is, forwards
/// what people do, and shows the changes.
///
/// ```swift
/// var desktop = try DemoDesktop(size: Size(width: 1280, height: 800), time: secondsOfTheDay)
/// // Whenever an input came, and at `nextTime`:
/// desktop.handle(.position(x: 300, y: 200))
/// for change in desktop.advance(to: secondsSinceStart, wallClock: secondsOfTheDay) { … }
/// for event in desktop.takeEvents() { … }
/// ```
public struct DemoDesktop: Sendable {
  /// The layers of the screen, in the order in which they were made.
  package enum Part: Int, CaseIterable, Sendable {
    case log, typing, photo, video, clock, inputs
    case topBar, statusBar

    package static let windows = allCases.filter { $0.rawValue < Part.topBar.rawValue }
  }

  /// Events that wait to be taken, at most. Newer ones are lost.
  static let mostEvents = 64

  var screen: Screen
  var layout: Layout
  var log: LogWindow
  var typing: TypingWindow
  var video: VideoWindow
  var clock: ClockWindow
  var inputs: InputsWindow
  var topBar: TopBar
  var statusBar: StatusBar
  var trail: Trail

  var keyboard = Keyboard()
  var held: Set<Button> = []
  /// The window that is dragged, and where the pointer holds it, from its top left corner.
  var drag: (part: Part, hold: Point)?
  var toneEnd: Double?
  var volume = DemoDesktop.loudest
  private var events: [Event] = []
  private var statusSecond = -1.0
  private var statusClients = 0
  private var journal = Journal()
  private var frames = 0
  private var hasResized = false
  /// True once a window was brought to the front.
  var hasActive = false
  /// True where an input came that the picture does not show yet.
  var isWaiting = false

  /// Seconds since the start, and of the day, as the last `advance` said.
  private(set) var now = 0.0
  private var wallClock: Double

  /// Where the pointer is; always on the picture.
  public internal(set) var pointer: Point

  /// How many clients the host says look on.
  public var clients = 0

  /// A desktop of a size, and its first picture.
  ///
  /// It is made for 320 by 200 to 3840 by 2160 pixels, and bears any size that a surface can have.
  ///
  /// - Parameter time: Seconds of the day.
  /// - Throws: Where there can be no picture of that size.
  public init(size: Size, time: Double) throws(CanvasError) {
    let arranged = try Arrangement(size, time: time)
    layout = arranged.layout
    screen = arranged.screen
    (log, typing, video) = (arranged.log, arranged.typing, arranged.video)
    (clock, inputs) = (arranged.clock, arranged.inputs)
    (topBar, statusBar, trail) = (arranged.topBar, arranged.statusBar, arranged.trail)
    wallClock = time.isFinite ? time : 0
    pointer = Point(x: Int32(clamping: size.width / 2), y: Int32(clamping: size.height / 2))
    activate(.typing)
    refresh()
    screen.mark(screen.bounds)
    _ = screen.finish()
  }

  /// The pixels, `0xXXRRGGBB`.
  public var picture: Raster { screen.surface.raster }

  /// Gives the picture another size, and each window its place on it. What was typed and logged stays.
  ///
  /// - Throws: Where there can be no picture of that size; nothing changes then.
  public mutating func resize(to size: Size) throws(CanvasError) {
    guard size != picture.size else { return }
    let kept = Arrangement.Kept(
      history: log.history, text: typing.text, isPlaying: video.isPlaying, frame: video.position,
      wheelSteps: inputs.wheelSteps)
    let arranged = try Arrangement(size, time: wallClock, now: now, keeping: kept)
    layout = arranged.layout
    screen = arranged.screen
    (log, typing, video) = (arranged.log, arranged.typing, arranged.video)
    (clock, inputs) = (arranged.clock, arranged.inputs)
    (topBar, statusBar, trail) = (arranged.topBar, arranged.statusBar, arranged.trail)
    drag = nil
    hasActive = false
    statusSecond = -1
    pointer = onScreen(x: Int64(pointer.x), y: Int64(pointer.y))
    activate(.typing)
    refresh()
    screen.mark(screen.bounds)
    _ = screen.finish()
    hasResized = true
  }

  /// Draws what has changed since the last call.
  ///
  /// - Parameters:
  ///   - seconds: Since the start. Time that stands still or goes back is the last one again.
  ///   - wallClock: Seconds of the day, for the clock.
  /// - Returns: What changed, in order. `picture` shows all of it already.
  public mutating func advance(to seconds: Double, wallClock: Double) -> [Change] {
    if seconds.isFinite { now = max(now, seconds) }
    if wallClock.isFinite { self.wallClock = wallClock }
    isWaiting = false
    screen.markTouched()
    for part in Part.windows { screen.settle(part.rawValue) }
    if let line = journal.line(at: now, pointer: (pointer.x, pointer.y), clients: clients) { note(line, .note) }
    if let scroll = log.show(on: &screen.layers[Part.log.rawValue], layout.look) {
      _ = screen.layers[Part.log.rawValue].takeTouched()
      screen.scrollUp(Part.log.rawValue, scroll.area, by: scroll.rows, fresh: scroll.fresh)
    }
    if let end = toneEnd, now >= end { toneEnd = nil }
    refresh()
    screen.markTouched()
    showTrail()
    var changes = screen.finish()
    if hasResized {
      changes.insert(.resized(picture.size), at: 0)
      changes.append(.damage(screen.bounds))
      hasResized = false
    }
    if !changes.isEmpty { frames += 1 }
    journal.count(changes)
    return changes
  }

  /// When something will move by itself, in seconds since the start: always within a second. At once where an input came
  /// since the last `advance`.
  public var nextTime: Double? {
    if isWaiting || hasResized { return now }
    let second = now + 1 - (wallClock - wallClock.rounded(.down))
    var times = [second, journal.nextTime, typing.nextTime(after: now)]
    if let time = video.nextTime() { times.append(time) }
    if let time = trail.nextTime(after: now) { times.append(time) }
    if let toneEnd { times.append(toneEnd) }
    return times.min()
  }

  /// What the host is asked since the last call.
  public mutating func takeEvents() -> [Event] {
    let taken = events
    events.removeAll()
    return taken
  }

  /// Shows a line of the host's in the log's window.
  public mutating func show(_ line: String) {
    // What the window cannot show is not kept.
    note(String(line.unicodeScalars.prefix(300).map { $0.value < 32 ? " " : Character($0) }), .host)
    isWaiting = true
  }

  mutating func tell(_ event: Event) {
    if events.count < DemoDesktop.mostEvents { events.append(event) }
  }

  mutating func note(_ text: String, _ kind: LogWindow.Line.Kind) {
    log.append(LogWindow.Line(time: TimeOfDay(wallClock).figures, text: text, kind: kind))
  }

  /// Lets every part show how things are now.
  private mutating func refresh() {
    let look = layout.look
    video.advance(to: now, on: &screen.layers[Part.video.rawValue])
    clock.show(time: wallClock, on: &screen.layers[Part.clock.rawValue])
    topBar.show(time: wallClock, on: &screen.layers[Part.topBar.rawValue])
    typing.blink(at: now, on: &screen.layers[Part.typing.rawValue], look)
    typing.show(keyboard, on: &screen.layers[Part.typing.rawValue])
    let inputsLayer = Part.inputs.rawValue
    inputs.show(pointer: pointer, on: &screen.layers[inputsLayer])
    inputs.show(held: held, on: &screen.layers[inputsLayer], look)
    inputs.sound(toneEnd != nil, on: &screen.layers[inputsLayer], look)
    let second = now.rounded(.down)
    if second != statusSecond || clients != statusClients {
      (statusSecond, statusClients) = (second, clients)
      statusBar.show(clients: clients, frames: frames, seconds: now, on: &screen.layers[Part.statusBar.rawValue])
    }
  }

  private mutating func showTrail() {
    let dots = trail.dots(at: now)
    guard dots != screen.dots else { return }
    var gone = screen.dots
    for dot in dots {
      // Two may be equal, where the pointer came back.
      if let index = gone.firstIndex(of: dot) { gone.remove(at: index) } else { screen.mark(dot.box) }
    }
    for dot in gone { screen.mark(dot.box) }
    screen.dots = dots
  }
}
