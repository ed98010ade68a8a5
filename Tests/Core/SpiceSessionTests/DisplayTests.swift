import SpiceCanvas
import SpicePixels
import SpiceProtocol
import SpiceSession
import Testing

@Suite("The client's display channel")
struct DisplayTests {
  @Test("INIT is the first that is said, whatever the server says with its yes")
  func initFirst() throws {
    var bench = Display(DisplayEngine(connectionID: 1, hasPassword: false), DisplayStore())
    bench.start()
    _ = bench.takeBytes()
    try bench.receive(linkReply())
    bench.dropTicket()
    let early = bench.bytes([
      CommonServerMessage.setAck(SetAck(generation: 1, window: 1)), CommonServerMessage.ping(Ping(id: 1, timestamp: 2)),
    ])
    try bench.receive(linkResult(0) + early)
    let said = bench.takeMessages()
    #expect(said.map(\.type) == [101, 1, 2, 3])
    #expect(said.first?.body == hex("01 0000400100000000 01 00000001"))
  }

  @Test("INIT is said with the ticket, without a word from the server, and once")
  func initAlone() throws {
    var bench = Display(DisplayEngine(connectionID: 1, hasPassword: false), DisplayStore())
    bench.start()
    _ = bench.takeBytes()
    try bench.receive(linkReply())
    bench.dropTicket()
    #expect(bench.takeMessages().map(\.type) == [101])
    try bench.receive(linkResult(0))
    try bench.say(create(0))
    #expect(bench.takeMessages() == [])
  }

  @Test("INIT announces the sizes that are kept")
  func announcedSizes() throws {
    var limits = SessionLimits.standard
    limits.imageCache = 0x0102
    limits.glzWindow = 0x0304
    var bench = Display(
      DisplayEngine(connectionID: 1, hasPassword: false, limits: limits), DisplayStore(limits: limits))
    bench.start()
    _ = bench.takeBytes()
    try bench.receive(linkReply())
    bench.dropTicket()
    try bench.receive(linkResult(0))
    #expect(bench.takeMessages().first?.body == hex("01 0201000000000000 01 04030000"))
  }

  @Test("a compression is asked for where the server can be asked", arguments: [true, false])
  func preferredCompression(_ can: Bool) throws {
    var bench = Display(
      DisplayEngine(connectionID: 1, preferredCompression: .lz4, hasPassword: false), DisplayStore())
    bench.start()
    _ = bench.takeBytes()
    try bench.receive(
      linkReply(specific: can ? Capabilities([DisplayCapability.preferredCompression]) : Capabilities()))
    bench.dropTicket()
    try bench.receive(linkResult(0))
    let asked = Said.said(DisplayClientMessage.preferredCompression(.lz4))
    #expect(bench.takeMessages().dropFirst() == (can ? [asked] : []))
  }

  @Test("a primary surface is told of, and what is drawn on it once until it is looked at")
  func drawing() throws {
    var bench = try Display.display()
    try bench.say(create(0, 4, 3))
    guard case .primaryCreated(id: 0, Size(width: 4, height: 3)) = bench.takeEvents().first else {
      Issue.record("not told of")
      return
    }
    try bench.say(fill(0x12_3456, rect(1, 1, 2, 2)))
    #expect(bench.colors() == [0, 0, 0, 0, 0, 0x12_3456, 0x12_3456, 0, 0, 0x12_3456, 0x12_3456, 0])
    try bench.say(fill(0x12_3456, rect(0, 0, 1, 1)))
    let events = bench.takeEvents()
    guard events.count == 1, case .changed = events[0] else {
      Issue.record("\(events)")
      return
    }
    #expect(bench.engine.takeDamage() == [rect(1, 1, 2, 2), rect(0, 0, 1, 1)])
    try bench.say(fill(1, rect(0, 0, 1, 1)))
    #expect(bench.takeEvents().count == 1)
  }

  @Test("MARK says that the picture is whole, while there is one")
  func mark() throws {
    var bench = try Display.display()
    try bench.say(DisplayServerMessage.mark)
    #expect(!bench.engine.isMarked)
    try bench.say(create(0), DisplayServerMessage.mark)
    #expect(bench.engine.isMarked)
    try bench.say(destroy(0))
    #expect(!bench.engine.isMarked && bench.engine.primary == nil)
  }

  @Test("a surface off the screen is drawn on without a word")
  func offscreen() throws {
    var bench = try Display.screen()
    try bench.say(create(7), fill(5, on: 7))
    #expect(bench.color(7) == 5)
    #expect(bench.takeEvents().isEmpty)
    #expect(bench.engine.primary == 0)
  }

  @Test("every draw command does what it is called")
  func commands() throws {
    var bench = try Display.screen(2, 1)
    try bench.say(draw(.whiteness(mask: .none)))
    #expect(bench.colors() == [0xFF_FFFF, 0xFF_FFFF])
    try bench.say(draw(.invert(mask: .none), rect(0, 0, 1, 1)))
    #expect(bench.colors() == [0, 0xFF_FFFF])
    try bench.say(draw(.copyBits(from: Point(x: 1, y: 0)), rect(0, 0, 1, 1)))
    #expect(bench.colors() == [0xFF_FFFF, 0xFF_FFFF])
    try bench.say(draw(.blackness(mask: .none)))
    #expect(bench.colors() == [0, 0])
    try bench.say(copy(bitmap(0x11_2233)))
    #expect(bench.colors() == [0x11_2233, 0])
    let area = rect(0, 0, 1, 1)
    try bench.say(
      draw(.blend(source: bitmap(0xF0), area: area, rop: 64, scale: .nearest, mask: .none), area))
    #expect(bench.color() == 0x11_22C3)
    try bench.say(
      draw(.opaque(source: bitmap(0xFF), area: area, brush: .solid(0x0F), rop: 32, scale: .nearest, mask: .none), area))
    #expect(bench.color() == 0x0F)
    try bench.say(draw(.transparent(source: bitmap(0xAB), area: area, sourceColor: 0, trueColor: 0xAB), area))
    #expect(bench.color() == 0x0F)
    try bench.say(draw(.alphaBlend(flags: 0, alpha: 255, source: bitmap(0xCD), area: area), area))
    #expect(bench.color() == 0xCD)
    try bench.say(draw(.fill(brush: .pattern(bitmap(0x77), origin: Point(x: 0, y: 0)), rop: 8, mask: .none)))
    #expect(bench.colors() == [0x77, 0x77])
  }

  @Test("a mask keeps what it is not set for")
  func mask() throws {
    var bench = try Display.screen(2, 1)
    let bits = Image(
      id: 0, width: 2, height: 1,
      content: .bitmap(
        BitmapImage(format: 2, topDown: true, width: 2, height: 1, stride: 1, palette: .none, rows: [0x80])))
    for inverted in [false, true] {
      try bench.say(
        fill(0),
        draw(.fill(brush: .solid(9), rop: 8, mask: MaskSource(inverted: inverted, bitmap: bits)), rect(0, 0, 2, 1)))
      #expect(bench.colors() == (inverted ? [0, 9] : [9, 0]))
    }
  }

  @Test("what nobody can draw is counted, and changes nothing")
  func undrawn() throws {
    var bench = try Display.screen()
    try bench.say(
      draw(
        .composite(
          Composite(
            flags: 0x0F, source: bitmap(1), mask: nil, sourceTransform: nil, maskTransform: nil, sourceX: 0,
            sourceY: 0, maskX: 0, maskY: 0))),
      draw(
        .text(
          string: GlyphString(flags: 0, glyphs: []), backArea: rect(0, 0, 0, 0), foreBrush: .solid(1),
          backBrush: .none, foreMode: 8, backMode: 0)))
    #expect(bench.engine.statistics.undrawn == [.drawComposite: 1, .drawText: 1])
    #expect(bench.colors().allSatisfy { $0 == 0 })
  }

  @Test("strokes, text, three-way operations and composites are drawn")
  func drawn() throws {
    var bench = try Display.screen()
    let line = [FixedPoint(x: 0, y: 0), FixedPoint(x: 48, y: 0)]
    try bench.say(
      draw(
        .stroke(
          path: [PathSegment(flags: PathSegment.begin, points: line)], attributes: LineAttributes(flags: 0),
          brush: .solid(1), foreMode: 8, backMode: 0)),
      draw(
        .text(
          string: GlyphString(
            flags: GlyphString.a8,
            glyphs: [
              Glyph(
                renderPosition: Point(x: 0, y: 2), origin: Point(x: 1, y: -1), width: 1, height: 1, rows: [255])
            ]), backArea: rect(0, 0, 0, 0), foreBrush: .solid(2), backBrush: .none, foreMode: 8, backMode: 0)),
      draw(
        .rop3(source: bitmap(3), area: rect(0, 0, 1, 1), brush: .solid(0), rop3: 0xCC, scale: .nearest, mask: .none),
        rect(2, 2, 1, 1)),
      draw(
        .composite(
          Composite(
            flags: 1, source: bitmap(4), mask: nil, sourceTransform: nil, maskTransform: nil, sourceX: 0, sourceY: 0,
            maskX: 0, maskY: 0)), rect(3, 3, 1, 1)))
    #expect(bench.colors() == [1, 1, 1, 0, 0, 2, 0, 0, 0, 0, 3, 0, 0, 0, 0, 4])
    #expect(bench.engine.statistics.undrawn.isEmpty)
  }

  @Test("the monitors are told of and kept")
  func monitors() throws {
    var bench = try Display.screen()
    let head = MonitorHead(id: 0, surface: 0, width: 4, height: 4, x: 0, y: 0)
    try bench.say(DisplayServerMessage.monitorsConfig([head], maximum: 4))
    guard case .monitors([head], maximum: 4) = bench.takeEvents().first else {
      Issue.record("not told of")
      return
    }
    #expect(bench.engine.monitors == [head])
  }

  @Test("an image that does not decode ends the channel with the message's serial")
  func brokenImage() throws {
    var bench = try Display.screen()
    let error = sessionError { () throws(SessionError) in
      try bench.say(copy(Image(id: 0, width: 1, height: 1, content: .quic([1, 2, 3]))))
    }
    guard case .image(ChannelID(.display), serial: 2, _) = error else {
      Issue.record("\(error.map { "\($0)" } ?? "taken")")
      return
    }
    #expect(error?.description.hasPrefix("display/0: an image in message 2 does not decode: ") == true)
  }

  @Test("a bitmap of a format that does not exist ends the channel")
  func unknownFormat() throws {
    var bench = try Display.screen()
    let image = Image(
      id: 0, width: 1, height: 1,
      content: .bitmap(
        BitmapImage(format: 99, topDown: true, width: 1, height: 1, stride: 4, palette: .none, rows: [0, 0, 0, 0])))
    #expect(sessionError { () throws(SessionError) in try bench.say(copy(image)) } != nil)
  }

  @Test(
    "numbers of the largest size anywhere in a draw command do not trap",
    arguments: [
      rect(0, 0, 4, 4), Rect(left: .min, top: .min, right: .max, bottom: .max),
      Rect(left: .max, top: .max, right: .min, bottom: .min), Rect(left: .max, top: 0, right: .max, bottom: .max),
    ])
  func extremes(_ box: Rect) throws {
    var bench = try Display.screen()
    try bench.say(create(5, 3, 3))
    let points = [Point(x: .min, y: .max), Point(x: .max, y: .min), Point(x: 0, y: 0)]
    for area in [box, rect(0, 0, 1, 1)] {
      for point in points {
        let mask = MaskSource(inverted: true, position: point, bitmap: bitmap(1))
        let brush = BrushSource.pattern(bitmap(7), origin: point)
        let source = surface(5, 3, 3)
        try bench.say(
          draw(.fill(brush: brush, rop: 8, mask: mask), box), draw(.copyBits(from: point), box),
          draw(.copy(source: source, area: area, rop: 8, scale: .interpolate, mask: mask), box),
          draw(.opaque(source: source, area: area, brush: brush, rop: 64, scale: .nearest, mask: mask), box),
          draw(.blend(source: surface(0), area: area, rop: 16, scale: .nearest, mask: .none), box),
          draw(.transparent(source: source, area: area, sourceColor: 0, trueColor: .max), box),
          draw(.alphaBlend(flags: 3, alpha: 128, source: source, area: area), box), draw(.invert(mask: mask), box))
      }
    }
  }
}
