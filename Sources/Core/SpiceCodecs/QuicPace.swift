/// How far apart the symbols are that teach the model, and how long runs are expected to be: what the channels that are
/// coded together (red, green and blue; alpha; gray) have in common.
///
/// The first pixels all teach. After every 2048 pixels of an image, runs included, the mask of the pseudo-random waits
/// gains a bit, up to six: then every 32nd pixel teaches on the average.
struct QuicPace {
  /// Pixels to code before the one that teaches.
  var wait = 0
  /// How many waits were drawn, modulo 256.
  private var drawn: UInt8 = 0
  /// Bits of the mask, 0…6.
  private var maskBits = 0
  /// Pixels until the mask grows.
  private var untilGrowth = 2048
  /// Index into `runBits`: how long the next run is expected to be.
  var runState = 0

  /// Where the cheapest code's cost passes this, a bucket forgets half of what it learned.
  var trigger: Int32 { Self.triggers[maskBits] }

  /// True where a run may begin: the row above repeats a pixel, and the last two of this row are alike. `x` is at least 1.
  @inline(__always)
  static func isRun<Sample: Equatable>(
    _ row: UnsafePointer<Sample>, above: UnsafePointer<Sample>, at x: Int
  ) -> Bool {
    above[x] == above[x &- 1] && x > 2 && row[x &- 1] == row[x &- 2]
  }

  /// Draws the next wait.
  @inline(__always)
  mutating func nextWait() -> Int {
    let wait = Int(Self.waits[Int(drawn)]) & ((1 << maskBits) - 1)
    drawn &+= 1
    return wait
  }

  /// How many of the `remaining` pixels of a row belong together: mask and trigger stay as they are, and no run crosses
  /// the end. `remaining` must be at least 1, and so is the result.
  mutating func nextSegment(of remaining: Int) -> Int {
    guard maskBits < Self.triggers.count - 1 else { return remaining }
    if untilGrowth == 0 {
      maskBits += 1
      untilGrowth = 2048
      guard maskBits < Self.triggers.count - 1 else { return remaining }
    }
    let count = min(untilGrowth, remaining)
    untilGrowth -= count
    return count
  }

  /// By bits of the mask (`besttrigtab` of evolution 3).
  private static let triggers: [Int32] = [110, 550, 900, 800, 550, 400, 350]

  /// By state of the run coder: the logarithm of the length that one bit stands for (`J`, as in JPEG-LS).
  static let runBits: [UInt8] = [
    0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 9, 10, 11, 12, 13, 14, 15,
  ]

  /// By state of the run coder: pixels covered when it is reached from state 0 by single bits alone.
  static let runReach: [Int] = [
    0, 1, 2, 3, 4, 6, 8, 10, 12, 16, 20, 24, 28, 36, 44, 52, 60, 76, 92, 124,
    156, 220, 284, 412, 540, 796, 1308, 2332, 4380, 8476, 16668, 33052,
  ]

  /// The pseudo-random numbers of the format (`tabrand_chaos`); only their low six bits are ever used.
  private static let waits: [UInt8] = [
    2, 23, 19, 21, 7, 18, 40, 14, 12, 32, 47, 44, 36, 6, 18, 11,
    4, 19, 42, 29, 16, 63, 57, 51, 16, 3, 5, 14, 15, 30, 20, 9,
    36, 45, 3, 57, 61, 0, 8, 5, 41, 14, 43, 27, 43, 59, 31, 35,
    39, 60, 42, 38, 13, 54, 62, 1, 26, 3, 11, 61, 52, 34, 7, 48,
    4, 59, 22, 12, 22, 8, 50, 4, 10, 6, 44, 8, 11, 46, 31, 51,
    53, 17, 1, 43, 46, 60, 36, 54, 10, 27, 39, 44, 22, 41, 23, 2,
    44, 0, 40, 53, 40, 48, 16, 43, 32, 28, 33, 12, 20, 2, 56, 62,
    55, 58, 18, 20, 13, 55, 38, 29, 57, 19, 49, 33, 47, 63, 59, 0,
    35, 61, 19, 25, 46, 38, 60, 4, 35, 1, 26, 40, 28, 10, 5, 14,
    25, 18, 48, 49, 20, 59, 62, 34, 46, 7, 33, 52, 34, 58, 9, 29,
    8, 55, 62, 60, 37, 36, 37, 50, 6, 3, 10, 28, 48, 24, 26, 61,
    57, 30, 11, 54, 2, 6, 50, 47, 7, 17, 35, 53, 32, 12, 23, 17,
    5, 21, 49, 55, 51, 45, 52, 27, 39, 25, 39, 63, 22, 24, 42, 52,
    56, 38, 41, 41, 56, 32, 13, 24, 26, 51, 27, 56, 58, 37, 24, 42,
    15, 28, 17, 30, 31, 15, 16, 23, 25, 54, 33, 34, 1, 29, 31, 50,
    53, 21, 49, 15, 47, 9, 0, 58, 37, 45, 30, 13, 9, 45, 63, 21,
  ]
}
