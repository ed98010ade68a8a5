/// The sine, where there is no C library to ask.
enum Wave {
  /// The sine of an angle in turns (1 is once around), to seven digits. Any finite angle will do.
  static func sine(turns: Double) -> Double {
    var turn = turns - turns.rounded()
    // The second and third quarter mirror the first and the fourth.
    if turn > 0.25 { turn = 0.5 - turn } else if turn < -0.25 { turn = -0.5 - turn }
    let x = turn * 2 * Double.pi
    let square = x * x
    var sum = -1 / 39_916_800.0
    sum = sum * square + 1 / 362_880.0
    sum = sum * square - 1 / 5_040.0
    sum = sum * square + 1 / 120.0
    sum = sum * square - 1 / 6.0
    return x * (sum * square + 1)
  }

  static func cosine(turns: Double) -> Double {
    sine(turns: turns + 0.25)
  }

  /// 0 up to `from`, 1 from `to` on, and a soft S between them. `from` may be the larger one.
  static func step(_ from: Double, _ to: Double, _ x: Double) -> Double {
    let t = max(0, min(1, (x - from) / (to - from)))
    return t * t * (3 - 2 * t)
  }
}
