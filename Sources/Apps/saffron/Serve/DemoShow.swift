import DemoDesktop
import SpiceCanvas
import SpicePixels
import SpiceProtocol
import SpiceServer
import SpiceSession

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The demo desktop on a screen: it moves by itself, and does what clients do with keyboard and pointer.
actor DemoShow: Show {
  private var desktop: DemoDesktop
  private let start = ContinuousClock.now
  private var sound: Task<Void, Never>?

  /// Sides of a desktop that a client may wish for.
  private static let smallest = 200
  private static let widest = 4096
  private static let soundRate = 48_000
  /// A packet of sound: 10 ms.
  private static let packet = soundRate / 100

  init(size: Size) throws(CanvasError) {
    desktop = try DemoDesktop(size: size, time: Self.timeOfDay())
  }

  func run(on server: Server) async {
    let (image, hotspot) = DemoDesktop.cursor
    server.setCursor(
      CursorShape(width: image.width, height: image.height, hotSpot: hotspot, pixels: image.pixels))
    server.screen.show(desktop.picture)
    await withDiscardingTaskGroup { group in
      group.addTask { await self.animate(server) }
      group.addTask {
        for await input in server.input { await self.handle(input.action, server) }
      }
    }
    sound?.cancel()
  }

  /// The desktop gets the size that a client's window has, or its windows side by side.
  func note(_ event: ServerEvent, on server: Server) {
    guard case .monitorsWished(_, let monitors) = event, !monitors.isEmpty else { return }
    let width = monitors.map { $0.x + $0.width }.max() ?? 0
    let height = monitors.map { $0.y + $0.height }.max() ?? 0
    let size = Size(width: min(width, Self.widest), height: min(height, Self.widest))
    guard size != server.screen.size, size.width >= Self.smallest, size.height >= Self.smallest else { return }
    do throws(CanvasError) {
      try desktop.resize(to: size)
    } catch {
      return  // No size that a screen can have.
    }
    let places = monitors.map { monitor in
      Rect(
        left: Int32(clamping: monitor.x), top: Int32(clamping: monitor.y),
        right: Int32(clamping: monitor.x + monitor.width), bottom: Int32(clamping: monitor.y + monitor.height)
      ).intersection(Rect(size))
    }
    server.screen.resize(to: size, monitors: places.count > 1 ? places : [])
    server.screen.show(desktop.picture)
  }

  private func animate(_ server: Server) async {
    while !Task.isCancelled {
      // Nobody looks: nothing moves.
      let pause: Double = server.clients.isEmpty ? 0.1 : step(server)
      do { try await Task.sleep(for: .seconds(pause)) } catch { return }
    }
  }

  private func handle(_ action: ClientInput.Action, _ server: Server) {
    guard let input = DemoDesktop.Input(action) else { return }
    let (locks, pointer) = (desktop.locks, desktop.pointer)
    desktop.handle(input)
    if desktop.pointer != pointer { server.movePointer(to: desktop.pointer) }
    step(server)
    if desktop.locks != locks { server.setModifiers(KeyboardModifiers(rawValue: desktop.locks.rawValue)) }
  }

  /// Draws what is due and shows it; returns the seconds until more is.
  @discardableResult
  private func step(_ server: Server) -> Double {
    desktop.clients = server.clients.count
    let elapsed = seconds(since: start)
    let changes = desktop.advance(to: elapsed, wallClock: Self.timeOfDay()).map { ScreenChange($0) }
    if !changes.isEmpty { server.screen.show(desktop.picture, changes: changes) }
    for event in desktop.takeEvents() { play(event, server) }
    return max(0.001, (desktop.nextTime ?? elapsed + 1) - seconds(since: start))
  }

  private func play(_ event: DemoDesktop.Event, _ server: Server) {
    if case .volume(let steps) = event {
      let level = UInt16(clamping: steps * Int(UInt16.max) / DemoDesktop.loudest)
      Task { await server.setVolume([level, level]) }
      return
    }
    sound?.cancel()
    guard case .tone(let frequency, let seconds) = event else { return }
    sound = Task { [previous = sound] in
      await previous?.value
      await Self.play(frequency, Int(seconds * Double(Self.soundRate)), server)
    }
  }

  /// Plays a tone on both sides, in packets that come as they are due.
  private static func play(_ frequency: Double, _ count: Int, _ server: Server) async {
    await server.beginSound(AudioFormat(channels: 2, rate: UInt32(soundRate)))
    let start = ContinuousClock.now
    for first in stride(from: 0, to: count, by: packet) {
      let mono = DemoDesktop.tone(
        frequency: frequency, sampleRate: soundRate, samples: first..<min(first + packet, count))
      await server.play(mono.flatMap { [$0, $0] })
      let due = start + .milliseconds(10 * (first / packet + 1))
      do { try await Task.sleep(until: due, clock: .continuous) } catch { break }
    }
    await server.endSound()
  }

  private nonisolated func seconds(since start: ContinuousClock.Instant) -> Double {
    (ContinuousClock.now - start) / .seconds(1)
  }

  /// Seconds since midnight, as the clock on the wall has it.
  private static func timeOfDay() -> Double {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    var local = tm()
    localtime_r(&now.tv_sec, &local)
    return Double(local.tm_hour * 3600 + local.tm_min * 60 + local.tm_sec) + Double(now.tv_nsec) / 1e9
  }
}

extension ScreenChange {
  init(_ change: DemoDesktop.Change) {
    switch change {
    case .damage(let rect): self = .damage(rect)
    case .fill(let rect, let color): self = .fill(rect, color: color)
    case .scroll(let rect, let from): self = .copy(rect, from: from)
    case .resized(let size): self = .resize(size)
    }
  }
}

extension DemoDesktop.Input {
  /// Nil for buttons that a mouse on this desktop does not have.
  init?(_ action: ClientInput.Action) {
    switch action {
    case .key(let stroke): self = .key(stroke.isPress ? stroke.key.pressed : stroke.key.released)
    case .modifiers(let modifiers): self = .locks(.init(rawValue: modifiers.rawValue))
    case .motion(let dx, let dy): self = .motion(dx: Int32(clamping: dx), dy: Int32(clamping: dy))
    case .position(let x, let y, _): self = .position(x: Int32(clamping: x), y: Int32(clamping: y))
    case .press(let button):
      guard let button = DemoDesktop.Button(button) else { return nil }
      self = .press(button)
    case .release(let button):
      guard let button = DemoDesktop.Button(button) else { return nil }
      self = .release(button)
    case .wheel(let notches): self = .wheel(-notches)
    }
  }
}

extension DemoDesktop.Button {
  fileprivate init?(_ button: MouseButton) {
    switch button {
    case .left: self = .left
    case .middle: self = .middle
    case .right: self = .right
    case .side: self = .side
    case .extra: self = .extra
    case .wheelUp, .wheelDown: return nil
    }
  }
}
