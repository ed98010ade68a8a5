import SpiceMedia
import SpiceProtocol
import SpiceSession
import SpiceTransport

/// Runs the engines of one kind of channel for one client: bytes in, effects out. Each client has its own, so that none
/// waits for another.
///
/// An engine changes only between two suspensions: it is changed and drained.
package actor EngineHost<Engine: ServerEngine> {
  /// Called for each event, on the host, with the engine it came from.
  package typealias Observer = @Sendable (Engine.Event, inout Engine) -> Void

  /// What an engine does by itself, besides answering its client.
  package struct Work: Sendable {
    /// Queues what is due, about as many bytes as there is room for. True where there is more to do: then it is called
    /// again.
    let perform: @Sendable (inout Engine, inout Engine.Shared, _ room: Int, Moment) -> Bool
    /// When it wants to be called though nothing has happened. It changes nothing; engines are too large to be handed over.
    let deadline: @Sendable (inout Engine) -> Moment?

    package init(
      perform: @escaping @Sendable (inout Engine, inout Engine.Shared, _ room: Int, Moment) -> Bool,
      deadline: @escaping @Sendable (inout Engine) -> Moment?
    ) {
      self.perform = perform
      self.deadline = deadline
    }
  }

  /// A channel at work. Engines are large: each stays where it is, and is changed in place.
  private final class Running {
    var engine: Engine
    let connection: Connection
    let work: Work?
    /// Nothing can be sent any more.
    var isCut = false
    /// Somebody wakes this channel when what waits to be sent has left.
    var awaitsRoom = false
    var alarm: (moment: Moment, bell: Alarm)?

    init(engine: Engine, connection: Connection, work: Work?) {
      self.engine = engine
      self.connection = connection
      self.work = work
    }
  }

  /// Bytes that may wait for a slow client before no more pictures are made for it.
  private static var unsentLimit: Int { 256 << 10 }

  private var channels: [ChannelID: Running] = [:]
  private var shared: Engine.Shared
  private let observer: Observer
  /// Awaited before each reading: who brings more news than the program takes has to wait.
  private let readiness: @Sendable () async -> Void

  package init(
    shared: Engine.Shared, readiness: @escaping @Sendable () async -> Void = {}, observer: @escaping Observer
  ) {
    self.shared = shared
    self.readiness = readiness
    self.observer = observer
  }

  /// Runs a channel until its connection ends.
  ///
  /// - Parameter atEnd: sees the engine when it has done its part.
  /// - Returns: why it ended, in words for the log.
  package func run(
    _ engine: Engine, over connection: Connection, work: Work? = nil, atEnd: @Sendable (Engine) -> Void = { _ in }
  ) async -> String {
    let id = engine.channel.id
    connection.sendDirectly()
    channels[id] = Running(engine: engine, connection: connection, work: work)
    defer {
      channels[id]?.alarm?.bell.cancel()
      if let engine = channels.removeValue(forKey: id)?.engine {
        ServerMetrics.count(bytes: engine.channel.sentBytes, of: id)
        atEnd(engine)
      }
    }
    do {
      try change(id) { (engine, shared, now) throws(SessionError) in
        engine.start(at: now, &shared)
        try engine.process(at: now, &shared)
      }
      while true {
        await readiness()
        guard let bytes = try await connection.read() else {
          return channels[id].map { "\($0.engine.channel.errorAtEnd)" } ?? "\(id): the connection has ended"
        }
        try change(id) { (engine, shared, now) throws(SessionError) in try engine.receive(bytes, at: now, &shared) }
      }
    } catch {
      return "\(error)"
    }
  }

  /// Reads from a channel's engine; nil where the channel is not open.
  func inspect<Value: Sendable>(_ id: ChannelID, _ look: @Sendable (Engine) -> Value) -> Value? {
    channels[id].map { look($0.engine) }
  }

  /// Lets the program act on all channels of this kind, and sends what comes of it.
  func perform(_ action: @Sendable (inout Engine, Moment) -> Void) {
    for id in Array(channels.keys) {
      try? change(id) { (engine, _, now) in action(&engine, now) }
    }
  }

  /// The same on one channel; nil where it is not open.
  package func perform<Value: Sendable>(
    on id: ChannelID, _ action: @Sendable (inout Engine, Moment) -> Value
  ) -> Value? {
    var value: Value?
    try? change(id) { (engine, _, now) in value = action(&engine, now) }
    return value
  }

  /// Does what is due on a channel: something has happened elsewhere, or its time has come.
  func wake(_ id: ChannelID) {
    try? change(id) { (_, _, _) in }
  }

  // MARK: Inside

  /// Changes an engine, and sends what comes of it.
  private func change(
    _ id: ChannelID, _ action: (inout Engine, inout Engine.Shared, Moment) throws(SessionError) -> Void
  ) throws(SessionError) {
    guard let running = channels[id] else { return }
    var failure: SessionError?
    do throws(SessionError) {
      try action(&running.engine, &shared, .now)
    } catch {
      failure = error
    }
    pump(running, id)
    if let failure { throw failure }
  }

  /// Carries out what the engine asks for, and lets it work while there is room.
  private func pump(_ running: Running, _ id: ChannelID) {
    drain(running, id)
    guard let work = running.work, !running.isCut else { return }
    let room = Self.unsentLimit - running.connection.unsent
    if room > 0 {
      let hasMore = work.perform(&running.engine, &shared, room, .now)
      if drain(running, id), hasMore {
        // What the client says in between comes first.
        Task { [weak self] in await self?.wake(id) }
      }
    } else if !running.awaitsRoom {
      running.awaitsRoom = true
      Task { [weak self, connection = running.connection] in
        try? await connection.drained()
        await self?.roomCame(id)
      }
    }
    let deadline = work.deadline(&running.engine)
    // What is due already is done when there is room.
    let waitsForRoom = running.awaitsRoom && deadline.map { $0 <= .now } == true
    schedule(running, id, waitsForRoom ? nil : deadline)
  }

  /// True where there was something to send.
  @discardableResult
  private func drain(_ running: Running, _ id: ChannelID) -> Bool {
    var messages: [[UInt8]] = []
    defer { if !messages.isEmpty { send(messages, running) } }
    while let effect = running.engine.next() {
      switch effect {
      case .send(let message): messages.append(message)
      case .event(let event): observer(event, &running.engine)
      case .encode(let job):
        Task { [weak self] in
          let bytes = Self.encode(job)
          await self?.complete(id, job.id, bytes)
        }
      }
    }
    return !messages.isEmpty
  }

  private func send(_ messages: [[UInt8]], _ running: Running) {
    do throws(TransportError) {
      try running.connection.enqueue(messages)
    } catch {
      // What the client said before that is still to be read, and the end of it ends the channel; but one that takes
      // nothing and says nothing would stay for ever.
      running.isCut = true
      if case .notTaken = error { Task { [connection = running.connection] in await connection.close() } }
    }
  }

  private func complete(_ id: ChannelID, _ job: Int, _ bytes: [UInt8]?) {
    try? change(id) { (engine, shared, now) throws(SessionError) in
      try engine.complete(job, bytes, at: now, &shared)
    }
  }

  private nonisolated static func encode(_ job: EncodeJob) -> [UInt8]? {
    switch job.work {
    case .jpeg(let raster, let quality): try? JPEG.encode(raster, quality: quality)
    }
  }

  private func roomCame(_ id: ChannelID) {
    channels[id]?.awaitsRoom = false
    wake(id)
  }

  private func schedule(_ running: Running, _ id: ChannelID, _ deadline: Moment?) {
    if deadline == running.alarm?.moment { return }
    running.alarm?.bell.cancel()
    running.alarm = deadline.map { deadline in
      let bell = Alarm(in: .microseconds(deadline.since(.now))) { [weak self] in
        Task { await self?.alarmRang(id) }
      }
      return (deadline, bell)
    }
  }

  private func alarmRang(_ id: ChannelID) {
    channels[id]?.alarm = nil
    wake(id)
  }
}

extension Moment {
  /// This host's steady clock.
  static var now: Moment {
    let elapsed = start.duration(to: .now).components
    return Moment(
      microseconds: UInt64(clamping: elapsed.seconds * 1_000_000 + elapsed.attoseconds / 1_000_000_000_000))
  }

  private static let start = ContinuousClock.now
}
