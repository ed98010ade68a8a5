import Foundation
import SpiceMedia
import SpicePixels
import SpiceProtocol
import TestSupport

/// What came of a case.
public struct Outcome: Sendable {
  public enum Verdict: Sendable, Equatable {
    case equal
    /// That many pixels differ.
    case different(Int)
    /// The reference drew no picture where this case was on the sheet alone.
    case referenceFailed(String)
    case oursFailed(String)
  }

  public var one: Case
  public var verdict: Verdict
  /// The tiles of each, where there are any.
  public var reference: Raster?
  public var ours: Raster?

  /// True where the reference crashed, as it may, at a curve: it halves for ever what begins and ends within a quarter of a pixel
  /// and is not flat, and now and then a piece of a curve is such.
  public var isEndlessCurve: Bool {
    guard case .referenceFailed = verdict, case .stroke(let path, _, _, _, _) = one.draws.last?.command else {
      return false
    }
    return path.contains { $0.flags & PathSegment.bezier != 0 }
  }
}

/// Draws cases with both clients and compares.
public enum Comparison {
  /// Outcomes in the order of the cases.
  public static func run(_ cases: [Case]) async throws -> [Outcome] {
    var outcomes: [Outcome] = []
    var rest = cases[...]
    while !rest.isEmpty {
      let sheet = Sheet(rest)
      rest = rest.dropFirst(sheet.cases.count)
      outcomes += try await run(sheet)
    }
    return outcomes
  }

  private static func run(_ sheet: Sheet) async throws -> [Outcome] {
    let script = sheet.script
    let answer = try await Reference.play(script)
    guard let reference = answer.picture else {
      return try await halves(sheet) { .referenceFailed(answer.complaint) }
    }
    let ours: Raster
    do {
      ours = try Ours.play(script)
    } catch {
      return try await halves(sheet) { .oursFailed("\(error)") }
    }
    return sheet.cases.indices.map { index in
      let (theirs, own) = (sheet.tiles(of: index, in: reference), sheet.tiles(of: index, in: ours))
      let different = zip(theirs.pixels, own.pixels).reduce(0) { $0 + ($1.0 == $1.1 ? 0 : 1) }
      return Outcome(
        one: sheet.cases[index], verdict: different == 0 ? .equal : .different(different), reference: theirs, ours: own)
    }
  }

  /// A sheet that failed as a whole: finds the cases that it failed at.
  private static func halves(_ sheet: Sheet, _ verdict: () -> Outcome.Verdict) async throws -> [Outcome] {
    let cases = sheet.cases
    if cases.count == 1 { return [Outcome(one: cases[0], verdict: verdict(), reference: nil, ours: nil)] }
    let middle = cases.count / 2
    return try await run(Array(cases[..<middle])) + run(Array(cases[middle...]))
  }
}
