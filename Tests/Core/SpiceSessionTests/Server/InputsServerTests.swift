import SpiceProtocol
import SpiceSession
import Testing

@Suite("A server's inputs channel")
struct InputsServerTests {
  private func bench() -> ServerBench<InputsServer> {
    var bench = ServerBench(InputsServer(accepted(.inputs), modifiers: .numLock))
    _ = bench.takeMessages()
    return bench
  }

  private func press(_ key: Scancode) -> InputsServerEvent { .key(KeyChange(key, isPress: true)) }
  private func release(_ key: Scancode) -> InputsServerEvent { .key(KeyChange(key, isPress: false)) }

  @Test("hears what our own client types and points at, in pieces of any size", arguments: [0, 1, 7])
  func ownClient(_ piece: Int) throws {
    var pair = Pair(InputsEngine(connectionID: 1, hasPassword: false), InputsServer.capabilities, piece: piece) {
      InputsServer($0, modifiers: .numLock)
    }
    try pair.act { client, _ in
      client.press(.delete)
      client.release(.delete)
      client.press(Scancode.a)
      client.set([.capsLock])
      client.move(dx: -3, dy: 4)
      client.press(MouseButton.left)
      client.move(x: 10, y: 20, display: 1)
      client.release(MouseButton.left)
      client.press(MouseButton.wheelUp)
      client.release(MouseButton.wheelUp)
      client.press(MouseButton.wheelDown)
    }
    #expect(
      pair.serverEvents == [
        press(.delete), release(.delete), press(.a), .modifiers(.capsLock), .motion(dx: -3, dy: 4, buttons: []),
        .press(.left, buttons: .left), .position(x: 10, y: 20, display: 1, buttons: .left),
        .release(.left, buttons: []), .wheel(-1, buttons: MouseButton.wheelUp.mask),
        .wheel(1, buttons: MouseButton.wheelDown.mask),
      ])
    #expect(pair.server?.heldKeys == [.a])
    try pair.act { _, server in server.set([.scrollLock]) }
    #expect(pair.client.modifiers == .scrollLock)
  }

  @Test("our own client's motions are all confirmed, four at a time")
  func motionAcks() throws {
    var pair = Pair(InputsEngine(connectionID: 1, hasPassword: false), InputsServer.capabilities) { InputsServer($0) }
    for _ in 0..<30 { try pair.act { client, _ in client.move(dx: 1, dy: 1) } }
    try pair.act { client, _ in _ = client.requestAcknowledgement() }
    #expect(pair.client.sentMotions == 32 && pair.client.acknowledgedMotions == 32)
    #expect(pair.server?.motions == 32)
  }

  @Test("every fourth motion or position is confirmed")
  func fourth() throws {
    var bench = bench()
    for _ in 0..<3 { try bench.say(InputsClientMessage.mouseMotion(dx: 0, dy: 0, buttons: [])) }
    #expect(bench.takeMessages().isEmpty)
    try bench.say(InputsClientMessage.mousePosition(x: 0, y: 0, buttons: [], display: 0))
    #expect(bench.takeMessages() == [.said(InputsServerMessage.mouseMotionAck)])
  }

  static let sequences: [(bytes: String, strokes: [KeyChange])] = [
    ("1E", [KeyChange(.a, isPress: true)]), ("9E", [KeyChange(.a, isPress: false)]),
    ("E053", [KeyChange(.delete, isPress: true)]), ("E0D3", [KeyChange(.delete, isPress: false)]),
    ("1E9E E053E0D3", [.a, .a, .delete, .delete].enumerated().map { KeyChange($1, isPress: $0 % 2 == 0) }),
    ("E11D45 E19DC5", [KeyChange(.pause, isPress: true), KeyChange(.pause, isPress: false)]), ("", []),
  ]

  @Test("KEY_SCANCODE is a keyboard's bytes: prefixes, several keys, Pause", arguments: sequences)
  func scancodes(_ bytes: String, _ strokes: [KeyChange]) throws {
    var bench = bench()
    try bench.say(InputsClientMessage.keyScancode(hex(bytes)))
    #expect(bench.takeEvents() == strokes.map { .key($0) })
  }

  static let values: [(value: UInt32, keys: [Scancode])] = [
    (0x1E, [.a]), (0x9E, [.a]), (0x53E0, [.delete]), (0xD3E0, [.delete]), (0x451DE1, [.pause]),
    (0x37E0_2AE0, [Scancode(0x2A, extended: true), .print]),
  ]

  @Test("KEY_DOWN and KEY_UP say which way a key goes, whatever its release bit says", arguments: values)
  func downAndUp(_ value: UInt32, _ keys: [Scancode]) throws {
    var bench = bench()
    try bench.say(InputsClientMessage.keyDown(value))
    #expect(bench.takeEvents() == keys.map { press($0) })
    #expect(bench.engine.heldKeys == Set(keys))
    try bench.say(InputsClientMessage.keyUp(value))
    #expect(bench.takeEvents() == keys.map { release($0) })
    #expect(bench.engine.heldKeys.isEmpty)
  }

  @Test(
    "bytes that are no key are refused", arguments: ["00", "80", "E0", "1EE0", "E000", "E080", "E1", "E11D", "E11E45"])
  func hostileScancodes(_ bytes: String) {
    var bench = bench()
    #expect(bench.fault(InputsClientMessage.keyScancode(hex(bytes))) == .scancodes(hex(bytes)))
  }

  @Test("values that are no key are refused", arguments: [0, 0x80, 0xE0, 0x80E0, 0xE1, 0x1DE1, 0x0100] as [UInt32])
  func hostileValues(_ value: UInt32) {
    for message in [InputsClientMessage.keyDown(value), .keyUp(value)] {
      var bench = bench()
      guard case .scancodes = bench.fault(message) else {
        Issue.record("\(value) is taken")
        continue
      }
    }
  }

  @Test("a button that no mouse has is refused", arguments: [0, 8, 255] as [UInt8])
  func unknownButton(_ button: UInt8) {
    for type: UInt16 in [113, 114] {
      var bench = bench()
      let error = sessionError { () throws(SessionError) in
        try bench.receive(framed(type, [button, 0, 0], .mini, serial: 1))
      }
      guard case .message(ChannelID(.inputs), serial: 1, _) = error else {
        Issue.record("\(error.map { "\($0)" } ?? "taken")")
        continue
      }
    }
  }

  @Test("the guest's lock lights are told of when they change")
  func modifiers() {
    var bench = ServerBench(InputsServer(accepted(.inputs), modifiers: .numLock))
    #expect(bench.takeMessages() == [.said(InputsServerMessage.initialize(.numLock))])
    bench.act { $0.set(.numLock) }
    #expect(bench.takeMessages().isEmpty)
    bench.act { $0.set(.capsLock) }
    #expect(bench.takeMessages() == [.said(InputsServerMessage.keyModifiers(.capsLock))])
  }
}
