import ConformanceKit
import Foundation

/// Draws cases by chance with the reference client (`spicy-screenshot`) and with ours, and demands the same pixels.
///
///     conformance [--seed N] [--count N] [--out FOLDER] [--case SEED] [FAMILY ...]
///
/// A case that fails is made as small as it still fails; both pictures and their difference are written beside each other.
@main
struct Conformance {
  static func main() async throws {
    var families: [Family] = []
    var (seed, count, folder) = (UInt64(1), 1000, "out/conformance")
    var chosen: UInt64?
    var words = CommandLine.arguments.dropFirst()
    while let word = words.popFirst() {
      switch word {
      case "--seed": seed = words.popFirst().flatMap { UInt64($0) } ?? seed
      case "--count": count = words.popFirst().flatMap { Int($0) } ?? count
      case "--case": chosen = words.popFirst().flatMap { UInt64($0) }
      case "--out": folder = words.popFirst() ?? folder
      default:
        guard let family = Family(rawValue: word) else {
          print(
            "conformance: no family of cases is called \(word); there are: "
              + Family.allCases.map { $0.rawValue }.joined(separator: ", "))
          exit(64)
        }
        families.append(family)
      }
    }
    if families.isEmpty { families = Family.allCases }
    let out = URL(filePath: folder)
    try FileManager.default.createDirectory(at: out, withIntermediateDirectories: true)
    var failed = 0
    for family in families {
      let cases = chosen.map { [family.makeCase(seed: $0)] } ?? family.cases(count, seed: seed)
      let start = ContinuousClock.now
      let outcomes = try await Comparison.run(cases)
      let endless = outcomes.count { $0.isEndlessCurve }
      let bad = outcomes.filter { $0.verdict != .equal && !$0.isEndlessCurve }
      print(
        "\(family.rawValue): \(outcomes.count - endless - bad.count) of \(outcomes.count) equal"
          + (endless > 0 ? ", and \(endless) with a curve at which the reference crashed" : "")
          + ", in \(ContinuousClock.now - start)")
      failed += bad.count
      for outcome in bad.prefix(4) {
        switch outcome.verdict {
        case .different:
          let small = try await Shrinker.shrink(outcome)
          let file = out.appending(path: small.one.name.replacingOccurrences(of: " ", with: "-") + ".ppm")
          try small.write(to: file)
          print("  \(small.one.name) on \(small.one.format): \(small.verdict); \(file.path)")
          print("    \(small.one.summary)")
          print("    \(small.differences)")
        case .referenceFailed(let why):
          print("  \(outcome.one.name): the reference drew nothing: \(why.suffix(600))\n    \(outcome.one.summary)")
        case .oursFailed(let why): print("  \(outcome.one.name): ours drew nothing: \(why)")
        case .equal: break
        }
      }
    }
    exit(failed == 0 ? 0 : 1)
  }
}
