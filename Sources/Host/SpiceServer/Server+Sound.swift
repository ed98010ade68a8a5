import SpiceProtocol
import SpiceSession

/// What a client's microphone heard.
public struct ClientSound: Sendable {
  public var client: ClientID
  /// Interleaved, in the format that was asked for.
  public var samples: [Int16]

  /// Nil for what are no plain samples.
  static func samples(_ event: RecordServerEvent) -> [Int16]? {
    guard case .samples(.raw, _, let bytes) = event else { return nil }
    let first = bytes.startIndex
    return (0..<bytes.count / 2).map { index in
      Int16(bitPattern: UInt16(bytes[first + 2 * index]) | UInt16(bytes[first + 2 * index + 1]) << 8)
    }
  }
}

extension Server {
  /// Begins to play sound on every client, now and later.
  public func beginSound(_ format: AudioFormat) async {
    for session in sessions(noting: { $0.sound = format }) {
      await session.playback.perform { engine, now in
        _ = engine.begin(format, time: DisplayServer.multimediaTime(at: now))
      }
    }
  }

  /// Plays interleaved samples of the format that was begun. What a client has no time for is dropped.
  public func play(_ samples: [Int16]) async {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(2 * samples.count)
    for sample in samples {
      let bits = UInt16(bitPattern: sample)
      bytes.append(UInt8(truncatingIfNeeded: bits))
      bytes.append(UInt8(truncatingIfNeeded: bits >> 8))
    }
    for session in sessions(noting: { _ in }) {
      await session.playback.perform { [bytes] engine, now in
        engine.play(bytes, time: DisplayServer.multimediaTime(at: now))
      }
    }
  }

  /// Ends what `beginSound` began.
  public func endSound() async {
    for session in sessions(noting: { $0.sound = nil }) {
      await session.playback.perform { engine, _ in engine.end() }
    }
  }

  /// How loud every client is to play, now and later: one value for each of the sound's channels, 65535 is full. The
  /// samples stay as they are; the client's own mixer does it.
  public func setVolume(_ volume: [UInt16]) async {
    for session in sessions(noting: { $0.volume = volume }) {
      await session.playback.perform { engine, _ in engine.setVolume(volume) }
    }
  }

  /// Whether every client is to be silent, now and later, whatever is played.
  public func setMute(_ isMute: Bool) async {
    for session in sessions(noting: { $0.isMute = isMute }) {
      await session.playback.perform { engine, _ in engine.setMute(isMute) }
    }
  }

  /// Asks every client, now and later, for its microphone's sound; `recorded` brings it.
  public func beginRecording(_ format: AudioFormat) async {
    for session in sessions(noting: { $0.recording = format }) {
      await session.record.perform { engine, _ in engine.begin(format) }
    }
  }

  /// Ends what `beginRecording` began.
  public func endRecording() async {
    for session in sessions(noting: { $0.recording = nil }) {
      await session.record.perform { engine, _ in engine.end() }
    }
  }
}
