import Foundation
import SpiceTransport
import TestSupport
import Testing

@Suite("A connection", .timeLimit(.minutes(2)))
struct ConnectionTests {
  @Test("bytes go there and back over IPv4")
  func roundTrip() async throws {
    try await withPeer(script: echo) { address in
      let connection = try await Transport.connect(Endpoint(address))
      try await connection.write([1, 2, 3])
      #expect(try await connection.exactly(3) == [1, 2, 3])
      #expect(connection.peer == address)
      #expect(connection.tls == nil)
      await connection.close()
    }
  }

  @Test("a host name is looked up and its addresses are tried until one answers")
  func hostName() async throws {
    try await withPeer(script: echo) { address in
      let connection = try await Transport.connect(Endpoint(.tcp(host: "localhost", port: address.port)))
      try await connection.write([7])
      #expect(try await connection.exactly(1) == [7])
      await connection.close()
    }
  }

  @Test("bytes go there and back over IPv6, where the machine has it", .enabled { await hasIPv6() })
  func ipv6() async throws {
    try await withPeer(at: .tcp(host: "::1", port: 0), script: echo) { address in
      let connection = try await Transport.connect(Endpoint(address))
      try await connection.write([6])
      #expect(try await connection.exactly(1) == [6])
      #expect("\(connection.peer)" == "[::1]:\(address.port)")
      await connection.close()
    }
  }

  @Test("bytes go there and back over a Unix socket, whose file goes with the listener")
  func unixSocket() async throws {
    let path = try socketPath()
    defer { removeFolder(of: path) }
    try await withPeer(at: .unix(path: path), script: echo) { address in
      #expect(address == .unix(path: path))
      let connection = try await Transport.connect(Endpoint(address))
      try await connection.write([9, 9])
      #expect(try await connection.exactly(2) == [9, 9])
      await connection.close()
    }
    #expect(await connectError(Endpoint(.unix(path: path))) == .socketMissing(path: path))
  }

  @Test("8 MiB arrive whole and in order")
  func bulk() async throws {
    let block = (0..<(1 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
    try await withPeer { connection in
      for _ in 0..<8 { try await connection.write(block) }
    } _: { address in
      let connection = try await Transport.connect(Endpoint(address))
      var count = 0
      while let bytes = try await connection.read() {
        let isRight = bytes.indices.allSatisfy { bytes[$0] == block[(count + $0) & (1 << 20 - 1)] }
        #expect(isRight)
        count += bytes.count
      }
      #expect(count == 8 << 20)
      await connection.close()
    }
  }

  @Test("what the peer sent before it closed is read, then comes nil, again and again")
  func cleanEnd() async throws {
    try await withPeer { connection in
      try await connection.write(Array(repeating: 5, count: 1000))
    } _: { address in
      let connection = try await Transport.connect(Endpoint(address))
      #expect(try await connection.all().count == 1000)
      #expect(try await connection.read() == nil)
      #expect(try await connection.read() == nil)
      await connection.close()
    }
  }

  @Test("a peer that closes its sending side only has ended the connection")
  func halfClosed() async throws {
    try await withHalfClosingPeer { address in
      let connection = try await Transport.connect(Endpoint(address))
      #expect(try await connection.all() == Array("bye".utf8))
      await #expect(throws: TransportError.closed(address)) { try await connection.write([1]) }
      await connection.close()
    }
  }

  @Test("writing after the peer closed says that the connection is closed")
  func writeAfterEnd() async throws {
    try await withPeer { _ in
    } _: { address in
      let connection = try await Transport.connect(Endpoint(address))
      #expect(try await connection.read() == nil)
      await #expect(throws: TransportError.closed(address)) { try await connection.write([1]) }
      await connection.close()
    }
  }

  @Test(
    "what goes straight into the socket arrives whole and in order, however slowly it is read",
    arguments: [Address.tcp(host: "127.0.0.1", port: 0), .unix(path: "")])
  func direct(address: Address) async throws {
    let path = try socketPath()
    defer { removeFolder(of: path) }
    let place = if case .unix = address { Address.unix(path: path) } else { address }
    // Each piece is its length and so many bytes of it; two tasks send, one of them pieces of all sizes.
    try await withPeer(at: place) { connection in
      connection.sendDirectly()
      await withTaskGroup { group in
        for sizes in [[1, 3, 700, 90_000, 9], [5, 70_000]] {
          group.addTask {
            for size in Array(repeating: sizes, count: 40).joined() {
              let piece =
                withUnsafeBytes(of: UInt32(size).littleEndian, Array.init)
                + [UInt8](repeating: UInt8(truncatingIfNeeded: size), count: size)
              try? connection.enqueue([Array(piece[..<2]), Array(piece[2...])])
              try? await connection.drained()
            }
          }
        }
      }
      await connection.close()
    } _: { address in
      let connection = try await Transport.connect(Endpoint(address))
      var (count, bytes) = (0, [UInt8]())
      while let more = try await connection.read() {
        bytes += more
        var place = 0
        while bytes.count - place >= 4 {
          let size = (0..<4).reduce(0) { $0 | Int(bytes[place + $1]) << (8 * $1) }
          guard bytes.count - place >= 4 + size else { break }
          let isWhole = bytes[(place + 4)..<(place + 4 + size)].allSatisfy { $0 == UInt8(truncatingIfNeeded: size) }
          #expect(isWhole)
          guard isWhole else { return }
          (place, count) = (place + 4 + size, count + 1)
        }
        bytes.removeFirst(place)
        if count % 7 == 0 { try await Task.sleep(for: .milliseconds(2)) }
      }
      #expect(count == 280 && bytes.isEmpty)
      await connection.close()
    }
  }

  @Test("a connection that goes straight into the socket ends as any other")
  func directEnd() async throws {
    var ports: [Int] = []
    for _ in 0..<5 {
      try await withPeer { connection in
        connection.sendDirectly()
        while let bytes = try await connection.read() { try connection.enqueue(bytes) }
      } _: { address in
        ports.append(address.port)
        let connection = try await Transport.connect(Endpoint(address))
        connection.sendDirectly()
        for byte in 0..<9 as Range<UInt8> {
          try connection.enqueue([byte])
          #expect(try await connection.exactly(1) == [byte])
        }
        #expect(openSockets(at: address.port) >= 4)
        await connection.close()
        #expect(throws: TransportError.closed(address)) { try connection.enqueue([1]) }
      }
    }
    // Second descriptors go with the first ones.
    _ = try await waitUntil("the end of all sockets") { ports.allSatisfy { openSockets(at: $0) == 0 } ? true : nil }
  }

  @Test("what was written leaves before closing is done")
  func closeFlushes() async throws {
    let count = Counter()
    let finished = AsyncStream<Void>.makeStream()
    try await withPeer { connection in
      let received = try await connection.all().count
      count.add(received)
      finished.continuation.finish()
    } _: { address in
      let connection = try await Transport.connect(Endpoint(address))
      try await connection.write(Array(repeating: 1, count: 100_000))
      await connection.close()
      for await _ in finished.stream {}
      #expect(count.value == 100_000)
    }
  }

  @Test("a read that waits when this side closes ends with nil")
  func closeEndsRead() async throws {
    try await withPeer(script: drain) { address in
      let connection = try await Transport.connect(Endpoint(address))
      async let reading = connection.read()
      await Task.yield()
      await connection.close()
      #expect(try await reading == nil)
    }
  }

  @Test("a reset by the peer is called so")
  func reset() async throws {
    try await withResettingPeer { address in
      let connection = try await Transport.connect(Endpoint(address))
      try await connection.write([1])
      await #expect(throws: TransportError.reset(address)) { try await connection.read() }
      await connection.close()
    }
  }

  @Test("a cancelled read throws, and a later one gets the bytes")
  func cancelledRead() async throws {
    let go = AsyncStream<Void>.makeStream()
    try await withPeer { connection in
      for await _ in go.stream {}
      try await connection.write([4, 2])
      try await drain(connection)
    } _: { address in
      let connection = try await Transport.connect(Endpoint(address))
      let reading = Task { try await connection.read() }
      await Task.yield()
      reading.cancel()
      await #expect(throws: TransportError.cancelled) { try await reading.value }
      go.continuation.finish()
      #expect(try await connection.exactly(2) == [4, 2])
      await connection.close()
    }
  }

  @Test("a second reader at the same time is turned away")
  func twoReaders() async throws {
    try await withPeer(script: drain) { address in
      let connection = try await Transport.connect(Endpoint(address))
      let results = await withTaskGroup(of: TransportError?.self) { group in
        for _ in 0..<2 {
          group.addTask {
            do throws(TransportError) {
              _ = try await connection.read()
              return nil
            } catch {
              return error
            }
          }
        }
        let first = await group.next()
        group.cancelAll()
        return first
      }
      #expect(results == .alreadyReading(address))
      await connection.close()
    }
  }

  @Test("a peer that sends without end is held back when nobody reads")
  func readAheadIsBounded() async throws {
    let sent = Counter()
    let total = 96 << 20
    try await withPeer { connection in
      let block = [UInt8](repeating: 3, count: 1 << 20)
      while sent.value < total {
        try await connection.write(block)
        sent.add(block.count)
      }
    } _: { address in
      let connection = try await Transport.connect(Endpoint(address))
      _ = try await connection.read()
      // Time enough to send all of it, were there no bound; too little would only make the test weaker.
      try await Task.sleep(for: .milliseconds(400))
      #expect(sent.value < total / 2)
      var count = 0
      while let bytes = try await connection.read() { count += bytes.count }
      #expect(count > total / 2)
      #expect(sent.value == total)
      await connection.close()
    }
  }

  @Test("a writer waits for a peer that does not read, and cancellation frees it")
  func writerWaits() async throws {
    let written = Counter()
    let go = AsyncStream<Void>.makeStream()
    try await withPeer { connection in
      for await _ in go.stream {}
      await connection.close()
    } _: { address in
      let connection = try await Transport.connect(Endpoint(address))
      let writing = Task {
        let block = [UInt8](repeating: 8, count: 256 << 10)
        while written.value < 96 << 20 {
          try await connection.write(block)
          written.add(block.count)
        }
      }
      try await Task.sleep(for: .milliseconds(300))
      #expect(written.value < 48 << 20)
      writing.cancel()
      await #expect(throws: TransportError.cancelled) { try await writing.value }
      go.continuation.finish()
    }
  }

  @Test("dropping a connection closes it")
  func dropped() async throws {
    let ended = AsyncStream<Void>.makeStream()
    try await withPeer { connection in
      try await drain(connection)
      ended.continuation.finish()
    } _: { address in
      _ = try await Transport.connect(Endpoint(address))
      for await _ in ended.stream {}
    }
  }

  @Test("a listener that is closed takes no more connections and ends its sequence")
  func closedListener() async throws {
    // A socket's path, for a port could be somebody else's by then.
    let path = "/tmp/saffron-closed-\(UInt32.random(in: 0...UInt32.max))"
    let listener = try await Listener.bind(.unix(path: path))
    await listener.close()
    for await _ in listener { Issue.record("a connection came out of a closed listener") }
    let error = await connectError(Endpoint(.unix(path: path)))
    #expect(error == .refused(.unix(path: path)) || error == .socketMissing(path: path))
    unlink(path)
  }

  @Test("a second listener at the same port is refused in words")
  func portInUse() async throws {
    let listener = try await Listener.bind(loopback)
    do {
      _ = try await Listener.bind(listener.address)
      Issue.record("two listeners at one port")
    } catch {
      #expect(error.description == "cannot listen at \(listener.address): another program listens there")
    }
    await listener.close()
  }

  @Test("connections that nobody takes are bounded: those past the backlog are closed")
  func backlogIsBounded() async throws {
    let listener = try await Listener.bind(loopback, backlog: 2)
    var connections: [Connection] = []
    for _ in 0..<3 { connections.append(try await Transport.connect(Endpoint(listener.address))) }
    #expect(try await connections[2].read() == nil)
    for connection in connections { await connection.close() }
    await listener.close()
  }
}

func hasIPv6() async -> Bool {
  guard let listener = try? await Listener.bind(.tcp(host: "::1", port: 0)) else { return false }
  await listener.close()
  return true
}
