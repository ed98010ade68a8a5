import SpiceProtocol

/// One channel of a client: a value that is fed bytes and drained of effects, and never waits, reads a clock or touches
/// a socket.
///
/// `Shared` is what channels of one kind have in common for the whole session (the display channels' image cache and
/// GLZ dictionary); it is lent for the length of a call.
public protocol ClientEngine: Sendable {
  associatedtype Event: Sendable
  associatedtype Shared: Sendable

  var channel: ClientChannel { get set }

  /// Handles what has come and may be handled now.
  mutating func process(at now: Moment, _ shared: inout Shared) throws(SessionError)

  /// The next thing to do, in order; nil when there is nothing.
  mutating func next() -> Effect<Event>?

  /// The host's answer to an effect `decode`. A picture is given away with it: it can become a surface as it is.
  mutating func complete(
    _ job: Int, _ result: consuming DecodeResult, at now: Moment, _ shared: inout Shared
  ) throws(SessionError)

  /// False while enough waits here already: the host stops reading.
  var wantsInput: Bool { get }

  /// True while so little waits here that the host may go on reading while it decodes.
  var readsAhead: Bool { get }

  /// Something is to be sent before what has come behind it is handled: the host sends, and calls `process`. Only where it
  /// has said that it asks.
  var isPaused: Bool { get }

  /// The last message that is wholly done, for other channels that wait for it.
  var handledSerial: UInt64 { get }

  /// When to `process` though nothing has come; nil: not before something does.
  var alarm: Moment? { get }
}

/// The shared part of channels that share nothing.
public struct NothingShared: Sendable {
  public init() {}
}

extension ClientEngine {
  public var wantsInput: Bool { channel.waits.isEmpty }

  public var readsAhead: Bool { false }

  public var handledSerial: UInt64 { channel.handledSerial }

  public var isPaused: Bool { false }

  public var alarm: Moment? { nil }

  public mutating func complete(
    _ job: Int, _ result: consuming DecodeResult, at now: Moment, _ shared: inout Shared
  ) throws(SessionError) {}

  /// Sends the first bytes.
  public mutating func start(at now: Moment) {
    channel.start()
  }

  /// Feeds bytes from the peer and handles them.
  public mutating func receive(_ bytes: [UInt8], at now: Moment, _ shared: inout Shared) throws(SessionError) {
    channel.feed(bytes)
    try process(at: now, &shared)
  }

  /// The host's answer to `encryptTicket`.
  public mutating func answer(ticket: [UInt8], at now: Moment, _ shared: inout Shared) throws(SessionError) {
    channel.answer(ticket: ticket, at: now)
    try process(at: now, &shared)
  }

  /// Another channel has handled that message; this one may have waited for it.
  public mutating func noteProgress(
    of other: ChannelID, handled serial: UInt64, at now: Moment, _ shared: inout Shared
  ) throws(SessionError) {
    if channel.noteProgress(of: other, handled: serial) {
      try process(at: now, &shared)
    }
  }
}
