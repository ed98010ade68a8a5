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
}
