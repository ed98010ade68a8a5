import SpiceProtocol

/// What all channels of a client have in common: the link, the cutting of messages, acks, pings, waits for other channels,
/// and the counted headers of what is sent.
public struct ClientChannel: Sendable {
  enum State: Sendable {
    case linking(ClientLink)
    case open(Negotiated)
  }

  /// Acks of the current window.
  private struct AckWindow: Sendable {
    var size: UInt32
    var left: UInt32
  }

  public let setup: ChannelSetup
  /// What other channels have to handle before this one goes on.
  public private(set) var waits: [ChannelWait] = []
  /// Messages received, sub-messages not counted.
  public private(set) var receivedMessages: UInt64 = 0
  /// The serial of the last message that is done with, its sub-messages too. Under full headers it is the server's own,
  /// which may leave numbers out.
  public private(set) var handledSerial: UInt64 = 0
  public private(set) var receivedBytes: UInt64 = 0
  public private(set) var sentMessages: UInt64 = 0

  private var state: State
  /// Stands apart from `state` so that a message in the making has one owner and grows in place.
  private var cutter: MessageCutter
  private var input: ArraySlice<UInt8> = []
  private var output: [UInt8] = []
  private var publicKey: [UInt8]?
  private var notices = Queue<ChannelNotice>()
  private var acks: AckWindow?
  /// Messages that were acknowledged when they came, and are not cut yet.
  private var acknowledged = 0
  /// Sub-messages, and the message they came with, that are still to be handled.
  private var queue = Queue<RawMessage>()
  /// The serial of the message that was cut last.
  private var receivedSerial: UInt64 = 0
  private var progress: [ChannelID: UInt64] = [:]

  public init(_ setup: ChannelSetup) {
    self.setup = setup
    state = .linking(ClientLink(setup))
    cutter = MessageCutter(kind: .full, limit: 0)
  }

  public var id: ChannelID { setup.channel }

  /// Nil until the server has said yes.
  public var negotiated: Negotiated? {
    if case .open(let negotiated) = state { negotiated } else { nil }
  }

  mutating func start() {
    if case .linking(let link) = state { output += link.opening }
  }

  mutating func feed(_ bytes: [UInt8]) {
    receivedBytes += UInt64(bytes.count)
    guard input.isEmpty else { return input += bytes }
    input = bytes[...]
    acknowledgeArrived()
  }

  /// Bytes that have come and are not looked at, because this channel waits.
  public var heldBytes: Int { input.count }

  mutating func answer(ticket: [UInt8], at now: Moment) {
    guard case .linking(var link) = state, let bytes = link.answer(ticket: ticket, at: now) else { return }
    output += bytes
    state = .linking(link)
  }

  /// What the end of the connection means now.
  public var errorAtEnd: SessionError {
    switch state {
    case .linking(let link): .link(id, link.strangerAtEnd ?? .closed(link.stage))
    case .open: .connectionLost(id, afterMessages: receivedMessages)
    }
  }

  /// What it means that the link stage's deadline has passed.
  public var errorAtDeadline: SessionError? {
    if case .linking(let link) = state { .link(id, link.strangerAtEnd ?? .timedOut(link.stage)) } else { nil }
  }

  // MARK: Sending

  /// Queues a message with the header that was agreed on. Nothing is sent before the channel is open.
  public mutating func send(_ message: some ChannelMessage) {
    if case .open(let negotiated) = state { append(message, negotiated.header) }
  }

  /// Queues a message that may follow the ticket at once, without the server's yes: who is let in is spared a round trip,
  /// and who is not loses nothing. Nothing is sent before the ticket.
  mutating func sendAhead(_ message: some ChannelMessage) {
    if let agreement { append(message, agreement.header) }
  }

  /// What both ends have agreed on, once that is known: with the ticket, before the server has said yes.
  var agreement: Negotiated? {
    switch state {
    case .linking(let link): link.agreement
    case .open(let negotiated): negotiated
    }
  }

  private mutating func append(_ message: some ChannelMessage, _ header: HeaderKind) {
    sentMessages += 1
    let body = message.body
    var writer = ByteWriter(reservingCapacity: header.size + body.count)
    MessageHeader(serial: sentMessages, type: message.type, size: UInt32(clamping: body.count))
      .write(header, to: &writer)
    writer.append(body)
    output += writer.bytes
  }

  /// Whether there are bytes for the peer.
  var hasOutput: Bool { !output.isEmpty }

  /// Bytes for the peer since the last call; nil where there are none.
  mutating func takeOutput() -> [UInt8]? {
    if output.isEmpty { return nil }
    defer { output = [] }
    return output
  }

  mutating func takeKey() -> [UInt8]? {
    defer { publicKey = nil }
    return publicKey
  }

  mutating func takeNotice() -> ChannelNotice? {
    notices.popFirst()
  }

  // MARK: Receiving

  /// Goes on with the link stage; true where the channel is open. What is to be said first there is said then.
  mutating func link(at now: Moment) throws(SessionError) -> Bool {
    guard case .linking(var link) = state else { return true }
    let step: ClientLink.Step
    do throws(LinkFailure) {
      step = try link.advance(&input, at: now)
    } catch {
      throw .link(id, error)
    }
    state = .linking(link)
    switch step {
    case .wait: return false
    case .encryptTicket(let key):
      publicKey = key
      return false
    case .linked(let negotiated):
      state = .open(negotiated)
      cutter = MessageCutter(kind: negotiated.header, limit: setup.limits.message(on: id))
      notices.append(.linked(negotiated))
      return true
    }
  }

  /// The next message of this channel's own; what is common to all channels is handled on the way. Whoever asks for it
  /// has handled the one before.
  mutating func nextMessage(at now: Moment) throws(SessionError) -> RawMessage? {
    guard try link(at: now) else { return nil }
    while waits.isEmpty {
      if let message = queue.popFirst() {
        if try !handleCommon(message) { return message }
        continue
      }
      handledSerial = receivedSerial
      guard try cut() else { return nil }
    }
    return nil
  }

  /// Queues the next message and its sub-messages; false where more bytes are needed.
  private mutating func cut() throws(SessionError) -> Bool {
    let next: (header: MessageHeader, message: RawMessage)?
    do throws(MessageCutter.TooLong) {
      next = try cutter.next(&input)
    } catch {
      throw .messageTooLong(id, type: error.type, size: error.size, limit: cutter.limit)
    }
    guard let (header, message) = next else { return false }
    receivedMessages += 1
    receivedSerial = message.serial
    if acknowledged > 0 { acknowledged -= 1 } else { acknowledge(1) }
    let isList = message.type == CommonServerMessage.Kind.list.rawValue
    if isList || header.subList != 0 {
      do throws(WireError) {
        queue.append(contentsOf: try message.subMessages(at: header.subList))
      } catch {
        throw .message(id, serial: message.serial, error)
      }
    }
    if !isList { queue.append(message) }
    return true
  }

  /// True where the message was one that every channel has, and is done.
  private mutating func handleCommon(_ raw: RawMessage) throws(SessionError) -> Bool {
    guard CommonServerMessage.Kind(rawValue: raw.type) != nil else { return false }
    switch try decode(CommonServerMessage.self, raw) {
    case .setAck(let value):
      acks = value.window > 0 ? AckWindow(size: value.window, left: value.window) : nil
      send(CommonClientMessage.ackSync(generation: value.generation))
    case .ping(let ping): send(CommonClientMessage.pong(Ping(id: ping.id, timestamp: ping.timestamp)))
    case .waitForChannels(let list): wait(for: list)
    case .disconnecting(let value): notices.append(.disconnecting(reason: value.reason))
    case .notify(let notification): notices.append(.notify(notification))
    case .migrate(let flags):
      if flags & MigrateFlags.needFlush != 0 { send(CommonClientMessage.migrateFlushMark) }
      notices.append(.migrate(flags: flags))
    case .migrateData: break  // For the host that the machine moves to, should this client follow it there.
    case .list: passOver(raw)  // One within another, which no server sends.
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

  /// Tells of a message number that this channel does not have; a newer server may send it.
  mutating func passOver(_ raw: RawMessage) {
    notices.append(.unknownMessage(type: raw.type, size: raw.body.count))
  }

  /// Acknowledges messages as they come and not as they are handled: what the server says next is on its way while they are,
  /// and several acks leave together. How much may come is not said by acks but by whether bytes are read.
  private mutating func acknowledgeArrived() {
    guard acks != nil else { return }
    acknowledged = cutter.wholeMessages(in: input, before: CommonServerMessage.Kind.setAck.rawValue)
    acknowledge(acknowledged)
  }

  private mutating func acknowledge(_ count: Int) {
    guard var window = acks else { return }
    for _ in 0..<count {
      window.left -= 1
      if window.left == 0 {
        send(CommonClientMessage.ack)
        window.left = window.size
      }
    }
    acks = window
  }

  // MARK: Other channels

  /// Handles nothing more before these are met.
  mutating func wait(for list: [ChannelWait]) {
    waits = list.filter { !isHandled($0) }
  }

  /// True where that ended the waiting.
  mutating func noteProgress(of other: ChannelID, handled serial: UInt64) -> Bool {
    progress[other] = max(progress[other] ?? 0, serial)
    if waits.isEmpty { return false }
    waits = waits.filter { !isHandled($0) }
    return waits.isEmpty
  }

  /// What a channel said itself it has handled in order.
  private func isHandled(_ wait: ChannelWait) -> Bool {
    wait.channel == id || (progress[wait.channel] ?? 0) >= wait.serial
  }
}
