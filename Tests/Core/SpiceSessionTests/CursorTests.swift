import SpicePixels
import SpiceProtocol
import SpiceSession
import Testing

@Suite("The client's cursor channel")
struct CursorTests {
  private func bench(_ limits: SessionLimits = .standard) throws -> Bench<CursorEngine> {
    try Bench.linked(CursorEngine(connectionID: 1, hasPassword: false, limits: limits))
  }

  /// One pixel of a colour.
  private func cursor(_ id: UInt64, flags: UInt16 = 0, color: UInt8 = 1) -> Cursor {
    Cursor(
      flags: flags,
      header: CursorHeader(unique: id, type: .alpha, width: 1, height: 1, hotSpotX: 0, hotSpotY: 0),
      data: flags & Cursor.fromCache != 0 ? [] : [color, 0, 0, 0xFF])
  }

  private func set(_ cursor: Cursor, x: Int16 = 0, y: Int16 = 0, visible: Bool = true) -> CursorServerMessage {
    .set(x: x, y: y, visible: visible, cursor)
  }

  private func initialize(_ cursor: Cursor) -> CursorServerMessage {
    .initialize(CursorInit(x: 5, y: -6, trailLength: 0, trailFrequency: 0, visible: true, cursor: cursor))
  }

  @Test("INIT says where the pointer is and what it looks like")
  func initial() throws {
    var bench = try bench()
    try bench.say(initialize(cursor(1, color: 0x42)))
    #expect(
      bench.engine.state
        == CursorState(
          position: Point(x: 5, y: -6), isVisible: true,
          shape: CursorShape(width: 1, height: 1, hotSpot: Point(x: 0, y: 0), pixels: [0xFF00_0042])))
    guard case .changed(bench.engine.state) = bench.takeEvents().first else {
      Issue.record("not told of")
      return
    }
  }

  @Test("NONE is no shape")
  func none() throws {
    var bench = try bench()
    try bench.say(set(cursor(1)), set(Cursor(flags: Cursor.none, header: nil, data: [])))
    #expect(bench.engine.state.shape == nil)
  }

  @Test("MOVE shows the pointer in its place, HIDE hides it there")
  func moving() throws {
    var bench = try bench()
    try bench.say(set(cursor(1), visible: false), CursorServerMessage.move(x: -3, y: 700))
    #expect(bench.engine.state.position == Point(x: -3, y: 700))
    #expect(bench.engine.state.isVisible)
    try bench.say(CursorServerMessage.hide)
    #expect(!bench.engine.state.isVisible && bench.engine.state.shape != nil)
  }

  @Test("many changes at once are told of once, as they end")
  func coalescing() throws {
    var bench = try bench()
    try bench.receive(bench.bytes((0..<50).map { CursorServerMessage.move(x: $0, y: 0) }))
    let events = bench.takeEvents()
    guard events.count == 1, case .changed(let state) = events[0], state.position.x == 49 else {
      Issue.record("\(events)")
      return
    }
  }

  @Test("a shape that is to be kept comes back by its id, and one that is not does not")
  func cache() throws {
    var bench = try bench()
    try bench.say(set(cursor(7, flags: Cursor.cacheMe, color: 0x11)), set(cursor(8, color: 0x22)))
    try bench.say(set(cursor(7, flags: Cursor.fromCache)))
    #expect(bench.engine.state.shape?.pixels == [0xFF00_0011])
    let error = sessionError { () throws(SessionError) in try bench.say(set(cursor(8, flags: Cursor.fromCache))) }
    guard case .cursor(ChannelID(.cursor), serial: 4, .notCached(8)) = error else {
      Issue.record("\(error.map { "\($0)" } ?? "taken")")
      return
    }
  }

  static let forgetOrders: [CursorServerMessage] = [
    .invalidateOne(7), .invalidateAll, .reset,
    .initialize(
      CursorInit(
        x: 0, y: 0, trailLength: 0, trailFrequency: 0, visible: false,
        cursor: Cursor(flags: Cursor.none, header: nil, data: []))),
  ]

  @Test("a shape is given up by INVAL_ONE, INVAL_ALL, RESET and INIT", arguments: forgetOrders)
  func forgetting(_ message: CursorServerMessage) throws {
    var bench = try bench()
    try bench.say(set(cursor(7, flags: Cursor.cacheMe)), message)
    let error = sessionError { () throws(SessionError) in try bench.say(set(cursor(7, flags: Cursor.fromCache))) }
    guard case .cursor(_, _, .notCached(7)) = error else {
      Issue.record("\(error.map { "\($0)" } ?? "taken")")
      return
    }
  }

  @Test("INVAL_ONE of another leaves a shape, and RESET takes the one that is shown")
  func invalidation() throws {
    var bench = try bench()
    try bench.say(set(cursor(7, flags: Cursor.cacheMe)), CursorServerMessage.invalidateOne(6))
    try bench.say(set(cursor(7, flags: Cursor.fromCache)))
    #expect(bench.engine.state.shape != nil)
    try bench.say(CursorServerMessage.reset)
    #expect(bench.engine.state.shape == nil && !bench.engine.state.isVisible)
  }

  @Test("a trail changes nothing")
  func trail() throws {
    var bench = try bench()
    try bench.say(CursorServerMessage.trail(length: 1, frequency: 2))
    #expect(bench.takeEvents().isEmpty)
  }

  @Test("more shapes than the limit are refused; one more of a known id is not")
  func limits() throws {
    var limits = SessionLimits.standard
    limits.cursors = 2
    var bench = try bench(limits)
    try bench.say(
      set(cursor(1, flags: Cursor.cacheMe)), set(cursor(2, flags: Cursor.cacheMe)),
      set(cursor(2, flags: Cursor.cacheMe, color: 9)))
    let error = sessionError { () throws(SessionError) in try bench.say(set(cursor(3, flags: Cursor.cacheMe))) }
    guard case .cursor(_, _, .cacheFull(limit: 2)) = error else {
      Issue.record("\(error.map { "\($0)" } ?? "taken")")
      return
    }
  }

  @Test("shapes of more pixels than the limit are refused; one more of a known id is not")
  func pixelLimit() throws {
    var limits = SessionLimits.standard
    limits.cursorPixels = 2
    var bench = try bench(limits)
    try bench.say(
      set(cursor(1, flags: Cursor.cacheMe)), set(cursor(2, flags: Cursor.cacheMe)),
      set(cursor(2, flags: Cursor.cacheMe, color: 9)))
    let error = sessionError { () throws(SessionError) in try bench.say(set(cursor(3, flags: Cursor.cacheMe))) }
    guard case .cursor(_, _, .cachedPixels(limit: 2)) = error else {
      Issue.record("\(error.map { "\($0)" } ?? "taken")")
      return
    }
  }

  @Test("a shape that is too large ends the channel with its size")
  func tooLarge() throws {
    var bench = try bench()
    let large = Cursor(
      flags: 0, header: CursorHeader(unique: 1, type: .mono, width: 2000, height: 8, hotSpotX: 0, hotSpotY: 0), data: []
    )
    let error = sessionError { () throws(SessionError) in try bench.say(set(large)) }
    #expect(
      error?.description == "cursor/0: message 1: its cursor is 2000×8 pixels; at most 1024 on a side are accepted")
  }
}
