import SpicePixels
import SpiceProtocol
import SpiceSession
import Testing

/// An engine with a server's bytes in front of it and everything that comes out of it behind.
struct Bench<Engine: ClientEngine> {
  var engine: Engine
  var shared: Engine.Shared
  /// The channel's header kind, as agreed.
  private(set) var header = HeaderKind.mini
  /// The client's bytes that were not looked at yet.
  private(set) var output: [UInt8] = []
  private(set) var events: [Engine.Event] = []
  private(set) var jobs: [DecodeJob] = []
  private(set) var endedVideos: [Int] = []
  private(set) var keys: [[UInt8]] = []
  /// What the server has said.
  private(set) var serial: UInt64 = 0
  var now = Moment(microseconds: 1_000_000)

  init(_ engine: Engine, _ shared: Engine.Shared) {
    self.engine = engine
    self.shared = shared
  }

  /// Starts the engine and walks it through the link stage; the link's own bytes and news are dropped.
  static func linked(
    _ engine: Engine, _ shared: Engine.Shared, header: HeaderKind = .mini, specific: Capabilities = Capabilities()
  ) throws(SessionError) -> Bench {
    var bench = Bench(engine, shared)
    bench.start()
    _ = bench.takeBytes()
    let common: [CommonCapability] =
      header == .mini ? [.authSelection, .authSpice, .miniHeader] : [.authSelection, .authSpice]
    try bench.receive(linkReply(common: Capabilities(common), specific: specific))
    bench.dropTicket()
    try bench.receive(linkResult(0))
    bench.header = header
    bench.events = []
    return bench
  }

  mutating func start() {
    engine.start(at: now)
    drain()
  }

  /// Looks past the mechanism and the ticket. What the channel says first may stand right behind.
  mutating func dropTicket() {
    output.removeFirst(4 + LinkConstants.ticketSize)
  }

  mutating func receive(_ bytes: [UInt8]) throws(SessionError) {
    defer { drain() }
    try engine.receive(bytes, at: now, &shared)
    try answerKeys()
  }

  /// The same, one byte at a time.
  mutating func receiveSlowly(_ bytes: [UInt8]) throws(SessionError) {
    for byte in bytes { try receive([byte]) }
  }

  /// The server says these, one behind the other.
  mutating func say(_ messages: any ChannelMessage...) throws(SessionError) {
    try say(messages)
  }

  mutating func say(_ messages: [any ChannelMessage]) throws(SessionError) {
    try receive(bytes(messages))
  }

  /// What the server says, with the headers that are its turn.
  mutating func bytes(_ messages: [any ChannelMessage]) -> [UInt8] {
    messages.flatMap { message in
      serial += 1
      return framed(message.type, message.body, header, serial: serial)
    }
  }

  /// The host's answer to a job.
  mutating func complete(_ job: Int, _ result: consuming DecodeResult) throws(SessionError) {
    defer { drain() }
    try engine.complete(job, result, at: now, &shared)
  }

  /// Another channel is done with that message.
  mutating func note(_ channel: ChannelID, handled serial: UInt64) throws(SessionError) {
    defer { drain() }
    try engine.noteProgress(of: channel, handled: serial, at: now, &shared)
  }

  /// Lets the engine look again at what others have brought.
  mutating func process() throws(SessionError) {
    defer { drain() }
    try engine.process(at: now, &shared)
  }

  /// The program acts, and what comes of it is drained.
  mutating func act(_ action: (inout Engine) -> Void) {
    action(&engine)
    drain()
  }

  mutating func takeBytes() -> [UInt8] {
    defer { output = [] }
    return output
  }

  mutating func takeEvents() -> [Engine.Event] {
    defer { events = [] }
    return events
  }

  mutating func takeJobs() -> [DecodeJob] {
    defer { jobs = [] }
    return jobs
  }

  /// The client's messages since the last look, cut by their headers.
  mutating func takeMessages() -> [Said] {
    var rest = takeBytes()[...]
    var messages: [Said] = []
    while !rest.isEmpty {
      var reader = ByteReader(rest, structure: "client message")
      guard let head = try? MessageHeader(header, serial: 0, from: &reader),
        let body = try? reader.bytes(head.size, "body")
      else {
        Issue.record("the client's bytes are no whole messages: \(hexadecimal(rest))")
        return messages
      }
      messages.append(Said(serial: head.serial, type: head.type, body: Array(body)))
      rest = reader.rest()
    }
    return messages
  }

  private mutating func drain() {
    while let effect = engine.next() {
      switch effect {
      case .send(let bytes): output += bytes
      case .encryptTicket(let key): keys.append(key)
      case .event(let event): events.append(event)
      case .decode(let job): jobs.append(job)
      case .endVideo(let stream): endedVideos.append(stream)
      }
    }
  }

  private mutating func answerKeys() throws(SessionError) {
    drain()
    while !keys.isEmpty {
      keys.removeFirst()
      try engine.answer(ticket: [UInt8](repeating: 0x77, count: LinkConstants.ticketSize), at: now, &shared)
      drain()
    }
  }
}

extension Bench where Engine.Shared == NothingShared {
  init(_ engine: Engine) { self.init(engine, NothingShared()) }

  static func linked(_ engine: Engine, header: HeaderKind = .mini) throws(SessionError) -> Bench {
    try linked(engine, NothingShared(), header: header)
  }
}

/// A message of the client's.
struct Said: Equatable, CustomStringConvertible {
  /// 0 under mini headers.
  var serial: UInt64 = 0
  var type: UInt16
  var body: [UInt8]

  /// Without the serial.
  static func == (left: Said, right: Said) -> Bool { left.type == right.type && left.body == right.body }

  static func said(_ message: some ChannelMessage) -> Said { Said(type: message.type, body: message.body) }

  var description: String { "\(type) [\(hexadecimal(body))]" }
}

/// A header, then the body.
func framed(_ type: UInt16, _ body: [UInt8], _ header: HeaderKind, serial: UInt64, subList: UInt32 = 0) -> [UInt8] {
  var writer = ByteWriter()
  MessageHeader(serial: serial, type: type, size: UInt32(body.count), subList: subList).write(header, to: &writer)
  writer.append(body)
  return writer.bytes
}

/// The server's header and link reply.
func linkReply(
  error: UInt32 = 0, key: [UInt8] = Array(0..<162),
  common: Capabilities = Capabilities([CommonCapability.authSelection, .authSpice, .miniHeader]),
  specific: Capabilities = Capabilities()
) -> [UInt8] {
  var body = ByteWriter()
  LinkReply(error: error, publicKey: key, common: common, specific: specific).write(to: &body)
  return linkHeader(size: UInt32(body.bytes.count)) + body.bytes
}

func linkHeader(size: UInt32, major: UInt32 = 2) -> [UInt8] {
  var writer = ByteWriter()
  LinkHeader(majorVersion: major, bodySize: size).write(to: &writer)
  return writer.bytes
}

func linkResult(_ code: UInt32) -> [UInt8] {
  var writer = ByteWriter()
  writer.u32(code)
  return writer.bytes
}

/// The bytes that the pairs of hexadecimal digits say; everything else in the text is left out.
func hex(_ text: String) -> [UInt8] {
  let digits = text.compactMap(\.hexDigitValue)
  precondition(digits.count.isMultiple(of: 2), "an odd number of digits: \(text)")
  return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
}

/// What the body threw; nil where it threw nothing.
func sessionError(_ body: () throws(SessionError) -> Void) -> SessionError? {
  do throws(SessionError) {
    try body()
    return nil
  } catch {
    return error
  }
}

/// Numbers that are the same on every run (SplitMix64).
struct FixedRandom: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
