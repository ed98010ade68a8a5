import SpicePixels

/// A field that shows what is typed.
struct TypingWindow: Sendable {
  /// Characters that the field takes.
  static let most = 200

  private(set) var text: [UInt8]
  private var caret: Int
  /// The first pixel of the text that is seen.
  private var scroll = 0
  private let field: Rect
  private let inner: Rect
  private var isCaretShown = true
  private var blinkStart = 0.0
  private var state: Label

  init(_ text: [UInt8], on window: inout Window, look: Look) {
    self.text = text
    caret = text.count
    let content = window.content.inset(look(14))
    let noteHeight = look.note.lineHeight
    let height = max(look.text.lineHeight + 6, look(38))
    let top = min(Int(content.top) + noteHeight + look(6), max(Int(content.top), Int(content.bottom) - height))
    field = Rect(x: Int(content.left), y: top, width: content.width, height: height).intersection(window.content)
    inner = Rect(
      left: field.left + Int32(look(10)), top: field.top + 3, right: field.right - Int32(look(10)),
      bottom: field.bottom - 3)
    let (field, foot) = (field, Int(field.bottom) + look(7))
    let notes = [
      Rect(x: Int(content.left), y: Int(content.top), width: content.width, height: noteHeight),
      Rect(x: Int(content.left), y: foot, width: content.width, height: noteHeight),
    ]
    state = Label(notes[1], on: window, look.note, Colors.faintInk)
    if notes[0].bottom <= field.top {
      window.draw(in: notes[0]) { sheet in
        let hint = look.note.fitted("Type here. Enter ↵ sends the line to the log.", to: notes[0].width)
        sheet.write(
          hint, x: Int(notes[0].left), baseline: Int(notes[0].top) + look.note.capital + 2, look.note, Colors.faintInk)
      }
    }
    window.draw(in: field) { sheet in
      let radius = Double(look(7))
      sheet.fillRounded(field, radius: radius, Colors.accent)
      sheet.fillRounded(field.inset(max(1, look(1.5))), radius: radius - 1, Colors.field)
    }
    redraw(from: 0, on: &window, look)
  }

  /// Takes a key; gives the line where the key was Enter and there is one.
  mutating func type(_ stroke: Keyboard.Stroke, at time: Double, on window: inout Window, _ look: Look) -> String? {
    let (before, oldText, oldCaret) = (scroll, text, caret)
    var line: String?
    switch stroke {
    case .character(let character):
      guard text.count < TypingWindow.most else { return nil }
      text.insert(character, at: caret)
      caret += 1
    case .backspace:
      guard caret > 0 else { return nil }
      caret -= 1
      text.remove(at: caret)
    case .delete:
      guard caret < text.count else { return nil }
      text.remove(at: caret)
    case .left: caret = max(0, caret - 1)
    case .right: caret = min(text.count, caret + 1)
    case .home: caret = 0
    case .end: caret = text.count
    case .escape: (text, caret) = ([], 0)
    case .enter:
      if !text.isEmpty { line = String(decoding: text, as: UTF8.self) }
      (text, caret) = ([], 0)
    case .function: return nil
    }
    isCaretShown = true
    blinkStart = time
    follow(look)
    if scroll != before {
      redraw(from: 0, on: &window, look)
    } else {
      let same = zip(text, oldText).prefix { $0 == $1 }.count
      let ends = text == oldText ? [x(max(caret, oldCaret), look)] : [width(of: oldText, look), width(of: text, look)]
      redraw(from: min(same, caret, oldCaret), to: ends.max(), on: &window, look)
    }
    return line
  }

  mutating func blink(at time: Double, on window: inout Window, _ look: Look) {
    let isShown = ((time - blinkStart) / 0.5).truncatingRemainder(dividingBy: 2) < 1
    guard isShown != isCaretShown else { return }
    isCaretShown = isShown
    redraw(from: caret, to: x(caret, look), on: &window, look)
  }

  func nextTime(after time: Double) -> Double {
    blinkStart + (((time - blinkStart) / 0.5 + 1e-6).rounded(.down) + 1) * 0.5
  }

  /// Says which keys are held or locked.
  mutating func show(_ keyboard: Keyboard, on window: inout Window) {
    var words: [String] = []
    if keyboard.isShifted { words.append("Shift") }
    if keyboard.locks.contains(.capsLock) { words.append("Caps Lock") }
    if keyboard.locks.contains(.numLock) { words.append("Num Lock") }
    state.show(words.isEmpty ? "US keyboard" : words.joined(separator: " · "), on: &window)
  }

  private func x(_ count: Int, _ look: Look) -> Int { width(of: text.prefix(count), look) }

  private func width(of text: some Collection<UInt8>, _ look: Look) -> Int {
    look.text.width(of: String(decoding: text, as: UTF8.self))
  }

  /// Keeps the caret in sight.
  private mutating func follow(_ look: Look) {
    let (at, room) = (x(caret, look), max(1, inner.width - 3))
    if at - scroll > room { scroll = at - room + room / 4 }
    if at < scroll { scroll = max(0, at - room / 4) }
    if text.isEmpty { scroll = 0 }
  }

  /// Draws the text anew from one character on: `last` pixels of it, and the caret behind them, or all.
  private func redraw(from first: Int, to last: Int? = nil, on window: inout Window, _ look: Look) {
    let left = Int(inner.left) - scroll
    let caretX = left + x(caret, look)
    var area = inner
    area.left = max(inner.left, Int32(clamping: left + x(first, look) - 1))
    if let last { area.right = min(inner.right, Int32(clamping: left + last + look(2) + 2)) }
    guard !area.isEmpty else { return }
    let baseline = Int(inner.top) + (inner.height + look.text.capital) / 2
    let line = String(decoding: text, as: UTF8.self)
    let isCaretShown = isCaretShown
    let mark = Rect(
      x: caretX, y: baseline - look.text.capital - look(4), width: max(2, look(2)),
      height: look.text.capital + look(8))
    window.draw(in: area) { sheet in
      sheet.fill(area, Colors.field)
      sheet.write(line, x: left, baseline: baseline, look.text, Colors.ink, clip: area)
      if isCaretShown { sheet.fill(mark, Colors.accent, clip: area) }
    }
  }
}
