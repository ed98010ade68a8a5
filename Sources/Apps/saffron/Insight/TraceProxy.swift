import SpiceInsight
import SpiceTransport
import Synchronization

/// Stands between any client and a server, and lets a trace see what both say. Bytes go on unchanged, and as fast as
/// whoever they are for takes them.
struct TraceProxy: Sendable {
  let listener: Listener
  let endpoint: SpiceTransport.Endpoint
  let trace: Trace
  /// End when the connections of the first session are over.
  let endsWithFirst: Bool

  /// Connections at once; who comes when there are as many is closed.
  static let connectionLimit = 512
  /// How long the last bytes for an end may take to leave after the other has closed.
  private static let farewellTime = Duration.seconds(10)
  /// Bytes that may wait for a slow end before the other has to.
  private static let unsentLimit = 256 << 10
  /// How long they may wait before it is worth a word.
  private static let patience = Duration.milliseconds(250)
  /// How long no connection may be open before a session is over: a client may close one to open another.
  private static let lull = Duration.milliseconds(500)

  /// Until it is cancelled, or the first session is over.
  func run() async {
    let census = Census()
    await withDiscardingTaskGroup { group in
      for await client in listener {
        let number = census.enter()
        group.addTask {
          if number <= Self.connectionLimit { await carry(client) } else { await client.close() }
          guard census.leave() == 0, endsWithFirst else { return }
          try? await Task.sleep(for: Self.lull)
          if census.isEmpty { await listener.close() }
        }
      }
      group.cancelAll()
    }
  }

  private func carry(_ client: Connection) async {
    let server: Connection
    do throws(TransportError) {
      server = try await Transport.connect(endpoint)
    } catch {
      if case .cancelled = error { return await client.close() }
      Terminal.tell("saffron: \(error)")
      let number = trace.begin(client: client.remoteAddress, server: endpoint.address)
      trace.end(number, from: .server, reset: true)
      return await client.close()
    }
    let number = trace.begin(client: client.remoteAddress, server: server.remoteAddress ?? endpoint.address)
    await withDiscardingTaskGroup { group in
      group.addTask { await pump(.client, from: client, to: server, number) }
      group.addTask { await pump(.server, from: server, to: client, number) }
    }
  }

  /// Waits until whoever is slow has taken most of what was sent; for so long nothing is read from the other end.
  private func awaitRoom(_ to: Connection, _ number: Int, _ slow: Speaker) async throws(TransportError) {
    let report = Task {
      try await Task.sleep(for: Self.patience)
      trace.block(number, slow, true)
    }
    defer {
      report.cancel()
      Task {
        if case .success = await report.result { trace.block(number, slow, false) }
      }
    }
    try await to.drained()
  }

  /// Carries one direction to its end, and then ends the other.
  private func pump(_ speaker: Speaker, from: Connection, to: Connection, _ number: Int) async {
    var isReset = false
    do throws(TransportError) {
      while let bytes = try await from.read() {
        // First recorded, so that an answer never stands before what it answers.
        trace.record(bytes, from: speaker, in: number)
        try to.enqueue(bytes)
        if to.unsent > Self.unsentLimit { try await awaitRoom(to, number, speaker.other) }
      }
    } catch {
      if case .reset = error { isReset = true }
    }
    trace.end(number, from: speaker, reset: isReset)
    let farewell = Task { try? await to.drained() }
    let alarm = Task {
      try await Task.sleep(for: Self.farewellTime)
      farewell.cancel()
    }
    _ = await withTaskCancellationHandler {
      await farewell.value
    } onCancel: {
      farewell.cancel()
    }
    alarm.cancel()
    await to.close()
    await from.close()
  }
}

/// How many connections there are.
private final class Census: Sendable {
  private let count = Atomic(0)

  var isEmpty: Bool { count.load(ordering: .relaxed) == 0 }
  func enter() -> Int { count.add(1, ordering: .relaxed).newValue }
  func leave() -> Int { count.subtract(1, ordering: .relaxed).newValue }
}
