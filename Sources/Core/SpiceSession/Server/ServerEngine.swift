import SpiceProtocol

/// One channel of a server, for one client: a value that is fed bytes and drained of effects, and never waits, reads a
/// clock or touches a socket. It begins where `ServerLink` ends.
///
/// ```swift
/// var engine = InputsServer(link, modifiers: [])
/// engine.start(at: now, &nothing)                  // the server's first words
/// try engine.process(at: now, &nothing)            // what came behind the ticket
/// try engine.receive(bytes, at: now, &nothing)     // feed: may throw, never waits
/// while let effect = engine.next() { … }           // drain: what the host has to do
/// ```
///
/// After an error the client is to be let go: what `next()` still has may be sent, and nothing more fed.
///
/// `Shared` is what the channels of one kind have in common for one client; it is lent for the length of a call.
public protocol ServerEngine: Sendable {
  associatedtype Event: Sendable
  associatedtype Shared: Sendable

  var channel: ServerChannel { get set }

  /// Says the first words.
  mutating func start(at now: Moment, _ shared: inout Shared)

  /// Handles what has come.
  mutating func process(at now: Moment, _ shared: inout Shared) throws(SessionError)

  /// The next thing to do, in order; nil when there is nothing.
  mutating func next() -> ServerEffect<Event>?

  /// The host's answer to an effect `encode`; nil where its encoder failed.
  mutating func complete(
    _ job: Int, _ bytes: [UInt8]?, at now: Moment, _ shared: inout Shared
  ) throws(SessionError)
}

extension ServerEngine {
  /// Feeds bytes from the client and handles them.
  public mutating func receive(_ bytes: [UInt8], at now: Moment, _ shared: inout Shared) throws(SessionError) {
    channel.feed(bytes, at: now)
    try process(at: now, &shared)
  }

  public mutating func complete(
    _ job: Int, _ bytes: [UInt8]?, at now: Moment, _ shared: inout Shared
  ) throws(SessionError) {}
}
