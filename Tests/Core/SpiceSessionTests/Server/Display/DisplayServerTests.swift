import SpiceCanvas
import SpicePixels
import SpiceProtocol
import SpiceSession
import Testing

@Suite("A server's display channel")
struct DisplayServerTests {
  @Test("nothing is said before the client's INIT, and then how it is to ack")
  func silence() throws {
    var pair = try DisplayPair(64, 48)
    pair.isDeaf = true
    pair.damage(rect(0, 0, 9, 9)) { $0.paintPhoto(rect(0, 0, 9, 9), seed: 1) }
    try pair.settle()
    #expect(!pair.server.wantsToProduce && !pair.server.isIdle)
    #expect(pair.server.channel.sentMessages == 0)
    pair.isDeaf = false
    try pair.settle()
    #expect(pair.server.channel.unconfirmedMessages == pair.server.channel.sentMessages - 1)
  }

  @Test("the first picture: surface, monitors, pixels, and only then MARK")
  func firstPicture() throws {
    var pair = try DisplayPair(64, 48)
    pair.screen.paintPhoto(rect(0, 0, 64, 48), seed: 1)
    try pair.settle()
    let said = pair.takeSaid()
    #expect(
      said.first
        == .surfaceCreate(SurfaceCreate(id: 0, width: 64, height: 48, format: 32, flags: SurfaceCreate.primary)))
    #expect(
      said.dropFirst().first
        == .monitorsConfig([MonitorHead(id: 0, surface: 0, width: 64, height: 48, x: 0, y: 0)], maximum: 16))
    #expect(said.dropFirst(2).dropLast().allSatisfy { $0.isPicture } && said.count > 3)
    #expect(said.last == .mark)
    #expect(pair.difference == nil)
    #expect(pair.client.engine.isMarked && pair.server.isIdle)
  }

  @Test("a screen that never rests is marked all the same")
  func restless() throws {
    var pair = try DisplayPair(200, 200)
    pair.room = 1
    for step in 0..<200 as Range<UInt64> {
      pair.damage(rect(0, 0, 200, 20)) { $0.paintPhoto(rect(0, 0, 200, 20), seed: step) }
      pair.produce()
      pair.produce()
      try pair.settle()
    }
    #expect(pair.client.engine.isMarked)
  }

  @Test("a client without monitors is told of none")
  func noMonitors() throws {
    var pair = try DisplayPair(64, 48, capabilities: [])
    try pair.settle()
    #expect(!pair.takeSaid().contains { $0.kind == .monitorsConfig })
    #expect(pair.difference == nil && pair.server.isIdle)
  }

  @Test("several monitors on one screen are told, and when they change")
  func heads() throws {
    var pair = try DisplayPair(64, 48, heads: [rect(0, 0, 32, 48), rect(32, 0, 32, 40)])
    try pair.settle()
    #expect(pair.client.engine.monitors.map { $0.width } == [32, 32])
    pair.server.note(.heads([rect(0, 0, 64, 48), rect(70, 0, 5, 5)]), at: pair.now)
    try pair.settle()
    #expect(pair.client.engine.monitors.map { $0.width } == [64])
  }

  @Test("another size is a new surface, with its monitors and MARK")
  func resize() throws {
    var pair = try DisplayPair(64, 48)
    try pair.settle()
    pair.lookAway()
    pair.resize(80, 20)
    pair.screen.paintPhoto(rect(0, 0, 80, 20), seed: 3)
    try pair.settle()
    let said = pair.takeSaid()
    #expect(said.prefix(3).map { $0.kind } == [.surfaceDestroy, .surfaceCreate, .monitorsConfig])
    #expect(said.last == .mark && said.count { $0.kind == .surfaceCreate } == 1)
    #expect(pair.difference == nil)
  }

  @Test("a size that the program did not say is noticed")
  func unsaidSize() throws {
    var pair = try DisplayPair(64, 48)
    try pair.settle()
    pair.screen = testSurface(Size(width: 30, height: 90))
    pair.screen.paintPhoto(rect(0, 0, 30, 90), seed: 3)
    pair.produce()
    try pair.settle()
    #expect(pair.difference == nil)
  }

  @Test("a screen without pixels is no surface, and one with them is one again")
  func noScreen() throws {
    var pair = try DisplayPair(64, 48)
    try pair.settle()
    pair.server.note(.resize(Size(width: 0, height: 0)), at: pair.now)
    pair.server.produce(
      from: Raster(width: 0, height: 0, kind: .opaque), at: pair.now, room: 9999, &pair.serverStore)
    #expect(pair.server.isIdle && !pair.server.wantsToProduce)
    pair.resize(8, 8)
    try pair.settle()
    #expect(pair.difference == nil)
  }

  @Test("what did not change is not sent")
  func unchanged() throws {
    var pair = try DisplayPair.showingPhoto(300, 200)
    pair.damage(rect(0, 0, 300, 200)) { _ in }
    try pair.settle()
    #expect(pair.takeSaid().isEmpty)
    pair.damage(rect(0, 0, 300, 200)) { $0.drawFill(rect(100, 50, 8, 16), brush: .solid(7)) }
    try pair.settle()
    #expect(pair.takeSaid() == [fill(7, rect(100, 50, 8, 16))])
    #expect(pair.difference == nil)
  }

  @Test("what the program has drawn is sent as it is, and damage is compared again after that")
  func drawn() throws {
    var pair = try DisplayPair.showingPhoto(300, 200)
    // More often than the server keeps something to compare with.
    for step in 0..<30 as Range<Int32> {
      pair.draw(rect(step, 10, 5, 7)) { $0.drawFill(rect(step, 10, 5, 7), brush: .solid(UInt32(step))) }
      pair.copy(rect(100, 50, 80, 90), from: Point(x: 101, y: 51))
      pair.draw(rect(179, 50, 1, 90)) { $0.paintPhoto(rect(179, 50, 1, 90), seed: UInt64(step)) }
      try pair.settle()
      #expect(pair.difference == nil)
    }
    #expect(pair.takeSaid().count == 90)
    pair.draw(rect(10, 10, 40, 40)) { _ in }
    try pair.settle()
    #expect(pair.takeSaid().count == 1)
    // The first damage is sent, for nothing is known; from then on what is damaged without having changed is not.
    for (step, messages) in [1, 0].enumerated() {
      pair.damage(rect(200, 100, 40, 40)) { _ in }
      try pair.settle()
      #expect(pair.takeSaid().count == messages, "step \(step)")
    }
    pair.damage(rect(0, 0, 300, 200)) { $0.drawFill(rect(210, 110, 8, 16), brush: .solid(7)) }
    try pair.settle()
    #expect(pair.takeSaid() == [fill(7, rect(210, 110, 8, 16))])
    #expect(pair.difference == nil)
  }

  @Test("a high byte is no change")
  func highByte() throws {
    var pair = try DisplayPair.showingPhoto(30, 20)
    pair.damage(rect(0, 0, 30, 20)) { screen in
      let pixels = screen.pixels.map { $0 | 0x5A00_0000 }
      guard let raster = Raster(width: 30, height: 20, kind: .opaque, pixels: pixels) else { return }
      screen.drawCopy(.image(raster), area: rect(0, 0, 30, 20), to: rect(0, 0, 30, 20))
    }
    try pair.settle()
    #expect(pair.takeSaid().isEmpty && pair.difference == nil)
  }

  @Test("fills and copies that the program says are sent as such")
  func operations() throws {
    var pair = try DisplayPair.showingPhoto(200, 100)
    pair.fill(rect(120, 5, 50, 20), 0x123456)
    pair.copy(rect(0, 0, 100, 50), from: Point(x: 20, y: 30))
    try pair.settle()
    #expect(pair.takeSaid().map { $0.kind } == [.drawFill, .copyBits])
    #expect(pair.difference == nil)
  }

  @Test("a text that scrolls is copied though the program said no more than damage")
  func scrollIsFound() throws {
    var options = DisplayServerOptions.standard
    func bytes(_ options: DisplayServerOptions) throws -> (Int, Int) {
      var pair = try DisplayPair(640, 480, options: options)
      pair.screen.paintText(rect(0, 0, 640, 480), firstLine: 0)
      try pair.settle()
      pair.lookAway()
      for line in 1...20 {
        pair.damage(rect(0, 0, 640, 480)) { $0.paintText(rect(0, 0, 640, 480), firstLine: line) }
        try pair.settle()
        #expect(pair.difference == nil)
      }
      let bytes = pair.saidBytes
      return (bytes, pair.takeSaid().count { $0.isCopyBits })
    }
    let (found, copies) = try bytes(options)
    options.findsScrolls = false
    let (plain, none) = try bytes(options)
    #expect(copies == 20 && none == 0)
    #expect(found * 4 < plain)
  }

  @Test("two texts far apart that scroll at once, each its own way, are both copied; a thin frame is not searched")
  func scrollsApart() throws {
    var pair = try DisplayPair(900, 600)
    let (left, right) = (rect(0, 0, 300, 280), rect(500, 300, 400, 300))
    pair.screen.paintText(left, firstLine: 0)
    pair.screen.paintText(right, firstLine: 40)
    try pair.settle()
    pair.lookAway()
    pair.damage(rect(0, 0, 900, 600)) { screen in
      screen.paintText(left, firstLine: 2)
      screen.paintText(right, firstLine: 37)
    }
    try pair.settle()
    #expect(pair.difference == nil)
    #expect(pair.takeSaid().count { $0.isCopyBits } == 2)
    // An L around a window that has moved a little: much lies between its ends, and nothing of it has changed.
    pair.damage(rect(300, 100, 10, 400)) { $0.paintPhoto(rect(300, 100, 10, 400), seed: 8) }
    pair.damage(rect(300, 490, 400, 10)) { $0.paintPhoto(rect(300, 490, 400, 10), seed: 9) }
    try pair.settle()
    #expect(pair.difference == nil)
    #expect(pair.takeSaid().count { $0.isCopyBits } == 0)
  }

  @Test("a picture that was there before comes from the client's cache")
  func cacheHit() throws {
    var pair = try DisplayPair(320, 240)
    try pair.settle()
    for seed in [1, 2, 1, 2] as [UInt64] {
      pair.lookAway()
      pair.damage(rect(10, 10, 200, 150)) { $0.paintPhoto(rect(10, 10, 200, 150), seed: seed) }
      try pair.settle()
      #expect(pair.difference == nil)
    }
    #expect(pair.saidBytes < 1000)
    #expect(pair.takeSaid().allSatisfy { $0.image?.content == .fromCache })
  }

  @Test("a client's cache is never filled past what it announced", arguments: [HeaderKind.mini, .full])
  func cacheBound(header: HeaderKind) throws {
    var limits = SessionLimits.standard
    limits.imageCache = 100_000
    var pair = try DisplayPair(320, 240, header: header, clientLimits: limits)
    var isForgotten = false
    for seed in 0..<40 as Range<UInt64> {
      pair.damage(rect(10, 10, 120, 90)) { $0.paintPhoto(rect(10, 10, 120, 90), seed: seed / 4 * 3 + seed % 2) }
      try pair.settle()
      #expect(pair.difference == nil)
      #expect(pair.serverStore.cachedPixels <= 100_000)
      if pair.takeSaid().contains(where: { $0.kind == .invalidateList }) { isForgotten = true }
    }
    #expect(isForgotten)
  }

  @Test("a client that has no room is sent no cached images, and nothing by dictionary")
  func noRoom() throws {
    var limits = SessionLimits.standard
    limits.imageCache = 0
    limits.glzWindow = 0
    var pair = try DisplayPair(320, 240, clientLimits: limits)
    for seed in [1, 2, 1] as [UInt64] {
      pair.damage(rect(0, 0, 320, 240)) { $0.paintText(rect(0, 0, 320, 240), firstLine: Int(seed) * 100) }
      try pair.settle()
      #expect(pair.difference == nil)
    }
    let images = pair.takeSaid().compactMap { $0.image }
    #expect(!images.isEmpty && images.allSatisfy { $0.flags.isEmpty && $0.content.type != .glzRGB })
  }

  @Test("a client that does not ack costs a bounded backlog and no bytes")
  func withheldAcks() throws {
    var pair = try DisplayPair(400, 300)
    try pair.settle()
    pair.isDeaf = true
    for step in 0..<500 as Range<Int32> {
      let place = rect(step * 7 % 390, step * 13 % 290, 9, 9)
      pair.damage(place) { $0.paintPhoto(place, seed: UInt64(step)) }
      pair.copy(rect(0, 0, 200, 200), from: Point(x: 3, y: 5))
      pair.fill(rect(step % 300, 3, 5, 5), UInt32(step))
      try pair.settle()
    }
    #expect(!pair.server.channel.mayPush)
    #expect(pair.server.channel.unconfirmedMessages <= 2 * 20 + 1)
    #expect(pair.server.backlog.operations.count <= Backlog.operationLimit)
    #expect(pair.server.backlog.dirty.rects.count <= Backlog.rectLimit)
    let bytes = pair.saidBytes
    try pair.settle()
    #expect(pair.saidBytes == bytes)
    pair.isDeaf = false
    try pair.settle()
    #expect(pair.difference == nil && pair.server.isIdle)
  }

  @Test("no more is made at once than there is room for, but for the last message")
  func room() throws {
    var pair = try DisplayPair(1000, 800)
    pair.screen.paintPhoto(rect(0, 0, 1000, 800), seed: 2)
    pair.isDeaf = true
    try pair.settle()
    pair.isDeaf = false
    pair.room = 10
    try pair.settle()
    #expect(pair.difference == nil)
    let before = pair.server.channel.sentMessages
    pair.damage(rect(0, 0, 1000, 800)) { $0.paintPhoto(rect(0, 0, 1000, 800), seed: 5) }
    pair.produce()
    #expect(pair.server.channel.sentMessages == before + 1)
  }

  @Test("the first picture is whole, and no later one is of more pixels than the limit")
  func pieces() throws {
    var pair = try DisplayPair(2000, 1000)
    pair.screen.paintPhoto(rect(0, 0, 2000, 1000), seed: 2)
    try pair.settle()
    #expect(pair.takeSaid().compactMap { $0.image }.count == 1)
    #expect(pair.difference == nil)
    pair.damage(rect(0, 0, 2000, 1000)) { $0.paintPhoto(rect(0, 0, 2000, 1000), seed: 5) }
    try pair.settle()
    let images = pair.takeSaid().compactMap { $0.image }
    #expect(images.count >= 8)
    #expect(images.allSatisfy { $0.width * $0.height <= 256 << 10 })
    #expect(pair.difference == nil)
  }
}
