import SpicePixels

/// A clock with hands, and the time in figures beneath.
struct ClockWindow: Sendable {
  private struct Hand: Equatable {
    /// Clockwise from twelve, in turns.
    var angle: Double
    var from: Double
    var length: Double
    var width: Double
    var color: UInt32
  }

  private let dial: Raster
  private let place: Rect
  private let center: Spot
  private let radius: Double
  private var hands: [Hand] = []
  private var figures: Label

  /// - Parameter time: Seconds of the day.
  init(time: Double, on window: inout Window, look: Look) {
    let content = window.content
    let foot = look.figures.lineHeight
    place = Rect(left: content.left, top: content.top, right: content.right, bottom: content.bottom - Int32(foot))
    radius = max(16, Double(min(place.width, place.height)) / 2 - 14 * look.scale)
    center = Spot(Double(place.left + place.right) / 2, Double(place.top + place.bottom) / 2 + 2 * look.scale)
    let (center, radius) = (center, radius)
    window.draw(in: place) { sheet in
      sheet.fillDisc(center, radius: radius, Colors.field)
      sheet.strokeRing(center, radius: radius, width: max(1, 1.5 * look.scale), Colors.line)
      for minute in 0..<60 {
        let isHour = minute % 5 == 0
        let (inner, outer) = (radius * (isHour ? 0.84 : 0.91), radius * 0.94)
        let angle = Double(minute) / 60
        let width = max(1, (isHour ? 2.4 : 1) * look.scale)
        sheet.strokeLine(
          center.away(inner, angle), center.away(outer, angle), width: width, isHour ? Colors.ink : 0xFFB8_BCCB)
      }
    }
    dial = window.sheet.part(place)
    figures = Label(
      Rect(x: Int(content.left), y: Int(place.bottom) - look(4), width: content.width, height: foot), on: window,
      look.figures, Colors.ink, .center)
    show(time: time, on: &window)
  }

  mutating func show(time: Double, on window: inout Window) {
    let second = time.rounded(.down)
    // The hour's and the minute's hand go on every ten seconds: small moves nobody would see.
    let slow = (second / 10).rounded(.down) * 10
    let radius = radius
    let next = [
      Hand(angle: slow / 43_200, from: 0, length: radius * 0.52, width: radius * 0.06, color: Colors.ink),
      Hand(angle: slow / 3_600, from: 0, length: radius * 0.78, width: radius * 0.045, color: Colors.ink),
      Hand(
        angle: second / 60, from: -radius * 0.16, length: radius * 0.86, width: max(1.2, radius * 0.018),
        color: Colors.accent),
    ]
    var changed: [Rect] = []
    for (index, hand) in next.enumerated() where hands.isEmpty || hands[index] != hand {
      if !hands.isEmpty { changed += boxes(hands[index]) }
      changed += boxes(hand)
    }
    hands = next
    for box in changed {
      let box = box.intersection(place)
      window.draw(in: box) { sheet in
        sheet.put(dial, at: place, clip: box)
        for hand in next {
          sheet.strokeLine(
            center.away(hand.from, hand.angle), center.away(hand.length, hand.angle), width: hand.width, hand.color,
            clip: box)
        }
        sheet.fillDisc(center, radius: radius * 0.05, Colors.accent, clip: box)
      }
    }
    figures.show(TimeOfDay(time).figures, on: &window)
  }

  /// Small boxes along a hand: the one box around a slanting hand would be a quarter of the dial.
  private func boxes(_ hand: Hand) -> [Rect] {
    let pieces = 6
    return (0..<pieces).map { piece in
      let length = hand.length - hand.from
      let from = center.away(hand.from + length * Double(piece) / Double(pieces), hand.angle)
      let to = center.away(hand.from + length * Double(piece + 1) / Double(pieces), hand.angle)
      return Rect(around: from, to, margin: hand.width / 2 + 1)
    }
  }
}

extension Spot {
  /// The place at a distance, at an angle in turns clockwise from straight up.
  func away(_ distance: Double, _ angle: Double) -> Spot {
    Spot(x + distance * Wave.sine(turns: angle), y - distance * Wave.cosine(turns: angle))
  }
}
