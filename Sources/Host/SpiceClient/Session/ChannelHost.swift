import SpiceProtocol
import SpiceSession
import SpiceTransport
import Synchronization

/// Runs the engines of one kind of channel: bytes in, effects out. Channels of different kinds have different hosts, so
/// that a display busy decoding delays no key.
///
/// An engine changes only between two suspensions: it is taken out of the table, changed, drained and put back. While one
/// waits for a decoder or for bytes, others of its kind go on.
actor ChannelHost<Engine: ClientEngine> {
  /// Called for each event, on the host, with the engine it came from.
  typealias Observer = @Sendable (Engine.Event, inout Engine) -> Void

  private struct Running {
    var engine: Engine
    let connection: Connection
    /// What ended the channel from this side, if anything did.
    var failure: ClientError?
    /// Why nothing can be sent any more, where that was noticed.
    var cut: TransportError?
    /// Waits for the engine's alarm.
    var alarm: (moment: Moment, bell: Alarm)?
    /// What no decoder has begun.
    var jobs = Queue<DecodeJob>()
    /// Jobs that decoders are at.
    var decoding = 0
    /// Goes on when a decoder is done.
    var awaitsDecoder: UnsafeContinuation<Void, Never>?
  }

  private var channels: [ChannelID: Running] = [:]
  /// What ended the channels that are gone, and how they were then: a slow reader has its last look after that.
  private var endings: [ChannelID: (cause: ClientError, engine: Engine)] = [:]
  private var shared: Engine.Shared
  private let password: Secret?
  private let progress: ProgressBoard
  /// How long a channel may wait for others.
  private let patience: Duration
  private let observer: Observer
  private let decoder = Decoder()

  init(
    shared: Engine.Shared, password: Secret?, progress: ProgressBoard, patience: Duration,
    observer: @escaping Observer
  ) {
    self.shared = shared
    self.password = password
    self.progress = progress
    self.patience = patience
    self.observer = observer
  }

  /// Runs a channel until its connection ends; returns only by throwing.
  ///
  /// - Parameters:
  ///   - engine: has greeted.
  ///   - connection: what it greeted with has been said there.
  ///   - linked: called once when the server has let the channel in.
  func run(
    _ engine: Engine, over connection: Connection, linkTimeout: Duration, linked: @Sendable () -> Void
  ) async throws(ClientError) {
    let id = engine.channel.id
    connection.sendDirectly()
    channels[id] = Running(engine: engine, connection: connection)
    defer {
      channels[id]?.alarm?.bell.cancel()
      channels[id] = nil
      decoder.end(id)
    }
    let alarm = Alarm(in: linkTimeout) { [weak self] in
      Task { await self?.linkTimedOut(id, connection) }
    }
    defer { alarm.cancel() }
    do throws(ClientError) {
      try await converse(id, connection) {
        alarm.cancel()
        linked()
      }
    } catch {
      let cause = channels[id]?.failure ?? error
      channels[id]?.failure = cause
      while await decoderIsDone(id) {}
      endings[id] = channels[id].map { (cause, $0.engine) }
      throw cause
    }
  }

  /// Lets the program act on a channel, and sends what comes of it.
  ///
  /// - Throws: what ended the channel, where it is not open; `.transport` where its connection has ended, or where the
  ///   peer takes no more: part of what was to be sent is lost then, so that this ends the channel too.
  func perform<Value: Sendable>(
    on id: ChannelID, _ action: @Sendable (inout Engine) -> Value
  ) async throws(ClientError) -> Value {
    guard var running = channels[id] else { throw endings[id]?.cause ?? .closed }
    channels[id] = nil
    let value = action(&running.engine)
    channels[id] = running
    do throws(ClientError) {
      try pump(id)
    } catch {
      await end(id, because: error, over: running.connection)
      throw error
    }
    if let cut = channels[id]?.cut { throw .transport(cut) }
    return value
  }

  /// Looks at a channel's engine, after its end too; nil where the channel was never open. What the look changes is no news
  /// to anybody.
  func inspect<Value: Sendable>(_ id: ChannelID, _ look: @Sendable (inout Engine) -> Value) -> Value? {
    if var running = channels.removeValue(forKey: id) {
      defer { channels[id] = running }
      return look(&running.engine)
    }
    guard var ending = endings.removeValue(forKey: id) else { return nil }
    defer { endings[id] = ending }
    return look(&ending.engine)
  }

  /// Changes what the channels share, and lets each go on with it.
  func change(_ action: @Sendable (inout Engine.Shared) -> Void) async {
    action(&shared)
    for id in Array(channels.keys) { await goOn(id) }
  }

  /// Returns when everything that was read is done, or the time is over.
  func settle(within time: Duration) async {
    let end = ContinuousClock.now + time
    while channels.values.contains(where: { $0.engine.handledSerial < $0.engine.channel.handledSerial }),
      ContinuousClock.now < end, (try? await Task.sleep(for: .milliseconds(2))) != nil
    {}
  }

  // MARK: Inside

  private func converse(
    _ id: ChannelID, _ connection: Connection, linked: () -> Void
  ) async throws(ClientError) {
    var isLinked = false
    while true {
      if !isLinked, channels[id]?.engine.channel.negotiated != nil {
        isLinked = true
        linked()
      }
      while channels[id]?.engine.readsAhead == false, await decoderIsDone(id) {}
      try await holdBack(id)
      let bytes: [UInt8]?
      do throws(TransportError) {
        bytes = try await connection.read()
      } catch {
        while await decoderIsDone(id) {}
        // A peer that drops a link it did not like says by that what one that closes it says.
        if !isLinked, case .reset = error, let engine = channels[id]?.engine {
          throw .session(engine.channel.errorAtEnd)
        }
        throw .transport(error)
      }
      guard let bytes else {
        // All that has come is shown before the end is told.
        while await decoderIsDone(id) {}
        throw channels[id].map { .session($0.engine.channel.errorAtEnd) } ?? .closed
      }
      try attempt(id) { (engine, shared, now) throws(SessionError) in
        try engine.receive(bytes, at: now, &shared)
      }
    }
  }

  /// Feeds the engine, does what it asks for, and lets the others go on with what it brought.
  private func attempt(
    _ id: ChannelID, _ feed: (inout Engine, inout Engine.Shared, Moment) throws(SessionError) -> Void
  ) throws(ClientError) {
    try advance(id, feed)
    var hasMoved = channels.count > 1
    while hasMoved {
      hasMoved = false
      // Names and numbers are kept, no engine: a second reference to one would make its next draw copy all pixels.
      for sibling in Array(channels.keys) {
        let before = channels[sibling]?.engine.handledSerial
        try advance(sibling) { (engine, shared, now) throws(SessionError) in try engine.process(at: now, &shared) }
        if channels[sibling]?.engine.handledSerial != before { hasMoved = true }
      }
    }
  }

  /// Feeds the engine and does what it asks for; lets it go on where it paused for that.
  private func advance(
    _ id: ChannelID, _ feed: (inout Engine, inout Engine.Shared, Moment) throws(SessionError) -> Void
  ) throws(ClientError) {
    try change(id, feed)
    try pump(id)
    while channels[id]?.engine.isPaused == true {
      try change(id) { (engine, shared, now) throws(SessionError) in try engine.process(at: now, &shared) }
      try pump(id)
    }
  }

  /// Lets decoders begin with what waits for them, a few images at a time. Each image comes to the engine as soon as it is done.
  private func startDecoders(_ running: inout Running, _ id: ChannelID) {
    while running.decoding < Decoder.width, let job = running.jobs.popFirst() {
      running.decoding += 1
      let (limits, connection) = (running.engine.channel.setup.limits.pixels, running.connection)
      Task { @concurrent [decoder] in
        await self.finish(job.id, decoder.run(job, of: id, limits: limits), of: id, over: connection)
      }
    }
  }

  private func finish(
    _ job: Int, _ result: consuming DecodeResult, of id: ChannelID, over connection: Connection
  ) async {
    var answer: DecodeResult? = consume result
    guard channels[id]?.connection === connection else { return }
    channels[id]?.decoding -= 1
    defer { channels[id]?.awaitsDecoder.take()?.resume() }
    if channels[id]?.failure != nil { return }
    do throws(ClientError) {
      try attempt(id) { (engine, shared, now) throws(SessionError) in
        if let result = answer.take() { try engine.complete(job, result, at: now, &shared) }
      }
    } catch {
      await end(id, because: error, over: connection)
    }
  }

  /// Returns when a decoder has finished with one of the channel's images; false where none is at any.
  private func decoderIsDone(_ id: ChannelID) async -> Bool {
    guard let decoding = channels[id]?.decoding, decoding > 0 else { return false }
    await withUnsafeContinuation { channels[id]?.awaitsDecoder = $0 }
    return true
  }

  /// Changes an engine in place: it is taken out of the table meanwhile, so that its memory has one owner.
  private func change(
    _ id: ChannelID, _ action: (inout Engine, inout Engine.Shared, Moment) throws(SessionError) -> Void
  ) throws(ClientError) {
    guard var running = channels[id] else { return }
    channels[id] = nil
    var failure: SessionError?
    do throws(SessionError) {
      try action(&running.engine, &shared, .now)
    } catch {
      failure = error
    }
    channels[id] = running
    guard let failure else { return }
    // What the engine had to say before it failed is still due: news that came first, and bytes.
    try? pump(id)
    throw .session(failure)
  }

  /// Carries out what the engine asks for.
  private func pump(_ id: ChannelID) throws(ClientError) {
    guard var running = channels[id] else { return }
    channels[id] = nil
    defer { channels[id] = running }
    while let effect = running.engine.next() {
      switch effect {
      case .send(let bytes):
        do throws(TransportError) {
          try running.connection.enqueue(bytes)
        } catch .notTaken(let peer, let bytes) {
          throw .transport(.notTaken(peer, bytes: bytes))
        } catch {
          // The connection has ended. What came before that is still to be read, and may say why.
          running.cut = error
        }
      case .encryptTicket(let key):
        do throws(SessionError) {
          try running.engine.answer(ticket: try ticket(for: key, id), at: .now, &shared)
        } catch {
          throw .session(error)
        }
      case .event(let event): observer(event, &running.engine)
      case .decode(let job): running.jobs.append(job)
      case .endVideo(let stream): decoder.endVideo(stream, of: id)
      }
    }
    startDecoders(&running, id)
    setAlarm(&running, id)
    progress.post(id, handled: running.engine.handledSerial)
  }

  private func setAlarm(_ running: inout Running, _ id: ChannelID) {
    let moment = running.engine.alarm
    if moment == running.alarm?.moment { return }
    running.alarm?.bell.cancel()
    running.alarm = moment.map { moment in
      let bell = Alarm(in: .microseconds(Int64(clamping: moment.since(.now)))) { [weak self] in
        Task { await self?.ring(id) }
      }
      return (moment, bell)
    }
  }

  private func ring(_ id: ChannelID) async {
    // It has rung: the next one, which is set meanwhile, must not cancel this task.
    channels[id]?.alarm = nil
    await goOn(id)
  }

  /// Lets a channel go on though nothing has come.
  private func goOn(_ id: ChannelID) async {
    guard let connection = channels[id]?.connection else { return }
    do throws(ClientError) {
      try attempt(id) { (engine, shared, now) throws(SessionError) in try engine.process(at: now, &shared) }
    } catch {
      await end(id, because: error, over: connection)
    }
  }

  /// Ends a channel from this side, unless it is another's by now.
  private func end(_ id: ChannelID, because error: ClientError, over connection: Connection) async {
    guard channels[id]?.connection === connection else { return }
    channels[id]?.failure = error
    await connection.close()
  }

  private func ticket(for key: [UInt8], _ id: ChannelID) throws(SessionError) -> [UInt8] {
    do throws(LinkFailure) {
      return try Ticket.encrypt(password, publicKey: key)
    } catch {
      throw .link(id, error)
    }
  }

  /// Holds a channel back while it was told to wait for others, or too much of it waits for what they bring.
  private func holdBack(_ id: ChannelID) async throws(ClientError) {
    var handled: UInt64?
    var since = ContinuousClock.now
    while let (waits, serial) = heldBack(id) {
      if !waits.isEmpty {
        try await awaitOthers(id, waits)
        continue
      }
      if serial != handled {
        handled = serial
        since = .now
      }
      guard ContinuousClock.now - since < patience else {
        throw .waitedForChannels(id, [], after: patience)
      }
      do { try await Task.sleep(for: .milliseconds(5)) } catch { throw .closed }
      try attempt(id) { (engine, shared, now) throws(SessionError) in try engine.process(at: now, &shared) }
    }
  }

  /// What a channel waits for and how far it has come; nil where it wants more bytes.
  private func heldBack(_ id: ChannelID) -> (waits: [ChannelWait], handled: UInt64)? {
    guard let running = channels[id], !running.engine.wantsInput else { return nil }
    return (running.engine.channel.waits, running.engine.handledSerial)
  }

  private func awaitOthers(_ id: ChannelID, _ waits: [ChannelWait]) async throws(ClientError) {
    let isMet = await withDeadline(patience) { [progress] in await progress.wait(for: waits) }
    if Task.isCancelled { throw .closed }
    guard isMet else { throw .waitedForChannels(id, waits, after: patience) }
    for wait in waits {
      let serial = progress.handled(wait.channel)
      try attempt(id) { (engine, shared, now) throws(SessionError) in
        try engine.noteProgress(of: wait.channel, handled: serial, at: now, &shared)
      }
    }
  }

  private func linkTimedOut(_ id: ChannelID, _ connection: Connection) async {
    guard let error = channels[id]?.engine.channel.errorAtDeadline else { return }
    await end(id, because: .session(error), over: connection)
  }
}

extension Moment {
  /// This host's steady clock.
  package static var now: Moment {
    let elapsed = start.duration(to: .now).components
    return Moment(
      microseconds: UInt64(clamping: elapsed.seconds * 1_000_000 + elapsed.attoseconds / 1_000_000_000_000))
  }

  private static let start = ContinuousClock.now
}

/// True where `work` ended in time; it is cancelled where it did not. Where this task is cancelled, either may come out.
func withDeadline(_ time: Duration, _ work: @escaping @Sendable () async -> Void) async -> Bool {
  let isOver = Mutex(false)
  let task = Task { await work() }
  let alarm = Alarm(in: time) {
    isOver.withLock { $0 = true }
    task.cancel()
  }
  await withTaskCancellationHandler {
    await task.value
  } onCancel: {
    task.cancel()
  }
  alarm.cancel()
  return !isOver.withLock { $0 }
}
