import Foundation

/// Keeps the number of peers that run at once low: tests run side by side, and each peer wants a processor.
///
/// A test that holds one peer gets any more at once; so two tests that each want two cannot wait for one another.
actor PeerGate {
  static let shared = PeerGate(places: 3)
  @TaskLocal private static var isInside = false

  private var free: Int
  private var waiting: [CheckedContinuation<Void, Never>] = []

  init(places: Int) {
    free = places
  }

  func pass<Result: Sendable>(_ body: @Sendable () async throws -> Result) async throws -> Result {
    if Self.isInside { return try await body() }
    await enter()
    defer { leave() }
    return try await Self.$isInside.withValue(true) { try await body() }
  }

  private func enter() async {
    if free > 0 {
      free -= 1
    } else {
      await withCheckedContinuation { waiting.append($0) }
    }
  }

  private func leave() {
    if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
  }
}

/// Starting and stopping what `Scripts/peers` knows.
enum Peer {
  /// Runs `Scripts/peers/SCRIPT start ARGUMENTS`, then `body` with the facts it printed, then `stop`, whatever happens.
  /// Should this process die instead, the script's watcher stops the peer; and it ends by itself after ten minutes.
  static func with<Result: Sendable>(
    _ script: String, start arguments: [String], environment: [String: String] = [:],
    _ body: @Sendable ([String: String]) async throws -> Result
  ) async throws -> Result {
    try await PeerGate.shared.pass {
      let path = Repository.script("peers/\(script)")
      let environment = environment.merging([
        "SAFFRON_OWNER": "\(ProcessInfo.processInfo.processIdentifier)", "SAFFRON_DEADLINE": "600",
      ]) { $1 }
      let started = try await Subprocess.run(
        path, ["start"] + arguments, environment: environment, deadline: .seconds(180))
      guard started.status == 0 else { throw PeerError("the peer did not start: \(started.complaint)") }
      let facts = Dictionary(
        started.text.split(separator: "\n").compactMap { line in
          line.firstIndex(of: "=").map { (String(line[..<$0]), String(line[line.index(after: $0)...])) }
        }, uniquingKeysWith: { $1 })
      guard let name = facts["NAME"] else { throw PeerError("\(script) start printed no NAME: \(started.text)") }
      let stop: @Sendable () async throws -> Void = {
        // A cancelled test stops its peer too: in a task of its own, which nothing cancels.
        let stopping = Task { try await Subprocess.check(path, ["stop", name], environment: environment) }
        _ = try await stopping.value
      }
      let result: Result
      do {
        result = try await body(facts)
      } catch {
        try? await stop()
        throw error
      }
      try await stop()
      return result
    }
  }

  static func number(_ key: String, in facts: [String: String]) -> Int? { facts[key].flatMap { Int($0) } }
}

/// Runs `body` while `work` does, which then is cancelled and waited for.
public func during<Result>(
  _ work: @escaping @Sendable () async throws -> Void, isolation: isolated (any Actor)? = #isolation,
  _ body: () async throws -> Result
) async throws -> Result {
  let running = Task { try await work() }
  let result: Result
  do {
    result = try await body()
  } catch {
    running.cancel()
    try? await running.value
    throw error
  }
  running.cancel()
  try? await running.value
  return result
}

/// Looks again until what it looks at is there.
///
/// - Parameter what: completes the sentence "… did not happen".
/// - Throws: `PeerError` after `deadline`; errors of `look` pass at once.
public func waitUntil<Result>(
  _ what: String, within deadline: Duration = .seconds(30), every pause: Duration = .milliseconds(100),
  isolation: isolated (any Actor)? = #isolation, _ look: () async throws -> Result?
) async throws -> Result {
  let end = ContinuousClock.now + deadline
  while true {
    if let found = try await look() { return found }
    guard ContinuousClock.now < end else { throw PeerError("\(what) did not happen within \(deadline)") }
    try await Task.sleep(for: pause)
  }
}
