import SpiceProtocol

/// What all channels of a server have in common: counted headers of what is sent, messages cut from what comes, acks and
/// pings.
public struct ServerChannel: Sendable {
  /// Bytes of padding behind a ping that measures a line, as libspice-server has them.
  public static let probePadding = 250_000

  public let link: AcceptedLink
  public let limits: SessionLimits
  public private(set) var sentMessages: UInt64 = 0
  public private(set) var sentBytes: UInt64 = 0
  public private(set) var receivedMessages: UInt64 = 0
  public private(set) var receivedBytes: UInt64 = 0
  /// When bytes came last; nil before the first ones behind the link stage.
  public private(set) var lastHeard: Moment?

  private var cutter: MessageCutter
  private var input: ArraySlice<UInt8>
  /// One message each: a client of spice-gtk's over TLS reads on only while its socket has more, and so waits for ever for
  /// the last of several messages that came in one record.
  private var output = Queue<[UInt8]>()
  private var notices = Queue<ServerNotice>()
  private var acks = AckLedger()
  private var pings = PingLedger()

  public init(_ link: AcceptedLink, limits: SessionLimits = .standard) {
    input = link.surplus[...]
    self.link = link
    self.limits = limits
    cutter = MessageCutter(kind: link.header, limit: limits.clientMessage(on: link.channel))
  }

  public var id: ChannelID { link.channel }

  /// True where both ends have that capability of this channel.
  func agreed(_ capability: Int) -> Bool {
    link.offered.contains(capability) && link.specific.contains(capability)
  }

  /// What the end of the connection means now.
  public var errorAtEnd: SessionError { .clientLeft(id, afterMessages: receivedMessages) }

  // MARK: Sending

  /// Queues a message with the header that was agreed on.
  public mutating func send(_ message: some ChannelMessage) {
    sentMessages += 1
    acks.noteSent()
    let body = message.body
    var writer = ByteWriter(reservingCapacity: link.header.size + body.count)
    MessageHeader(serial: sentMessages, type: message.type, size: UInt32(clamping: body.count))
      .write(link.header, to: &writer)
    writer.append(body)
    sentBytes += UInt64(writer.bytes.count)
    output.append(writer.bytes)
  }

  /// The next message for the client; nil where there is none.
  public mutating func takeOutput() -> [UInt8]? {
    output.popFirst()
  }

  /// Tells the client to confirm every `window` messages from here on; 0 for none.
  public mutating func requestAcks(window: UInt32) {
    let announcement = acks.next(window: window)
    send(CommonServerMessage.setAck(announcement))
    acks.begin(announcement)
  }

  /// Messages sent since acks were asked for and not confirmed.
  public var unconfirmedMessages: UInt64 { acks.outstanding }

  /// False while two windows' worth of messages is not confirmed: then only what cannot wait is sent. libspice-server
  /// waits for its clients in the same measure.
  public var mayPush: Bool { acks.mayPush }

  /// Sends a ping with that many bytes of padding, where not too many are unanswered.
  ///
  /// Without padding the pong gives the round trip, with `probePadding` the bytes per second: send some without first.
  public mutating func ping(at now: Moment, padding: Int = 0) {
    let padding = min(max(0, padding), limits.otherMessage - Ping.size)
    guard let ping = pings.ping(at: now, padding: padding) else { return }
    send(CommonServerMessage.ping(ping))
  }

  /// Microseconds from a ping to its pong: the smallest of the last eight. Nil before the first.
  public var roundTrip: UInt64? { pings.roundTrip }

  /// What the line carried of the last padded ping; nil before its pong.
  public var bytesPerSecond: UInt64? { pings.bytesPerSecond }

  /// Shows the person in front of the client a text.
  public mutating func notify(_ severity: Notification.Severity, _ text: [UInt8], at now: Moment) {
    send(
      CommonServerMessage.notify(
        Notification(
          time: now.nanoseconds, severity: severity.rawValue, visibility: 2, what: 0, text: text)))
  }

  /// Tells the client that this connection is about to be closed, and why.
  public mutating func disconnect(_ reason: LinkErrorCode, at now: Moment) {
    send(CommonServerMessage.disconnecting(Disconnecting(time: now.nanoseconds, reason: reason.rawValue)))
  }

  // MARK: Receiving

  mutating func feed(_ bytes: [UInt8], at now: Moment) {
    lastHeard = now
    receivedBytes += UInt64(bytes.count)
    if input.isEmpty { input = bytes[...] } else { input += bytes }
  }

  public mutating func takeNotice() -> ServerNotice? {
    notices.popFirst()
  }

  /// The next message of this channel's own; what is common to all channels is handled on the way.
  ///
  /// Clients send no messages within messages, and what a full header says of such is not looked at.
  public mutating func nextMessage(at now: Moment) throws(SessionError) -> RawMessage? {
    while let message = try cut() {
      if try !handleCommon(message, at: now) { return message }
    }
    return nil
  }

  private mutating func cut() throws(SessionError) -> RawMessage? {
    do throws(MessageCutter.TooLong) {
      guard let next = try cutter.next(&input) else { return nil }
      receivedMessages += 1
      return next.message
    } catch {
      throw .messageTooLong(id, type: error.type, size: error.size, limit: cutter.limit)
    }
  }

  /// True where the message was one that every channel has, and is done.
  private mutating func handleCommon(_ raw: RawMessage, at now: Moment) throws(SessionError) -> Bool {
    guard CommonClientMessage.Kind(rawValue: raw.type) != nil else { return false }
    switch try decode(CommonClientMessage.self, raw) {
    case .ackSync(let generation): acks.noteSync(generation)
    case .ack: acks.noteAck()
    case .pong(let pong): pings.note(pong, at: now)
    case .disconnecting(let value): notices.append(.disconnecting(reason: value.reason))
    case .migrateFlushMark, .migrateData: passOver(raw)  // No migration was begun that these could be part of.
    }
    return true
  }

  func decode<Message: ChannelMessage>(_ type: Message.Type, _ raw: RawMessage) throws(SessionError) -> Message {
    do throws(WireError) {
      return try Message(type: raw.type, body: raw.body)
    } catch {
      throw .message(id, serial: raw.serial, error)
    }
  }

  /// Tells of a message number that this channel does not have; a newer client may send it.
  mutating func passOver(_ raw: RawMessage) {
    notices.append(.unknownMessage(type: raw.type, size: raw.body.count))
  }
}

extension Moment {
  /// What SPICE's time stamps count.
  var nanoseconds: UInt64 { microseconds.multipliedReportingOverflow(by: 1000).partialValue }
}
