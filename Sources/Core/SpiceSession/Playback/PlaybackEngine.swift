import SpiceProtocol

/// News from the playback channel.
public enum PlaybackEvent: Sendable {
  case notice(ChannelNotice)
  /// A stream begins, or goes on in another form: what comes from here on is of that mode.
  case started(AudioFormat, mode: AudioMode, time: UInt32)
  /// To be played at that multimedia millisecond: whole frames of interleaved samples, or one Opus packet.
  case data(time: UInt32, ArraySlice<UInt8>)
  case stopped
  /// One value a channel; 65535 is full. Perceived loudness, as a mixer's slider shows it.
  case volume([UInt16])
  case mute(Bool)
  /// The least latency wanted, in milliseconds.
  case latency(UInt32)
}

/// The client's playback channel: the guest's sound on its way to whoever plays it.
///
/// It passes sound on as it comes and keeps none of it; when to play is the host's to say.
public struct PlaybackEngine: ClientEngine {
  public var channel: ClientChannel
  /// The stream that plays; nil between two.
  public private(set) var stream: AudioFormat?
  /// How it is coded. Servers name the mode before a stream begins, and may leave out `raw`.
  public private(set) var mode = AudioMode.raw
  private let decodesOpus: Bool
  private var events = Queue<PlaybackEvent>()

  /// - Parameter decodesOpus: Whether the host decodes Opus; a server sends it to nobody else.
  public init(
    connectionID: UInt32, id: UInt8 = 0, decodesOpus: Bool, hasPassword: Bool, limits: SessionLimits = .standard
  ) {
    self.decodesOpus = decodesOpus
    var specific = Capabilities([PlaybackCapability.volume.rawValue, PlaybackCapability.latency.rawValue])
    if decodesOpus { specific.insert(PlaybackCapability.opus.rawValue) }
    channel = ClientChannel(
      ChannelSetup(
        channel: ChannelID(.playback, id), connectionID: connectionID, specific: specific, hasPassword: hasPassword,
        limits: limits))
  }

  public mutating func process(at now: Moment, _ shared: inout NothingShared) throws(SessionError) {
    while let raw = try channel.nextMessage(at: now) {
      if PlaybackServerMessage.Kind(rawValue: raw.type) == nil {
        channel.passOver(raw)
        continue
      }
      let message = try channel.decode(PlaybackServerMessage.self, raw)
      do throws(PlaybackFault) {
        try handle(message)
      } catch {
        throw .playback(channel.id, serial: raw.serial, error)
      }
    }
  }

  public mutating func next() -> Effect<PlaybackEvent>? {
    if let bytes = channel.takeOutput() { return .send(bytes) }
    if let key = channel.takeKey() { return .encryptTicket(publicKey: key) }
    if let notice = channel.takeNotice() { return .event(.notice(notice)) }
    return events.popFirst().map { .event($0) }
  }

  private mutating func handle(_ message: PlaybackServerMessage) throws(PlaybackFault) {
    switch message {
    case .start(let format, let time): try begin(format, time)
    case .mode(let time, let mode, _): try change(mode, time)
    case .data(let time, let bytes): play(bytes, time)
    case .stop:
      guard stream != nil else { return }
      stream = nil
      events.append(.stopped)
    case .volume(let volumes): events.append(.volume(volumes))
    case .mute(let isMuted): events.append(.mute(isMuted))
    case .latency(let milliseconds): events.append(.latency(milliseconds))
    }
  }

  private mutating func begin(_ format: AudioFormat, _ time: UInt32) throws(PlaybackFault) {
    let limits = channel.setup.limits
    guard format.format == AudioFormat.signed16 else { throw .sampleFormat(format.format) }
    guard format.channels > 0, format.channels <= limits.audioChannels, format.rate > 0,
      format.rate <= limits.audioRate
    else { throw .format(channels: format.channels, rate: format.rate) }
    stream = format
    events.append(.started(format, mode: mode, time: time))
  }

  private mutating func change(_ number: UInt16, _ time: UInt32) throws(PlaybackFault) {
    guard let named = AudioMode(rawValue: number), named == .raw || named == .opus && decodesOpus else {
      throw .mode(number)
    }
    guard named != mode else { return }
    mode = named
    if let stream { events.append(.started(stream, mode: named, time: time)) }
  }

  private mutating func play(_ bytes: ArraySlice<UInt8>, _ time: UInt32) {
    // Sound of a stream that has ended, or none: nobody knows its format.
    guard let stream else { return }
    let frame = mode == .raw ? 2 * Int(stream.channels) : 1
    let whole = bytes.prefix(bytes.count / frame * frame)
    if !whole.isEmpty { events.append(.data(time: time, whole)) }
  }
}
