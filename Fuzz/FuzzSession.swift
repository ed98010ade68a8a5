import SpiceCanvas
import SpicePixels
import SpiceProtocol
import SpiceSession

/// A whole client session: main, inputs, cursor and two display channels that share their store. The first byte says which
/// of them have full headers (bits 0 to 4) and whether the link stage is fuzzed too (bit 7); what follows are steps:
///
/// - below 160: a message for channel `step % 5`: u16 number, u16 size, body; a header is put before it
/// - below 180: u8 size, that many bytes as they are for channel `step % 5`
/// - below 220: the host answers the oldest decode job, with a picture of one colour or with bytes that follow
/// - below 225: the host says that the oldest job failed
/// - below 240: each channel learns how far the others are
/// - else: the program moves, presses and releases; from 250 on time passes too, and with 255 the server sets the clock
///
/// No input may trap or hold more than the limits; an error ends its channel alone.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzSession(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
  var script = Script(bytes: UnsafeBufferPointer(start: data, count: size))
  var session = Session(first: script.byte())
  while !script.isAtEnd {
    session.step(&script)
    session.check()
  }
  return 0
}

/// The input, read as choices; zeros where it has ended.
private struct Script {
  let bytes: UnsafeBufferPointer<UInt8>
  var at = 0

  var isAtEnd: Bool { at >= bytes.count }

  mutating func byte() -> UInt8 {
    guard at < bytes.count else { return 0 }
    at += 1
    return bytes[at - 1]
  }

  mutating func half() -> UInt16 { UInt16(byte()) | UInt16(byte()) << 8 }

  mutating func take(_ count: Int) -> [UInt8] {
    let end = min(bytes.count, at + count)
    defer { at = end }
    return Array(bytes[at..<end])
  }
}

nonisolated(unsafe) private var now = Moment(microseconds: 1)

private var limits: SessionLimits {
  var limits = SessionLimits()
  limits.displayMessage = 1 << 16
  limits.otherMessage = 1 << 14
  limits.pixels = PixelLimits(side: 300, area: 1 << 14)
  limits.surfaceArea = 1 << 16
  limits.surfaces = 32
  limits.imageCache = 1 << 14
  limits.unpackedImages = 1 << 9
  limits.glzWindow = 1 << 13
  limits.palettes = 8
  limits.cursors = 8
  limits.cursorSide = 64
  limits.streams = 8
  limits.waitingDraws = 16
  limits.waitingBytes = 1 << 18
  return limits
}

/// One engine and what it is owed.
private struct Channel<Engine: ClientEngine> {
  var engine: Engine
  var header = HeaderKind.mini
  var serial: UInt64 = 0
  var jobs: [DecodeJob] = []
  var endedVideos: Set<Int> = []
  var isOver = false
  var handled: UInt64 = 0

  init(_ engine: Engine) { self.engine = engine }

  mutating func open(_ shared: inout Engine.Shared, header: HeaderKind) {
    self.header = header
    engine.start(at: now)
    let common: [CommonCapability] = header == .mini ? [.authSelection, .authSpice, .miniHeader] : []
    var reply = ByteWriter()
    LinkReply(
      error: 0, publicKey: [], common: Capabilities(common),
      specific: Capabilities([DisplayCapability.preferredCompression])
    ).write(to: &reply)
    var bytes = ByteWriter()
    LinkHeader(bodySize: UInt32(reply.bytes.count)).write(to: &bytes)
    bytes.append(reply.bytes)
    bytes.u32(0)
    feed(bytes.bytes, &shared)
    precondition(!isOver && engine.channel.negotiated?.header == header)
  }

  mutating func feed(_ bytes: [UInt8], _ shared: inout Engine.Shared) {
    attempt(&shared) { (engine, shared) throws(SessionError) in try engine.receive(bytes, at: now, &shared) }
  }

  /// A message with its header; under full headers now and then with sub-messages.
  mutating func say(_ type: UInt16, _ body: [UInt8], _ shared: inout Engine.Shared) {
    serial &+= 1
    var writer = ByteWriter()
    let subList: UInt32 = header == .full && type & 0x8000 != 0 ? UInt32(type >> 12 & 7) : 0
    MessageHeader(serial: serial, type: type & 0xFFF, size: UInt32(body.count), subList: subList).write(
      header, to: &writer)
    writer.append(body)
    feed(writer.bytes, &shared)
  }

  mutating func attempt(
    _ shared: inout Engine.Shared, _ body: (inout Engine, inout Engine.Shared) throws(SessionError) -> Void
  ) {
    if isOver { return }
    do throws(SessionError) {
      try body(&engine, &shared)
      try drain(&shared)
    } catch {
      precondition(!error.description.isEmpty)
      isOver = true
      jobs = []
    }
  }

  private mutating func drain(_ shared: inout Engine.Shared) throws(SessionError) {
    while let effect = engine.next() {
      switch effect {
      case .send(let bytes): precondition(!bytes.isEmpty)
      case .encryptTicket(let key):
        precondition(key.count == LinkConstants.publicKeySize)
        try engine.answer(ticket: [UInt8](repeating: 0, count: LinkConstants.ticketSize), at: now, &shared)
      case .event: break
      case .decode(let job):
        precondition(!jobs.contains { $0.id == job.id })
        if case .video(_, _, let stream) = job.work {
          // One at a time, and none for a decoder that is gone.
          precondition(!jobs.contains { if case .video(_, _, stream) = $0.work { true } else { false } })
          precondition(!endedVideos.contains(stream))
        }
        jobs.append(job)
      case .endVideo(let stream): precondition(endedVideos.insert(stream).inserted)
      }
    }
    precondition(engine.handledSerial >= handled || engine.channel.negotiated?.header == .full)
    handled = engine.handledSerial
  }

  mutating func learn(_ other: ChannelID, _ serial: UInt64, _ shared: inout Engine.Shared) {
    attempt(&shared) { (engine, shared) throws(SessionError) in
      try engine.noteProgress(of: other, handled: serial, at: now, &shared)
    }
  }
}

private struct Session {
  var main = Channel(MainEngine(hasPassword: false, limits: limits))
  var inputs = Channel(InputsEngine(connectionID: 1, hasPassword: false, limits: limits))
  var cursor = Channel(CursorEngine(connectionID: 1, hasPassword: false, limits: limits))
  var first = Channel(
    DisplayEngine(connectionID: 1, preferredCompression: .lz4, hasPassword: false, limits: limits))
  var second = Channel(
    DisplayEngine(
      connectionID: 1, id: 1, videoCodecs: [.vp8, .h265], hasDecodingThreads: true, hasPassword: false, limits: limits))
  var nothing = NothingShared()
  var store = DisplayStore(limits: limits)

  init(first choice: UInt8) {
    if choice & 0x80 != 0 { return }
    func header(_ bit: UInt8) -> HeaderKind { choice >> bit & 1 == 0 ? .mini : .full }
    main.open(&nothing, header: header(0))
    inputs.open(&nothing, header: header(1))
    cursor.open(&nothing, header: header(2))
    first.open(&store, header: header(3))
    second.open(&store, header: header(4))
  }

  mutating func step(_ script: inout Script) {
    let step = script.byte()
    switch step {
    case ..<160:
      let type = script.half()
      let size = Int(script.half())
      say(step % 5, type, script.take(size))
    case ..<180:
      let size = Int(script.byte())
      feed(step % 5, script.take(size))
    case ..<220: answer(&script, isSecond: step & 1 != 0)
    case ..<225: fail(isSecond: step & 1 != 0)
    case ..<240: exchangeProgress()
    default: act(step, &script)
    }
    // What one display brought, the other may have waited for.
    for _ in 0..<2 {
      first.attempt(&store) { (engine, store) throws(SessionError) in try engine.process(at: now, &store) }
      second.attempt(&store) { (engine, store) throws(SessionError) in try engine.process(at: now, &store) }
    }
  }

  private mutating func say(_ channel: UInt8, _ type: UInt16, _ body: [UInt8]) {
    switch channel {
    case 0: main.say(type, body, &nothing)
    case 1: inputs.say(type, body, &nothing)
    case 2: cursor.say(type, body, &nothing)
    case 3: first.say(type, body, &store)
    default: second.say(type, body, &store)
    }
  }

  private mutating func feed(_ channel: UInt8, _ bytes: [UInt8]) {
    switch channel {
    case 0: main.feed(bytes, &nothing)
    case 1: inputs.feed(bytes, &nothing)
    case 2: cursor.feed(bytes, &nothing)
    case 3: first.feed(bytes, &store)
    default: second.feed(bytes, &store)
    }
  }

  private mutating func answer(_ script: inout Script, isSecond: Bool) {
    guard let job = takeJob(isSecond) else { return }
    switch job.work {
    case .jpeg(_, let width, let height):
      precondition(limits.pixels.allow(width: width, height: height))
      let color = UInt32(script.byte()) &* 0x0101_0101
      // Another size than announced is the decoder's business, and nothing may depend on it.
      let side = script.byte()
      let size = side == 0 ? Size(width: width, height: height) : Size(width: Int(side & 15), height: Int(side >> 4))
      complete(isSecond, job.id, .pixels(Raster(width: size.width, height: size.height, kind: .opaque, fill: color)))
    case .inflate(_, let size):
      precondition(size <= limits.displayMessage)
      complete(isSecond, job.id, .bytes(script.take(min(size, Int(script.half())))))
    case .image(let image): complete(isSecond, job.id, image.decode(limits: limits.pixels))
    case .video:
      let side = script.byte()
      let raster = Raster(width: Int(side & 15), height: Int(side >> 4), kind: .opaque, fill: UInt32(side))
      complete(isSecond, job.id, side == 0 ? .nothing : .pixels(raster))
    }
  }

  private mutating func fail(isSecond: Bool) {
    guard let job = takeJob(isSecond) else { return }
    complete(isSecond, job.id, .failed("it is broken"))
  }

  private mutating func takeJob(_ isSecond: Bool) -> DecodeJob? {
    if isSecond { return second.jobs.isEmpty ? nil : second.jobs.removeFirst() }
    return first.jobs.isEmpty ? nil : first.jobs.removeFirst()
  }

  private mutating func complete(_ isSecond: Bool, _ job: Int, _ result: DecodeResult) {
    func complete(_ channel: inout Channel<DisplayEngine>, _ store: inout DisplayStore) {
      channel.attempt(&store) { (engine, store) throws(SessionError) in
        try engine.complete(job, result, at: now, &store)
      }
    }
    if isSecond { complete(&second, &store) } else { complete(&first, &store) }
  }

  private mutating func exchangeProgress() {
    let handled = [
      (main.engine.channel.id, main.engine.handledSerial), (inputs.engine.channel.id, inputs.engine.handledSerial),
      (cursor.engine.channel.id, cursor.engine.handledSerial), (first.engine.channel.id, first.engine.handledSerial),
      (second.engine.channel.id, second.engine.handledSerial),
    ]
    for (channel, serial) in handled {
      main.learn(channel, serial, &nothing)
      inputs.learn(channel, serial, &nothing)
      cursor.learn(channel, serial, &nothing)
      first.learn(channel, serial, &store)
      second.learn(channel, serial, &store)
    }
  }

  private mutating func act(_ step: UInt8, _ script: inout Script) {
    if step >= 250 { now.microseconds += UInt64(script.half()) * 100 }
    if step == 255 { store.clock.set(UInt32(script.half()), at: now) }
    inputs.attempt(&nothing) { (engine, _) throws(SessionError) in
      switch step % 6 {
      case 0: engine.move(dx: Int32(bitPattern: UInt32(script.half()) << 16), dy: Int32(script.byte()))
      case 1: engine.move(x: UInt32(script.half()), y: UInt32(script.half()))
      case 2: engine.press(MouseButton.left)
      case 3: engine.release(MouseButton.left)
      case 4: _ = engine.requestAcknowledgement()
      default: engine.press(Scancode(script.byte(), extended: script.byte() & 1 != 0))
      }
    }
    if step % 4 == 0 {
      _ = first.engine.takeDamage()
      _ = second.engine.takeDamage()
    }
  }

  /// What must hold after any step.
  func check() {
    for (engine, isOver) in [(first.engine, first.isOver), (second.engine, second.isOver)] {
      if !isOver, let alarm = engine.alarm { precondition(alarm > now) }
      precondition(engine.surfaces.count <= limits.surfaces)
      var area = 0
      for surface in engine.surfaces.values {
        precondition(surface.pixels.count == surface.size.width * surface.size.height)
        area += surface.pixels.count
      }
      precondition(area <= limits.surfaceArea)
      if let primary = engine.primary { precondition(engine.surfaces[primary] != nil) }
      precondition(engine.handledSerial <= engine.channel.handledSerial)
    }
    precondition(inputs.engine.acknowledgedMotions <= inputs.engine.sentMotions)
    for shape in [cursor.engine.state.shape] {
      guard let shape else { continue }
      precondition(shape.width <= limits.cursorSide && shape.height <= limits.cursorSide)
      precondition(shape.pixels.count == shape.width * shape.height)
    }
  }
}
