import SpicePixels

/// The bar at the top: a name and the time.
struct TopBar: Sendable {
  private var clock: Label

  init(on window: inout Window, look: Look) {
    let bar = Rect(window.sheet.size)
    window.draw(in: bar) { sheet in
      sheet.fill(bar, Colors.bar)
      let middle = Double(bar.height) / 2
      let radius = Double(look(7))
      let x = Double(look(16)) + radius
      // A crocus from above, as far as three discs can be one.
      for petal in 0..<6 {
        let center = Spot(x, middle).away(radius * 0.62, Double(petal) / 6)
        sheet.fillDisc(center, radius: radius * 0.48, petal % 2 == 0 ? 0xFFF2_B54A : Colors.accent)
      }
      sheet.fillDisc(Spot(x, middle), radius: radius * 0.34, 0xFFFF_F1D6)
      let baseline = (bar.height + look.strong.capital) / 2
      let name = sheet.write(
        "Saffron", x: Int(x + radius) + look(9), baseline: baseline, look.strong, Colors.barInk)
      let rest = look.text.fitted("a living desktop", to: max(0, bar.width - name - look(110)))
      sheet.write(rest, x: name + look(9), baseline: baseline, look.text, Colors.barFaint)
    }
    let width = look.strong.width(of: "00:00:00")
    clock = Label(
      Rect(x: bar.width - width - look(16), y: 0, width: width, height: bar.height), on: window, look.strong,
      Colors.barInk, .right)
  }

  mutating func show(time: Double, on window: inout Window) {
    clock.show(TimeOfDay(time).short, on: &window)
  }
}

/// The bar at the bottom: who looks on, how much was drawn, for how long.
struct StatusBar: Sendable {
  private var facts: Label
  private let note: Face

  init(on window: inout Window, look: Look, screen: Size) {
    let bar = Rect(window.sheet.size)
    let size = "\(screen.width) × \(screen.height)"
    let width = look.note.width(of: size)
    window.draw(in: bar) { sheet in
      sheet.fill(bar, Colors.bar)
      let baseline = (bar.height + look.note.capital) / 2
      sheet.write(size, x: bar.width - width - look(16), baseline: baseline, look.note, Colors.barFaint)
    }
    note = look.note
    let room = max(0, bar.width - width - look(16) * 3)
    facts = Label(Rect(x: look(16), y: 0, width: room, height: bar.height), on: window, look.note, Colors.barInk)
  }

  mutating func show(clients: Int, frames: Int, seconds: Double, on window: inout Window) {
    let who = clients == 1 ? "1 client" : "\(clients.grouped) clients"
    let up = TimeOfDay(seconds).figures
    facts.show("\(who)  ·  \(frames.grouped) frames  ·  up \(up)", on: &window)
  }
}
