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
  /// How long bytes may wait for a slow end before it is worth a word.
  fileprivate static let patience = Duration.milliseconds(250)
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
      server = try await Transport.connect(endpoint, beside: client)
    } catch {
      if case .cancelled = error { return await client.close() }
      Terminal.tell("saffron: \(error)")
      let number = trace.begin(client: client.remoteAddress, server: endpoint.address)
      trace.end(number, from: .server, reset: true)
      return await client.close()
    }
    let number = trace.begin(client: client.remoteAddress, server: server.remoteAddress ?? endpoint.address)
    let view = View(trace: trace, number: number)
    // Where this program ends it, nobody waits for the last bytes.
    if let ending = try? await client.relay(with: server, counting: RelayCount(), observer: view) {
      let speaker = Speaker(ending.side)
      var isReset = false
      if case .reset? = ending.error { isReset = true }
      trace.end(number, from: speaker, reset: isReset)
      await (speaker == .client ? server : client).flushed(within: Self.farewellTime)
    }
    await client.close()
    await server.close()
    for speaker in Speaker.allCases { trace.end(number, from: speaker) }
  }

  /// What a trace sees of one connection through the proxy.
  private final class View: RelayObserver {
    let trace: Trace
    let number: Int
    private let waits = Mutex<[Speaker: Task<Bool, Never>]>([:])

    init(trace: Trace, number: Int) {
      self.trace = trace
      self.number = number
    }

    func passed(_ bytes: UnsafeRawBufferPointer, from side: RelayEnding.Side) {
      trace.record([UInt8](bytes), from: Speaker(side), in: number)
    }

    /// Who takes nothing for a while is worth a word.
    func held(_ side: RelayEnding.Side, _ isHeld: Bool) {
      let slow = Speaker(side)
      waits.withLock { waits in
        if isHeld {
          waits[slow] = Task { [trace, number] in
            guard (try? await Task.sleep(for: TraceProxy.patience)) != nil else { return false }
            trace.block(number, slow, true)
            return true
          }
        } else if let wait = waits.removeValue(forKey: slow) {
          wait.cancel()
          Task { [trace, number] in
            if await wait.value { trace.block(number, slow, false) }
          }
        }
      }
    }
  }
}

extension Speaker {
  /// The near side of the proxy's connections is the client's.
  fileprivate init(_ side: RelayEnding.Side) { self = side == .near ? .client : .server }
}

/// How many connections there are.
private final class Census: Sendable {
  private let count = Atomic(0)

  var isEmpty: Bool { count.load(ordering: .relaxed) == 0 }
  func enter() -> Int { count.add(1, ordering: .relaxed).newValue }
  func leave() -> Int { count.subtract(1, ordering: .relaxed).newValue }
}
