/// What was found, each kind once a conversation. Of very many conversations with the same the first are kept, and the others
/// counted, so that a flow without end fits into memory.
struct FindingList {
  private let limit: Int
  private(set) var all: [Finding] = []
  /// For conversations, where each kind stands in `all`; nil where it is counted alone.
  private var places: [Int: [FindingCode: Int?]] = [:]
  /// How many of each kind are kept, and where the last of them stands.
  private var kinds: [FindingCode: (kept: Int, last: Int)] = [:]

  /// - Parameter limit: conversations with the same finding that are kept.
  init(limit: Int) { self.limit = max(1, limit) }

  mutating func give(_ finding: Finding) {
    let (code, conversation) = (finding.code, finding.evidence.conversation)
    if let known = places[conversation]?[code] {
      if let place = known { all[place].count += 1 }
      return
    }
    var place: Int?
    if let (kept, last) = kinds[code], kept >= limit {
      all[last].elsewhere += 1
    } else {
      place = all.count
      kinds[code] = ((kinds[code]?.kept ?? 0) + 1, all.count)
      all.append(finding)
    }
    places[conversation, default: [:]].updateValue(place, forKey: code)
  }

  func has(_ conversation: Int) -> Bool { places[conversation] != nil }

  func has(_ conversation: Int, _ codes: Set<FindingCode>) -> Bool {
    places[conversation]?.keys.contains { codes.contains($0) } ?? false
  }

  /// Adds to the conversation's first finding what followed from it.
  mutating func addToFirst(_ conversation: Int, _ sentence: String) {
    guard let first = places[conversation]?.values.compactMap({ $0 }).min() else { return }
    all[first].sentence += "; " + sentence
  }

  /// A conversation is over.
  mutating func leave(_ conversation: Int) {
    if places[conversation]?.values.allSatisfy({ $0 == nil }) == true { places[conversation] = nil }
  }
}
