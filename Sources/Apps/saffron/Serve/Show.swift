import ServiceLifecycle
import SpiceServer

/// Something to look at on a server's screen.
protocol Show: Sendable {
  /// Runs until the task is cancelled.
  func run(on server: Server) async

  /// Hears what clients wish for.
  func note(_ event: ServerEvent, on server: Server) async
}

extension Show {
  func note(_ event: ServerEvent, on server: Server) async {}
}

/// A show on a server, as a service that ends with it. The service group prints its services; pictures have no place there.
struct Stage: Service, CustomStringConvertible {
  var description: String { "the show" }

  let server: Server
  let show: any Show
  let endsWithLastClient: Bool
  /// Told when the command can be interrupted in an orderly way.
  let addresses: [String]

  func run() async throws {
    for address in addresses { Terminal.put(address) }
    await withTaskGroup(of: Void.self) { group in
      group.addTask {
        await cancelWhenGracefulShutdown { await show.run(on: server) }
      }
      group.addTask { await endOfClients() }
      // The show ends when the server does; the clients may end it before.
      await group.next()
      group.cancelAll()
    }
  }

  /// Returns when the last client has left, where that is the end; else when the server has ended.
  private func endOfClients() async {
    for await event in server.events {
      await show.note(event, on: server)
      if case .left = event, endsWithLastClient, server.clients.isEmpty { return }
    }
  }
}
