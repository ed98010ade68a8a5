import SpicePixels
import SpiceProtocol
import SpiceSession
import Testing

@Suite("A server's cursor channel")
struct CursorServerTests {
  private func pair(
    piece: Int = 0, limits: SessionLimits = .standard, _ prepare: @escaping (inout CursorServer) -> Void = { _ in }
  ) throws -> Pair<CursorEngine, CursorServer> {
    var pair = Pair(CursorEngine(connectionID: 1, hasPassword: false), Capabilities(), piece: piece) { link in
      var server = CursorServer(link, limits: limits)
      prepare(&server)
      return server
    }
    try pair.run()
    return pair
  }

  private func shape(_ color: UInt32, side: Int = 2) -> CursorShape {
    CursorShape(
      width: side, height: side, hotSpot: Point(x: 1, y: 0), pixels: Array(repeating: color, count: side * side))
  }

  /// A server whose client is only what is said to it; its INIT is taken.
  private func bench() throws -> ServerBench<CursorServer> {
    var bench = ServerBench(CursorServer(accepted(.cursor)))
    try bench.say(CommonClientMessage.ackSync(generation: 1))
    _ = bench.takeMessages()
    return bench
  }

  private func types(_ bench: inout ServerBench<CursorServer>) -> [CursorServerMessage.Kind?] {
    bench.takeMessages().map { CursorServerMessage.Kind(rawValue: $0.type) }
  }

  @Test("INIT says what was set before the client came", arguments: [0, 1, 7])
  func initial(_ piece: Int) throws {
    let shape = shape(0x8011_2233)
    let pair = try pair(piece: piece) {
      $0.move(to: Point(x: 5, y: -6))
      $0.set(shape, id: 7)
    }
    #expect(pair.client.state == CursorState(position: Point(x: 5, y: -6), isVisible: true, shape: shape))
  }

  @Test("the pointer's shape, place and visibility arrive at our own client")
  func changes() throws {
    var pair = try pair()
    #expect(pair.client.state == CursorState(position: Point(x: 0, y: 0), isVisible: false, shape: nil))
    let shape = shape(0xFF00_0001)
    try pair.act { _, server in
      server.set(shape)
      server.move(to: Point(x: 40, y: 50))
    }
    #expect(pair.client.state == CursorState(position: Point(x: 40, y: 50), isVisible: true, shape: shape))
    try pair.act { _, server in server.hide() }
    #expect(!pair.client.state.isVisible && pair.client.state.shape == shape)
    try pair.act { _, server in server.set(nil) }
    #expect(pair.client.state.shape == nil && !pair.client.state.isVisible)
    try pair.act { _, server in server.move(to: Point(x: 1 << 20, y: -1 << 20)) }
    #expect(pair.client.state.position == Point(x: 32767, y: -32768))
  }

  @Test("each change is the smallest message that says it")
  func smallest() throws {
    var bench = try bench()
    let shape = shape(1)
    bench.act { $0.move(to: Point(x: 1, y: 1)) }
    bench.act { $0.move(to: Point(x: 1, y: 1)) }
    #expect(types(&bench) == [.move])
    bench.act { $0.hide() }
    bench.act { $0.hide() }
    #expect(types(&bench) == [.hide])
    bench.act {
      $0.set(shape)
      $0.move(to: Point(x: 2, y: 2))
    }
    #expect(types(&bench) == [.set])
    bench.act { $0.setTrail(length: 3, frequency: 20) }
    #expect(bench.takeMessages() == [.said(CursorServerMessage.trail(length: 3, frequency: 20))])
    bench.act {
      $0.hide()
      $0.move(to: Point(x: 2, y: 2))
    }
    #expect(types(&bench) == [])
  }

  @Test("a client that does not confirm gets the newest place, not all of them")
  func slowClient() throws {
    var bench = try bench()
    for number in 0..<1000 { bench.act { $0.move(to: Point(x: Int32(number), y: 0)) } }
    // INIT and the moves: two windows.
    #expect(types(&bench).count == 39)
    try bench.say(CommonClientMessage.ack)
    #expect(bench.takeMessages() == [.said(CursorServerMessage.move(x: 999, y: 0))])
  }

  @Test("a shape with an id is sent once and then named")
  func cache() throws {
    var bench = try bench()
    let (first, second) = (shape(1), shape(2))
    for _ in 0..<2 {
      bench.act { $0.set(first, id: 1) }
      bench.act { $0.set(second, id: 2) }
    }
    bench.act { $0.set(first) }
    let cursors = try bench.takeMessages().map { said -> Cursor? in
      guard case .set(_, _, _, let cursor) = try CursorServerMessage(type: said.type, body: said.body[...]) else {
        return nil
      }
      return cursor
    }
    #expect(
      cursors.map { $0?.flags } == [Cursor.cacheMe, Cursor.cacheMe, Cursor.fromCache, Cursor.fromCache, 0])
    #expect(cursors.map { $0?.data.count } == [16, 16, 0, 0, 16])
  }

  @Test("our own client finds each shape that is named, 600 shapes and a random walk long")
  func cacheAgainstClient() throws {
    var limits = SessionLimits()
    limits.cursorPixels = 100 * 100
    var pair = try pair(limits: limits)
    var random = FixedRandom(seed: 5)
    let shapes = (0..<600).map { shape(UInt32($0) | 0xFF00_0000, side: 1 + $0 % 50) }
    for _ in 0..<2000 {
      let id = Int.random(in: 0..<(Bool.random(using: &random) ? 600 : 20), using: &random)
      let isForgotten = Int.random(in: 0..<10, using: &random) == 0
      let isReset = Int.random(in: 0..<100, using: &random) == 0
      try pair.act { _, server in
        if isForgotten { server.forget(UInt64(id)) }
        if isReset { server.reset() }
        server.set(shapes[id], id: UInt64(id))
      }
      guard pair.client.state.shape == shapes[id] else {
        Issue.record("shape \(id) did not arrive")
        return
      }
    }
  }

  @Test("the 257th shape makes the client give up the one that was used longest ago")
  func eviction() throws {
    var bench = try bench()
    func use(_ id: UInt64) throws -> [CursorServerMessage.Kind?] {
      bench.act { $0.set(shape(1), id: id) }
      let types = types(&bench)
      try bench.say(CommonClientMessage.ack)
      return types
    }
    for id in 0..<256 { #expect(try use(UInt64(id)) == [.set]) }
    #expect(try use(0) == [.set])
    bench.act { $0.set(shape(2), id: 1000) }
    let messages = bench.takeMessages()
    #expect(messages.first == .said(CursorServerMessage.invalidateOne(1)))
    #expect(messages.count == 2)
  }

  @Test("a shape that is to be forgotten is, and is sent whole when it comes again")
  func forget() throws {
    var bench = try bench()
    bench.act { $0.set(shape(1), id: 5) }
    _ = bench.takeMessages()
    bench.act {
      $0.forget(5)
      $0.forget(5)
      $0.forget(6)
    }
    #expect(bench.takeMessages() == [.said(CursorServerMessage.invalidateOne(5))])
    bench.act { $0.set(shape(1), id: 5) }
    #expect(bench.takeMessages().first?.body.count == 5 + 2 + 17 + 16)
  }

  @Test("RESET makes the pointer vanish, and what is set behind it is shown")
  func reset() throws {
    var pair = try pair()
    let shape = shape(3)
    try pair.act { _, server in
      server.set(shape, id: 3)
      server.move(to: Point(x: 9, y: 9))
    }
    try pair.act { _, server in server.reset() }
    #expect(pair.client.state == CursorState(position: Point(x: 9, y: 9), isVisible: false, shape: nil))
    try pair.act { _, server in
      server.reset()
      server.set(shape, id: 3)
      server.move(to: Point(x: 9, y: 9))
    }
    #expect(pair.client.state == CursorState(position: Point(x: 9, y: 9), isVisible: true, shape: shape))
  }

  static let invertingShapes: [(pixels: [UInt32], type: CursorType)] = [
    ([0xFF00_0000, 0xFFFF_FFFF, 0, 0], .mono), ([0xFF12_3456, 0xFFFF_FFFF, 0, 0], .color32),
  ]

  @Test("pixels that invert the screen arrive as such, in black and white and in colour", arguments: invertingShapes)
  func inverting(_ pixels: [UInt32], _ type: CursorType) throws {
    var pair = try pair()
    // 9 wide, so that rows are padded.
    let all = (0..<18).map { pixels[$0 % 4] }
    let shape = CursorShape(
      width: 9, height: 2, hotSpot: Point(x: 8, y: 1), pixels: all, inverting: (0..<18).map { $0 % 4 == 3 })
    try pair.act { _, server in server.set(shape) }
    #expect(pair.client.state.shape == shape)
    var bench = try bench()
    bench.act { $0.set(shape) }
    #expect(bench.takeMessages().first?.body[15] == type.rawValue)
  }

  @Test("a shape that is no shape is refused and changes nothing")
  func hostileShapes() throws {
    var bench = try bench()
    let point = Point(x: 0, y: 0)
    for shape in [
      CursorShape(width: 0, height: 0, hotSpot: point, pixels: []),
      CursorShape(width: 2, height: 2, hotSpot: point, pixels: [1]),
      CursorShape(width: 1025, height: 1, hotSpot: point, pixels: Array(repeating: 0, count: 1025)),
      CursorShape(width: 1, height: 1, hotSpot: point, pixels: [0], inverting: [true, true]),
      CursorShape(width: -1, height: -1, hotSpot: point, pixels: [1]),
    ] {
      #expect(bench.act { $0.set(shape) } == false)
    }
    #expect(bench.takeMessages().isEmpty)
  }
}
