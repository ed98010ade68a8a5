import Foundation
import SpiceClient
import Testing
import TestSupport

@Suite("saffron serve in a crowd")
struct ServerCrowdTests {
  /// Sessions with manners; each opens five channels.
  private static let polite = 20
  /// Callers without: silent, half a header, wrong magic, four gigabytes announced, no acknowledgement, a byte a second.
  private static let rude = 100

  @Test("of two hundred connections half are rude: the others notice nothing, and memory returns to where it was")
  func crowd() async throws {
    try await withServer { server in
      let process = server.process
      // What every later session needs too is there once one has been.
      try await withClient(server.uri) { try await Self.seesLife($0) }
      let before = try await Self.settledMemory(of: process)

      let crowd = try Subprocess.start(
        Repository.script("peers/rude-crowd"), ["127.0.0.1", "\(try server.port)", "\(Self.rude)"],
        deadline: .seconds(100))
      defer { crowd.kill() }
      try await waitUntil("a crowd of \(Self.rude)") { try crowd.output().text.contains("ready") ? () : nil }
      try await withThrowingDiscardingTaskGroup { group in
        for _ in 0..<Self.polite {
          group.addTask {
            try await withClient(server.uri) { client in
              try await Self.seesLife(client)
              // What is typed is taken, too.
              try await client.type("a")
              guard try await client.inputTaken(within: .seconds(20)) else { throw PeerError("a key was not taken") }
              try await Self.seesLife(client)
            }
          }
        }
      }
      // Those who are silent, say half of a header, begin like nothing that is known, or announce four gigabytes.
      try await waitUntil("each kind of the crowd to be turned away") {
        try crowd.output().text.contains("told") ? () : nil
      }
      crowd.kill()
      _ = try await crowd.end()

      let allowance = 12_000
      try await waitUntil("memory to return to \(before) KiB and \(allowance) more", every: .milliseconds(250)) {
        try Self.memory(of: process) <= before + allowance ? () : nil
      }
      #expect(process.isRunning)
      try await withClient(server.uri) { try await Self.seesLife($0) }
    }
  }

  /// Waits until the desktop, whose clock and video go, has changed a few times.
  private static func seesLife(_ client: Client) async throws {
    try await withThrowingTaskGroup { group in
      group.addTask {
        var count = 0
        for await _ in client.frames() {
          count += 1
          if count == 4 { return }
        }
        try Task.checkCancellation()
        throw PeerError("the session ended: \(client.failure.map { "\($0)" } ?? "without a reason")")
      }
      group.addTask {
        try await Task.sleep(for: .seconds(30))
        throw PeerError("the desktop stood still for a client with manners")
      }
      try await group.next()
      group.cancelAll()
    }
  }

  /// What the process has in memory, in KiB.
  private static func memory(of process: RunningProcess) throws -> Int {
    let status = try String(contentsOfFile: "/proc/\(process.processID)/status", encoding: .utf8)
    guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmRSS:") }),
      let size = line.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
    else { throw PeerError("the system does not say how much memory \(process.name) has") }
    return size
  }

  /// The same once the session before has been put away.
  private static func settledMemory(of process: RunningProcess) async throws -> Int {
    var last = try memory(of: process)
    return try await waitUntil("memory to settle", every: .milliseconds(500)) {
      let now = try memory(of: process)
      defer { last = now }
      return now >= last ? now : nil
    }
  }
}
