/// Which of many names a mistyped one may have meant.
enum NearNames {
  /// Names longer than this are not compared; nobody typed them by mistake.
  private static let longest = 32

  /// Those of `names` that come near, nearest first: those at most a third of the letters away, and those that begin
  /// with what was written. None where `name` has one letter or very many.
  static func of(_ name: String, among names: [String]) -> [String] {
    let written = Array(name.utf8)
    guard 2...longest ~= written.count else { return [] }
    let allowed = written.count / 3
    var found: [(name: String, distance: Int)] = []
    for candidate in names where candidate.utf8.count > 1 {
      let letters = Array(candidate.utf8)
      let begins = letters.starts(with: written)
      let distance = distance(written, letters)
      if begins || distance <= allowed {
        found.append((candidate, min(distance, begins ? 1 : distance)))
      }
    }
    found.sort { ($0.distance, $0.name.utf8.count) < ($1.distance, $1.name.utf8.count) }
    return found.map(\.name)
  }

  /// How many letters must be put in, taken out, replaced or swapped with their neighbour to make one of the other.
  private static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
    var before: [Int] = []
    var last = Array(0...b.count)
    for row in 1...a.count {
      var current = [row]
      for column in 0..<b.count {
        let same = a[row - 1] == b[column]
        var best = min(last[column] + (same ? 0 : 1), last[column + 1] + 1, current[column] + 1)
        if row > 1, column > 0, a[row - 1] == b[column - 1], a[row - 2] == b[column] {
          best = min(best, before[column - 1] + 1)
        }
        current.append(best)
      }
      before = last
      last = current
    }
    return last[b.count]
  }

  /// `; did you mean a, b or c?`, or nothing where `names` is empty.
  static func question(_ names: [String]) -> String {
    guard let last = names.last else { return "" }
    let others = names.dropLast().joined(separator: ", ")
    return names.count == 1 ? "; did you mean \(last)?" : "; did you mean \(others) or \(last)?"
  }
}
