import CryptoExtras
import SpiceProtocol
import SpiceTransport

/// A SPICE server on 127.0.0.1 that does what a test says, and notes what it sees. It stands on the same wire structures as
/// the client, but on none of the client's state machines.
final class ScriptedServer: Sendable {
  typealias Role = @Sendable (ServerChannel, ScriptedServer) async throws -> Void

  /// What it does. The defaults are a server that is kind to everybody and shows a green screen.
  struct Script: Sendable {
    /// Nil: every ticket is good.
    var password: String?
    /// The answer to every ticket, whatever is in it.
    var ticketResult: LinkErrorCode?
    /// Refuses a link; the second argument is true over TLS.
    var refusal: @Sendable (LinkMessage, Bool) -> LinkErrorCode? = { _, _ in nil }
    var common = Capabilities([CommonCapability.authSelection, .authSpice, .miniHeader])
    /// Where it drops a channel's connection without a word.
    var drop: (channel: ChannelType, stage: Stage)?
    var channels = [ChannelID(.display), ChannelID(.inputs), ChannelID(.cursor)]
    var mouseModes: (supported: MouseModes, current: MouseModes) = ([.server, .client], .client)
    var main: Role = { channel, server in
      try await channel.openSession(server.script)
      try await channel.drain()
    }
    var display: Role = { channel, _ in
      try await channel.expectDisplayInit()
      try await channel.show(Screen.green)
      try await channel.drain()
    }
    var inputs: Role = { channel, server in try await channel.takeInput(into: server.inputs) }
    var cursor: Role = { channel, _ in try await channel.drain() }
  }

  enum Stage: Sendable, CaseIterable {
    case linkMessage, linkReply, ticket, linked
  }

  struct Link: Sendable {
    var message: LinkMessage
    var isSecure: Bool
  }

  let script: Script
  let plain: Listener
  let secure: Listener?
  let links = Recorder<Link>()
  /// What was in the tickets.
  let passwords = Recorder<String>()
  let inputs = Recorder<InputsClientMessage>()
  /// Channels that were let in and have ended.
  let ended = Recorder<ChannelID>()
  /// Connections that came, and those of them that are gone; true over TLS.
  let accepted = Recorder<Bool>()
  let gone = Recorder<Bool>()
  /// Errors of roles that were not the client's going away.
  let faults = Recorder<String>()

  private let key: Key

  private init(script: Script, plain: Listener, secure: Listener?) throws {
    self.script = script
    self.plain = plain
    self.secure = secure
    key = try Self.sharedKey.get()
  }

  /// SPICE's keys have 1024 bits. One for all servers of a run: making them is the slowest part of a test.
  private static let sharedKey = Result { try Key() }

  /// A pair of keys in DER.
  private struct Key: Sendable {
    let secret: [UInt8]
    let open: [UInt8]

    init() throws {
      let key = try _RSA.Encryption.PrivateKey(unsafeKeySize: .init(bitCount: 1024))
      secret = [UInt8](key.derRepresentation)
      open = [UInt8](key.publicKey.derRepresentation)
    }

    func decrypt(_ ticket: [UInt8]) throws -> [UInt8] {
      let key = try _RSA.Encryption.PrivateKey(unsafeDERRepresentation: secret)
      return [UInt8](try key.decrypt(ticket, padding: .PKCS1_OAEP))
    }
  }

  /// Runs `body` while a server plays the script.
  ///
  /// - Parameter identity: its certificate, for a second port with TLS.
  static func run<Result>(
    _ script: Script = Script(), identity: ServerIdentity? = nil, _ body: (ScriptedServer) async throws -> Result
  ) async throws -> Result {
    let plain = try await Listener.bind(loopback)
    var secure: Listener?
    if let identity { secure = try await Listener.bind(loopback, tls: identity) }
    let server = try ScriptedServer(script: script, plain: plain, secure: secure)
    let serving = Task {
      await withDiscardingTaskGroup { group in
        group.addTask { await server.accept(plain, isSecure: false) }
        if let secure { group.addTask { await server.accept(secure, isSecure: true) } }
      }
    }
    defer { serving.cancel() }
    let result: Result
    do {
      result = try await body(server)
    } catch {
      await server.close()
      throw error
    }
    await server.close()
    return result
  }

  private func close() async {
    await plain.close()
    await secure?.close()
  }

  private func accept(_ listener: Listener, isSecure: Bool) async {
    await withDiscardingTaskGroup { group in
      for await connection in listener {
        accepted.append(isSecure)
        group.addTask {
          do {
            try await self.serve(connection, isSecure: isSecure)
          } catch is TransportError {
            // The client has gone.
          } catch is CancellationError {
            // The test has ended.
          } catch {
            self.faults.append("\(error)")
          }
          await connection.close()
          self.gone.append(isSecure)
        }
      }
      group.cancelAll()
    }
  }

  private func serve(_ connection: Connection, isSecure: Bool) async throws {
    let stream = ByteStream(connection)
    let header = try LinkHeader(bytes: await stream.exactly(LinkHeader.size))
    let message = try LinkMessage(bytes: await stream.exactly(Int(header.bodySize)))
    links.append(Link(message: message, isSecure: isSecure))
    let stage = script.drop.flatMap { $0.channel == message.channel.type ? $0.stage : nil }
    if stage == .linkMessage { return }
    if let code = script.refusal(message, isSecure) {
      return try await connection.write(Self.reply(code, key: [], common: Capabilities()))
    }
    try await connection.write(Self.reply(.ok, key: key.open, common: script.common))
    if stage == .linkReply { return }
    if script.common.contains(CommonCapability.authSelection) {
      guard try await stream.exactly(4) == [1, 0, 0, 0] else { throw Unexpected("another mechanism than the ticket") }
    }
    let answer = try judge(ticket: await stream.exactly(LinkConstants.ticketSize))
    if stage == .ticket { return }
    try await connection.write([UInt8(answer.rawValue), 0, 0, 0])
    guard answer == .ok, stage != .linked else { return }
    let isMini = script.common.contains(CommonCapability.miniHeader)
    let channel = ServerChannel(message.channel, stream, header: isMini ? .mini : .full)
    defer { ended.append(message.channel) }
    try await role(of: message.channel)(channel, self)
  }

  static func reply(_ code: LinkErrorCode, key: [UInt8], common: Capabilities) -> [UInt8] {
    var body = ByteWriter()
    LinkReply(error: code.rawValue, publicKey: key, common: common, specific: Capabilities()).write(to: &body)
    var writer = ByteWriter()
    LinkHeader(bodySize: UInt32(body.bytes.count)).write(to: &writer)
    return writer.bytes + body.bytes
  }

  private func judge(ticket: [UInt8]) throws -> LinkErrorCode {
    let text = try key.decrypt(ticket)
    guard text.last == 0 else { throw Unexpected("a password without its NUL") }
    let password = String(decoding: text.dropLast(), as: UTF8.self)
    passwords.append(password)
    if let result = script.ticketResult { return result }
    return script.password == nil || script.password == password ? .ok : .permissionDenied
  }

  private func role(of channel: ChannelID) -> Role {
    switch channel.type {
    case .main: script.main
    case .display: script.display
    case .inputs: script.inputs
    case .cursor: script.cursor
    default: { channel, _ in try await channel.drain() }
    }
  }
}

/// Something that a role did not expect.
struct Unexpected: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

extension WireStructure {
  init(bytes: [UInt8]) throws(WireError) {
    var reader = ByteReader(bytes[...], structure: "test")
    try self.init(from: &reader)
  }
}
