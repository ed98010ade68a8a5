import SpicePixels

import SpiceCanvas

extension DemoDesktop {
  /// Takes what a person did; the next `advance` shows it.
  public mutating func handle(_ input: Input) {
    isWaiting = true
    switch input {
    case .key(let code): key(code)
    case .motion(let dx, let dy): move(to: onScreen(x: Int64(pointer.x) + Int64(dx), y: Int64(pointer.y) + Int64(dy)))
    case .position(let x, let y): move(to: onScreen(x: Int64(x), y: Int64(y)))
    case .press(let button): press(button)
    case .release(let button): release(button)
    case .wheel(let steps):
      inputs.turn(max(-1_000, min(1_000, steps)), on: &screen.layers[Part.inputs.rawValue])
    case .locks(let locks): keyboard.locks = locks.intersection([.scrollLock, .numLock, .capsLock])
    }
  }

  /// The lock lights as the desktop's keyboard has them, for a host that tells its clients.
  public var locks: Locks { keyboard.locks }

  // MARK: Keys

  private mutating func key(_ code: UInt32) {
    inputs.show(scancode: code, on: &screen.layers[Part.inputs.rawValue])
    guard let stroke = keyboard.stroke(code) else { return }
    switch stroke {
    case .function(5): return toggleTone()
    case .function(6): return turnVolume(by: -1)
    case .function(7): return turnVolume(by: 1)
    default: break
    }
    let line = typing.type(stroke, at: now, on: &screen.layers[Part.typing.rawValue], layout.look)
    if let line { note(line, .typed) }
  }

  private mutating func toggleTone() {
    if toneEnd == nil {
      toneEnd = now + DemoDesktop.toneLength
      tell(.tone(frequency: 440, seconds: DemoDesktop.toneLength))
      note("a tone of 440 Hz", .host)
    } else {
      toneEnd = nil
      tell(.silence)
    }
  }

  private mutating func turnVolume(by steps: Int) {
    volume = max(0, min(DemoDesktop.loudest, volume + steps))
    tell(.volume(volume))
    note("volume \(volume) of \(DemoDesktop.loudest)", .host)
  }

  // MARK: Pointer

  func onScreen(x: Int64, y: Int64) -> Point {
    let bounds = screen.bounds
    return Point(
      x: Int32(clamping: max(0, min(Int64(bounds.right) - 1, x))),
      y: Int32(clamping: max(0, min(Int64(bounds.bottom) - 1, y))))
  }

  private mutating func move(to point: Point) {
    guard point != pointer else { return }
    pointer = point
    guard let drag else { return trail.drop(at: point, time: now) }
    let index = drag.part.rawValue
    let frame = screen.layers[index].frame
    let moved = frame.offset(x: point.x - drag.hold.x - frame.left, y: point.y - drag.hold.y - frame.top)
    screen.layers[index].frame = layout.reachable(moved, screen.layers[index].titleHeight)
  }

  private mutating func press(_ button: Button) {
    held.insert(button)
    guard button == .left, drag == nil, let part = window(at: pointer) else { return }
    activate(part)
    let index = part.rawValue
    let place = screen.layers[index].onSheet(pointer)
    if part == .video, screen.layers[index].titleButton.contains(place) {
      video.toggle(at: now, on: &screen.layers[index])
      return note(video.isPlaying ? "video goes on" : "video is held", .host)
    }
    if part == .inputs, inputs.isTone(place) { return toggleTone() }
    if screen.layers[index].titleBar.contains(place) {
      let frame = screen.layers[index].frame
      drag = (part, Point(x: pointer.x - frame.left, y: pointer.y - frame.top))
    }
  }

  private mutating func release(_ button: Button) {
    held.remove(button)
    if button == .left { drag = nil }
  }

  private func window(at point: Point) -> Part? {
    for index in screen.order.reversed() where screen.layers[index].frame.contains(point) {
      guard let part = Part(rawValue: index), Part.windows.contains(part) else { return nil }
      return part
    }
    return nil
  }

  /// Brings a window to the front and marks its title bar.
  mutating func activate(_ part: Part) {
    let index = part.rawValue
    guard let position = screen.order.firstIndex(of: index) else { return }
    let top = Part.windows.count - 1
    if position < top || !hasActive {
      if hasActive { drawTitle(screen.order[top], isActive: false) }
      // Where it lay under others, it is above them now.
      let above = screen.order[(position + 1)..<max(position + 1, top + 1)].map { screen.layers[$0].outer }
      screen.mark(Region(above).intersection(Region(screen.layers[index].outer)))
      screen.order.remove(at: position)
      screen.order.insert(index, at: top)
      drawTitle(index, isActive: true)
      hasActive = true
    }
  }

  private mutating func drawTitle(_ index: Int, isActive: Bool) {
    screen.layers[index].drawTitle(layout.look, isActive: isActive)
    if index == Part.video.rawValue { video.drawButton(on: &screen.layers[index]) }
  }
}
