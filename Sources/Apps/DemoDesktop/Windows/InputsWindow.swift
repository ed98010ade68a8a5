import SpicePixels

/// What the pointer and the keys do, in figures and as a picture of a mouse; and the button that asks for a tone.
struct InputsWindow: Sendable {
  let button: Rect
  private let mouse: Rect
  private let backdrop: Raster
  private var position: Label
  private var wheel: Label
  private var key: Label
  private var held: Set<DemoDesktop.Button> = []
  /// Steps of the wheel since the start, those upwards counted positive.
  private(set) var wheelSteps = 0
  private(set) var isSounding = false

  init(on window: inout Window, look: Look, wheelSteps: Int = 0) {
    self.wheelSteps = wheelSteps
    let content = window.content.inset(look(14))
    let buttonHeight = max(look.strong.lineHeight + 4, look(42))
    button = Rect(
      x: Int(content.left), y: Int(content.bottom) - buttonHeight, width: content.width, height: buttonHeight
    ).intersection(window.content)
    let room = max(0, Int(button.top) - look(12) - Int(content.top))
    let mouseHeight = min(room, look(150))
    mouse = Rect(
      x: Int(content.left) + look(2), y: Int(content.top) + (room - mouseHeight) / 2,
      width: mouseHeight * 5 / 8, height: mouseHeight)
    let left = Int(mouse.right) + look(18)
    let width = max(0, Int(content.right) - left)
    let (line, tall) = (look.note.lineHeight, look.figures.lineHeight)
    let notes = ["Pointer", "Wheel", "Last key"]
    let heights = [tall, look.text.lineHeight, look.text.lineHeight]
    let gap = look(7)
    var y = Int(content.top) + max(0, (room - notes.count * (line + gap) - heights.reduce(0, +) + gap) / 2)
    var places: [Rect] = []
    for (note, height) in zip(notes, heights) {
      let place = Rect(x: left, y: y, width: width, height: line)
      window.draw(in: place) { sheet in
        sheet.write(
          note, x: left, baseline: y + line - (line - look.note.capital) / 2, look.note, Colors.faintInk,
          clip: content)
      }
      places.append(Rect(x: left, y: y + line, width: width, height: height).intersection(content))
      y += line + height + gap
    }
    // The figures must not run into the mouse where the window is narrow.
    let face = look.figures.width(of: "0000, 0000") <= width ? look.figures : look.strong
    position = Label(places[0], on: window, face, Colors.ink)
    wheel = Label(places[1], on: window, look.text, Colors.ink)
    key = Label(places[2], on: window, look.text, Colors.ink)
    backdrop = window.sheet.part(mouse)
    drawMouse(on: &window, look)
    drawButton(on: &window, look)
    wheel.show("\(wheelSteps)", on: &window)
    key.show("–", on: &window)
  }

  /// Whether a place on the sheet is on the button.
  func isTone(_ point: Point) -> Bool { button.contains(point) }

  mutating func show(pointer: Point, on window: inout Window) {
    position.show("\(pointer.x), \(pointer.y)", on: &window)
  }

  mutating func show(held: Set<DemoDesktop.Button>, on window: inout Window, _ look: Look) {
    guard held != self.held else { return }
    self.held = held
    drawMouse(on: &window, look)
  }

  mutating func turn(_ steps: Int, on window: inout Window) {
    wheelSteps = max(-1_000_000, min(1_000_000, wheelSteps + steps))
    wheel.show(wheelSteps > 0 ? "+\(wheelSteps)" : "\(wheelSteps)", on: &window)
  }

  mutating func show(scancode: UInt32, on window: inout Window) {
    guard let (code, isExtended, isPress) = Keyboard.key(scancode) else { return }
    let hexadecimal = String(code, radix: 16, uppercase: true)
    let padded = code < 16 ? "0\(hexadecimal)" : hexadecimal
    key.show((isExtended ? "E0 " : "") + padded + (isPress ? " down" : " up"), on: &window)
  }

  mutating func sound(_ isSounding: Bool, on window: inout Window, _ look: Look) {
    guard isSounding != self.isSounding else { return }
    self.isSounding = isSounding
    drawButton(on: &window, look)
  }

  private func drawButton(on window: inout Window, _ look: Look) {
    let (button, isSounding) = (button, isSounding)
    window.draw(in: button) { sheet in
      sheet.fillRounded(button, radius: Double(look(8)), isSounding ? 0xFFC4_6F12 : Colors.accent)
      let (name, key) = (isSounding ? "Playing 440 Hz" : "Tone", isSounding ? "" : "  F5")
      let width = look.strong.width(of: name) + look.note.width(of: key)
      let baseline = Int(button.top) + (button.height + look.strong.capital) / 2
      let x = Int(button.left) + (button.width - width) / 2
      let end = sheet.write(name, x: x, baseline: baseline, look.strong, 0xFFFF_FFFF, clip: button)
      sheet.write(key, x: end, baseline: baseline, look.note, 0xFFFF_F0D8, clip: button)
    }
  }

  private func drawMouse(on window: inout Window, _ look: Look) {
    let (mouse, backdrop, held) = (mouse, backdrop, held)
    guard mouse.width > 8 else { return }
    window.draw(in: mouse) { sheet in
      sheet.put(backdrop, at: mouse)
      let radius = Double(mouse.width) / 2
      let line = max(1, 1.6 * look.scale)
      let thickness = max(1, Int(line.rounded()))
      let middle = (mouse.left + mouse.right) / 2
      let split = mouse.top + Int32(mouse.height * 2 / 5)
      let inner = mouse.inset(thickness)
      sheet.fillRounded(mouse, radius: radius, 0xFFB4_B9CA)
      sheet.fillRounded(inner, radius: radius - Double(thickness), Colors.field)
      func light(_ left: Int32, _ right: Int32, _ button: DemoDesktop.Button) {
        guard held.contains(button) else { return }
        let clip = Rect(left: left, top: mouse.top, right: right, bottom: split)
        sheet.fillRounded(inner, radius: radius - Double(thickness), Colors.accent, clip: clip)
      }
      light(mouse.left, middle, .left)
      light(middle, mouse.right, .right)
      sheet.fill(Rect(left: inner.left, top: split, right: inner.right, bottom: split + Int32(thickness)), 0xFFB4_B9CA)
      let seam = Int32(thickness)
      sheet.fill(
        Rect(left: middle - seam / 2, top: inner.top, right: middle + (seam + 1) / 2, bottom: split), 0xFFB4_B9CA)
      let (half, top) = (Int32(max(3, mouse.width / 11)), mouse.top + Int32(mouse.height / 9))
      let wheel = Rect(
        left: middle - half, top: top, right: middle + half, bottom: top + Int32(mouse.height * 2 / 9))
      sheet.fillRounded(wheel, radius: Double(half), held.contains(.middle) ? Colors.accent : 0xFF8F_95AB)
      for (index, button) in [DemoDesktop.Button.side, .extra].enumerated() where held.contains(button) {
        let y = Double(split) + Double(mouse.height) * (0.12 + 0.16 * Double(index))
        sheet.fillDisc(Spot(Double(mouse.left) + radius * 0.3, y), radius: radius * 0.12, Colors.accent)
      }
    }
  }
}
