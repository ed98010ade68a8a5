import SpicePixels
import SpiceProtocol
import SpiceSession
import SpiceTransport
import Testing

import SpiceClient

@Suite("Input", .serialized, .timeLimit(.minutes(1)))
struct InputTests {
  private static let inputs = ClientOptions(channels: [.inputs])

  @Test("keys arrive in order with the scancodes of set 1")
  func keys() async throws {
    try await withSession(.init(), Self.inputs) { client, server in
      try await client.send(KeyCombination("ctrl-alt-delete"))
      #expect(
        try await server.inputs.reaches(6) == [
          .keyDown(0x1D), .keyDown(0x38), .keyDown(0x53E0), .keyUp(0xD3E0), .keyUp(0xB8), .keyUp(0x9D),
        ])
    }
  }

  @Test("a text is typed key by key")
  func text() async throws {
    try await withSession(.init(), Self.inputs) { client, server in
      try await client.type("aB\n", interval: .zero)
      #expect(
        try await server.inputs.reaches(8) == [
          .keyDown(0x1E), .keyUp(0x9E), .keyDown(0x2A), .keyDown(0x30), .keyUp(0xB0), .keyUp(0xAA), .keyDown(0x1C),
          .keyUp(0x9C),
        ])
    }
  }

  @Test("a text with a character that no key types is refused before anything is typed")
  func untypable() async throws {
    try await withSession(.init(), Self.inputs) { client, server in
      let error = await failure { () throws(ClientError) in try await client.type("abcä") }
      guard case .untypable(let problem)? = error else { throw Unexpected("\(String(describing: error))") }
      #expect(problem.position == 4)
      #expect(try await client.inputTaken(within: .seconds(30)))
      #expect(server.inputs.all.allSatisfy { if case .mouseMotion = $0 { true } else { false } })
    }
  }

  @Test("what one call sends stays together, whoever else sends at that time")
  func wholeCalls() async throws {
    try await withSession(.init(), Self.inputs) { client, server in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<50 { group.addTask { try await client.send(KeyCombination("shift-a")) } }
        try await group.waitForAll()
      }
      let chord: [InputsClientMessage] = [.keyDown(0x2A), .keyDown(0x1E), .keyUp(0x9E), .keyUp(0xAA)]
      #expect(try await server.inputs.reaches(200) == Array(repeatElement(chord, count: 50).joined()))
    }
  }

  @Test("beyond eight motions that are not acknowledged, motions are held back and added up")
  func motionWindow() async throws {
    let acknowledge = Gate()
    let script = ScriptedServer.Script.with {
      $0.inputs = { channel, server in
        try await channel.send(InputsServerMessage.initialize([]))
        var isAcknowledged = false
        while true {
          let raw = try await channel.receive()
          guard let message = try? InputsClientMessage(type: raw.type, body: raw.body) else { continue }
          server.inputs.append(message)
          if case .keyDown = message, !isAcknowledged {
            try await acknowledge.wait()
            isAcknowledged = true
            try await channel.send(InputsServerMessage.mouseMotionAck)
          }
        }
      }
    }
    try await withSession(script, Self.inputs) { client, server in
      for _ in 0..<20 { try await client.movePointer(dx: 1, dy: -1) }
      try await client.send([.press(Scancode(0x1E))])
      let first: [InputsClientMessage] = Array(repeating: .mouseMotion(dx: 1, dy: -1, buttons: []), count: 8)
      #expect(try await server.inputs.reaches(9) == first + [.keyDown(0x1E)])
      acknowledge.open()
      #expect(try await server.inputs.reaches(10).last == .mouseMotion(dx: 12, dy: -12, buttons: []))
    }
  }

  @Test("of positions that are held back the newest is sent, and a button takes it along")
  func positions() async throws {
    let script = ScriptedServer.Script.with {
      $0.inputs = { channel, server in try await channel.takeInput(into: server.inputs, acknowledging: false) }
    }
    try await withSession(script, Self.inputs) { client, server in
      for x: Int32 in 1...20 { try await client.movePointer(to: Point(x: x, y: 5)) }
      try await client.click(.right)
      let all = try await server.inputs.reaches(11)
      #expect(all.prefix(8).last == .mousePosition(x: 8, y: 5, buttons: [], display: 0))
      #expect(
        Array(all.suffix(3)) == [
          .mousePosition(x: 20, y: 5, buttons: [], display: 0), .mousePress(.right, buttons: .right),
          .mouseRelease(.right, buttons: []),
        ])
    }
  }

  @Test("the wheel is a button that is pressed and released per notch")
  func wheel() async throws {
    try await withSession(.init(), Self.inputs) { client, server in
      try await client.scroll(-2)
      let notch: [InputsClientMessage] = [
        .mousePress(.wheelDown, buttons: MouseButton.wheelDown.mask), .mouseRelease(.wheelDown, buttons: []),
      ]
      #expect(try await server.inputs.reaches(4) == notch + notch)
    }
  }

  @Test("the pointer cannot be placed where the server moves it")
  func serverMouse() async throws {
    let script = ScriptedServer.Script.with { $0.mouseModes = (.server, .server) }
    try await withSession(script, Self.inputs) { client, _ in
      let error = await failure { () throws(ClientError) in try await client.movePointer(to: Point(x: 1, y: 1)) }
      guard case .noClientMouse? = error else { throw Unexpected("\(String(describing: error))") }
    }
  }

  @Test("input is taken when the server has acknowledged what was sent after it")
  func taken() async throws {
    try await withSession(.init(), Self.inputs) { client, server in
      try await client.send(KeyCombination("a"))
      #expect(try await client.inputTaken(within: .seconds(30)))
      #expect(server.inputs.all.prefix(2) == [.keyDown(0x1E), .keyUp(0x9E)])
    }
  }

  @Test("input is not known to be taken where the server acknowledges nothing")
  func notTaken() async throws {
    let script = ScriptedServer.Script.with {
      $0.inputs = { channel, server in try await channel.takeInput(into: server.inputs, acknowledging: false) }
    }
    try await withSession(script, Self.inputs) { client, _ in
      try await client.send(KeyCombination("a"))
      #expect(try await client.inputTaken(within: .milliseconds(50)) == false)
    }
  }

  @Test("who waits for input to be taken learns that the session has ended")
  func takenByNobody() async throws {
    let script = ScriptedServer.Script.with {
      $0.inputs = { channel, _ in _ = try await channel.receive() }
    }
    try await withSession(script, Self.inputs) { client, _ in
      let error = await failure { () throws(ClientError) in try await client.inputTaken(within: .seconds(30)) }
      guard case .session(.connectionLost)? = error else { throw Unexpected("\(String(describing: error))") }
    }
  }

  @Test("a cancelled wait for input to be taken says neither yes nor no")
  func cancelledWait() async throws {
    let script = ScriptedServer.Script.with {
      $0.inputs = { channel, server in try await channel.takeInput(into: server.inputs, acknowledging: false) }
    }
    try await withSession(script, Self.inputs) { client, server in
      let waiting = Task {
        await failure { () throws(ClientError) in try await client.inputTaken(within: .seconds(30)) }
      }
      try await server.inputs.reaches(4)
      waiting.cancel()
      let error = await waiting.value
      guard case .closed? = error else { throw Unexpected("\(String(describing: error))") }
    }
  }

  @Test("input after the end of the session fails with what ended it")
  func afterTheEnd() async throws {
    let script = ScriptedServer.Script.with { $0.inputs = { channel, _ in _ = try await channel.receive() } }
    try await withSession(script, Self.inputs) { client, _ in
      var error: ClientError?
      while error == nil {
        error = await failure { () throws(ClientError) in try await client.send(KeyCombination([Scancode(0x1E)])) }
        // Without a pause the keys can pile up to the limit before the news of the end is read.
        try await Task.sleep(for: .milliseconds(1))
      }
      switch error {
      case .session(.connectionLost)?, .transport(.closed)?, .transport(.reset)?: break
      default: throw Unexpected("\(String(describing: error))")
      }
    }
  }

  @Test("input after disconnecting fails because the session was closed")
  func afterDisconnect() async throws {
    try await withSession(.init(), Self.inputs) { client, _ in
      await client.disconnect()
      let error = await failure { () throws(ClientError) in try await client.click() }
      guard case .closed? = error else { throw Unexpected("\(String(describing: error))") }
    }
  }

  @Test("input into a session without its inputs channel fails with the reason")
  func notOpened() async throws {
    try await withSession(.init(), ClientOptions(channels: [.display])) { client, _ in
      let error = await failure { () throws(ClientError) in try await client.click() }
      guard case .channelUnused(.inputs)? = error else { throw Unexpected("\(String(describing: error))") }
    }
    try await withSession(.with { $0.channels = [ChannelID(.display)] }) { client, _ in
      let error = await failure { () throws(ClientError) in try await client.click() }
      guard case .channelMissing(.inputs)? = error else { throw Unexpected("\(String(describing: error))") }
    }
  }

  @Test("a server that takes no input ends the session before it fills this side's memory")
  func fullPipe() async throws {
    let end = Gate()
    defer { end.open() }
    try await withSession(.with { $0.inputs = { _, _ in try await end.wait() } }, Self.inputs) { client, _ in
      var sent = 0
      var error: ClientError?
      while error == nil, sent < 10_000 {
        error = await failure { () throws(ClientError) in try await client.scroll(1000) }
        sent += 1
      }
      guard case .transport(.notTaken)? = error else { throw Unexpected("\(String(describing: error))") }
      for await _ in client.events {}
      let ending = try #require(client.failure)
      guard case .transport(.notTaken) = ending else { throw ending }
    }
  }
}
