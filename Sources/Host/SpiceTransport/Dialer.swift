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

/// Opens sockets.
enum Dialer {
  /// Connects; a host name's addresses of both families are tried side by side (RFC 8305).
  static func dial(
    _ address: Address, saying greeting: [UInt8] = [], on group: any EventLoopGroup = EventLoops.shared,
    until deadline: NIODeadline, of time: Duration
  ) async throws(TransportError) -> SocketStream {
    let race = Race<SocketStream>()
    let attempts = Attempts()
    let bootstrap = ClientBootstrap(group: group)
      .connectTimeout(deadline - .now())
      .channelOption(.recvAllocator, value: receiveBuffers)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let stream = SocketStream(channel: channel, mailbox: Mailbox(peer: address))
          attempts.add(stream)
          try channel.pipeline.syncOperations.addHandler(MailboxHandler(stream.mailbox))
        }
      }
    let connected: EventLoopFuture<any Channel>
    var asksForName = false
    switch address {
    case .unix(let path):
      connected = bootstrap.connect(unixDomainSocketPath: path)
    case .tcp(let host, let port):
      guard (1...65_535).contains(port) else {
        throw .badAddress(address, reason: "a port is a number from 1 to 65535")
      }
      guard !host.isEmpty, !host.utf8.contains(0) else { throw .badAddress(address, reason: "it names no host") }
      let tcp = Self.tcpOptions(bootstrap)
      if let literal = try? SocketAddress(ipAddress: host, port: port) {
        connected = tcp.connect(to: literal)
      } else {
        asksForName = true
        connected = tcp.connect(host: host, port: port)
      }
    }
    connected.whenComplete { result in
      switch result {
      case .success(let channel):
        // Not asked of the pipeline: a peer that has closed already has emptied it.
        if let stream = attempts.stream(of: channel) {
          // Of several attempts one is connected here; where it comes too late, its greeting is followed by its end.
          try? stream.enqueue([greeting])
          if race.settle(.success(stream)) { return }
        }
        channel.close(promise: nil)
      case .failure(let error):
        race.settle(.failure(connectFailure(error, address: address, within: time)))
      }
    }
    // NIO's own timer covers connecting; this one also covers a name service that hangs.
    let alarm =
      !asksForName
      ? nil
      : EventLoops.shared.next().scheduleTask(deadline: deadline + .milliseconds(20)) {
        _ = race.settle(.failure(.timedOut(.connecting, address, after: time, received: 0)))
      }
    defer { alarm?.cancel() }
    do {
      return try await race.value()
    } catch {
      attempts.abandon()
      throw error
    }
  }

  /// Grows with what comes: a display channel's reads end at 64 KiB, an inputs channel's stay at 1 KiB.
  static let receiveBuffers = AdaptiveRecvByteBufferAllocator(minimum: 1 << 10, initial: 16 << 10, maximum: 64 << 10)

  private static func tcpOptions(_ bootstrap: ClientBootstrap) -> ClientBootstrap {
    var bootstrap = bootstrap
    for (option, value) in options { bootstrap = bootstrap.channelOption(option, value: value) }
    return bootstrap
  }

  /// No delay for small messages; and a peer that vanished without a word is noticed after about two minutes.
  static var options: [(ChannelOptions.Types.SocketOption, ChannelOptions.Types.SocketOption.Value)] {
    var options: [(ChannelOptions.Types.SocketOption, ChannelOptions.Types.SocketOption.Value)] = [
      (.init(level: .tcp, name: .tcp_nodelay), 1), (.init(level: .socket, name: .so_keepalive), 1),
    ]
    #if os(Linux)
      options.append((.init(level: .tcp, name: .init(rawValue: TCP_KEEPIDLE)), 60))
      options.append((.init(level: .tcp, name: .init(rawValue: TCP_KEEPINTVL)), 15))
      options.append((.init(level: .tcp, name: .init(rawValue: TCP_KEEPCNT)), 4))
    #elseif canImport(Darwin)
      options.append((.init(level: .tcp, name: .init(rawValue: TCP_KEEPALIVE)), 60))
    #endif
    return options
  }

  /// The sockets of one dialling, to be closed where it is given up.
  private final class Attempts: Sendable {
    private let state = Mutex<(streams: [SocketStream], isAbandoned: Bool)>(([], false))

    func add(_ stream: SocketStream) {
      let isLate = state.withLock { state in
        state.streams.append(stream)
        return state.isAbandoned
      }
      if isLate { stream.abort() }
    }

    func stream(of channel: any Channel) -> SocketStream? {
      state.withLock { $0.streams.first { $0.channel === channel } }
    }

    func abandon() {
      let streams = state.withLock { state in
        state.isAbandoned = true
        return state.streams
      }
      for stream in streams { stream.abort() }
    }
  }
}
