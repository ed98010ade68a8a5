import SpiceTransport
import Synchronization

let loopback = Address.tcp(host: "127.0.0.1", port: 0)

extension Listener {
  /// 0 for Unix sockets.
  var port: UInt16 {
    if case .tcp(_, let port) = address { UInt16(clamping: port) } else { 0 }
  }
}

/// Runs `body` while a peer that is no scripted server plays `script` with each connection.
func withPeer<Result>(
  tls: ServerIdentity? = nil, _ script: @escaping @Sendable (Connection) async throws -> Void,
  _ body: (UInt16) async throws -> Result
) async throws -> Result {
  let listener = try await Listener.bind(loopback, tls: tls)
  let serving = Task {
    await withDiscardingTaskGroup { group in
      for await connection in listener {
        group.addTask {
          try? await script(connection)
          await connection.close()
        }
      }
      group.cancelAll()
    }
  }
  defer { serving.cancel() }
  let result: Result
  do {
    result = try await body(listener.port)
  } catch {
    await listener.close()
    throw error
  }
  await listener.close()
  return result
}

/// Reads exactly as many bytes as are asked for.
final class ByteStream: Sendable {
  let connection: Connection
  private let buffer = Mutex<ArraySlice<UInt8>>([])

  init(_ connection: Connection) { self.connection = connection }

  func exactly(_ count: Int) async throws -> [UInt8] {
    while true {
      let taken = buffer.withLock { buffer -> [UInt8]? in
        guard buffer.count >= count else { return nil }
        defer { buffer = buffer.dropFirst(count) }
        return [UInt8](buffer.prefix(count))
      }
      if let taken { return taken }
      guard let more = try await connection.read() else { throw TransportError.closed(connection.peer) }
      buffer.withLock { $0 += more }
    }
  }
}

/// A list that one side adds to and the other waits for.
final class Recorder<Element: Sendable>: Sendable {
  private let elements = Mutex<[Element]>([])

  var all: [Element] { elements.withLock { $0 } }

  func append(_ element: Element) { elements.withLock { $0.append(element) } }

  /// Waits until the list is as it should be.
  @discardableResult
  func until(_ isThere: ([Element]) -> Bool) async throws -> [Element] {
    for _ in 0..<5000 {
      let all = all
      if isThere(all) { return all }
      try await Task.sleep(for: .milliseconds(2))
    }
    throw Unexpected("what was waited for did not come; there are \(all.count): \(all.suffix(5))")
  }

  @discardableResult
  func reaches(_ count: Int) async throws -> [Element] {
    try await until { $0.count >= count }
  }
}

/// Shut until it is opened.
final class Gate: Sendable {
  private let state = Mutex(false)

  var isOpen: Bool { state.withLock { $0 } }

  func open() { state.withLock { $0 = true } }

  func wait() async throws {
    for _ in 0..<5000 where !isOpen { try await Task.sleep(for: .milliseconds(2)) }
    if !isOpen { throw Unexpected("a gate that was waited for was not opened") }
  }
}
