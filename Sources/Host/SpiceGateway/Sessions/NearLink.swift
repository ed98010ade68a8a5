import SpiceClient
import SpiceProtocol
import SpiceSession
import SpiceTransport

/// The gateway as a server: a browser's link stage, with its own key.
struct NearLink {
  private let connection: Connection
  private var link: ServerLink

  init(_ connection: Connection, publicKey: [UInt8]) {
    self.connection = connection
    link = ServerLink(publicKey: publicKey)
  }

  /// Why it went no further, for the log.
  struct Broken: Error {
    let reason: String
  }

  /// Which channel the browser wants.
  mutating func message() async throws(Broken) -> LinkMessage {
    while true {
      if case .judge(let message) = try await next() { return message }
    }
  }

  /// Says what the server can do, and waits for the ticket.
  mutating func ticket(offering reply: LinkReply) async throws(Broken) -> [UInt8] {
    link.accept(common: reply.common, specific: reply.specific)
    while true {
      if case .ticket(let ticket) = try await next() { return ticket }
    }
  }

  /// Says yes; what the browser sent behind its ticket comes back.
  mutating func accept() async throws(Broken) -> [UInt8] {
    link.conclude(.ok)
    while true {
      if case .linked(let accepted) = try await next() { return accepted.surplus }
    }
  }

  /// Says no, as a server does: to the link message, or to the ticket.
  mutating func refuse(_ code: LinkErrorCode) {
    link.refuse(code)
    link.conclude(code == .ok ? .error : code)
    flush()
  }

  // MARK: Inside

  /// The next thing to be decided; sends what is to be sent, and reads where nothing is left to do.
  private mutating func next() async throws(Broken) -> ServerLinkEffect {
    while true {
      while let effect = link.next() {
        guard case .send(let bytes) = effect else { return effect }
        // Where the browser has gone, reading tells.
        try? connection.enqueue(bytes)
      }
      let bytes: [UInt8]?
      do throws(TransportError) {
        bytes = try await connection.read()
      } catch {
        throw Broken(reason: "\(error)")
      }
      guard let bytes else { throw Broken(reason: "\(LinkRefusal.closed(link.stage))") }
      do throws(LinkRefusal) {
        try link.receive(bytes, at: .now)
      } catch {
        flush()
        throw Broken(reason: "\(error)")
      }
    }
  }

  private mutating func flush() {
    while let effect = link.next() {
      if case .send(let bytes) = effect { try? connection.enqueue(bytes) }
    }
  }
}
