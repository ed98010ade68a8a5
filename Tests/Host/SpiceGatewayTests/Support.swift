import CryptoExtras
import Foundation
import Logging
import SpiceClient
import SpiceGateway
import SpicePixels
import SpiceProtocol
import SpiceServer
import SpiceSession
import SpiceTransport
import Synchronization
import TestSupport

let apiKey = "the key of this test's API"

/// Runs `body` while a gateway works.
func withGateway<Result>(
  _ consoles: [String: String] = [:], _ change: (inout GatewayOptions) -> Void = { _ in },
  _ body: (Gateway) async throws -> Result
) async throws -> Result {
  var options = GatewayOptions()
  options.listen = [.tcp(host: "127.0.0.1", port: 0)]
  options.apiKey = Secret(apiKey)
  options.logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
  options.drainTime = .seconds(20)
  for (name, uri) in consoles {
    options.consoles.append(Console(name: name, source: ConsoleSource(.target(try Target(uri: uri)))))
  }
  change(&options)
  let gateway = try await Gateway.start(options)
  return try await during({ try await gateway.run() }) { try await body(gateway) }
}

/// Runs `body` while our own server serves.
func withServer<Result>(
  _ change: (inout ServerOptions) -> Void = { _ in }, _ body: (Server) async throws -> Result
) async throws -> Result {
  var options = ServerOptions()
  options.screens = [.init(size: Size(width: 96, height: 64))]
  options.logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
  // Where many tests run at once a caller may be silent for longer, and would be taken for a VNC client.
  options.silenceGrace = nil
  change(&options)
  let server = try await Server.start(options)
  return try await during({ try await server.run() }) { try await body(server) }
}

// MARK: HTTP

/// What came back.
struct Answer {
  let status: Int
  /// Names in lower case.
  let headers: [String: String]
  let body: String

  subscript(_ field: String) -> String? {
    let object = try? JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any]
    return object?[field].map { "\($0)" }
  }
}

extension Gateway {
  var address: Address { addresses[0] }

  /// Asks by a connection of its own.
  func ask(
    _ method: String, _ path: String, headers: [String: String] = [:], body: String = "", tls: TLS? = nil
  ) async throws -> Answer {
    var all = ["host": "\(address)", "connection": "close", "content-length": "\(body.utf8.count)"]
    all.merge(headers) { $1 }
    let lines = all.map { "\($0.key): \($0.value)\r\n" }.joined()
    return try await Self.answers(
      to: "\(method) \(path) HTTP/1.1\r\n\(lines)\r\n\(body)", at: Endpoint(address: address, tls: tls))[0]
  }

  /// Asks by the API.
  func api(_ method: String, _ path: String, _ body: String = "", key: String = apiKey) async throws -> Answer {
    try await ask(method, path, headers: ["authorization": "Bearer \(key)"], body: body)
  }

  /// Everything that comes back for those bytes until the gateway closes.
  static func answers(to text: String, at endpoint: Endpoint) async throws -> [Answer] {
    let connection = try await Transport.connect(endpoint)
    try await connection.write(Array(text.utf8))
    var bytes: [UInt8] = []
    while let more = try await connection.read() { bytes += more }
    var answers: [Answer] = []
    var rest = bytes[...]
    while !rest.isEmpty {
      guard let end = rest.firstRange(of: Array("\r\n\r\n".utf8)) else { throw PeerError("that is no answer in HTTP") }
      let lines = String(decoding: rest[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
      var headers: [String: String] = [:]
      for line in lines.dropFirst() {
        let parts = line.split(separator: ":", maxSplits: 1)
        headers[parts[0].lowercased()] = parts.last?.trimmingCharacters(in: .whitespaces)
      }
      let size = Int(headers["content-length"] ?? "0") ?? 0
      let body = rest[end.upperBound...].prefix(size)
      guard let status = lines[0].split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else {
        throw PeerError("\(lines[0]) has no status")
      }
      answers.append(Answer(status: status, headers: headers, body: String(decoding: body, as: UTF8.self)))
      rest = rest[end.upperBound...].dropFirst(size)
    }
    return answers
  }

  /// The WebSocket's path for a console's next session.
  func path(to console: String) async throws -> String {
    let answer = try await ask("POST", "/consoles/\(console)")
    guard let src = answer["src"] else { throw PeerError("no session: \(answer.status) \(answer.body)") }
    return src
  }

  /// A WebSocket at that path.
  func webSocket(_ path: String, origin: String? = nil) async throws -> Connection {
    try await Transport.connect(Endpoint(address: address, webSocket: WebSocket(path: path, origin: origin)))
  }

  /// Where our own client finds a session.
  func target(_ path: String) throws -> Target { try Target(uri: "ws://\(address)\(path)") }
}

// MARK: SPICE, by hand

/// The bytes of a client's link message behind its header.
func linkBytes(
  _ channel: ChannelID, connectionID: UInt32 = 0,
  common: Capabilities = Capabilities([CommonCapability.authSelection, .authSpice, .miniHeader]),
  specific: Capabilities = Capabilities()
) -> [UInt8] {
  var body = ByteWriter()
  LinkMessage(connectionID: connectionID, channel: channel, common: common, specific: specific).write(to: &body)
  var writer = ByteWriter()
  LinkHeader(bodySize: UInt32(body.bytes.count)).write(to: &writer)
  writer.append(body.bytes)
  return writer.bytes
}

/// Reads a number of bytes, no fewer.
struct Taker {
  let connection: Connection
  var rest: [UInt8] = []

  init(_ connection: Connection) { self.connection = connection }

  mutating func take(_ count: Int) async throws -> [UInt8] {
    while rest.count < count {
      guard let more = try await connection.read() else {
        throw PeerError("it ended after \(rest.count) of \(count) bytes")
      }
      rest += more
    }
    defer { rest.removeFirst(count) }
    return Array(rest.prefix(count))
  }

  mutating func number() async throws -> UInt32 {
    try await take(4).reversed().reduce(0) { $0 << 8 | UInt32($1) }
  }

  mutating func linkReply() async throws -> LinkReply {
    var head = ByteReader(try await take(LinkHeader.size)[...], structure: "header")
    let header = try LinkHeader(from: &head)
    var body = ByteReader(try await take(Int(header.bodySize))[...], structure: "reply")
    return try LinkReply(from: &body)
  }
}

/// The link stage as a client, to the server's yes.
///
/// - Parameters:
///   - piece: bytes of the link message that go at once.
///   - behind: goes along with the ticket.
///   - sent: called when that has gone.
func link(
  _ connection: Connection, _ channel: ChannelID = ChannelID(.main), connectionID: UInt32 = 0, password: String = "",
  piece: Int = 4096, behind: [UInt8] = [], sent: () -> Void = {}
) async throws -> (taker: Taker, reply: LinkReply) {
  var taker = Taker(connection)
  let message = linkBytes(channel, connectionID: connectionID)
  for start in stride(from: 0, to: message.count, by: piece) {
    try await connection.write(Array(message[start..<min(start + piece, message.count)]))
  }
  let reply = try await taker.linkReply()
  let key = try _RSA.Encryption.PublicKey(unsafeDERRepresentation: reply.publicKey)
  let ticket = [UInt8](try key.encrypt(Array(password.utf8) + [0], padding: .PKCS1_OAEP))
  try await connection.write([1, 0, 0, 0] + ticket + behind)
  sent()
  let result = try await taker.number()
  guard result == 0 else { throw PeerError("the ticket was answered \(result)") }
  return (taker, reply)
}

/// The farewell that a WebSocket ends with; 1000 where it says that all is well.
func farewell(_ connection: Connection) async throws -> UInt16 {
  do {
    while try await connection.read() != nil {}
    return 1000
  } catch TransportError.webSocketClosed(_, let code, _) {
    return code
  }
}

/// A session whose main channel has said INIT: its WebSocket, and the server's end of it.
func openSession(
  _ gateway: Gateway, _ far: ScriptedServer, _ path: String
) async throws -> (near: Connection, server: Connection) {
  let near = try await gateway.webSocket(path)
  async let accepted = far.accept()
  var (taker, _) = try await link(near)
  let server = try await accepted.connection
  try await server.write(ScriptedServer.welcome)
  _ = try await taker.take(ScriptedServer.welcome.count)
  return (near, server)
}

/// A server that does what a test says, and speaks the link stage itself.
final class ScriptedServer: Sendable {
  let listener: Listener
  private let key: [UInt8]
  let publicKey: [UInt8]
  static let sessionID: UInt32 = 0xC0FF_EE01
  static let specific = Capabilities(words: [0x8000_0005, 7])

  init(tls: ServerIdentity? = nil) async throws {
    listener = try await Listener.bind(.tcp(host: "127.0.0.1", port: 0), tls: tls)
    let pair = try _RSA.Encryption.PrivateKey(unsafeKeySize: .init(bitCount: 1024))
    key = [UInt8](pair.derRepresentation)
    publicKey = [UInt8](pair.publicKey.derRepresentation)
  }

  var uri: String { "spice://\(listener.address)" }

  /// The next caller, linked.
  ///
  /// - Parameter hold: awaited before the answer to the ticket.
  /// - Returns: its link message, its password, and what came behind the ticket until the answer to it.
  func accept(
    hold: () async throws -> Void = {}
  ) async throws -> (connection: Connection, message: LinkMessage, password: String, surplus: [UInt8]) {
    var iterator = listener.makeAsyncIterator()
    guard let connection = await iterator.next() else { throw PeerError("nobody came") }
    var link = ServerLink(publicKey: publicKey)
    var message: LinkMessage?
    var password = ""
    while true {
      while let effect = link.next() {
        switch effect {
        case .send(let bytes): try connection.enqueue(bytes)
        case .judge(let wanted):
          message = wanted
          link.accept(common: ServerLink.capabilities, specific: Self.specific)
        case .ticket(let ticket):
          let pair = try _RSA.Encryption.PrivateKey(unsafeDERRepresentation: key)
          password = String(decoding: try pair.decrypt(ticket, padding: .PKCS1_OAEP).dropLast(), as: UTF8.self)
          try await hold()
          link.conclude(.ok)
        case .linked(let accepted):
          guard let message else { throw PeerError("there was no link message") }
          return (connection, message, password, accepted.surplus)
        }
      }
      guard let bytes = try await connection.read() else { throw PeerError("the gateway left the link stage") }
      try link.receive(bytes, at: Moment(microseconds: 0))
    }
  }

  /// INIT under a mini header.
  static let welcome: [UInt8] = {
    var writer = ByteWriter()
    writer.u16(103)
    writer.u32(32)
    writer.u32(sessionID)
    for _ in 0..<7 { writer.u32(0) }
    return writer.bytes
  }()
}

/// A proxy for HTTP CONNECT that leads everybody to one place, and remembers what it was asked.
final class ScriptedProxy: Sendable {
  let listener: Listener
  private let heads = Mutex<[String]>([])
  var asked: [String] { heads.withLock { $0 } }

  init() async throws { listener = try await Listener.bind(.tcp(host: "127.0.0.1", port: 0)) }

  func run(to address: Address) async {
    await withDiscardingTaskGroup { group in
      for await near in listener {
        group.addTask {
          var taker = Taker(near)
          var head = ""
          while !head.hasSuffix("\r\n\r\n"), let byte = try? await taker.take(1) {
            head += String(decoding: byte, as: UTF8.self)
          }
          self.heads.withLock { $0.append(head) }
          guard let far = try? await Transport.connect(Endpoint(address: address)) else { return }
          try? near.enqueue(Array("HTTP/1.1 200 OK\r\n\r\n".utf8))
          _ = try? await near.relay(with: far, counting: RelayCount())
          await near.close()
          await far.close()
        }
      }
    }
  }
}
