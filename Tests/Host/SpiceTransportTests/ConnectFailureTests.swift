import SpiceTransport
import TestSupport
import Testing

@Suite("Connecting fails in words", .timeLimit(.minutes(2)))
struct ConnectFailureTests {
  @Test("where nothing listens")
  func refused() async throws {
    let port = try DeafPort()
    let error = await connectError(Endpoint(.tcp(host: "127.0.0.1", port: port.number)))
    #expect(
      error?.description
        == "nothing listens at 127.0.0.1:\(port.number) (connection refused): is the virtual machine running, "
        + "and is this its SPICE port?")
  }

  @Test("where nothing listens at any address of a name")
  func refusedByName() async throws {
    let port = try DeafPort()
    let address = Address.tcp(host: "localhost", port: port.number)
    #expect(await connectError(Endpoint(address)) == .refused(address))
    withExtendedLifetime(port) {}
  }

  @Test("where the name does not resolve")
  func unknownName() async {
    let error = await connectError(Endpoint(.tcp(host: "no-such-host.invalid", port: 5930)))
    guard case .nameNotFound(host: "no-such-host.invalid", _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test("where nobody answers in time, naming the stage")
  func timeout() async throws {
    let hole = try BlackHole()
    let error = await connectError(Endpoint(hole.address, within: .milliseconds(200)))
    #expect(error == .timedOut(.connecting, hole.address, after: .milliseconds(200), received: 0))
    #expect(error?.description.contains("did not answer within 200 ms") == true)
  }

  @Test("where the task is cancelled while it connects")
  func cancelled() async throws {
    let hole = try BlackHole()
    let address = hole.address
    let connecting = Task { await connectError(Endpoint(address)) }
    try await Task.sleep(for: .milliseconds(50))
    connecting.cancel()
    #expect(await connecting.value == .cancelled)
  }

  @Test("where the task was cancelled before")
  func cancelledBefore() async throws {
    let hole = try BlackHole()
    let address = hole.address
    let connecting = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return await connectError(Endpoint(address))
    }
    #expect(await connecting.value == .cancelled)
  }

  @Test("where there is no socket at the path")
  func missingSocket() async {
    let error = await connectError(Endpoint(.unix(path: "/tmp/no/such/socket")))
    #expect(error == .socketMissing(path: "/tmp/no/such/socket"))
  }

  @Test("where the file is no socket")
  func notASocket() async {
    let error = await connectError(Endpoint(.unix(path: "/etc/passwd")))
    // Linux refuses a connection to any file that is not a listening socket.
    #expect(error == .refused(.unix(path: "/etc/passwd")))
  }

  @Test("where the path is too long for a socket")
  func longPath() async {
    let path = "/tmp/" + String(repeating: "x", count: 200)
    #expect(await connectError(Endpoint(.unix(path: path)))?.description.contains("at most 103 bytes") == true)
  }

  @Test("where the port is none", arguments: [0, -1, 65_536, Int.max, Int.min])
  func badPort(port: Int) async {
    let error = await connectError(Endpoint(.tcp(host: "127.0.0.1", port: port)))
    #expect(error?.description.contains("a port is a number from 1 to 65535") == true)
  }

  @Test("where the host is empty")
  func noHost() async {
    let error = await connectError(Endpoint(.tcp(host: "", port: 1)))
    #expect(error == .badAddress(.tcp(host: "", port: 1), reason: "it names no host"))
  }
}
