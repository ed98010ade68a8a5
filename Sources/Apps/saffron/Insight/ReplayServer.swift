import SpiceInsight
import SpiceProtocol
import SpiceServer
import SpiceSession
import SpiceTransport
import Synchronization

/// Plays a recording to whoever calls; each client has its own session and its own time.
final class ReplayServer: Sendable {
  typealias Host = EngineHost<ReplayEngine>

  /// A client that is played to.
  private struct Session {
    let host: Host
    /// The main channel's first.
    var connections: [Connection]
    /// Displays that it has opened and has not taken to their end.
    var owed: Set<ChannelID> = []
  }

  let reception: Reception
  private let recording: Recording
  private let speed: ReplaySpeed
  private let hangsUp: Bool
  private let sessions = Mutex<[UInt32: Session]>([:])
  private let callers = Mutex(0)

  /// Sessions at once.
  private static let sessionLimit = 64
  private static let linkTime = Duration.seconds(10)

  private init(reception: Reception, recording: Recording, speed: ReplaySpeed, hangsUp: Bool) {
    self.reception = reception
    self.recording = recording
    self.speed = speed
    self.hangsUp = hangsUp
  }

  static func start(
    _ recording: Recording, at address: Address, speed: ReplaySpeed, hangsUp: Bool
  ) async throws(TransportError) -> ReplayServer {
    var options = ReceptionOptions()
    options.onTurnedAway = { Terminal.tell("saffron: \($0)") }
    return ReplayServer(
      reception: try await Reception.open(at: address, options: options), recording: recording, speed: speed,
      hangsUp: hangsUp)
  }

  /// Until it is cancelled, or the first client has left.
  func run(endsWithFirst: Bool) async {
    await withDiscardingTaskGroup { group in
      for await caller in reception {
        group.addTask { [self] in
          if await serve(caller.connection), endsWithFirst { await reception.close() }
        }
      }
      group.cancelAll()
    }
  }

  /// True where it was a main channel, and so the end of a session.
  private func serve(_ connection: Connection) async -> Bool {
    defer { Task { await connection.close() } }
    let accepted = Mutex<Recording.Channel?>(nil)
    let key = recording.channels[ChannelID(.main)]?.publicKey ?? []
    let stage = SpiceServer.LinkStage(publicKey: key, limits: .standard, time: Self.linkTime) { [self] message in
      guard let channel = recording.channels[message.channel] else {
        return .refuse(.channelNotAvailable, because: "the recording has no such channel")
      }
      guard message.channel.type == .main || session(message.connectionID) != nil else {
        return .refuse(.badConnectionID, because: "no main channel was opened with that session id")
      }
      warn(message, channel)
      accepted.withLock { $0 = channel }
      return .accept(offering: channel.offered)
    } check: { _, _ in
      nil
    }
    let link: AcceptedLink
    do throws(SpiceServer.LinkStage.Refused) {
      link = try await stage.run(connection)
    } catch {
      Terminal.tell("saffron: \(error)")
      return false
    }
    guard let channel = accepted.withLock({ $0 }) else { return false }
    let isMain = link.channel.type == .main
    let found = isMain ? begin(connection) : session(link.connectionID).map { (link.connectionID, $0) }
    guard let (number, host) = found else {
      Terminal.tell("saffron: \(Self.sessionLimit) sessions are played already; another has to wait")
      return false
    }
    if !isMain {
      sessions.withLock { sessions in
        sessions[number]?.connections.append(connection)
        if link.channel.type == .display { sessions[number]?.owed.insert(link.channel) }
      }
    }
    let end = await host.run(ReplayEngine(link, playing: channel, speed: speed), over: connection, work: Self.work)
    if isMain {
      sessions.withLock { $0[number] = nil }
      Terminal.tell("a client has left: \(end)")
    }
    return isMain
  }

  private static let work = Host.Work { engine, session, room, now in
    engine.play(&session, room: room, at: now)
    return true
  } deadline: {
    $0.deadline
  }

  private func session(_ number: UInt32) -> Host? { sessions.withLock { $0[number]?.host } }

  private func begin(_ main: Connection) -> (UInt32, Host)? {
    sessions.withLock { sessions in
      guard sessions.count < Self.sessionLimit else { return nil }
      var number = UInt32.random(in: 1...UInt32.max)
      while sessions[number] != nil { number = .random(in: 1...UInt32.max) }
      let host = Host(shared: ReplaySession(sessionID: number, playable: Set(recording.channels.keys))) {
        [weak self, number] event, engine in
        guard engine.channel.id.type == .display else { return }
        switch event {
        case .notice: break
        case .played: Terminal.tell("\(engine.channel.id): everything was played")
        case .taken: self?.noteTaken(engine.channel.id, of: number)
        }
      }
      sessions[number] = Session(host: host, connections: [main])
      return (number, host)
    }
  }

  /// Ends a session whose client has taken all that its displays had, where that is wanted.
  private func noteTaken(_ display: ChannelID, of number: UInt32) {
    let done = sessions.withLock { sessions -> Session? in
      sessions[number]?.owed.remove(display)
      guard hangsUp, let session = sessions[number], session.owed.isEmpty else { return nil }
      return session
    }
    guard let done else { return }
    Task {
      _ = await done.host.perform(on: ChannelID(.main)) { engine, now in engine.channel.disconnect(.ok, at: now) }
      for connection in done.connections { await connection.close() }
    }
  }

  /// A client that can do less than the recorded one may be told what it cannot read.
  private func warn(_ message: LinkMessage, _ channel: Recording.Channel) {
    guard [.display, .playback].contains(message.channel.type) else { return }
    let missing = channel.used.numbers.filter { !message.specific.contains($0) }
      .map { number in "\(channel.id.type?.capabilityName(number) ?? "capability")" }
    if !missing.isEmpty {
      Terminal.tell(
        "saffron: \(message.channel): the recorded client had \(missing.joined(separator: " ")), which this one has not; "
          + "what was said because of it is said all the same")
    }
  }
}
