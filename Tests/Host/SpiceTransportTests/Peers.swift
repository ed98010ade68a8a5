import NIOCore
import NIOPosix
import SpiceTransport
import Synchronization

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

let loopback = Address.tcp(host: "127.0.0.1", port: 0)

extension Address {
  var port: Int {
    switch self {
    case .tcp(_, let port): port
    case .unix: 0
    }
  }
}

extension Endpoint {
  init(_ address: Address, tls: TLS? = nil, proxy: Proxy? = nil, within time: Duration = .seconds(20)) {
    self.init(address: address, tls: tls, proxy: proxy, connectTimeout: time)
  }
}

/// Runs `body` while a peer plays `script` with each connection.
func withPeer<Result>(
  at address: Address = loopback, tls: ServerIdentity? = nil,
  script: @escaping @Sendable (Connection) async throws -> Void,
  _ body: (Address) async throws -> Result
) async throws -> Result {
  let listener = try await Listener.bind(address, tls: tls)
  let serving = Task {
    await withDiscardingTaskGroup { group in
      for await connection in listener {
        group.addTask {
          try? await script(connection)
          await connection.close()
        }
      }
    }
  }
  defer { serving.cancel() }
  let result: Result
  do {
    result = try await body(listener.address)
  } catch {
    await listener.close()
    throw error
  }
  await listener.close()
  return result
}

/// How many sockets this process has open that have `port` on either side.
func openSockets(at port: Int) -> Int {
  func has(_ name: (CInt, UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> CInt, _ descriptor: CInt)
    -> Bool
  {
    var address = sockaddr_in()
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let status = withUnsafeMutablePointer(to: &address) { address in
      address.withMemoryRebound(to: sockaddr.self, capacity: 1) { name(descriptor, $0, &size) }
    }
    return status == 0 && CInt(address.sin_family) == AF_INET && UInt16(bigEndian: address.sin_port) == UInt16(port)
  }
  return (0..<4096).count { has(getsockname, $0) || has(getpeername, $0) }
}

/// Reads until the peer closes.
@Sendable func drain(_ connection: Connection) async throws {
  while try await connection.read() != nil {}
}

/// Sends everything back.
@Sendable func echo(_ connection: Connection) async throws {
  while let bytes = try await connection.read() { try await connection.write(bytes) }
}

/// Passes on what comes until it ends.
func relay(_ source: Connection, _ target: Connection) async throws {
  while let bytes = try await source.read() { try await target.write(bytes) }
}

extension Connection {
  func exactly(_ count: Int) async throws -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < count, let more = try await read() { bytes += more }
    return bytes
  }

  func all() async throws -> [UInt8] {
    var bytes: [UInt8] = []
    while let more = try await read() { bytes += more }
    return bytes
  }
}

/// The error with which connecting fails; nil where it does not.
func connectError(_ endpoint: Endpoint) async -> TransportError? {
  do {
    let connection = try await Transport.connect(endpoint)
    await connection.close()
    return nil
  } catch {
    return error
  }
}

/// A number that several tasks count up.
final class Counter: Sendable {
  private let count = Mutex(0)
  var value: Int { count.withLock { $0 } }
  func add(_ number: Int) { count.withLock { $0 += number } }
}

/// A port whose queue of connections is full, so that connecting to it hangs.
final class BlackHole {
  let address: Address
  private var descriptors: [CInt] = []

  init() throws {
    let server = Self.stream()
    descriptors.append(server)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let port = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic -> UInt16 in
        _ = bind(server, generic, length)
        _ = listen(server, 0)
        _ = getsockname(server, generic, &length)
        return UInt16(bigEndian: pointer.pointee.sin_port)
      }
    }
    self.address = .tcp(host: "127.0.0.1", port: Int(port))
    for _ in 0..<4 {
      let client = Self.stream()
      _ = fcntl(client, F_SETFL, O_NONBLOCK)
      descriptors.append(client)
      withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { _ = connect(client, $0, length) }
      }
    }
  }

  private static func stream() -> CInt {
    #if canImport(Darwin)
      socket(AF_INET, SOCK_STREAM, 0)
    #else
      socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
    #endif
  }

  deinit { for descriptor in descriptors { close(descriptor) } }
}

/// A server that resets each connection when it gets a byte.
func withResettingPeer<Result>(_ body: (Address) async throws -> Result) async throws -> Result {
  let channel = try await ServerBootstrap(group: NIOSingletons.posixEventLoopGroup)
    .childChannelInitializer { channel in
      let options = channel as? any SocketOptionProvider
      let isSet = options?.setSoLinger(linger(l_onoff: 1, l_linger: 0)) ?? channel.eventLoop.makeSucceededVoidFuture()
      return isSet.flatMapThrowing { try channel.pipeline.syncOperations.addHandler(Resetter()) }
    }
    .bind(host: "127.0.0.1", port: 0).get()
  let result = try await body(.tcp(host: "127.0.0.1", port: channel.localAddress?.port ?? 0))
  try await channel.close()
  return result
}

/// A server that says “bye”, closes its sending side, and stays.
func withHalfClosingPeer<Result>(_ body: (Address) async throws -> Result) async throws -> Result {
  let channel = try await ServerBootstrap(group: NIOSingletons.posixEventLoopGroup)
    .childChannelOption(.allowRemoteHalfClosure, value: true)
    .childChannelInitializer { channel in
      channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(HalfCloser()) }
    }
    .bind(host: "127.0.0.1", port: 0).get()
  let result = try await body(.tcp(host: "127.0.0.1", port: channel.localAddress?.port ?? 0))
  try await channel.close()
  return result
}

private final class HalfCloser: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer
  func channelActive(context: ChannelHandlerContext) {
    context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: "bye")), promise: nil)
    context.close(mode: .output, promise: nil)
  }
}

private final class Resetter: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  func channelRead(context: ChannelHandlerContext, data: NIOAny) { context.close(promise: nil) }
}

/// A path in a new folder, for a socket.
func socketPath() throws -> String {
  var template = Array("/tmp/saffron-test-XXXXXX".utf8CString)
  let folder = template.withUnsafeMutableBufferPointer { buffer in
    buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
  }
  return "\(folder ?? "/tmp")/s"
}

func removeFolder(of path: String) {
  unlink(path)
  rmdir(String(path.dropLast(2)))
}
