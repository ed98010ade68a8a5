import SpiceProtocol
import SpiceSession

extension Session {
  /// Asks a client that has been quiet whether it is there, and ends the session of one that does not answer. One that has
  /// always answered is asked less and less often: a rest costs nothing, and of machines that are gone the system knows.
  /// Where this machine itself stood still (it was suspended, or has too much to do), silence says nothing of the client.
  func watch(patience: Duration) async {
    let channel = ChannelID(.main)
    let start = Moment.now
    var pause = patience / 2
    /// How long nothing was heard of it; nil where the session is over.
    func silence() async -> Duration? {
      let heard = await main.inspect(channel) { engine in
        (at: engine.channel.lastHeard, roundTrip: engine.channel.roundTrip)
      }
      guard let heard else { return nil }
      note(roundTrip: heard.roundTrip)
      return .microseconds(Moment.now.since(heard.at ?? start))
    }
    do {
      while true {
        try await Task.sleep(for: pause)
        guard let quiet = await silence() else { return }
        if quiet < patience / 2 { continue }
        await main.perform { engine, now in engine.channel.ping(at: now) }
        let asked = Moment.now
        try await Task.sleep(for: patience / 2)
        let stoodStill = Duration.microseconds(Moment.now.since(asked)) > patience * 3 / 4
        guard let quiet = await silence() else { return }
        if stoodStill {
          pause = patience / 2
          continue
        }
        if quiet >= patience {
          return await end(.error, reason: "nothing was heard of it for \(patience)")
        }
        pause = min(pause * 2, patience * 8)
      }
    } catch {}  // Cancelled: the session has ended.
  }
}
