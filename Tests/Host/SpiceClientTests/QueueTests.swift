import SpiceProtocol
import SpiceSession
import SpicePixels
import Testing

import SpiceClient

@Suite("News and what waits for it", .timeLimit(.minutes(1)))
struct QueueTests {
  private static func modifiers(_ number: UInt16) -> ClientEvent {
    .keyboardModifiers(KeyboardModifiers(rawValue: number))
  }

  private static func drain(_ queue: EventQueue) async -> [ClientEvent] {
    queue.finish()
    var all: [ClientEvent] = []
    for await event in ClientEvents(queue: queue) { all.append(event) }
    return all
  }

  @Test("of unread news the newest 1,024 stay")
  func bound() async throws {
    let queue = EventQueue()
    for number: UInt16 in 0..<3000 { queue.yield(Self.modifiers(number)) }
    let all = await Self.drain(queue)
    #expect(all.count == 1024)
    guard case .keyboardModifiers(let first)? = all.first, case .keyboardModifiers(let last)? = all.last else {
      throw Unexpected("\(all.count)")
    }
    #expect(first.rawValue == 1976)
    #expect(last.rawValue == 2999)
  }

  @Test("an unread pointer gives way to a newer one, and monitors to newer ones of the same display")
  func overtaking() async throws {
    let queue = EventQueue()
    for x: Int32 in 0..<100 {
      queue.yield(.cursor(CursorState(position: Point(x: x, y: 0), isVisible: true, shape: nil)))
      queue.yield(.monitors(display: Int(x % 2), []))
      if x == 50 { queue.yield(.agentConnected(true)) }
    }
    let all = await Self.drain(queue)
    #expect(all.count == 4)
    guard case .agentConnected = all[0], case .monitors(0, _) = all[1], case .cursor(let state) = all[2],
      case .monitors(1, _) = all[3]
    else { throw Unexpected("\(all)") }
    #expect(state.position.x == 99)
  }

  @Test("what one task waits for and another brings is never lost")
  func handover() async throws {
    let queue = EventQueue()
    let reading = Task {
      var count = 0
      for await _ in ClientEvents(queue: queue) { count += 1 }
      return count
    }
    for number: UInt16 in 0..<1000 {
      queue.yield(Self.modifiers(number))
      if number % 10 == 0 { await Task.yield() }
    }
    queue.finish()
    #expect(await reading.value == 1000)
  }

  @Test("two tasks may read the news; each piece goes to one")
  func twoReaders() async throws {
    let queue = EventQueue()
    let counts = await withTaskGroup(of: Int.self) { group in
      for _ in 0..<2 {
        group.addTask {
          var count = 0
          for await _ in ClientEvents(queue: queue) { count += 1 }
          return count
        }
      }
      for number: UInt16 in 0..<500 {
        queue.yield(Self.modifiers(number))
        await Task.yield()
      }
      queue.finish()
      return await group.reduce(0, +)
    }
    #expect(counts == 500)
  }

  @Test("a bell that rings for a cancelled reader rings for the next one")
  func cancelledFeed() async throws {
    let feeds = FrameFeeds()
    let feed = feeds.open()
    let cancelled = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return await feed.changed()
    }
    #expect(await cancelled.value == false)
    #expect(await feed.changed())
  }

  @Test("damage is told once, and all of it")
  func damage() async throws {
    let feeds = FrameFeeds()
    let feed = feeds.open()
    let size = Size(width: 100, height: 100)
    #expect(feed.take(size) == [Rect(size)])
    #expect(feed.take(size) == nil)
    feeds.note([Rect(x: 0, y: 0, width: 1, height: 1)])
    feeds.note([Rect(x: 5, y: 5, width: 1, height: 1)])
    #expect(feed.take(size) == [Rect(x: 0, y: 0, width: 1, height: 1), Rect(x: 5, y: 5, width: 1, height: 1)])
    #expect(feed.take(size) == nil)
  }

  @Test("readers that are gone are forgotten")
  func goneReaders() async throws {
    let feeds = FrameFeeds()
    for _ in 0..<1000 { _ = feeds.open() }
    #expect(feeds.count <= 1)
  }

  @Test("who waits for channels is let go when they have come as far, when it is cancelled, and when all is over")
  func board() async throws {
    let board = ProgressBoard()
    let wait = ChannelWait(channel: ChannelID(.display), serial: 5)
    let met = Task { await board.wait(for: [wait]) }
    board.post(wait.channel, handled: 4)
    #expect(board.handled(wait.channel) == 4)
    board.post(wait.channel, handled: 6)
    await met.value
    let far = ChannelWait(channel: ChannelID(.display), serial: 50)
    let cancelled = Task { await board.wait(for: [far]) }
    cancelled.cancel()
    await cancelled.value
    let over = Task { await board.wait(for: [far]) }
    board.finish()
    await over.value
    await board.wait(for: [far])
  }
}
