import NIOCore
import NIOPosix
import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A socket that accepts: what `Listener` and `Reception` stand on.
final class ListeningSocket: Sendable {
  /// With the port that the system chose where 0 was asked for.
  let address: Address

  private let channel: any Channel
  private let isOpen = Atomic(true)

  private init(address: Address, channel: any Channel) {
    self.address = address
    self.channel = channel
  }

  /// - Parameters:
  ///   - group: whose threads serve what is accepted.
  ///   - accept: called with each accepted channel, on its event loop; where it throws, the channel is closed.
  static func bind(
    _ address: Address, group: any EventLoopGroup = EventLoops.shared,
    accept: @escaping @Sendable (any Channel) throws -> Void
  ) async throws(TransportError) -> ListeningSocket {
    var bootstrap = ServerBootstrap(group: EventLoops.shared, childGroup: group)
      .serverChannelOption(.backlog, value: 256)
      .childChannelOption(.recvAllocator, value: Dialer.receiveBuffers)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture { try accept(channel) }
      }
    if case .tcp = address {
      bootstrap = bootstrap.serverChannelOption(ChannelOptions.socketOption(.so_reuseaddr), value: 1)
      for (option, value) in Dialer.options { bootstrap = bootstrap.childChannelOption(option, value: value) }
    }
    do {
      let channel: any Channel
      switch address {
      case .unix(let path): channel = try await bootstrap.bind(unixDomainSocketPath: path).get()
      case .tcp(let host, let port):
        guard (0...65_535).contains(port) else {
          throw TransportError.badAddress(address, reason: "a port is a number from 0 to 65535")
        }
        channel = try await bootstrap.bind(host: host, port: port).get()
      }
      let bound = channel.localAddress.flatMap { Address($0) } ?? address
      return ListeningSocket(address: bound, channel: channel)
    } catch {
      throw listenFailure(error, address: address)
    }
  }

  /// Accepts no more; a Unix socket's file goes.
  func stop() {
    channel.close(promise: nil)
    // Once only: by the second time the path may be another listener's.
    let isFirst = isOpen.exchange(false, ordering: .relaxed)
    if isFirst, case .unix(let path) = address { unlink(path) }
  }

  /// Stops, and returns when the socket is closed.
  func close() async {
    stop()
    try? await channel.closeFuture.get()
  }
}

extension Address {
  init?(_ address: SocketAddress) {
    if let host = address.ipAddress, let port = address.port {
      self = .tcp(host: host, port: port)
    } else if let path = address.pathname, !path.isEmpty {
      self = .unix(path: path)
    } else {
      return nil
    }
  }
}
