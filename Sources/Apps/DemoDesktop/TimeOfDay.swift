/// Seconds as people read them.
struct TimeOfDay {
  private let seconds: Int

  /// - Parameter seconds: Any; a day is subtracted as often as needed.
  init(_ seconds: Double) {
    let day = 86_400.0
    let rest = seconds.isFinite ? seconds.truncatingRemainder(dividingBy: day) : 0
    self.seconds = Int(rest < 0 ? rest + day : rest) % 86_400
  }

  /// `09:41:07`
  var figures: String { "\(short):\(two(seconds % 60))" }

  /// `09:41`
  var short: String { "\(two(seconds / 3_600)):\(two(seconds / 60 % 60))" }

  private func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}

extension Int {
  /// With a comma before every third figure.
  var grouped: String {
    let figures = String(magnitude)
    var text = self < 0 ? "-" : ""
    for (index, figure) in figures.enumerated() {
      if index > 0, (figures.count - index) % 3 == 0 { text.append(",") }
      text.append(figure)
    }
    return text
  }
}
