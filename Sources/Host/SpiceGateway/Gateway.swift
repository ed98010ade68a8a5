import Logging
import ServiceLifecycle
import SpiceTransport

/// Serves the console's page, and carries browsers' WebSockets to SPICE servers.
///
/// ```swift
/// var options = GatewayOptions()
/// options.webFolder = "Web"
/// options.consoles = [Console(name: "vm7", source: ConsoleSource(.target(try Target(uri: "spice://host:5930"))))]
/// let gateway = try await Gateway.start(options)
/// try await gateway.run()
/// ```
///
/// A browser holds a token and nothing else: hosts, ports, passwords, authorities and proxy tickets stay here.
public final class Gateway: Service, Sendable, CustomStringConvertible {
  /// Where it listens, in the order of `GatewayOptions.listen`; with the ports that the system chose where 0 was asked for.
  public let addresses: [Address]

  let core: GatewayCore
  private let receptions: [Reception]

  private init(_ core: GatewayCore, _ receptions: [Reception]) {
    self.core = core
    self.receptions = receptions
    addresses = receptions.map(\.address)
  }

  /// Sessions that are open or being opened.
  public var sessions: Int { core.office.sessions }

  /// Listens. Pages are answered at once, WebSockets when `run()` is called.
  public static func start(_ options: GatewayOptions) async throws(GatewayError) -> Gateway {
    let core = try GatewayCore(options)
    let folder = if let path = options.webFolder { try WebFolder(path) } else { WebFolder.empty }
    let site = GatewaySite(core, folder: folder)
    var receptions: [Reception] = []
    do throws(TransportError) {
      for address in options.listen {
        receptions.append(try await Reception.open(at: address, options: reception(core, site)))
      }
    } catch {
      for reception in receptions { await reception.close() }
      throw .transport(error)
    }
    return Gateway(core, receptions)
  }

  private static func reception(_ core: GatewayCore, _ site: GatewaySite) -> ReceptionOptions {
    var options = ReceptionOptions(security: core.options.identity.map { .tlsOnly($0) } ?? .plain)
    options.site = Site { await site.answer($0) }
    options.threads = .many
    options.backlog = 1024
    // Nobody who waits for the server to speak first has business here.
    options.silenceGrace = nil
    options.tap = core.options.tap
    options.onTurnedAway = { turnedAway in
      core.metrics.countTurnedAway()
      core.options.logger.debug("\(turnedAway)")
    }
    return options
  }

  public var description: String { "SPICE gateway at \(addresses.map { "\($0)" }.joined(separator: ", "))" }

  /// Carries sessions until the task is cancelled, or its service group shuts down: then open sessions may go on for
  /// `GatewayOptions.drainTime`, and no new ones are taken.
  public func run() async throws {
    // A task of its own, which cancellation does not cut off before the good-byes.
    let serving = Task {
      await withDiscardingTaskGroup { group in
        for reception in receptions {
          group.addTask { await self.serve(reception) }
        }
      }
    }
    await withGracefulShutdownHandler {
      await withTaskCancellationHandler {
        await serving.value
      } onCancel: {
        Task { await self.stop() }
      }
    } onGracefulShutdown: {
      Task { await self.drain() }
    }
  }

  private func serve(_ reception: Reception) async {
    await withDiscardingTaskGroup { group in
      for await caller in reception {
        guard let request = caller.request else {
          core.metrics.countTurnedAway()
          core.options.logger.debug("\(caller.connection.peer) speaks SPICE without a WebSocket; a gateway takes none")
          group.addTask { await caller.connection.close() }
          continue
        }
        let passage = Passage(
          gateway: core, near: caller.connection, token: GatewaySite.token(of: request),
          origin: request.headers["origin"])
        group.addTask { await passage.run() }
      }
    }
  }

  /// Takes no new sessions, waits until those that are open have ended, `GatewayOptions.drainTime` at most, and stops.
  public func drain() async {
    core.beginDraining()
    core.options.logger.notice("draining", metadata: ["sessions": "\(core.office.sessions)"])
    let end = ContinuousClock.now + core.options.drainTime
    while core.office.sessions > 0, ContinuousClock.now < end {
      try? await Task.sleep(for: .milliseconds(100))
    }
    await stop()
  }

  private func stop() async {
    core.beginDraining()
    core.office.endAll(.closing)
    for reception in receptions { await reception.close() }
  }
}
