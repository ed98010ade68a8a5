import SpiceTransport
import Synchronization
import TestSupport
import Testing

/// What a plain server sends in a flood goes to a WebSocket's client around the process, where the system can do that.
@Suite("A relay from a plain server to a WebSocket", .timeLimit(.minutes(2)))
struct DetourTests {
  /// A byte of the flood, by its place.
  private static func byte(at place: Int) -> UInt8 {
    UInt8(truncatingIfNeeded: (UInt64(truncatingIfNeeded: place) &* 0x9E37_79B9_7F4A_7C15) >> 56)
  }

  /// So many bytes of the flood, from there on.
  private static func flood(from place: Int, _ count: Int) -> [UInt8] {
    (place..<place + count).map(byte)
  }

  private static func isFlood(_ bytes: some Sequence<UInt8>, from place: Int) -> Bool {
    var place = place
    for seen in bytes {
      if seen != byte(at: place) { return false }
      place += 1
    }
    return true
  }

  /// Sends so many bytes of the flood in pieces of all sizes.
  @Sendable private static func send(_ count: Int, over connection: Connection) async throws {
    var (place, size) = (0, 1)
    while place < count {
      let piece = min(size, count - place)
      try await connection.write(flood(from: place, piece))
      place += piece
      size = size < 700_000 ? size * 3 + 1 : 1
    }
  }

  /// Runs `body` with the address of a reception that relays WebSockets to a peer which plays `script`.
  private func withGate(
    counting count: RelayCount = RelayCount(), script: @escaping @Sendable (Connection) async throws -> Void,
    stopping stop: AsyncStream<Void>? = nil, _ body: (Address) async throws -> Void
  ) async throws {
    try await withPeer(script: script) { target in
      try await withReception { caller in
        let near = caller.connection
        let far = try await Transport.connect(Endpoint(target), beside: near)
        let relaying = Task { () throws(TransportError) in try await near.relay(with: far, counting: count) }
        let stopping = Task {
          guard let stop else { return }
          for await _ in stop { break }
          relaying.cancel()
        }
        _ = await relaying.result
        stopping.cancel()
        await near.close(saying: WebSocketFarewell(code: 4000, words: "enough"))
        await far.close()
      } _: { address, _ in
        try await body(address)
      }
    }
  }

  @Test("all bytes come as they were sent, to a client that now and then takes none")
  func whole() async throws {
    let total = 48 << 20
    let count = RelayCount()
    try await withGate(counting: count) {
      try await Self.send(total, over: $0)
    } _: { address in
      let client = try await Transport.connect(Endpoint(address: address, webSocket: WebSocket()))
      var (place, pause) = (0, 3 << 20)
      var isRight = true
      do {
        while let bytes = try await client.read() {
          isRight = isRight && Self.isFlood(bytes, from: place)
          place += bytes.count
          if place > pause {
            pause += 5 << 20
            try await Task.sleep(for: .milliseconds(40))
          }
        }
      } catch TransportError.webSocketClosed(_, code: 4000, _) {
        // The relay's goodbye.
      }
      #expect(isRight)
      #expect(place == total)
      #expect(count.down == UInt64(total))
      await client.close()
    }
  }

  /// The frames that come: their first byte, and what they carry.
  private func frame(from socket: RawWebSocket) async throws -> (first: UInt8, payload: [UInt8])? {
    let head = try await socket.exactly(2)
    guard head.count == 2 else { return nil }
    var size = Int(head[1])
    if size >= 126 {
      size = try await socket.exactly(size == 126 ? 2 : 8).reduce(0) { $0 << 8 | Int($1) }
    }
    let payload = try await socket.exactly(size)
    return payload.count == size ? (head[0], payload) : nil
  }

  @Test("a ping in the middle is answered between two frames, and what the client says arrives")
  func pings() async throws {
    let total = 24 << 20
    let heard = Mutex<[UInt8]>([])
    try await withGate { server in
      async let sent: Void = Self.send(total, over: server)
      while heard.withLock({ $0.count }) < 30, let bytes = try await server.read() { heard.withLock { $0 += bytes } }
      try await sent
    } _: { address in
      let socket = try await RawWebSocket(to: address)
      // Meanwhile everything on the way is full.
      try await Task.sleep(for: .milliseconds(200))
      var (place, pongs, largest, said) = (0, 0, 0, 0 as UInt8)
      while place < total, let (first, payload) = try await frame(from: socket) {
        if first == 0x8A {
          pongs += 1
          #expect(payload == [42])
        } else {
          #expect(first == 0x82)
          guard Self.isFlood(payload, from: place) else {
            Issue.record("the bytes from \(place) on are others")
            break
          }
          place += payload.count
          largest = max(largest, payload.count)
        }
        if said < 30, place > Int(said) * (total / 32) {
          said += 1
          try await socket.send(0x89, [42])
          try await socket.send(0x82, [said])
        }
      }
      #expect(place == total)
      #expect(pongs > 0)
      try await waitUntil("the server has heard all") { heard.withLock { $0.count } >= 30 ? () : nil }
      #expect(heard.withLock { $0 } == (1...30).map { $0 })
      #if os(Linux)
        // What is read in the usual way is less.
        #expect(largest > 100_000)
      #endif
      await socket.close()
    }
  }

  @Test("a goodbye in the middle comes behind a whole frame")
  func farewell() async throws {
    let stop = AsyncStream.makeStream(of: Void.self)
    try await withGate(script: { try await Self.send(.max, over: $0) }, stopping: stop.stream) { address in
      let socket = try await RawWebSocket(to: address)
      var place = 0
      var last: (first: UInt8, payload: [UInt8])?
      while let next = try await frame(from: socket) {
        last = next
        guard next.first == 0x82 else { break }
        #expect(Self.isFlood(next.payload, from: place))
        place += next.payload.count
        if place > 4 << 20 { stop.continuation.finish() }
      }
      let goodbye = try #require(last)
      #expect(goodbye.first == 0x88)
      #expect(goodbye.payload == [0x0F, 0xA0] + Array("enough".utf8))  // 4000
      await socket.close()
    }
  }

  @Test("a client that vanishes, and one that never reads, cost nothing that stays")
  func gone() async throws {
    let ended = Atomic(0)
    try await withGate { server in
      defer { ended.add(1, ordering: .relaxed) }
      try await Self.send(.max, over: server)
    } _: { address in
      for pause in [0, 20, 200] {
        let socket = try await RawWebSocket(to: address)
        _ = try await socket.exactly(1000)
        try await Task.sleep(for: .milliseconds(pause))
        await socket.close()
      }
      try await waitUntil("the server is told") { ended.load(ordering: .relaxed) == 3 ? () : nil }
    }
  }
}
