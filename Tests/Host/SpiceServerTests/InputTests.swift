import SpiceClient
import SpicePixels
import SpiceProtocol
import SpiceServer
import SpiceSession
import Testing

@Suite("What clients do at a server", .timeLimit(.minutes(1)))
struct ServerInputTests {
  /// The next actions that are no motions by nothing, by which clients ask how far the server is.
  private func next(_ count: Int, of server: Server) async -> [ClientInput.Action] {
    var actions: [ClientInput.Action] = []
    for await input in server.input where input.action != .motion(dx: 0, dy: 0) {
      actions.append(input.action)
      if actions.count == count { break }
    }
    return actions
  }

  @Test("keys, pointer, buttons and wheel arrive in order")
  func order() async throws {
    try await withServer { server in
      try await withClient(server.uri) { client in
        try await client.send([.press(.a), .release(.a), .press(.up), .release(.up)])
        try await client.movePointer(to: Point(x: 12, y: 34))
        try await client.click()
        try await client.scroll(1)
        try await client.scroll(-1)
        try await client.movePointer(dx: -3, dy: 4)
        let actions = await next(9, of: server)
        #expect(
          actions == [
            .key(KeyChange(.a, isPress: true)), .key(KeyChange(.a, isPress: false)),
            .key(KeyChange(.up, isPress: true)), .key(KeyChange(.up, isPress: false)),
            .position(x: 12, y: 34, screen: 0), .press(.left), .release(.left), .wheel(-1), .wheel(1),
          ])
        #expect(await next(1, of: server) == [.motion(dx: -3, dy: 4)])
      }
    }
  }

  @Test("a pointer on the second monitor of a screen is at that pixel of the screen")
  func secondMonitor() async throws {
    let halves = [Rect(left: 0, top: 0, right: 48, bottom: 64), Rect(left: 48, top: 0, right: 96, bottom: 64)]
    try await withServer({ $0.screens = [.init(size: Size(width: 96, height: 64), monitors: halves)] }) { server in
      try await withClient(server.uri) { client in
        try await client.movePointer(to: Point(x: 10, y: 20), display: 1)
        try await client.movePointer(to: Point(x: 10, y: 20), display: 0)
        let actions = await next(2, of: server)
        #expect(actions == [.position(x: 58, y: 20, screen: 0), .position(x: 10, y: 20, screen: 0)])
      }
    }
  }

  @Test("what was sent is taken in, and the client is told so")
  func taken() async throws {
    try await withServer { server in
      try await withClient(server.uri) { client in
        for _ in 0..<100 { try await client.send(KeyCombination("x")) }
        #expect(try await client.inputTaken())
      }
    }
  }

  @Test("keys that a client held when it left are let go")
  func heldKeys() async throws {
    try await withServer { server in
      try await withClient(server.uri) { client in
        try await client.send([.press(.leftShift), .press(.b)])
        #expect(await next(2, of: server).count == 2)
      }
      let released = await next(2, of: server)
      #expect(
        Set(released) == [.key(KeyChange(.leftShift, isPress: false)), .key(KeyChange(.b, isPress: false))])
    }
  }

  @Test("who comes and goes is told, with the reason")
  func news() async throws {
    try await withServer { server in
      var events = server.events.makeAsyncIterator()
      try await withClient(server.uri) { _ in
        guard case .joined(let information)? = await events.next() else {
          Issue.record("nobody joined")
          return
        }
        #expect(server.clients.map(\.id) == [information.id])
        #expect(information.way == .plain)
      }
      guard case .left(_, let reason)? = await events.next() else {
        Issue.record("nobody left")
        return
      }
      // Orderly, or with something of the server's unread.
      #expect(reason.contains("closed the connection") || reason.contains("dropped the connection"))
      #expect(server.clients.isEmpty)
    }
  }

  @Test("the lock lights of the machine reach the client")
  func lights() async throws {
    try await withServer { server in
      server.setModifiers([.numLock])
      try await withClient(server.uri) { client in
        server.setModifiers([.capsLock])
        for await event in client.events {
          if case .keyboardModifiers([.capsLock]) = event { break }
        }
      }
    }
  }
}
