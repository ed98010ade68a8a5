import SpiceProtocol
import SpiceSession
import Testing

/// A server's engine with a client's bytes in front of it and everything that comes out of it behind.
struct ServerBench<Engine: ServerEngine> {
  var engine: Engine
  var shared: Engine.Shared
  private(set) var events: [Engine.Event] = []
  private(set) var output: [UInt8] = []
  /// What the client has said.
  private(set) var serial: UInt64 = 0
  var now = Moment(microseconds: 1_000_000)

  init(_ engine: Engine, _ shared: Engine.Shared) {
    self.engine = engine
    self.shared = shared
  }

  private var header: HeaderKind { engine.channel.link.header }

  mutating func receive(_ bytes: [UInt8]) throws(SessionError) {
    defer { drain() }
    try engine.receive(bytes, at: now, &shared)
  }

  /// The client says these, one behind the other.
  mutating func say(_ messages: any ChannelMessage...) throws(SessionError) {
    try receive(bytes(messages))
  }

  mutating func bytes(_ messages: [any ChannelMessage]) -> [UInt8] {
    messages.flatMap { message in
      serial += 1
      return framed(message.type, message.body, header, serial: serial)
    }
  }

  /// The host acts, and what comes of it is drained.
  @discardableResult
  mutating func act<Result>(_ action: (inout Engine) -> Result) -> Result {
    defer { drain() }
    return action(&engine)
  }

  mutating func takeEvents() -> [Engine.Event] {
    defer { events = [] }
    return events
  }

  /// The server's messages since the last look, cut by their headers.
  mutating func takeMessages() -> [Said] {
    defer { output = [] }
    return cut(output, header)
  }

  private mutating func drain() {
    while let effect = engine.next() {
      switch effect {
      case .send(let bytes): output += bytes
      case .event(let event): events.append(event)
      case .encode(let job): Issue.record("job \(job.id) is to be encoded")
      }
    }
  }
}

extension ServerBench where Engine.Shared == NothingShared {
  /// A started engine whose first words are not looked at yet.
  init(_ engine: Engine) {
    self.init(engine, NothingShared())
    self.engine.start(at: now, &shared)
    drain()
  }
}

/// Messages cut by their headers.
func cut(_ bytes: [UInt8], _ header: HeaderKind) -> [Said] {
  var rest = bytes[...]
  var messages: [Said] = []
  while !rest.isEmpty {
    var reader = ByteReader(rest, structure: "message")
    guard let head = try? MessageHeader(header, serial: 0, from: &reader),
      let body = try? reader.bytes(head.size, "body")
    else {
      Issue.record("these are no whole messages: \(hexadecimal(rest))")
      return messages
    }
    messages.append(Said(serial: head.serial, type: head.type, body: Array(body)))
    rest = reader.rest()
  }
  return messages
}

/// A link as it is after the link stage.
func accepted(
  _ type: ChannelType, header: HeaderKind = .mini, specific: Capabilities = Capabilities(),
  offered: Capabilities = Capabilities()
) -> AcceptedLink {
  AcceptedLink(channel: ChannelID(type), connectionID: 1, header: header, specific: specific, offered: offered)
}

extension SessionError {
  /// What the client did that it may not.
  var clientFault: ClientFault? {
    if case .client(_, _, let fault) = self { fault } else { nil }
  }
}

extension ServerBench {
  /// What the client's message leads to; nil where it is taken.
  mutating func fault(_ messages: any ChannelMessage...) -> ClientFault? {
    let bytes = bytes(messages)
    return sessionError { () throws(SessionError) in try receive(bytes) }?.clientFault
  }
}

/// Both ends of one channel, from the first byte of the link stage on: what one sends, the other receives in pieces.
struct Pair<Client: ClientEngine, Server: ServerEngine>
where Client.Shared == NothingShared, Server.Shared == NothingShared {
  var client: Client
  private(set) var server: Server?
  /// Bytes that are handed over at once; 0 for all.
  let piece: Int
  private(set) var clientEvents: [Client.Event] = []
  private(set) var serverEvents: [Server.Event] = []
  private(set) var link = ServerLink(publicKey: Array(0..<162))
  private let capabilities: Capabilities
  private let make: (AcceptedLink) -> Server
  private var toClient: [UInt8] = []
  private var toServer: [UInt8] = []
  private var nothing = NothingShared()
  var now = Moment(microseconds: 5)

  init(_ client: Client, _ capabilities: Capabilities, piece: Int = 0, _ make: @escaping (AcceptedLink) -> Server) {
    self.client = client
    self.capabilities = capabilities
    self.piece = piece
    self.make = make
    self.client.start(at: now)
  }

  mutating func act(_ body: (inout Client, inout Server) -> Void) throws {
    try run()
    guard var server else {
      Issue.record("the server's engine did not begin")
      return
    }
    self.server = nil
    body(&client, &server)
    self.server = server
    try run()
  }

  /// Until neither has anything to say.
  mutating func run() throws {
    while true {
      drainClient()
      try drainServer()
      if toClient.isEmpty, toServer.isEmpty { return }
      try handOver()
    }
  }

  private mutating func drainClient() {
    while let effect = client.next() {
      switch effect {
      case .send(let bytes): toServer += bytes
      case .encryptTicket:
        do throws(SessionError) {
          try client.answer(ticket: [UInt8](repeating: 0x55, count: 128), at: now, &nothing)
        } catch {
          Issue.record("\(error)")
        }
      case .event(let event): clientEvents.append(event)
      case .decode(let job): Issue.record("job \(job.id) is to be decoded")
      case .endVideo(let stream): Issue.record("video \(stream) has ended")
      }
    }
  }

  private mutating func drainServer() throws {
    while let effect = server?.next() {
      switch effect {
      case .send(let bytes): toClient += bytes
      case .event(let event): serverEvents.append(event)
      case .encode(let job): Issue.record("job \(job.id) is to be encoded")
      }
    }
    while let effect = link.next() {
      switch effect {
      case .send(let bytes): toClient += bytes
      case .judge: link.accept(common: ServerLink.capabilities, specific: capabilities)
      case .ticket(let ticket):
        #expect(ticket == [UInt8](repeating: 0x55, count: 128))
        link.conclude(.ok)
      case .linked(let accepted):
        var server = make(accepted)
        server.start(at: now, &nothing)
        try server.process(at: now, &nothing)
        self.server = server
      }
    }
  }

  private mutating func handOver() throws {
    let forClient = take(&toClient)
    if !forClient.isEmpty { try client.receive(forClient, at: now, &nothing) }
    let forServer = take(&toServer)
    if forServer.isEmpty { return }
    if server == nil {
      try link.receive(forServer, at: now)
    } else {
      try server?.receive(forServer, at: now, &nothing)
    }
  }

  private func take(_ bytes: inout [UInt8]) -> [UInt8] {
    let piece = Array(piece == 0 ? bytes[...] : bytes.prefix(piece))
    bytes.removeFirst(piece.count)
    return piece
  }
}
