import ArgumentParser
import SpiceInsight
import SpiceProtocol
import SpiceServer
import SpiceSession
import SpiceTransport
import Synchronization

struct Replay: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay", _superCommandName: "saffron",
    abstract: "Be a server that says again what another one said.",
    discussion: """
      FILE is a capture of saffron trace, tcpdump or Wireshark. Its first session is played to every client that calls, \
      from its beginning; links, tickets (any password), acks and pointer motions are answered to what each client does. \
      Prints the address to call and serves until it is interrupted.

        saffron replay flow.pcapng --listen 127.0.0.1:5940
        remote-viewer spice://127.0.0.1:5940
      """)

  @Argument(help: "A pcap or pcapng capture.", completion: .file())
  var file: String

  @Option(help: ArgumentHelp("Where to listen: HOST:PORT, port 0 for a free one.", valueName: "address"))
  var listen = "127.0.0.1:0"

  @Option(
    help: ArgumentHelp("1: as it was; 2: twice as fast; max: as fast as the client reads it.", valueName: "speed"))
  var speed = "1"

  @Flag(help: "End when the first client has left.")
  var once = false

  @Flag(help: "Say good-bye to a client that has taken everything.")
  var hangUp = false

  func validate() throws {
    _ = try ListenAddress.parse(listen)
    _ = try pace()
  }

  func run() async throws {
    let recording = try read()
    for note in recording.notes { Terminal.tell("saffron: \(note)") }
    let player: ReplayServer
    do {
      player = try await ReplayServer.start(
        recording, at: try ListenAddress.parse(listen), speed: try pace(), hangsUp: hangUp)
    } catch let error as TransportError {
      throw CaptureInput.failure("\(error)")
    }
    Terminal.put(ListenAddress.uri(player.reception.address))
    let seconds = Double(recording.duration) / 1e9
    let channels = recording.channels.keys.map { "\($0)" }.sorted().joined(separator: " ")
    Terminal.tell("\(recording.messageCount) messages of \((seconds * 10).rounded() / 10) s: \(channels)")
    await untilInterrupted { await player.run(endsWithFirst: once) }
    await player.reception.close()
  }

  private func read() throws -> Recording {
    var reader = RecordingReader()
    do {
      try CaptureInput.read(file) { try reader.feed($0) }
      return try reader.finish()
    } catch let error as RecordingError {
      throw CaptureInput.failure("\(file): \(error)")
    }
  }

  private func pace() throws -> ReplaySpeed {
    if speed == "max" { return .unlimited }
    guard let factor = Double(speed), factor >= 0.001, factor <= 1000 else {
      throw ValidationError("--speed takes max or a number from 0.001 to 1000, and not '\(speed)'")
    }
    return .times(factor)
  }
}
