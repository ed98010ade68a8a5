import SpiceProtocol
import SpiceSession
import SpiceTransport

/// Runs the engines of one kind of channel: bytes in, effects out. Channels of different kinds have different hosts, so
/// that a display busy decoding delays no key.
actor ChannelHost<Engine: ClientEngine> {
  /// Called for each event, on the host, with the engine it came from.
  typealias Observer = @Sendable (Engine.Event, inout Engine) -> Void

  private struct Running {
    var engine: Engine
    let connection: Connection
    /// What ended the channel from this side, if anything did.
    var failure: ClientError?
  }

  private var channels: [ChannelID: Running] = [:]
  private var shared: Engine.Shared
  private let password: Secret?
  private let progress: ProgressBoard
  private let observer: Observer
  /// How long a channel may wait for others.
  private static var patience: Duration { .seconds(30) }

  init(shared: Engine.Shared, password: Secret?, progress: ProgressBoard, observer: @escaping Observer) {
    self.shared = shared
    self.password = password
    self.progress = progress
    self.observer = observer
  }

  /// Runs a channel until its connection ends; returns only by throwing.
  ///
  /// - Parameter linked: called once when the server has let the channel in.
  func run(
    _ engine: Engine, over connection: Connection, linkTimeout: Duration, linked: @Sendable () -> Void
  ) async throws(ClientError) {
    let id = engine.channel.id
    channels[id] = Running(engine: engine, connection: connection)
    defer { channels[id] = nil }
    let alarm = Task { [weak self] in
      try await Task.sleep(for: linkTimeout)
      await self?.linkTimedOut(id)
    }
    defer { alarm.cancel() }
    try await attempt(id) { (engine, _, now) throws(SessionError) in engine.start(at: now) }
    var isLinked = false
    while true {
      if !isLinked, channels[id]?.engine.channel.negotiated != nil {
        isLinked = true
        alarm.cancel()
        linked()
      }
      try await waitForOthers(id)
      let bytes: [UInt8]?
      do throws(TransportError) {
        bytes = try await connection.read()
      } catch {
        throw channels[id]?.failure ?? .transport(error)
      }
      guard let bytes else { throw end(of: id) }
      try await attempt(id) { (engine, shared, now) throws(SessionError) in
        try engine.receive(bytes, at: now, &shared)
      }
    }
  }

  /// Lets the program act on a channel, and sends what comes of it.
  func perform<Value: Sendable>(
    on id: ChannelID, _ action: @Sendable (inout Engine) -> Value
  ) throws(ClientError) -> Value {
    guard var running = channels[id] else { throw .closed }
    channels[id] = nil
    let value = action(&running.engine)
    channels[id] = running
    _ = try pump(id)
    return value
  }

  /// Reads from a channel's engine; nil where the channel is not open.
  func inspect<Value: Sendable>(_ id: ChannelID, _ look: @Sendable (Engine) -> Value) -> Value? {
    channels[id].map { look($0.engine) }
  }

  // MARK: Inside

  /// Feeds the engine, drains it, and does its decode jobs until there are none.
  private func attempt(
    _ id: ChannelID, _ feed: (inout Engine, inout Engine.Shared, Moment) throws(SessionError) -> Void
  ) async throws(ClientError) {
    do throws(SessionError) {
      try change(id, feed)
    } catch {
      // What the engine had to say before it failed is still due: news that came first, and bytes.
      _ = try? pump(id)
      throw .session(error)
    }
    var jobs = try pump(id)
    while !jobs.isEmpty {
      let limits = channels[id]?.engine.channel.setup.limits ?? .standard
      for (job, result) in await Decoder.run(jobs, limits: limits.pixels) {
        do throws(SessionError) {
          try change(id) { (engine, shared, now) throws(SessionError) in
            try engine.complete(job, result, at: now, &shared)
          }
        } catch {
          throw .session(error)
        }
      }
      jobs = try pump(id)
    }
    for sibling in channels.keys where sibling != id { try nudge(sibling) }
  }

  /// Lets a channel go on that may have waited for what another one put into the shared state.
  private func nudge(_ id: ChannelID) throws(ClientError) {
    guard let engine = channels[id]?.engine, engine.handledSerial < engine.channel.receivedMessages else { return }
    do throws(SessionError) {
      try change(id) { (engine, shared, now) throws(SessionError) in try engine.process(at: now, &shared) }
    } catch {
      throw .session(error)
    }
    progress.post(id, handled: channels[id]?.engine.handledSerial ?? 0)
  }

  /// Changes an engine in place: it is taken out of the table meanwhile, so that its memory has one owner.
  private func change(
    _ id: ChannelID, _ action: (inout Engine, inout Engine.Shared, Moment) throws(SessionError) -> Void
  ) throws(SessionError) {
    guard var running = channels[id] else { return }
    channels[id] = nil
    defer { channels[id] = running }
    try action(&running.engine, &shared, .now)
  }

  /// Carries out what the engine asks for; returns what has to be decoded.
  private func pump(_ id: ChannelID) throws(ClientError) -> [DecodeJob] {
    guard var running = channels[id] else { return [] }
    channels[id] = nil
    defer { channels[id] = running }
    var jobs: [DecodeJob] = []
    while let effect = running.engine.next() {
      switch effect {
      case .send(let bytes):
        do throws(TransportError) {
          try running.connection.enqueue(bytes)
        } catch {
          throw .transport(error)
        }
      case .encryptTicket(let key):
        do throws(SessionError) {
          try running.engine.answer(ticket: try ticket(for: key, id), at: .now, &shared)
        } catch {
          throw .session(error)
        }
      case .event(let event): observer(event, &running.engine)
      case .decode(let job): jobs.append(job)
      }
    }
    progress.post(id, handled: running.engine.handledSerial)
    return jobs
  }

  private func ticket(for key: [UInt8], _ id: ChannelID) throws(SessionError) -> [UInt8] {
    do throws(LinkFailure) {
      return try Ticket.encrypt(password, publicKey: key)
    } catch {
      throw .link(id, error)
    }
  }

  /// Holds a channel back while other channels have to come first.
  private func waitForOthers(_ id: ChannelID) async throws(ClientError) {
    while let waits = channels[id]?.engine.channel.waits, !waits.isEmpty {
      let met = await withDeadline(Self.patience) { [progress] in await progress.wait(for: waits) }
      guard met else { throw .waitedForChannels(id, waits, after: Self.patience) }
      if Task.isCancelled { throw .closed }
      for wait in waits {
        let serial = progress.handled(wait.channel)
        try await attempt(id) { (engine, shared, now) throws(SessionError) in
          try engine.noteProgress(of: wait.channel, handled: serial, at: now, &shared)
        }
      }
    }
    try await waitForRoom(id)
  }

  /// Holds a channel back while too much of it waits for what other channels of this host bring.
  private func waitForRoom(_ id: ChannelID) async throws(ClientError) {
    let start = Moment.now
    while let engine = channels[id]?.engine, !engine.wantsInput, engine.channel.waits.isEmpty {
      guard Moment.now.since(start) < 30_000_000 else {
        throw .waitedForChannels(id, [], after: Self.patience)
      }
      do { try await Task.sleep(for: .milliseconds(5)) } catch { throw .closed }
      try await attempt(id) { (engine, shared, now) throws(SessionError) in try engine.process(at: now, &shared) }
    }
  }

  private func end(of id: ChannelID) -> ClientError {
    guard let running = channels[id] else { return .closed }
    return running.failure ?? .session(running.engine.channel.errorAtEnd)
  }

  private func linkTimedOut(_ id: ChannelID) async {
    guard let error = channels[id]?.engine.channel.errorAtDeadline else { return }
    channels[id]?.failure = .session(error)
    await channels[id]?.connection.close()
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

/// True where `work` ended in time; it is cancelled where it did not.
func withDeadline(_ time: Duration, _ work: @escaping @Sendable () async -> Void) async -> Bool {
  await withTaskGroup(of: Bool.self) { group in
    group.addTask {
      await work()
      return true
    }
    group.addTask {
      try? await Task.sleep(for: time)
      return false
    }
    let first = await group.next() ?? false
    group.cancelAll()
    return first
  }
}
