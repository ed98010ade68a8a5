import SpiceProtocol
import SpiceSession
import SpiceTransport
import Synchronization

/// Brings a caller through the link stage, within a time.
package struct LinkStage: Sendable {
  package enum Judgement: Sendable {
    case accept(offering: Capabilities)
    case refuse(LinkErrorCode, because: String)
  }

  /// Why a caller was not linked; a sentence for the log.
  package struct Refused: Error, CustomStringConvertible {
    package let description: String
  }

  let publicKey: [UInt8]
  let limits: SessionLimits
  let time: Duration
  /// Whether the caller may have the channel it asks for.
  let judge: @Sendable (LinkMessage) -> Judgement
  /// Nil where the ticket is good; else why not.
  let check: @Sendable (LinkMessage, _ ticket: [UInt8]) async -> String?

  package init(
    publicKey: [UInt8], limits: SessionLimits, time: Duration, judge: @escaping @Sendable (LinkMessage) -> Judgement,
    check: @escaping @Sendable (LinkMessage, _ ticket: [UInt8]) async -> String?
  ) {
    self.publicKey = publicKey
    self.limits = limits
    self.time = time
    self.judge = judge
    self.check = check
  }

  package func run(_ connection: Connection) async throws(Refused) -> AcceptedLink {
    var link = ServerLink(publicKey: publicKey, limits: limits)
    var message: LinkMessage?
    let deadline = Deadline()
    let alarm = Alarm(in: time) {
      deadline.pass()
      Task { await connection.close() }
    }
    defer { alarm.cancel() }
    while true {
      if let accepted = try await obey(&link, &message, connection) { return accepted }
      let bytes: [UInt8]?
      do throws(TransportError) {
        bytes = try await connection.read()
      } catch {
        throw Refused(description: "\(error)")
      }
      guard let bytes else {
        let refusal: LinkRefusal = deadline.hasPassed ? .timedOut(link.stage) : .closed(link.stage)
        throw Refused(description: "\(refusal)")
      }
      do throws(LinkRefusal) {
        try link.receive(bytes, at: .now)
      } catch {
        while case .send(let answer)? = link.next() { try? connection.enqueue(answer) }
        throw Refused(description: "\(error)")
      }
    }
  }

  /// Does what the stage asks for; returns the link when it stands.
  private func obey(
    _ link: inout ServerLink, _ message: inout LinkMessage?, _ connection: Connection
  ) async throws(Refused) -> AcceptedLink? {
    var refusal: String?
    while let effect = link.next() {
      switch effect {
      case .send(let bytes):
        // Where the caller has gone, reading tells.
        try? connection.enqueue(bytes)
      case .judge(let wanted):
        message = wanted
        switch judge(wanted) {
        case .accept(let offered): link.accept(common: ServerLink.capabilities, specific: offered)
        case .refuse(let code, let reason):
          refusal = "\(wanted.channel) was refused (\(code.name)): \(reason)"
          link.refuse(code)
        }
      case .ticket(let ticket):
        guard let wanted = message else { continue }
        refusal = await check(wanted, ticket).map { "\(wanted.channel) was refused (PERMISSION_DENIED): \($0)" }
        link.conclude(refusal == nil ? .ok : .permissionDenied)
      case .linked(let accepted): return accepted
      }
    }
    if let refusal { throw Refused(description: refusal) }
    return nil
  }
}

/// Whether a time is over, known to two tasks.
private final class Deadline: Sendable {
  private let passed = Atomic(false)
  var hasPassed: Bool { passed.load(ordering: .relaxed) }
  func pass() { passed.store(true, ordering: .relaxed) }
}
