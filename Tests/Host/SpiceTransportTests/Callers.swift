import SpiceTransport
import Synchronization
import TestSupport

/// What a reception told about those it turned away.
final class TurnedAwayLog: Sendable {
  private let entries = Mutex<[TurnedAway]>([])

  var reasons: [TurnedAway.Reason] { entries.withLock { $0.map(\.reason) } }

  func add(_ entry: TurnedAway) { entries.withLock { $0.append(entry) } }

  /// The first one, when there is one.
  func first() async throws -> TurnedAway {
    try await waitUntil("a caller turned away", every: .milliseconds(5)) { entries.withLock { $0.first } }
  }
}

/// Runs `body` while a reception delivers callers to `script`.
func withReception<Result>(
  at address: Address = loopback, _ options: ReceptionOptions = ReceptionOptions(silenceGrace: nil),
  script: @escaping @Sendable (Caller) async throws -> Void = { try await echo($0.connection) },
  _ body: (Address, TurnedAwayLog) async throws -> Result
) async throws -> Result {
  let log = TurnedAwayLog()
  var options = options
  options.onTurnedAway = { log.add($0) }
  let reception = try await Reception.open(at: address, options: options)
  let serving = Task {
    await withDiscardingTaskGroup { group in
      for await caller in reception {
        group.addTask {
          try? await script(caller)
          await caller.connection.close()
        }
      }
    }
  }
  defer { serving.cancel() }
  let result: Result
  do {
    result = try await body(reception.address, log)
  } catch {
    await reception.close()
    throw error
  }
  await reception.close()
  return result
}

/// Says something to a server as it is, and gives what comes until the server closes.
func answer(of address: Address, to bytes: [UInt8], tls: TLS? = nil) async throws -> [UInt8] {
  let connection = try await Transport.connect(Endpoint(address, tls: tls))
  try await connection.write(bytes)
  let answer = try await connection.all()
  await connection.close()
  return answer
}

func answer(of address: Address, to text: String, tls: TLS? = nil) async throws -> String {
  String(decoding: try await answer(of: address, to: Array(text.utf8), tls: tls), as: UTF8.self)
}

/// Sends 8 MiB through an echo in pieces of uneven size, and compares what comes back by its hash.
func echoes8MiB(_ connection: Connection) async throws -> Bool {
  let total = 8 << 20
  var block = [UInt8](repeating: 0, count: 1 << 20)
  var state: UInt32 = 1
  for index in block.indices {
    state = state &* 1_664_525 &+ 1_013_904_223
    block[index] = UInt8(truncatingIfNeeded: state >> 24)
  }
  let source = block
  let sending = Task {
    var sent = 0
    for count in [1, 124, 126, 65_535, 65_536, 262_145, 1 << 20].cycled(until: total) {
      let start = sent & (1 << 20 - 1)
      let piece = Array(source[start..<min(start + count, source.count, start + total - sent)])
      try await connection.write(piece)
      sent += piece.count
      if sent == total { break }
    }
    return sent
  }
  var hash = FNV1a.hash([])
  var expected = hash
  for _ in 0..<8 { expected = FNV1a.extend(expected, by: source) }
  var received = 0
  while received < total, let bytes = try await connection.read() {
    hash = FNV1a.extend(hash, by: bytes)
    received += bytes.count
  }
  return try await sending.value == total && received == total && hash == expected
}

extension FNV1a {
  /// Goes on with a hash.
  fileprivate static func extend(_ hash: UInt64, by bytes: [UInt8]) -> UInt64 {
    bytes.reduce(hash) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  }
}

extension [Int] {
  /// These numbers again and again, more often than needed for a sum.
  fileprivate func cycled(until sum: Int) -> some Sequence<Int> {
    (0..<Swift.max(1, sum)).lazy.map { self[$0 % count] }
  }
}
