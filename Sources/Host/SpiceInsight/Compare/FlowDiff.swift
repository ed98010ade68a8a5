/// Where two flows part: channels that one lacks, messages that are missing, more, or in another order, and fields that
/// differ. Times, serials and ids that differ in any two sessions are not taken for differences.
public struct FlowDiff: Codable, Hashable, Sendable {
  public struct Difference: Codable, Hashable, Sendable {
    public enum Kind: String, Codable, Hashable, Sendable {
      /// A fault, or a warning, that one flow alone has.
      case fault
      case warning
      case channelMissing = "channel missing"
      case capabilities
      case missing
      case extra
      case field
      case timing
    }

    public var kind: Kind
    public var channel: String
    public var speaker: String
    /// The message, the step, or the finding's code.
    public var name: String
    public var sentence: String
    /// Nanoseconds from the flow's first event, in the flow that has it; the left one where both have.
    public var time: UInt64
    /// How many in a row.
    public var count: Int = 1
  }

  /// The first that matters on top, then all of a channel together.
  public var differences: [Difference]
  /// Alignments that were too long to be made whole.
  public var notes: [String] = []

  /// Fields that are another in every session.
  static let fleeting: Set<String> = [
    "session_id", "connection_id", "timestamp", "time_stamp", "multi_media_time", "time", "id", "pub_key", "bytes",
    "image.id", "client", "server", "stamp", "ram_hint", "generation", "palette.unique", "data", "image.data",
  ]
  /// Differences of one channel that the text tells; all are in the JSON.
  static let rowLimit = 12
  /// Messages of one channel and direction that are aligned; what comes later is compared by number only.
  static let alignLimit = 3000

  /// Compares the entries of two flows, and what was found in each.
  public init(
    _ left: [FlowEntry], _ right: [FlowEntry], findings: (left: [Finding], right: [Finding]) = ([], [])
  ) {
    differences = []
    let (one, two) = (Self.grouped(left), Self.grouped(right))
    let (startOne, startTwo) = (left.first?.time ?? 0, right.first?.time ?? 0)
    for key in Set(one.keys).union(two.keys).sorted() {
      let channel = key.channel
      guard let mine = one[key], let theirs = two[key] else {
        let side = one[key] == nil ? "left" : "right"
        let first = (one[key] ?? two[key])?.first
        if key.speaker == "client" {
          differences.append(
            Difference(
              kind: .channelMissing, channel: channel, speaker: key.speaker, name: channel,
              sentence: "the \(side) flow has no \(channel) channel",
              time: (first?.time ?? 0) - (one[key] == nil ? startTwo : startOne)))
        }
        continue
      }
      compare(key, mine, theirs, startOne, startTwo)
    }
    judge(findings.left, findings.right, "left", startOne)
    judge(findings.right, findings.left, "right", startTwo)
    let order: [Difference.Kind] = [.capabilities, .channelMissing, .missing, .extra, .field, .timing]
    func rank(_ kind: Difference.Kind) -> Int { order.firstIndex(of: kind).map { min($0, 3) == 3 ? 2 : $0 } ?? 9 }
    // What is wrong matters most; then what came first, but a time that differs never matters more than a message.
    func weight(_ kind: Difference.Kind) -> Int {
      switch kind {
      case .fault: 0
      case .capabilities, .channelMissing, .missing, .extra: 1
      case .warning: 2
      case .field: 3
      case .timing: 4
      }
    }
    differences = differences.enumerated().sorted { a, b in
      let (x, y) = (a.element, b.element)
      if weight(x.kind) != weight(y.kind) { return weight(x.kind) < weight(y.kind) }
      if x.time != y.time { return x.time < y.time }
      return (rank(x.kind), a.offset) < (rank(y.kind), b.offset)
    }.map { $0.element }
  }

  /// What is wrong in one flow alone.
  private mutating func judge(_ mine: [Finding], _ theirs: [Finding], _ side: String, _ start: UInt64) {
    for finding in mine {
      let place = finding.evidence
      guard !theirs.contains(where: { $0.code == finding.code && $0.evidence.channel == place.channel }) else {
        continue
      }
      differences.append(
        Difference(
          kind: finding.code.severity == .fault ? .fault : .warning, channel: place.channel?.description ?? "?",
          speaker: place.speaker.rawValue, name: finding.code.rawValue,
          sentence: "\(finding.code.rawValue) on the \(side) alone: \(finding.sentence)",
          time: place.time.nanoseconds - min(place.time.nanoseconds, start)))
    }
  }

  private struct Key: Hashable, Comparable {
    var channel: String
    var speaker: String

    static func < (left: Key, right: Key) -> Bool { (left.channel, left.speaker) < (right.channel, right.speaker) }
  }

  private static func grouped(_ entries: [FlowEntry]) -> [Key: [FlowEntry]] {
    var groups: [Key: [FlowEntry]] = [:]
    for entry in entries {
      guard let channel = entry.channel, !["opened", "anomaly", "unfinished", "closed"].contains(entry.kind) else {
        continue
      }
      groups[Key(channel: channel, speaker: entry.speaker), default: []].append(entry)
    }
    return groups
  }

  private mutating func compare(
    _ key: Key, _ left: [FlowEntry], _ right: [FlowEntry], _ startLeft: UInt64, _ startRight: UInt64
  ) {
    let (mine, theirs) = (left.prefix(Self.alignLimit), right.prefix(Self.alignLimit))
    if left.count > mine.count || right.count > theirs.count {
      notes.append(
        "\(key.channel): the first \(Self.alignLimit) of what the \(key.speaker) said are compared one by one "
          + "(\(left.count) and \(right.count))")
    }
    var timed = false
    for step in Alignment.steps(mine.map { $0.name }, theirs.map { $0.name }) {
      switch step {
      case .both(let i, let j):
        fields(key, mine[i], theirs[j], startLeft)
        if !timed { timed = timing(key, mine, i, theirs, j, startLeft) }
      case .left(let i): lone(key, .missing, mine[i], mine[i].time - min(mine[i].time, startLeft))
      case .right(let j): lone(key, .extra, theirs[j], theirs[j].time - min(theirs[j].time, startRight))
      }
    }
  }

  private mutating func lone(_ key: Key, _ kind: Difference.Kind, _ entry: FlowEntry, _ time: UInt64) {
    if let last = differences.indices.last, differences[last].kind == kind, differences[last].name == entry.name,
      differences[last].channel == key.channel, differences[last].speaker == key.speaker
    {
      differences[last].count += 1
      return
    }
    let side = kind == .missing ? "right" : "left"
    differences.append(
      Difference(
        kind: kind, channel: key.channel, speaker: key.speaker, name: entry.name,
        sentence: "in the \(side) flow the \(key.speaker) did not say \(entry.name) here", time: time))
  }

  private mutating func fields(_ key: Key, _ left: FlowEntry, _ right: FlowEntry, _ start: UInt64) {
    let time = left.time - min(left.time, start)
    func add(_ kind: Difference.Kind, _ sentence: String) {
      let isKnown = differences.contains {
        $0.kind == kind && $0.name == left.name && $0.channel == key.channel && $0.sentence == sentence
      }
      if !isKnown, differences.count < 10_000 {
        differences.append(
          Difference(
            kind: kind, channel: key.channel, speaker: key.speaker, name: left.name, sentence: sentence, time: time))
      }
    }
    if (left.error == nil) != (right.error == nil) {
      add(.field, "\(left.name) is wrong in one flow alone: \(left.error ?? right.error ?? "")")
    }
    var others: [String: [String]] = [:]
    for detail in right.details { others[detail.name, default: []].append(detail.value) }
    var seen: [String: Int] = [:]
    for detail in left.details where !Self.fleeting.contains(detail.name) {
      let place = seen[detail.name, default: 0]
      seen[detail.name] = place + 1
      let values = others[detail.name] ?? []
      let other = place < values.count ? values[place] : "not there"
      guard other != detail.value else { continue }
      let isLink = left.kind == "link message" || left.kind == "link reply"
      let isSet = isLink && (detail.name == "common" || detail.name == "own")
      add(
        isSet ? .capabilities : .field,
        isSet
          ? Self.sets(detail.name, detail.value, other, left.name)
          : "\(left.name): \(detail.name) is \(detail.value) on the left and \(other) on the right")
    }
  }

  private static func sets(_ name: String, _ left: String, _ right: String, _ step: String) -> String {
    let (one, two) = (Set(left.split(separator: " ")), Set(right.split(separator: " ")))
    func list(_ set: Set<Substring>) -> String {
      let all = set.subtracting(["none"]).sorted()
      return all.isEmpty ? "nothing more" : all.joined(separator: " ")
    }
    return "\(step): \(name == "own" ? "the channel's own" : "common") capabilities differ; only the left has "
      + "\(list(one.subtracting(two))), only the right \(list(two.subtracting(one)))"
  }

  /// The first step of a channel that took a second longer, and three times as long, on one side.
  private mutating func timing(
    _ key: Key, _ left: ArraySlice<FlowEntry>, _ i: Int, _ right: ArraySlice<FlowEntry>, _ j: Int, _ start: UInt64
  ) -> Bool {
    guard i > 0, j > 0 else { return false }
    let mine = Double(left[i].time - min(left[i].time, left[i - 1].time)) / 1e9
    let theirs = Double(right[j].time - min(right[j].time, right[j - 1].time)) / 1e9
    guard abs(mine - theirs) > 1, max(mine, theirs) > 3 * min(mine, theirs) else { return false }
    differences.append(
      Difference(
        kind: .timing, channel: key.channel, speaker: key.speaker, name: left[i].name,
        sentence: "\(left[i].name) came \(short(mine)) s after what was said before it on the left, \(short(theirs)) s "
          + "on the right", time: left[i].time - min(left[i].time, start)))
    return true
  }

  /// A page of text; one sentence where nothing differs.
  public var lines: [String] {
    guard !differences.isEmpty else { return ["The flows say the same."] }
    var told: [String: Int] = [:]
    var rows: [String] = []
    for difference in differences {
      told[difference.channel, default: 0] += 1
      guard told[difference.channel, default: 0] <= Self.rowLimit else { continue }
      let times = difference.count > 1 ? " (\(difference.count) in a row)" : ""
      rows.append(
        "\(TextRenderer.seconds(difference.time)) s  \(difference.channel)  \(difference.kind.rawValue): "
          + difference.sentence + times)
    }
    let more = told.sorted { $0.key < $1.key }.filter { $0.value > Self.rowLimit }
      .map { "  and \($0.value - Self.rowLimit) more on \($0.key)" }
    return ["They part here:", "  " + rows[0]] + (rows.count > 1 ? ["", "And:"] : [])
      + rows.dropFirst().map { "  " + $0 }
      + more + notes.map { "note: \($0)" }
  }

  /// The same as JSON.
  public func json() throws -> String { try JSONRenderer.text(self) }
}
