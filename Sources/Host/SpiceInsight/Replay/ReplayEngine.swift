import SpiceProtocol
import SpiceSession

/// How fast a recording is played.
public enum ReplaySpeed: Hashable, Sendable {
  /// As fast as the client reads it: nothing waits for its acks.
  case unlimited
  /// 1 is the time in which it happened.
  case times(Double)
}

/// News of a channel that plays a recording.
public enum ReplayEvent: Sendable {
  case notice(ServerNotice)
  /// The last message has gone to the client.
  case played
  /// The client has answered a ping behind it, and so has read everything.
  case taken
}

/// What the channels of one client share.
public struct ReplaySession: Sendable {
  public var sessionID: UInt32
  /// When its main channel was linked.
  public var began: Moment?
  /// The multimedia time with which its main channel began.
  public var multimediaTime: UInt32 = 0
  public var open: Set<ChannelID> = []
  /// The channels that there is a recording of.
  public var playable: Set<ChannelID>

  public init(sessionID: UInt32, playable: Set<ChannelID>) {
    self.sessionID = sessionID
    self.playable = playable
  }
}

/// One channel of a server that says what another server said, when it was said, to a client of its own.
///
/// What the recorded client was told at its time this client is told when its own turn has come: the list of channels
/// after its ATTACH_CHANNELS, pictures after its INIT; acks, pongs, pointer motions and agent tokens are answered to what
/// this client does. Messages keep their order and so their serials, to which waits refer; nothing waits for a channel that
/// this client has not opened.
public struct ReplayEngine: ServerEngine {
  public var channel: ServerChannel
  private let messages: [Recording.Message]
  private let speed: ReplaySpeed
  private var place = 0
  private var began = Moment(microseconds: 0)
  /// False until the client has said what the rest waits for.
  private var isAsked: Bool
  private var motions: UInt64 = 0
  private var isTaken = false
  private var events: [ReplayEvent] = []

  public init(_ link: AcceptedLink, playing recorded: Recording.Channel, speed: ReplaySpeed) {
    channel = ServerChannel(link)
    messages = recorded.messages
    self.speed = speed
    isAsked = link.channel.type != .main && link.channel.type != .display
  }

  public mutating func start(at now: Moment, _ shared: inout ReplaySession) {
    began = shared.began ?? now
    shared.began = began
    shared.open.insert(channel.id)
  }

  public mutating func process(at now: Moment, _ shared: inout ReplaySession) throws(SessionError) {
    while let raw = try channel.nextMessage(at: now) {
      switch (channel.id.type, raw.type) {
      case (.main, MainClientMessage.Kind.attachChannels.rawValue),
        (.display, DisplayClientMessage.Kind.initialize.rawValue):
        isAsked = true
      case (.main, MainClientMessage.Kind.agentData.rawValue): channel.send(MainServerMessage.agentToken(1))
      case (.inputs, InputsClientMessage.Kind.mouseMotion.rawValue),
        (.inputs, InputsClientMessage.Kind.mousePosition.rawValue):
        motions += 1
        if motions % InputsEngine.motionsPerAck == 0 { channel.send(InputsServerMessage.mouseMotionAck) }
      default: break
      }
    }
    if place == messages.count, !isTaken, channel.roundTrip != nil {
      isTaken = true
      events.append(.taken)
    }
  }

  /// Queues what is due, about as many bytes as there is room for.
  public mutating func play(_ shared: inout ReplaySession, room: Int, at now: Moment) {
    var room = room
    while room > 0, let next = next(at: now) {
      place += 1
      room -= next.body.count
      send(next, &shared)
      if place == messages.count {
        events.append(.played)
        channel.ping(at: now)
      }
    }
  }

  /// When the next message is due; nil where it waits for the client.
  public var deadline: Moment? {
    guard place < messages.count, mayGoOn(messages[place]) else { return nil }
    return due(messages[place])
  }

  public mutating func next() -> ServerEffect<ReplayEvent>? {
    if let bytes = channel.takeOutput() { return .send(bytes) }
    if let notice = channel.takeNotice() { return .event(.notice(notice)) }
    return events.isEmpty ? nil : .event(events.removeFirst())
  }

  // MARK: Inside

  private func next(at now: Moment) -> Recording.Message? {
    guard place < messages.count, mayGoOn(messages[place]), due(messages[place]) <= now else { return nil }
    return messages[place]
  }

  private func mayGoOn(_ message: Recording.Message) -> Bool {
    guard speed == .unlimited || channel.mayPush else { return false }
    if isAsked { return true }
    // A main channel speaks before it is asked, but of its channels only then.
    return channel.id.type == .main
      && !messages[...place].contains { $0.type == MainServerMessage.Kind.channelsList.rawValue }
  }

  private func due(_ message: Recording.Message) -> Moment {
    switch speed {
    case .unlimited: began
    case .times(let factor):
      Moment(microseconds: began.microseconds &+ UInt64(min(Double(message.offset) / 1000 / factor, 1e15)))
    }
  }

  private mutating func send(_ message: Recording.Message, _ shared: inout ReplaySession) {
    let isCommon = CommonServerMessage.Kind(rawValue: message.type) != nil
    if isCommon, message.type == CommonServerMessage.Kind.setAck.rawValue,
      case .setAck(let asked)? = try? CommonServerMessage(type: message.type, body: message.body[...])
    {
      // This client's acks are counted from its own announcement.
      channel.requestAcks(window: asked.window)
    } else if message.type == CommonServerMessage.Kind.waitForChannels.rawValue {
      channel.send(CommonServerMessage.waitForChannels(possible(message.waits, shared)))
    } else if channel.id.type == .display, message.type == DisplayServerMessage.Kind.invalidateAllPixmaps.rawValue {
      channel.send(DisplayServerMessage.invalidateAllPixmaps(possible(message.waits, shared)))
    } else if channel.id.type == .main, message.type == MainServerMessage.Kind.initialize.rawValue,
      case .initialize(var opening)? = try? MainServerMessage(type: message.type, body: message.body[...])
    {
      opening.sessionID = shared.sessionID
      shared.multimediaTime = opening.multimediaTime
      channel.send(MainServerMessage.initialize(opening))
    } else if channel.id.type == .main, message.type == MainServerMessage.Kind.channelsList.rawValue,
      case .channelsList(let listed)? = try? MainServerMessage(type: message.type, body: message.body[...])
    {
      channel.send(MainServerMessage.channelsList(listed.filter { shared.playable.contains($0) }))
    } else if channel.id.type == .main, message.type == MainServerMessage.Kind.multimediaTime.rawValue,
      case .multimediaTime(let time)? = try? MainServerMessage(type: message.type, body: message.body[...])
    {
      channel.send(MainServerMessage.multimediaTime(played(time, since: shared.multimediaTime)))
    } else if channel.id.type == .display, DisplayServerMessage.frames.contains(message.type),
      case .streamData(var frame)? = try? DisplayServerMessage(type: message.type, body: message.body[...])
    {
      frame.multimediaTime = played(frame.multimediaTime, since: shared.multimediaTime)
      channel.send(DisplayServerMessage.streamData(frame))
    } else {
      channel.send(RecordedMessage(type: message.type, bytes: message.body[...]))
    }
  }

  /// A multimedia time as it is where time goes faster or slower, or stands still.
  private func played(_ time: UInt32, since start: UInt32) -> UInt32 {
    guard case .times(let factor) = speed else { return start }
    let passed = Double(Int32(bitPattern: time &- start)) / factor
    return start &+ UInt32(truncatingIfNeeded: Int64(max(-1e15, min(1e15, passed))))
  }

  private func possible(_ waits: [ChannelWait], _ shared: ReplaySession) -> [ChannelWait] {
    waits.filter { shared.open.contains($0.channel) }
  }
}

/// A message as it was recorded.
private struct RecordedMessage: ChannelMessage {
  let type: UInt16
  let bytes: ArraySlice<UInt8>

  init(type: UInt16, bytes: ArraySlice<UInt8>) {
    self.type = type
    self.bytes = bytes
  }

  init(type: UInt16, body: ArraySlice<UInt8>, fields: FieldLog?) throws(WireError) {
    self.init(type: type, bytes: body)
  }

  func write(to writer: inout ByteWriter) { writer.append(bytes) }
}

extension DisplayServerMessage {
  /// The messages that are frames of video.
  fileprivate static let frames: Set<UInt16> = [Kind.streamData.rawValue, Kind.streamDataSized.rawValue]
}
