import SpicePixels
import SpiceProtocol
import SpiceSession
import Testing

@Suite("Display channels that share images")
struct SharedDisplayTests {
  /// Two channels of one session, each with a screen. The store is handed from one to the other, as a host does.
  private struct Pair {
    var first: Display
    var second: Display

    init() throws {
      first = try Display.display(0)
      second = try Display.display(1, store: first.shared)
      first.shared = second.shared
      try onFirst { bench throws(SessionError) in try bench.say(create(0)) }
      try onSecond { bench throws(SessionError) in try bench.say(create(0)) }
    }

    mutating func onFirst(_ body: (inout Display) throws(SessionError) -> Void) throws(SessionError) {
      try body(&first)
      second.shared = first.shared
      try second.process()
      first.shared = second.shared
    }

    mutating func onSecond(_ body: (inout Display) throws(SessionError) -> Void) throws(SessionError) {
      try body(&second)
      first.shared = second.shared
      try first.process()
      second.shared = first.shared
    }
  }

  @Test("an image that one was told to keep is there for the other")
  func cache() throws {
    var pair = try Pair()
    try pair.onFirst { bench throws(SessionError) in try bench.say(copy(bitmap(7, id: 5, .cacheMe))) }
    try pair.onSecond { bench throws(SessionError) in try bench.say(copy(fromCache(5))) }
    #expect(pair.second.color() == 7)
  }

  @Test("an image that is still on its way over the other channel is waited for")
  func imageOnItsWay() throws {
    var pair = try Pair()
    try pair.onSecond { bench throws(SessionError) in try bench.say(copy(fromCache(5)), fill(1, rect(1, 0, 1, 1))) }
    #expect(!pair.second.engine.isSettled && !pair.second.engine.wantsInput)
    try pair.onFirst { bench throws(SessionError) in try bench.say(copy(bitmap(7, id: 5, .cacheMe))) }
    #expect(Array(pair.second.colors().prefix(2)) == [7, 1])
    #expect(pair.second.engine.isSettled && pair.second.engine.wantsInput)
  }

  @Test("an image that the other channel's decoder has not done is waited for")
  func imageDecoding() throws {
    var pair = try Pair()
    try pair.onFirst { bench throws(SessionError) in try bench.say(copy(jpeg(id: 5, .cacheMe))) }
    try pair.onSecond { bench throws(SessionError) in try bench.say(copy(fromCache(5))) }
    #expect(pair.second.color() == 0)
    let job = try #require(pair.first.takeJobs().first)
    try pair.onFirst { bench throws(SessionError) in try bench.paint(job, 8) }
    #expect(pair.second.color() == 8)
  }

  @Test("an order to forget the image that comes behind does not take it away before it has come")
  func forgottenMeanwhile() throws {
    var pair = try Pair()
    try pair.onFirst { bench throws(SessionError) in try bench.say(copy(jpeg(id: 5, .cacheMe))) }
    try pair.onSecond { bench throws(SessionError) in
      try bench.say(copy(fromCache(5)), DisplayServerMessage.invalidateList([CachedResource(id: 5)]))
    }
    let job = try #require(pair.first.takeJobs().first)
    try pair.onFirst { bench throws(SessionError) in try bench.paint(job, 8) }
    #expect(pair.second.color() == 8)
    #expect(pair.second.engine.handledSerial == 3)
  }

  @Test("the lossless image that one will be sent is what the other waits for")
  func lossless() throws {
    var pair = try Pair()
    try pair.onFirst { bench throws(SessionError) in try bench.say(copy(jpeg(id: 5, .cacheMe))) }
    let job = try #require(pair.first.takeJobs().first)
    try pair.onFirst { bench throws(SessionError) in try bench.paint(job, 8) }
    try pair.onSecond { bench throws(SessionError) in try bench.say(copy(fromCacheLossless(5))) }
    #expect(pair.second.color() == 0)
    try pair.onFirst { bench throws(SessionError) in try bench.say(copy(bitmap(9, id: 5, .cacheReplaceMe))) }
    #expect(pair.second.color() == 9)
  }

  @Test("INVAL_ALL_PIXMAPS forgets when those it waits for are done, and nothing behind it is handled before")
  func invalidateAll() throws {
    var pair = try Pair()
    try pair.onFirst { bench throws(SessionError) in try bench.say(copy(bitmap(7, id: 5, .cacheMe))) }
    try pair.onFirst { bench throws(SessionError) in
      try bench.say(
        DisplayServerMessage.invalidateAllPixmaps([ChannelWait(channel: ChannelID(.display, 1), serial: 2)]), fill(3))
    }
    #expect(pair.first.color() == 7)
    #expect(pair.first.engine.handledSerial == 2)
    try pair.onSecond { bench throws(SessionError) in try bench.say(copy(fromCache(5))) }
    #expect(pair.second.color() == 7)
    let handled = pair.second.engine.handledSerial
    try pair.onFirst { bench throws(SessionError) in try bench.note(ChannelID(.display, 1), handled: handled) }
    #expect(pair.first.color() == 3)
    #expect(pair.first.engine.handledSerial == 4)
    try pair.onSecond { bench throws(SessionError) in try bench.say(copy(fromCache(5))) }
    #expect(!pair.second.engine.isSettled)
  }

  // MARK: The GLZ dictionary

  @Test("a GLZ image refers to one of the other channel's")
  func dictionary() throws {
    var pair = try Pair()
    try pair.onFirst { bench throws(SessionError) in try bench.say(copy(glz(glzBytes(0, color: 0x42)))) }
    try pair.onSecond { bench throws(SessionError) in try bench.say(copy(glz(glzBytes(1, copying: 1)))) }
    #expect(pair.second.color() == 0x42)
  }

  @Test("a GLZ image that refers to one on its way over the other channel waits for it")
  func dictionaryOnItsWay() throws {
    var pair = try Pair()
    try pair.onFirst { bench throws(SessionError) in try bench.say(copy(glz(glzBytes(0, color: 1)))) }
    try pair.onSecond { bench throws(SessionError) in
      try bench.say(copy(glz(glzBytes(2, copying: 1), id: 9, .cacheMe)), create(1), fill(6, on: 1))
    }
    #expect(pair.second.color() == 0 && pair.second.color(1) == 6)
    try pair.onFirst { bench throws(SessionError) in try bench.say(copy(glz(glzBytes(1, color: 0x99)))) }
    #expect(pair.second.color() == 0x99)
    try pair.onFirst { bench throws(SessionError) in try bench.say(copy(fromCache(9))) }
    #expect(pair.first.color() == 0x99)
  }

  @Test("a chain of GLZ images over both channels comes out in whatever order it comes in")
  func chain() throws {
    var pair = try Pair()
    try pair.onFirst { bench throws(SessionError) in try bench.say(copy(glz(glzBytes(0, color: 0x31)))) }
    try pair.onSecond { bench throws(SessionError) in
      try bench.say(copy(glz(glzBytes(2, copying: 1))), copy(glz(glzBytes(4, copying: 1))))
    }
    try pair.onFirst { bench throws(SessionError) in try bench.say(copy(glz(glzBytes(3, copying: 2)))) }
    #expect(!pair.first.engine.isSettled || pair.first.color() == 0x31)
    try pair.onFirst { bench throws(SessionError) in try bench.say(copy(glz(glzBytes(1, copying: 1)))) }
    try pair.second.process()
    #expect(pair.second.color() == 0x31 && pair.first.color() == 0x31)
    #expect(pair.first.engine.isSettled && pair.second.engine.isSettled)
  }

  @Test("ZLIB_GLZ is unpacked by the host and then decoded; the GLZ images that follow wait for it")
  func zlib() throws {
    var bench = try Display.screen()
    try bench.say(copy(zlibGLZ(37, [0x78, 0x9C])), create(1), copy(glz(glzBytes(1, copying: 1)), on: 1))
    let job = try #require(bench.takeJobs().first)
    #expect(job.work == .inflate([0x78, 0x9C], size: 37))
    #expect(bench.color(1) == 0)
    try bench.complete(job.id, .bytes(glzBytes(0, color: 0x66)))
    #expect(bench.color() == 0x66 && bench.color(1) == 0x66)
    #expect(bench.engine.isSettled)
  }

  @Test("two packed images that are unpacked in the other order come out right")
  func zlibOrder() throws {
    var bench = try Display.screen()
    try bench.say(create(1), copy(zlibGLZ(37)), copy(zlibGLZ(36), on: 1))
    let jobs = bench.takeJobs()
    try bench.complete(jobs[1].id, .bytes(glzBytes(1, copying: 1)))
    #expect(bench.color(1) == 0)
    try bench.complete(jobs[0].id, .bytes(glzBytes(0, color: 0x66)))
    #expect(bench.color() == 0x66 && bench.color(1) == 0x66)
  }

  @Test("a packed image of more bytes than a message may have is refused before the host is asked")
  func zlibSize() throws {
    var bench = try Display.screen()
    let fault = displayFault { () throws(SessionError) in try bench.say(copy(zlibGLZ(.max))) }
    #expect(fault == .unpackedSize(.max, limit: 64 << 20))
  }

  @Test("a GLZ image that refers to what can never come ends the only channel at once")
  func gone() throws {
    var bench = try Display.screen()
    try bench.say(copy(glz(glzBytes(5, color: 1))))
    let error = sessionError { () throws(SessionError) in
      try bench.say(copy(glz(glzBytes(9, copying: 2, windowHead: 5))))
    }
    guard case .image = error else {
      Issue.record("\(error.map { "\($0)" } ?? "taken")")
      return
    }
  }

  @Test("what the host unpacks to nonsense ends the channel")
  func nonsense() throws {
    var bench = try Display.screen()
    try bench.say(copy(zlibGLZ(4)))
    let job = try #require(bench.takeJobs().first)
    #expect(sessionError { () throws(SessionError) in try bench.complete(job.id, .bytes([1, 2, 3, 4])) } != nil)
  }
}
