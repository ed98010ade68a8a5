import SpiceCanvas
import SpicePixels
import SpiceProtocol
import SpiceSession
import Testing

/// A server's display channel and a client's, which hand each other their bytes, and the screen before them.
struct DisplayPair {
  var server: DisplayServer
  var serverStore: DisplayServerStore
  var client: Bench<DisplayEngine>
  var screen: Surface
  var now = Moment(microseconds: 5_000_000)
  /// Bytes that one `produce` may make.
  var room = 1 << 20
  /// True: the client's acks and all else that it says are kept from the server.
  var isDeaf = false
  /// True: what the server asks of its host's encoder is not answered.
  var encoderSleeps = false
  /// What the server has said, since it was last looked at.
  private(set) var said: [DisplayServerMessage] = []
  /// Bytes of it, with their headers.
  private(set) var saidBytes = 0
  private(set) var encodeJobs: [EncodeJob] = []
  private(set) var events: [DisplayServerEvent] = []
  /// Pictures that were encoded by the host; the "JPEG" is the number of one.
  private var pictures: [Raster] = []

  static let everything: [DisplayCapability] = [
    .sizedStream, .monitorsConfig, .streamReport, .lz4Compression, .preferredCompression, .multiCodec, .codecMJPEG,
  ]

  init(
    _ width: Int, _ height: Int, id: UInt8 = 0, capabilities: [DisplayCapability] = everything,
    options: DisplayServerOptions = .standard, heads: [Rect] = [], header: HeaderKind = .mini,
    clientLimits: SessionLimits = .standard, preferring compression: ImageCompression? = nil
  ) throws(SessionError) {
    let size = Size(width: width, height: height)
    screen = testSurface(size)
    server = DisplayServer(
      AcceptedLink(
        channel: ChannelID(.display, id), connectionID: 1, header: header, specific: Capabilities(capabilities),
        offered: DisplayServer.capabilities),
      size: size, heads: heads, options: options)
    serverStore = DisplayServerStore(key: 77)
    client = try Bench.linked(
      DisplayEngine(
        connectionID: 1, id: id, preferredCompression: compression, hasPassword: false, limits: clientLimits),
      DisplayStore(limits: clientLimits), header: header, specific: DisplayServer.capabilities)
    server.start(at: now, &serverStore)
  }

  /// A client that shows a photograph already.
  static func showingPhoto(_ width: Int, _ height: Int) throws(SessionError) -> DisplayPair {
    var pair = try DisplayPair(width, height)
    pair.screen.paintPhoto(Rect(Size(width: width, height: height)), seed: 1)
    try pair.settle()
    pair.lookAway()
    return pair
  }

  /// Everything is handed over until there is nothing more to do.
  mutating func settle() throws(SessionError) {
    for _ in 0..<10_000 {
      let before = saidBytes
      if server.wantsToProduce { produce() }
      let progress = try exchange()
      if !progress, !server.wantsToProduce, saidBytes == before { return }
    }
    Issue.record("the server finds no end")
  }

  mutating func produce() {
    server.produce(from: screen.raster, at: now, room: room, &serverStore)
  }

  /// Time passes until the server wants to be called, and all is settled again.
  mutating func settleAtDeadline() throws(SessionError) {
    guard let deadline = server.nextDeadline else { return }
    now = max(now, deadline)
    produce()
    try settle()
  }

  mutating func pass(milliseconds: UInt64) {
    now = Moment(microseconds: now.microseconds + milliseconds * 1000)
  }

  /// Hands over what there is; true where there was any.
  private mutating func exchange() throws(SessionError) -> Bool {
    var progress = false
    while let effect = server.next() {
      progress = true
      switch effect {
      case .send(let bytes):
        saidBytes += bytes.count
        note(bytes)
        try client.receive(bytes)
      case .event(let event): events.append(event)
      case .encode(let job): encodeJobs.append(job)
      }
    }
    if !encoderSleeps, !encodeJobs.isEmpty {
      progress = true
      try answerEncoder()
    }
    for job in client.takeJobs() {
      guard case .jpeg(let data, _, _) = job.work else { continue }
      progress = true
      try client.complete(job.id, .pixels(pictures[Int(data.first ?? 0) << 8 | Int(data.last ?? 0)]))
    }
    if !isDeaf {
      let bytes = client.takeBytes()
      if !bytes.isEmpty {
        progress = true
        try server.receive(bytes, at: now, &serverStore)
      }
    }
    return progress
  }

  /// The host's encoder does what it was asked.
  mutating func answerEncoder(failing: Bool = false) throws(SessionError) {
    for job in encodeJobs {
      guard case .jpeg(let picture, _) = job.work else { continue }
      pictures.append(picture)
      let number = pictures.count - 1
      let bytes = [UInt8(number >> 8)] + [UInt8](repeating: 0, count: 10) + [UInt8(number & 255)]
      try server.complete(job.id, failing ? nil : bytes, at: now, &serverStore)
    }
    encodeJobs = []
  }

  private mutating func note(_ bytes: [UInt8]) {
    var rest = bytes[...]
    while !rest.isEmpty {
      var reader = ByteReader(rest, structure: "server message")
      guard let head = try? MessageHeader(server.channel.link.header, serial: 0, from: &reader),
        let body = try? reader.bytes(head.size, "body")
      else {
        Issue.record("the server's bytes are no whole messages")
        return
      }
      if let message = try? DisplayServerMessage(type: head.type, body: body) { said.append(message) }
      rest = reader.rest()
    }
  }

  mutating func takeSaid() -> [DisplayServerMessage] {
    defer { said = [] }
    return said
  }

  /// Forgets what was said; the bytes count from here.
  mutating func lookAway() {
    said = []
    saidBytes = 0
  }

  /// How the client's picture differs from the screen, in words; nil where it does not.
  var difference: String? {
    guard let shown = client.engine.primary.flatMap({ client.engine.surfaces[$0] }) else {
      return "the client has no primary surface"
    }
    return SpiceSessionTests.difference(shown.raster, screen.raster)
  }

  // MARK: The program

  mutating func fill(_ rect: Rect, _ color: UInt32) {
    screen.drawFill(rect, brush: .solid(color))
    server.note(.fill(rect, color: color), at: now)
  }

  mutating func copy(_ rect: Rect, from: Point) {
    screen.copyBits(from: from, to: rect)
    server.note(.copy(rect, from: from), at: now)
  }

  mutating func damage(_ rect: Rect, _ paint: (inout Surface) -> Void) {
    paint(&screen)
    server.note(.damage(rect), at: now)
  }

  /// Draws what is known to be all that changes.
  mutating func draw(_ rect: Rect, _ paint: (inout Surface) -> Void) {
    paint(&screen)
    server.note(.drawn(rect), at: now)
  }

  mutating func resize(_ width: Int, _ height: Int) {
    let size = Size(width: width, height: height)
    screen = testSurface(size)
    server.note(.resize(size), at: now)
  }
}

extension DisplayServerMessage {
  var isPicture: Bool {
    if case .draw(_, .copy) = self { true } else { false }
  }

  var isCopyBits: Bool {
    if case .draw(_, .copyBits) = self { true } else { false }
  }

  var isFill: Bool {
    if case .draw(_, .fill) = self { true } else { false }
  }

  /// The image that it draws.
  var image: Image? {
    if case .draw(_, .copy(let image, _, _, _, _)) = self { image } else { nil }
  }
}

// MARK: Pictures

extension Surface {
  /// Soft changes everywhere, and some noise: like a photo.
  mutating func paintPhoto(_ rect: Rect, seed: UInt64) {
    var random = FixedRandom(seed: seed)
    let shift = Int(seed % 97)
    paint(rect) { x, y in
      let noise = Int(random.next() & 7)
      let red = (x * 3 + y + shift * 5) / 4 % 200 + noise
      let green = (x + y * 2 + shift) / 3 % 200 + noise
      return UInt32(red) << 16 | UInt32(green) << 8 | UInt32((x * y / 64 + shift) % 200 + noise)
    }
  }

  /// Lines of letters; the same line number is the same letters.
  mutating func paintText(_ rect: Rect, firstLine: Int, lineHeight: Int = 16) {
    paint(rect) { x, y in
      let line = firstLine + y / lineHeight
      let letter = UInt64(x / 8) &* 31 &+ UInt64(bitPattern: Int64(line)) &* 0x9E37_79B9
      var random = FixedRandom(seed: letter % 60 &+ 7)
      // Spaces, and room between the lines.
      if letter % 7 == 0 || y % lineHeight > 12 { return 0 }
      let rows = random.next() ^ UInt64(y % lineHeight) &* 0x1234_5677
      return rows >> UInt64((x % 8) + (y % lineHeight) * 3) & 1 == 0 ? 0 : 0xC0C0C0
    }
  }

  mutating func paint(_ rect: Rect, _ color: (Int, Int) -> UInt32) {
    let part = rect.intersection(Rect(size))
    guard !part.isEmpty else { return }
    var picture = Raster(width: part.width, height: part.height, kind: .opaque)
    for y in 0..<part.height {
      for x in 0..<part.width { picture[x, y] = color(x, y) }
    }
    drawCopy(.image(picture), area: Rect(picture.size), to: part)
  }
}
