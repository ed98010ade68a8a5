import Crypto
import Logging
import SpiceServer
import SpiceTransport
import Synchronization

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What all parts of a gateway share.
final class GatewayCore: Sendable {
  let options: GatewayOptions
  let office: TokenOffice
  let ticketKey: TicketKey
  let metrics = GatewayMetrics(start: Date().timeIntervalSince1970)
  let requests: RateLimiter
  let channels: RateLimiter
  let guesses: RateLimiter
  private let draining = Atomic(false)

  init(_ options: GatewayOptions) throws(GatewayError) {
    self.options = options
    do {
      ticketKey = try TicketKey()
    } catch {
      throw .key("\(error)")
    }
    office = TokenOffice(
      limit: options.tokenLimit, sessionLimit: options.sessionLimit, channelLimit: options.channelLimit)
    requests = RateLimiter(options.requests)
    channels = RateLimiter(options.channels)
    guesses = RateLimiter(options.guesses)
  }

  /// No session is opened any more; those that are open go on.
  var isDraining: Bool { draining.load(ordering: .relaxed) }
  func beginDraining() { draining.store(true, ordering: .relaxed) }

  /// Whether this is the key of the API; compared by digests, so that time tells nothing of where a guess goes wrong.
  func isAPIKey(_ guess: String) -> Bool {
    guard let key = options.apiKey else { return false }
    return SHA256.hash(data: Array(guess.utf8)) == SHA256.hash(data: Array(key.exposed.utf8))
  }

  // MARK: A line for each session

  func audit(opened session: GatewaySession, _ grant: TokenOffice.Grant, origin: String?) {
    metrics.sessionOpened()
    options.logger.info("session opened", metadata: facts(session, grant, origin))
  }

  func audit(ended session: GatewaySession, _ grant: TokenOffice.Grant, origin: String?) {
    metrics.count(up: session.count.up, down: session.count.down)
    var facts = facts(session, grant, origin)
    facts["seconds"] = "\(Int(Date().timeIntervalSince(session.began).rounded()))"
    facts["bytes_up"] = "\(session.count.up)"
    facts["bytes_down"] = "\(session.count.down)"
    facts["channels"] = "\(session.channelsOpened)"
    facts["end"] = "\(session.ending?.label ?? GatewayRefusal.sessionOver.label)"
    options.logger.notice("session ended", metadata: facts)
  }

  private func facts(_ session: GatewaySession, _ grant: TokenOffice.Grant, _ origin: String?) -> Logger.Metadata {
    var facts: Logger.Metadata = [
      "token": "\(grant.token.id)", "console": "\(grant.label)", "peer": "\(session.peer)",
      "server": "\(session.target)",
    ]
    // What a browser says of itself could otherwise speak to the terminal that shows the log.
    if let origin { facts["origin"] = "\(origin.filter { $0.isASCII && !$0.isWhitespace }.prefix(200))" }
    return facts
  }
}
