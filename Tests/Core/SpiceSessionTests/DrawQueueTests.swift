import SpiceCanvas
import SpiceCodecs
import SpicePixels
import SpiceProtocol
import SpiceSession
import Testing

@Suite("Draws while a decoder is at work")
struct DrawQueueTests {
  /// Surfaces 0 and 1; a JPEG for surface 0 is with the host. The job is returned.
  private func waiting(limits: SessionLimits = .standard) throws -> (Display, DecodeJob) {
    var bench = try Display.screen(limits: limits)
    try bench.say(create(1), copy(jpeg()))
    let job = try #require(bench.takeJobs().first)
    return (bench, job)
  }

  @Test("a JPEG goes to the host with its bytes and the announced size")
  func job() throws {
    var bench = try Display.screen()
    try bench.say(copy(jpeg(width: 3, height: 2, data: [1, 2, 3])))
    #expect(bench.takeJobs().map(\.work) == [.jpeg([1, 2, 3], width: 3, height: 2)])
    #expect(!bench.engine.isSettled)
  }

  @Test("on another surface it goes ahead")
  func otherSurface() throws {
    var (bench, job) = try waiting()
    try bench.say(fill(7, on: 1))
    #expect(bench.color(1) == 7)
    try bench.paint(job, 5)
    #expect(bench.color() == 5)
    #expect(bench.engine.isSettled)
  }

  @Test("a copy from the surface waits, and so do those that overwrite what it will read or what it will write")
  func reading() throws {
    var (bench, job) = try waiting()
    try bench.say(copy(surface(0), on: 1), fill(9, on: 1, rect(3, 3, 1, 1)))
    #expect(bench.colors(1).allSatisfy { $0 == 0 })
    try bench.say(create(2), copy(surface(1), on: 2), fill(4, on: 1))
    #expect(bench.color(2) == 0)
    try bench.paint(job, 5)
    #expect(bench.color(1) == 4)
    #expect(bench.color(2) == 5)
    #expect(bench.colors(2).last == 9)
  }

  @Test("destroying and creating the surface wait their turn; other surfaces come and go")
  func surfaces() throws {
    var (bench, job) = try waiting()
    try bench.say(fill(3), destroy(0), create(0, 2, 2), fill(6), create(5), fill(1, on: 5), destroy(1))
    #expect(bench.engine.surfaces[0]?.size.width == 4)
    #expect(bench.color(5) == 1)
    #expect(bench.engine.surfaces[1] == nil)
    try bench.paint(job, 5)
    #expect(bench.engine.surfaces[0]?.size.width == 2)
    #expect(bench.color() == 6)
  }

  @Test("MARK comes after all that was drawn before it, and before all behind it")
  func mark() throws {
    var (bench, job) = try waiting()
    try bench.say(DisplayServerMessage.mark, fill(7, on: 1))
    #expect(!bench.engine.isMarked)
    #expect(bench.color(1) == 0)
    try bench.paint(job, 5)
    #expect(bench.engine.isMarked)
    #expect(bench.color(1) == 7)
  }

  @Test("RESET and MODE hold everything, too")
  func barriers() throws {
    var (bench, job) = try waiting()
    try bench.say(DisplayServerMessage.reset, fill(7, on: 1))
    #expect(bench.color(1) == 0)
    try bench.paint(job, 5)
    #expect(bench.color() == 0)
    #expect(bench.color(1) == 7)
    (bench, job) = try waiting()
    try bench.say(DisplayServerMessage.mode(width: 2, height: 2, bits: 32), fill(8))
    #expect(bench.engine.surfaces[0]?.size.width == 4)
    try bench.paint(job, 5)
    #expect(bench.engine.surfaces[0]?.size.width == 2)
    #expect(bench.color() == 8)
  }

  @Test("images decode side by side, and are drawn in their order whichever is done first")
  func parallel() throws {
    var bench = try Display.screen()
    try bench.say(copy(jpeg()), copy(jpeg()), copy(jpeg()))
    let jobs = bench.takeJobs()
    #expect(Set(jobs.map(\.id)).count == 3)
    try bench.paint(jobs[2], 3)
    try bench.paint(jobs[1], 2)
    #expect(bench.color() == 0)
    try bench.paint(jobs[0], 1)
    #expect(bench.color() == 3)
  }

  @Test("a pattern or a mask that is not there yet is waited for like a picture")
  func patternAndMask() throws {
    var bench = try Display.screen()
    let mask = MaskSource(bitmap: jpeg(width: 4, height: 4))
    try bench.say(draw(.fill(brush: .pattern(jpeg(), origin: Point(x: 0, y: 0)), rop: 8, mask: mask)))
    let jobs = bench.takeJobs()
    #expect(jobs.count == 2)
    try bench.paint(jobs[1], 0xFF_FFFF)
    #expect(bench.color() == 0)
    try bench.paint(jobs[0], 0x44)
    #expect(bench.colors().allSatisfy { $0 == 0x44 })
  }

  @Test("a message is handled when nothing before it waits any more")
  func handledSerial() throws {
    var (bench, job) = try waiting()
    #expect(bench.engine.handledSerial == 2)
    try bench.say(fill(1, on: 1), fill(2), DisplayServerMessage.invalidatePalette(1))
    #expect(bench.engine.handledSerial == 2)
    try bench.paint(job, 5)
    #expect(bench.engine.handledSerial == 6)
  }

  @Test("a JPEG that does not decode ends the channel with the decoder's words")
  func failure() throws {
    var (bench, job) = try waiting()
    let error = sessionError { () throws(SessionError) in try bench.complete(job.id, .failed("bad Huffman code")) }
    guard case .foreignImage(ChannelID(.display), serial: 3, "bad Huffman code") = error else {
      Issue.record("\(error.map { "\($0)" } ?? "taken")")
      return
    }
  }

  @Test("an answer of the wrong kind, to no job, or a second one, is refused")
  func wrongAnswers() throws {
    var (bench, job) = try waiting()
    #expect(displayFault { () throws(SessionError) in try bench.complete(99, .bytes([])) } == .unknownJob(99))
    #expect(sessionError { () throws(SessionError) in try bench.complete(job.id, .bytes([1])) } != nil)
    (bench, job) = try waiting()
    try bench.paint(job, 5)
    #expect(displayFault { () throws(SessionError) in try bench.paint(job, 6) } == .unknownJob(job.id))
  }

  @Test("JPEG_ALPHA gets its alpha when its colours are there")
  func jpegAlpha() throws {
    var bench = try Display.screen()
    let alpha = hex("20205A4C 00010001 0000000A 00000001 00000001 00000004 00000001") + hex("00 80")
    try bench.say(
      create(1, 1, 1, format: SurfaceFormat.argb.rawValue),
      copy(
        Image(id: 0, width: 1, height: 1, content: .jpegAlpha(topDown: true, jpeg: [0xFF], alpha: alpha[...])), on: 1))
    let job = try #require(bench.takeJobs().first)
    try bench.complete(job.id, .pixels(Raster(width: 1, height: 1, kind: .opaque, fill: 0xFF00_0012)))
    #expect(bench.engine.surfaces[1]?.pixels == [0x8000_0012])
  }

  @Test("alpha of another size than the colours ends the channel")
  func jpegAlphaSize() throws {
    var bench = try Display.screen()
    let alpha = hex("20205A4C 00010001 0000000A 00000002 00000001 00000004 00000001") + hex("00 80 00 80")
    try bench.say(
      copy(Image(id: 0, width: 1, height: 1, content: .jpegAlpha(topDown: true, jpeg: [0xFF], alpha: alpha[...]))))
    let job = try #require(bench.takeJobs().first)
    #expect(sessionError { () throws(SessionError) in try bench.paint(job, 1) } != nil)
  }

  @Test("a picture whose announced size is past the limits never goes to the host")
  func pictureSize() throws {
    var bench = try Display.screen()
    let fault = displayFault { () throws(SessionError) in try bench.say(copy(jpeg(width: 20_000, height: 1))) }
    #expect(fault == .imageSize(width: 20_000, height: 1))
    #expect(bench.takeJobs().isEmpty)
  }

  @Test("so many draws may wait, then nothing more is read until one is done; nothing is lost")
  func waitingDraws() throws {
    var limits = SessionLimits.standard
    limits.waitingDraws = 5
    var (bench, job) = try waiting(limits: limits)
    try bench.receive(bench.bytes((1...20).map { fill($0) }))
    #expect(!bench.engine.wantsInput)
    #expect(bench.engine.channel.receivedMessages == 7)
    try bench.paint(job, 5)
    #expect(bench.engine.wantsInput)
    #expect(bench.engine.channel.receivedMessages == 23)
    #expect(bench.color() == 20)
    #expect(bench.engine.handledSerial == 23)
  }

  @Test("so many bytes may wait, packed and unpacked")
  func waitingBytes() throws {
    var limits = SessionLimits.standard
    limits.waitingBytes = 1000
    var bench = try Display.screen(limits: limits)
    try bench.say(copy(jpeg(data: Array(repeating: 0, count: 500))))
    #expect(bench.engine.wantsInput)
    try bench.say(copy(jpeg(data: Array(repeating: 0, count: 500))))
    #expect(!bench.engine.wantsInput)
    bench = try Display.screen(limits: limits)
    try bench.say(copy(jpeg(width: 20, height: 20)))
    #expect(!bench.engine.wantsInput)
  }

  @Test("a full queue that empties reads on by itself", arguments: [1, 2, 7])
  func readsOn(_ size: Int) throws {
    var limits = SessionLimits.standard
    limits.waitingDraws = size
    var bench = try Display.screen(limits: limits)
    try bench.receive(bench.bytes((0..<30).map { $0 % 3 == 0 ? copy(jpeg()) : fill($0) }))
    var jobs = bench.takeJobs()[...]
    while let job = jobs.popFirst() {
      try bench.paint(job, 77)
      jobs += bench.takeJobs()
    }
    #expect(bench.engine.channel.receivedMessages == 31)
    #expect(bench.engine.isSettled && bench.engine.wantsInput)
    #expect(bench.color() == 29)
  }

  @Test("acks leave before what came is drawn, where the host goes on after them") func answers() throws {
    func drawn(_ pausesToAnswer: Bool) throws -> Display {
      var bench = try Display.linked(
        DisplayEngine(connectionID: 1, pausesToAnswer: pausesToAnswer, hasPassword: false), DisplayStore())
      try bench.say(create(0, 20, 20), CommonServerMessage.setAck(SetAck(generation: 1, window: 2)))
      while bench.engine.isPaused { try bench.process() }
      _ = bench.takeMessages()
      try bench.say((1...5).map { fill(UInt32($0), rect(0, 0, 1, 1)) })
      return bench
    }
    var bench = try drawn(true)
    #expect(bench.color() == 0 && bench.engine.isPaused && bench.takeMessages().count == 2)
    try bench.process()
    #expect(bench.color() == 5 && !bench.engine.isPaused && bench.takeMessages().isEmpty)
    #expect(bench.engine.isSettled && bench.engine.wantsInput)
    var other = try drawn(false)
    #expect(other.color() == 5 && !other.engine.isPaused && other.takeMessages().count == 2)
  }

  // MARK: Threads of the host's

  /// An LZ image of one colour.
  private func lz(_ side: Int, _ color: UInt32) -> Image {
    let data = LZ.encode(Raster(width: side, height: side, kind: .opaque, fill: color))
    return Image(id: 0, width: UInt32(side), height: UInt32(side), content: .lzRGB(data[...]))
  }

  private func threads() throws -> Display {
    var bench = try Display.linked(
      DisplayEngine(connectionID: 1, hasDecodingThreads: true, hasPassword: false), DisplayStore())
    try bench.say(create(0, 200, 200))
    return bench
  }

  @Test("a large image goes to the host's threads where it has some, and order is kept; a small one is done here")
  func largeImages() throws {
    var bench = try threads()
    try bench.say(copy(lz(200, 3)), copy(lz(150, 4)), fill(5, rect(0, 0, 1, 1)))
    let jobs = bench.takeJobs()
    #expect(jobs.count == 2 && bench.color() == 0)
    for job in jobs.reversed() {
      guard case .image(let image) = job.work else { throw WrongJob() }
      try bench.complete(job.id, image.decode(limits: .standard))
    }
    #expect(bench.color() == 5 && bench.colors()[1] == 4 && bench.colors().last == 3 && bench.engine.isSettled)
    try bench.say(copy(lz(20, 6)))
    #expect(bench.takeJobs().isEmpty && bench.color() == 6)
    var alone = try Display.screen(200, 200)
    try alone.say(copy(lz(200, 3)))
    #expect(alone.takeJobs().isEmpty && alone.color() == 3)
  }

  @Test("the host may read on while images are decoded, and not while very many draws or much wait for one")
  func readsAhead() throws {
    var bench = try threads()
    try bench.say(copy(lz(200, 3)))
    #expect(bench.engine.readsAhead && bench.engine.wantsInput)
    try bench.say((1...62).map { fill(UInt32($0), rect(0, 0, 1, 1)) })
    #expect(bench.engine.readsAhead)
    try bench.say(fill(7, rect(0, 0, 1, 1)))
    #expect(!bench.engine.readsAhead && bench.engine.wantsInput)
    for job in bench.takeJobs() {
      guard case .image(let image) = job.work else { throw WrongJob() }
      try bench.complete(job.id, image.decode(limits: .standard))
    }
    #expect(bench.engine.readsAhead && bench.color() == 7)
    try bench.say((1...3).map { copy(lz(500, UInt32($0))) })
    #expect(!bench.engine.readsAhead && bench.engine.wantsInput)
    for job in bench.takeJobs() {
      guard case .image(let image) = job.work else { throw WrongJob() }
      try bench.complete(job.id, image.decode(limits: .standard))
    }
    #expect(bench.engine.readsAhead && bench.engine.isSettled)
  }

  @Test("a large image that is damaged ends the channel with the codec's own words, wherever it was decoded")
  func damaged() throws {
    var image = lz(200, 3)
    image.content = .lzRGB([0x20, 0x20, 0x5A, 0x4C, 0, 1])
    var bench = try threads()
    try bench.say(copy(image))
    let job = try #require(bench.takeJobs().first)
    guard case .image(let lone) = job.work else { throw WrongJob() }
    let there = sessionError { () throws(SessionError) in try bench.complete(job.id, lone.decode(limits: .standard)) }
    var alone = try Display.screen(200, 200)
    let here = sessionError { () throws(SessionError) in try alone.say(copy(image)) }
    guard case .image(_, _, let one)? = there, case .image(_, _, let other)? = here else { throw WrongJob() }
    #expect(one == other)
  }

  private struct WrongJob: Error {}
}
