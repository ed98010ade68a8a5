import SpiceClient
import SpiceTransport
import UnixSignals

/// The way through this program between any client and one server: where the client is to call, and where that leads.
struct LivePassage {
  private let listener: Listener
  private let endpoint: SpiceTransport.Endpoint

  /// Binds; explains a failure on standard error and ends the command with its status.
  ///
  /// - Parameters:
  ///   - listen: `HOST:PORT`.
  ///   - to: what `Target` takes.
  init(listen: String, to: String, way: WayOptions) async throws {
    do {
      var target = try Target(uri: to)
      way.complete(&target)
      endpoint = try target.endpoint(connectTimeout: .seconds(way.timeout))
    } catch {
      Terminal.tell("saffron: \(error)")
      throw ExitStatus.usage
    }
    do {
      listener = try await Listener.bind(try ListenAddress.parse(listen))
    } catch let error as TransportError {
      throw CaptureInput.failure("\(error)")
    }
  }

  /// What the client is to call, such as `spice://127.0.0.1:40123`.
  var address: String { ListenAddress.uri(listener.address) }

  /// Until the process is asked to end, or, with `once`, the first session is over.
  func run(_ trace: Trace, once: Bool) async {
    let proxy = TraceProxy(listener: listener, endpoint: endpoint, trace: trace, endsWithFirst: once)
    // Each change of threads would be part of what a connection's first answer takes longer.
    await untilInterrupted { await withTaskExecutorPreference(Transport.executor) { await proxy.run() } }
    await listener.close()
  }
}

/// Runs until the work is done or the process is asked to end.
func untilInterrupted(_ work: @escaping @Sendable () async -> Void) async {
  await withTaskGroup(of: Void.self) { group in
    group.addTask { await work() }
    group.addTask {
      for await _ in await UnixSignalsSequence(trapping: .sigterm, .sigint) { return }
    }
    await group.next()
    group.cancelAll()
  }
}
