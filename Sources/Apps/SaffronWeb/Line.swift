import SpiceProtocol
import SpiceSession

/// What the host, or another channel, does to a channel.
enum LineStep {
  case start
  case receive([UInt8])
  case answer(ticket: [UInt8])
  case complete(job: Int, DecodeResult)
  /// Another channel has handled that message.
  case progress(ChannelID, UInt64)
  /// What other channels share with this one has changed.
  case process
  /// The connection has ended.
  case disconnect
  /// Time has passed.
  case tick
}

/// Why a channel ended.
enum LineEnd {
  case failed(SessionError)
  /// It waited longer than `Line.patience` for other channels.
  case stalled([ChannelWait])
  /// More came while it waited than is kept.
  case flooded(limit: Int)
}

/// How far a channel has come.
struct LineProgress {
  var waits: [ChannelWait]
  /// Messages received.
  var received: UInt64
  /// The last message that is wholly done.
  var handled: UInt64

  func isFurther(than earlier: LineProgress) -> Bool {
    waits.count < earlier.waits.count || received > earlier.received || handled > earlier.handled
  }
}

/// One channel: its engine, how long it has been at what it does, and how it ended.
struct Line<Engine: ClientEngine> where Engine.Event: Recordable {
  /// Microseconds that the link stage may take.
  private static var linkTime: UInt64 { 10_000_000 }
  /// Microseconds that a channel may wait for others.
  private static var patience: UInt64 { 30_000_000 }

  private(set) var engine: Engine
  private let opened: Moment
  /// Since when it waits for other channels.
  private var waitingSince: Moment?
  private var end: LineEnd?
  private var isTold = false

  init(_ engine: Engine, at now: Moment, _ shared: inout Engine.Shared) {
    self.engine = engine
    opened = now
    _ = take(.start, at: now, &shared)
  }

  var id: ChannelID { engine.channel.id }

  var hasEnded: Bool { end != nil }

  /// Nil where it has ended.
  var living: ChannelID? { hasEnded ? nil : id }

  var progress: LineProgress {
    LineProgress(
      waits: engine.channel.waits, received: engine.channel.receivedMessages, handled: engine.handledSerial)
  }

  mutating func change(_ action: (inout Engine) -> Void) { action(&engine) }

  /// Nothing is done to a channel that has ended.
  mutating func take(_ step: LineStep, at now: Moment, _ shared: inout Engine.Shared) -> Status {
    if hasEnded { return .noChannel }
    do throws(SessionError) {
      try engine.take(step, at: now, &shared)
    } catch {
      end = .failed(error)
      return .ended
    }
    if case .tick = step, engine.channel.negotiated == nil, now.since(opened) > Self.linkTime,
      let error = engine.channel.errorAtDeadline
    {
      end = .failed(error)
    }
    checkWaiting(at: now)
    if hasEnded { return .ended }
    return engine.wantsInput ? .done : .hold
  }

  private mutating func checkWaiting(at now: Moment) {
    if engine.wantsInput {
      waitingSince = nil
      return
    }
    let since = waitingSince ?? now
    waitingSince = since
    let limit = engine.channel.setup.limits.displayMessage
    if now.since(since) > Self.patience {
      end = .stalled(engine.channel.waits)
    } else if engine.channel.heldBytes > limit {
      end = .flooded(limit: limit)
    }
  }

  /// Writes what the host has to do and to know; `look` sees each piece of news first. Stops past `limit` bytes.
  mutating func drain(
    into records: inout RecordWriter, limit: Int, _ look: (Engine.Event, inout RecordWriter) -> Void = { _, _ in }
  ) {
    while records.bytes.count < limit, let effect = engine.next() {
      switch effect {
      case .send(let bytes): records.record(.send, id) { $0.counted(bytes) }
      case .encryptTicket(let key): records.record(.encryptTicket, id) { $0.counted(key) }
      case .decode(let job): job.write(to: &records, id)
      case .endVideo(let stream): records.record(.endVideo, id) { $0.count32(stream) }
      case .event(let event):
        look(event, &records)
        event.write(to: &records, id)
      }
    }
    if let end, !isTold, records.bytes.count < limit {
      isTold = true
      end.write(to: &records, id)
    }
  }
}

extension ClientEngine {
  fileprivate mutating func take(_ step: LineStep, at now: Moment, _ shared: inout Shared) throws(SessionError) {
    switch step {
    case .start: start(at: now)
    case .receive(let bytes): try receive(bytes, at: now, &shared)
    case .answer(let ticket): try answer(ticket: ticket, at: now, &shared)
    case .complete(let job, let result): try complete(job, result, at: now, &shared)
    case .progress(let channel, let serial): try noteProgress(of: channel, handled: serial, at: now, &shared)
    case .process: try process(at: now, &shared)
    case .disconnect: throw channel.errorAtEnd
    case .tick: if let alarm, alarm <= now { try process(at: now, &shared) }
    }
  }
}

extension LineEnd {
  /// u32 reason, u32 detail, and the sentence for the person.
  func write(to records: inout RecordWriter, _ channel: ChannelID) {
    records.record(.ended, channel) { writer in
      writer.u32(reason)
      writer.u32(detail)
      writer.counted(text(channel).utf8)
    }
  }

  private var reason: UInt32 {
    switch self {
    case .failed(.link): 1
    case .failed(.message), .failed(.messageTooLong), .failed(.client): 2
    case .failed(.image), .failed(.foreignImage): 3
    case .failed(.display), .failed(.cursor), .failed(.playback): 4
    case .failed(.connectionLost), .failed(.clientLeft): 5
    case .stalled: 6
    case .flooded: 7
    }
  }

  /// The server's error code where it refused the link or the ticket.
  private var detail: UInt32 {
    switch self {
    case .failed(.link(_, .refused(let code))), .failed(.link(_, .ticketRefused(let code, _))): code
    default: 0
    }
  }

  private func text(_ channel: ChannelID) -> String {
    switch self {
    case .failed(let error): error.description
    case .stalled(let waits):
      waits.isEmpty
        ? "\(channel): its images waited 30 s for others that did not come; the server, or the decoder, hangs"
        : "\(channel): it was told to wait for other channels, which did not come so far within 30 s"
    case .flooded(let limit):
      "\(channel): the server sent more than \(limit) bytes while the channel waits for others, as it was told to"
    }
  }
}
