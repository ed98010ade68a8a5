import ConformanceKit
import Testing

/// A sample of `make conformance`: cases by chance, drawn by spicy-screenshot and by our own client.
@Suite("What is drawn has the reference client's pixels", .serialized)
struct ConformanceTests {
  @Test("of each family of commands", arguments: Family.allCases)
  func family(_ family: Family) async throws {
    let outcomes = try await Comparison.run(family.cases(400, seed: 1))
    for outcome in outcomes.filter({ $0.verdict != .equal }).prefix(3) {
      Issue.record("\(outcome.one.name): \(outcome.verdict). \(outcome.one.summary). \(outcome.differences)")
    }
    #expect(outcomes.count == 400)
  }

  @Test("of cases that once had others")
  func once() async throws {
    // Saturated with an opaque source through an opaque mask, where pixman reckons in bytes.
    let seeds: [UInt64] = [14_432_513_554_828_366_016, 1_812_117_207_207_157_277, 9_424_570_679_307_860_645]
    for outcome in try await Comparison.run(seeds.map { Family.composite.makeCase(seed: $0) }) {
      #expect(outcome.verdict == .equal, "\(outcome.one.name): \(outcome.one.summary). \(outcome.differences)")
    }
  }
}
