import SpiceTransport
import Synchronization
import Testing

@Suite("Relays", .timeLimit(.minutes(1)))
struct RelayTests {
  /// Notes what an observer is told.
  private final class Notes: RelayObserver {
    let said = Mutex<[RelayEnding.Side: [UInt8]]>([:])
    /// Who spoke, without repetitions.
    let order = Mutex<[RelayEnding.Side]>([])
    let held = Mutex<[Bool]>([])

    func passed(_ bytes: UnsafeRawBufferPointer, from side: RelayEnding.Side) {
      said.withLock { $0[side, default: []] += bytes }
      order.withLock { if $0.last != side { $0.append(side) } }
    }

    func held(_ side: RelayEnding.Side, _ isHeld: Bool) {
      if side == .far { held.withLock { $0.append(isHeld) } }
    }
  }

  /// Runs `body` with a client of a relay to a peer which plays `script`.
  private func withRelay(
    seenBy notes: Notes, script: @escaping @Sendable (Connection) async throws -> Void,
    _ body: (Connection) async throws -> Void
  ) async throws {
    try await withPeer(script: script) { target in
      try await withPeer { near in
        let far = try await Transport.connect(Endpoint(target), beside: near)
        _ = try await near.relay(with: far, counting: RelayCount(), observer: notes)
        await near.flushed(within: .seconds(5))
        await far.flushed(within: .seconds(5))
        await far.close()
      } _: { address in
        let client = try await Transport.connect(Endpoint(address))
        try await body(client)
        await client.close()
      }
    }
  }

  @Test("an observer sees all that both sides say, and no answer before what it answers")
  func observed() async throws {
    let notes = Notes()
    try await withRelay(seenBy: notes) { server in
      while let question = try await server.read() { try await server.write(question.map { $0 &+ 1 }) }
    } _: { client in
      for round in 0..<50 as Range<UInt8> {
        try await client.write([round, round])
        var answer: [UInt8] = []
        while answer.count < 2, let bytes = try await client.read() { answer += bytes }
        #expect(answer == [round + 1, round + 1])
      }
    }
    let rounds = (0..<50 as Range<UInt8>).flatMap { [$0, $0] }
    #expect(notes.said.withLock { $0[.near] } == rounds)
    #expect(notes.said.withLock { $0[.far] } == rounds.map { $0 + 1 })
    #expect(notes.order.withLock { $0 } == (0..<100).map { $0 % 2 == 0 ? .near : .far })
  }

  @Test("an observer is told when a side takes nothing, and when it does again; nothing is lost")
  func heldBack() async throws {
    let notes = Notes()
    let goesOn = AsyncStream.makeStream(of: Void.self)
    let received = Atomic(0)
    try await withRelay(seenBy: notes) { server in
      for await _ in goesOn.stream { break }
      while let bytes = try await server.read() { received.add(bytes.count, ordering: .relaxed) }
    } _: { client in
      // More than sockets, the far side's mailbox and the relay hold.
      let sending = Task {
        for _ in 0..<256 { try await client.write([UInt8](repeating: 7, count: 256 << 10)) }
      }
      while notes.held.withLock({ $0.isEmpty }) { try await Task.sleep(for: .milliseconds(5)) }
      #expect(notes.held.withLock { $0 } == [true])
      goesOn.continuation.finish()
      try await sending.value
      while received.load(ordering: .relaxed) < 256 * (256 << 10) { try await Task.sleep(for: .milliseconds(5)) }
    }
    let held = notes.held.withLock { $0 }
    #expect(zip(held, held.dropFirst()).allSatisfy { $0 != $1 } && held.last == false)
  }
}
