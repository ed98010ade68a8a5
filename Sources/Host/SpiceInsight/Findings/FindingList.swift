/// What was found, each kind once a conversation. Of very many conversations with the same the first are kept, and the others
/// counted, so that a flow without end fits into memory.
struct FindingList {
  private let limit: Int
  private(set) var all: [Finding] = []
  /// For conversations, where each kind stands in `all`; `counted` where it is not kept.
  private var places: [Int: [FindingCode: Int]] = [:]
  private var kinds: [FindingCode: (kept: Int, last: Int)] = [:]

  private static let counted = -1

  /// - Parameter limit: conversations with the same finding that are kept.
  init(limit: Int) { self.limit = max(1, limit) }

  mutating func give(_ finding: Finding) {
    let (code, conversation) = (finding.code, finding.evidence.conversation)
    if let place = places[conversation]?[code] {
      if place != Self.counted { all[place].count += 1 }
      return
    }
    var kind = kinds[code] ?? (0, Self.counted)
    if kind.kept < limit {
      kind = (kind.kept + 1, all.count)
      kinds[code] = kind
      all.append(finding)
      places[conversation, default: [:]][code] = kind.last
    } else {
      all[kind.last].elsewhere += 1
      places[conversation, default: [:]][code] = Self.counted
    }
  }

  func has(_ conversation: Int) -> Bool { places[conversation] != nil }

  func has(_ conversation: Int, _ codes: Set<FindingCode>) -> Bool {
    places[conversation]?.keys.contains { codes.contains($0) } ?? false
  }

  /// Adds to the conversation's first finding what followed from it.
  mutating func addToFirst(_ conversation: Int, _ sentence: String) {
    guard let first = places[conversation]?.values.min(), first != Self.counted else { return }
    all[first].sentence += "; " + sentence
  }

  /// A conversation is over.
  mutating func leave(_ conversation: Int) {
    if places[conversation]?.values.allSatisfy({ $0 == Self.counted }) == true { places[conversation] = nil }
  }
}
