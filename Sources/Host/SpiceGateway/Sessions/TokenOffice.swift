import Crypto
import SpiceClient
import SpiceProtocol
import SpiceTransport
import Synchronization

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Hands out tokens, and judges whoever shows one.
///
/// A token opens one session: a main channel first, and then the channels whose link messages carry the id that the server
/// gave that session. What failed before the server had opened a session may be tried again until the token expires.
final class TokenOffice: Sendable {
  struct Grant: Sendable {
    let token: SessionToken
    let source: ConsoleSource
    /// Whose it is, for lists and the log.
    let label: String
    let issued: Date
  }

  /// A token as a list shows it.
  struct Listed: Sendable {
    enum Standing: String, Sendable { case fresh, opening, open, over, revoked, expired }

    let grant: Grant
    let standing: Standing
    let session: GatewaySession?
  }

  /// What a channel gets whose token is good.
  enum Admission: Sendable {
    /// The first channel; `begin`, then `opened` or `failed`, then `ended`.
    case main(Grant)
    case further(Grant, GatewaySession)
  }

  private enum Standing {
    case fresh
    /// Its main channel is being linked; the session is there as soon as it is known where it goes.
    case opening(GatewaySession?)
    case open(GatewaySession, id: UInt32, channels: Int)
    case over
    case revoked
  }

  private struct Entry {
    let grant: Grant
    var standing = Standing.fresh
  }

  private let key = SymmetricKey(size: .bits256)
  private let entries = Mutex<[String: Entry]>([:])
  private let limit: Int
  private let sessionLimit: Int
  private let channelLimit: Int
  private let now: @Sendable () -> Date

  init(
    limit: Int, sessionLimit: Int, channelLimit: Int, now: @escaping @Sendable () -> Date = { Date() }
  ) {
    self.limit = limit
    self.sessionLimit = sessionLimit
    self.channelLimit = channelLimit
    self.now = now
  }

  // MARK: Handing out

  /// A new token; nil where there are as many as may be.
  func issue(_ source: ConsoleSource, label: String, lifetime: Duration) -> Grant? {
    let time = now()
    let token = SessionToken(expiry: time + Double(lifetime.components.seconds), key: key)
    let grant = Grant(token: token, source: source, label: label, issued: time)
    return entries.withLock { entries in
      if entries.count >= limit { Self.sweep(&entries, time) }
      guard entries.count < limit else { return nil }
      entries[token.id] = Entry(grant: grant)
      return grant
    }
  }

  /// Oldest first. What is over or has expired is forgotten a while after its expiry.
  func list() -> [Listed] {
    let time = now()
    let entries = entries.withLock { entries in
      Self.sweep(&entries, time - Self.memory)
      return Array(entries.values)
    }
    return entries.map { Self.listed($0, time) }.sorted { $0.grant.issued < $1.grant.issued }
  }

  /// Takes a token back, and ends its session; false where there is none of that id.
  func revoke(_ id: String) -> Bool {
    let standing = entries.withLock { entries -> Standing? in
      guard let standing = entries[id]?.standing else { return nil }
      if case .over = standing { return standing }
      entries[id]?.standing = .revoked
      return standing
    }
    switch standing {
    case nil: return false
    case .opening(let session): session?.end(.revokedToken)
    case .open(let session, _, _): session.end(.revokedToken)
    case .fresh, .over, .revoked: break
    }
    return true
  }

  /// Seconds for which an expired token is still listed.
  private static let memory: TimeInterval = 600

  /// Forgets what nobody can use any more.
  private static func sweep(_ entries: inout [String: Entry], _ time: Date) {
    entries = entries.filter { _, entry in
      switch entry.standing {
      case .opening, .open: true
      case .fresh, .over, .revoked: entry.grant.token.expiry > time
      }
    }
  }

  private static func listed(_ entry: Entry, _ time: Date) -> Listed {
    let (standing, session): (Listed.Standing, GatewaySession?) =
      switch entry.standing {
      case .fresh: (entry.grant.token.expiry > time ? .fresh : .expired, nil)
      case .opening(let session): (.opening, session)
      case .open(let session, _, _): (.open, session)
      case .over: (.over, nil)
      case .revoked: (.revoked, nil)
      }
    return Listed(grant: entry.grant, standing: standing, session: session)
  }

  // MARK: Judging

  /// Whether a token is one to begin a channel with, before it is known which.
  func look(_ text: String) throws(GatewayRefusal) -> Grant {
    guard let token = SessionToken(text, key: key) else { throw .unknownToken }
    let isExpired = token.expiry <= now()
    let entry = entries.withLock { $0[token.id] }
    guard let entry else { throw isExpired ? .expiredToken : .unknownToken }
    switch entry.standing {
    case .fresh where isExpired: throw .expiredToken
    case .fresh, .opening, .open: return entry.grant
    case .over: throw .usedToken
    case .revoked: throw .revokedToken
    }
  }

  /// Judges a channel by its link message.
  func admit(_ text: String, channel: ChannelID, connectionID: UInt32) throws(GatewayRefusal) -> Admission {
    let grant = try look(text)
    let opensSession = channel.type == .main && connectionID == 0
    return try entries.withLock { (entries) throws(GatewayRefusal) in
      guard let entry = entries[grant.token.id] else { throw .unknownToken }
      switch entry.standing {
      case .fresh:
        guard opensSession else { throw .strangeSession }
        guard Self.sessions(entries) < sessionLimit else { throw .tooManySessions }
        entries[grant.token.id]?.standing = .opening(nil)
        return .main(grant)
      case .opening: throw opensSession ? .usedToken : .strangeSession
      case .open(let session, let id, let channels):
        guard connectionID != 0 else { throw opensSession ? .usedToken : .strangeSession }
        guard connectionID == id, channel.type != .main else { throw .strangeSession }
        guard channels < channelLimit else { throw .tooManyChannels(limit: channelLimit) }
        entries[grant.token.id]?.standing = .open(session, id: id, channels: channels + 1)
        return .further(grant, session)
      case .over: throw .usedToken
      case .revoked: throw .revokedToken
      }
    }
  }

  // MARK: A session's life

  /// The main channel is on its way to that server.
  func begin(_ grant: Grant, _ session: GatewaySession) throws(GatewayRefusal) {
    try entries.withLock { (entries) throws(GatewayRefusal) in
      guard case .opening? = entries[grant.token.id]?.standing else { throw .revokedToken }
      entries[grant.token.id]?.standing = .opening(session)
    }
  }

  /// There is no session, and the token is as good as before.
  func failed(_ grant: Grant) {
    entries.withLock { entries in
      if case .opening? = entries[grant.token.id]?.standing { entries[grant.token.id]?.standing = .fresh }
    }
  }

  /// The server has opened the session and named it.
  func opened(_ grant: Grant, id: UInt32) {
    entries.withLock { entries in
      guard case .opening(let session?)? = entries[grant.token.id]?.standing else { return }
      entries[grant.token.id]?.standing = .open(session, id: id, channels: 1)
    }
  }

  /// A channel beside the main one is gone.
  func left(_ grant: Grant) {
    entries.withLock { entries in
      guard case .open(let session, let id, let channels)? = entries[grant.token.id]?.standing else { return }
      entries[grant.token.id]?.standing = .open(session, id: id, channels: channels - 1)
    }
  }

  /// The main channel is gone, and with it the session.
  func ended(_ grant: Grant) {
    entries.withLock { entries in
      switch entries[grant.token.id]?.standing {
      case .opening, .open: entries[grant.token.id]?.standing = .over
      case .fresh, .over, .revoked, nil: break
      }
    }
  }

  /// Sessions that are open or being opened.
  var sessions: Int { entries.withLock { Self.sessions($0) } }

  /// Tokens in memory.
  var count: Int { entries.withLock { $0.count } }

  /// Ends every session.
  func endAll(_ reason: GatewayRefusal) {
    let open = entries.withLock { entries in
      entries.values.compactMap { entry -> GatewaySession? in
        switch entry.standing {
        case .opening(let session): session
        case .open(let session, _, _): session
        case .fresh, .over, .revoked: nil
        }
      }
    }
    for session in open { session.end(reason) }
  }

  private static func sessions(_ entries: [String: Entry]) -> Int {
    entries.values.count { entry in
      switch entry.standing {
      case .opening, .open: true
      case .fresh, .over, .revoked: false
      }
    }
  }
}
