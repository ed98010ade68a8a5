/// How far a client's dictionary is trusted to make the smallest image untried: where it has won time and again, the other
/// forms are tried with every eighth picture only.
struct DictionaryTrust: Sendable {
  /// Contests in a row that it has won before it is trusted.
  private static let leastWins = 4
  /// Pictures between two contests.
  private static let pause = 8
  /// Pixels of a picture that is worth it, and for which a wrong guess does not cost too much.
  private static let sizes = (ImageChooser.smallPicture + 1)...(64 << 10)

  private var wins = 0
  private var untried = 0
  /// Bytes for 1024 pixels of the picture that it won with last.
  private var share = 0

  /// The most bytes that the dictionary may take for so many pixels to be trusted with them, twice as many as for the
  /// last; nil where it is time for a contest.
  func limit(pixels: Int) -> Int? {
    guard wins >= DictionaryTrust.leastWins, untried < DictionaryTrust.pause else { return nil }
    guard DictionaryTrust.sizes.contains(pixels) else { return nil }
    return 256 + pixels * share / 512
  }

  /// It was trusted, and kept to the limit.
  mutating func keep() { untried += 1 }

  /// A contest was held; nil: it has lost.
  mutating func note(bytes: Int?, pixels: Int) {
    untried = 0
    guard let bytes else {
      wins = 0
      return
    }
    wins = min(wins + 1, DictionaryTrust.leastWins)
    share = bytes * 1024 / max(1, pixels)
  }
}
