import SpiceProtocol
import SpiceSession
import Testing

@Suite("The client's inputs channel")
struct InputsTests {
  private func bench() throws -> Bench<InputsEngine> {
    try Bench.linked(InputsEngine(connectionID: 1, hasPassword: false))
  }

  private func motion(_ dx: Int32, _ dy: Int32, _ buttons: MouseButtons = []) -> Said {
    .said(InputsClientMessage.mouseMotion(dx: dx, dy: dy, buttons: buttons))
  }

  private func position(_ x: UInt32, _ y: UInt32, _ buttons: MouseButtons = []) -> Said {
    .said(InputsClientMessage.mousePosition(x: x, y: y, buttons: buttons, display: 0))
  }

  @Test("a key goes down and up with its scancode")
  func keys() throws {
    var bench = try bench()
    bench.act {
      $0.press(.delete)
      $0.release(.delete)
    }
    #expect(
      bench.takeMessages() == [Said(type: 101, body: hex("E0530000")), Said(type: 102, body: hex("E0D30000"))])
  }

  @Test("the lock lights are told of and can be set")
  func modifiers() throws {
    var bench = try bench()
    try bench.say(InputsServerMessage.initialize(.numLock), InputsServerMessage.keyModifiers([.numLock, .capsLock]))
    #expect(bench.engine.modifiers == [.numLock, .capsLock])
    #expect(bench.takeEvents().count == 2)
    bench.act { $0.set(.scrollLock) }
    #expect(bench.takeMessages() == [.said(InputsClientMessage.keyModifiers(.scrollLock))])
    #expect(bench.engine.modifiers == .scrollLock)
  }

  @Test("eight motions may be on their way; what follows is added up until the server acknowledges")
  func motionWindow() throws {
    var bench = try bench()
    for _ in 0..<8 { bench.act { $0.move(dx: 1, dy: 0) } }
    #expect(bench.takeMessages() == Array(repeating: motion(1, 0), count: 8))
    for _ in 0..<5 { bench.act { $0.move(dx: 2, dy: -3) } }
    #expect(bench.takeMessages().isEmpty)
    try bench.say(InputsServerMessage.mouseMotionAck)
    #expect(bench.takeMessages() == [motion(10, -15)])
    #expect(bench.engine.sentMotions == 9 && bench.engine.acknowledgedMotions == 4)
  }

  @Test("of positions that are held back the newest is kept")
  func positions() throws {
    var bench = try bench()
    for number in 0..<12 { bench.act { $0.move(x: UInt32(number), y: 0) } }
    #expect(bench.takeMessages() == (0..<8).map { position($0, 0) })
    try bench.say(InputsServerMessage.mouseMotionAck)
    #expect(bench.takeMessages() == [position(11, 0)])
  }

  @Test("a motion by more than 32 bits stops at their end")
  func largeMotions() throws {
    var bench = try bench()
    for _ in 0..<8 { bench.act { $0.move(dx: 0, dy: 0) } }
    _ = bench.takeMessages()
    bench.act {
      $0.move(dx: .max, dy: .min)
      $0.move(dx: 1, dy: -1)
    }
    try bench.say(InputsServerMessage.mouseMotionAck)
    #expect(bench.takeMessages() == [motion(.max, .min)])
  }

  @Test("a button is pressed where the pointer is: what was held back of its way goes first")
  func buttonOrder() throws {
    var bench = try bench()
    for number in 0..<10 { bench.act { $0.move(x: UInt32(number), y: 0) } }
    _ = bench.takeMessages()
    bench.act { $0.press(MouseButton.left) }
    #expect(
      bench.takeMessages() == [position(9, 0), .said(InputsClientMessage.mousePress(.left, buttons: .left))])
    bench.act { $0.move(x: 50, y: 0) }
    bench.act { $0.release(MouseButton.left) }
    #expect(
      bench.takeMessages() == [position(50, 0, .left), .said(InputsClientMessage.mouseRelease(.left, buttons: []))])
  }

  @Test("motions tell which buttons are down")
  func buttons() throws {
    var bench = try bench()
    bench.act {
      $0.press(MouseButton.left)
      $0.press(MouseButton.right)
      $0.move(dx: 1, dy: 1)
      $0.release(MouseButton.left)
      $0.move(dx: 1, dy: 1)
    }
    let motions = bench.takeMessages().filter { $0.type == 111 }
    #expect(motions == [motion(1, 1, [.left, .right]), motion(1, 1, .right)])
  }

  @Test("a motion and a position do not add up: each keeps its turn")
  func mixed() throws {
    var bench = try bench()
    for _ in 0..<8 { bench.act { $0.move(dx: 1, dy: 0) } }
    _ = bench.takeMessages()
    bench.act { $0.move(dx: 5, dy: 0) }
    bench.act { $0.move(x: 7, y: 7) }
    #expect(bench.takeMessages() == [motion(5, 0)])
    bench.act { $0.move(dx: 6, dy: 0) }
    #expect(bench.takeMessages() == [position(7, 7)])
  }

  @Test("an acknowledgement can be asked for: as many motions by nothing as make one due")
  func acknowledgement() throws {
    for before in 0..<9 {
      var bench = try bench()
      for _ in 0..<before { bench.act { $0.move(dx: 1, dy: 1) } }
      var target: UInt64 = 0
      bench.act { target = $0.requestAcknowledgement() }
      let motions = bench.takeMessages()
      #expect(target == UInt64(motions.count))
      #expect(target % 4 == 0 && target > UInt64(before), "after \(before)")
      for _ in 0..<target / 4 { try bench.say(InputsServerMessage.mouseMotionAck) }
      guard case .acknowledged(target) = bench.takeEvents().last else {
        Issue.record("after \(before): not acknowledged")
        continue
      }
    }
  }

  @Test("more acknowledgements than motions count for no more than those")
  func tooManyAcknowledgements() throws {
    var bench = try bench()
    bench.act { $0.move(dx: 1, dy: 1) }
    try bench.say(InputsServerMessage.mouseMotionAck, InputsServerMessage.mouseMotionAck)
    #expect(bench.engine.acknowledgedMotions == 1)
  }

  @Test("where the pointer was moved before the channel was open, it goes then")
  func beforeOpening() throws {
    var bench = Bench(InputsEngine(connectionID: 1, hasPassword: false))
    bench.start()
    bench.act { $0.move(x: 1, y: 1) }
    bench.act { $0.move(x: 2, y: 2) }
    try bench.receive(linkReply())
    _ = bench.takeBytes()
    try bench.receive(linkResult(0))
    #expect(bench.takeMessages() == [position(2, 2)])
  }

  @Test("the channel offers KEY_SCANCODE and gives the session's id")
  func setup() {
    let engine = InputsEngine(connectionID: 0x55, id: 3, hasPassword: false)
    #expect(engine.channel.setup.specific == Capabilities([InputsCapability.keyScancode]))
    #expect(engine.channel.setup.connectionID == 0x55)
    #expect(engine.channel.id == ChannelID(.inputs, 3))
  }
}
