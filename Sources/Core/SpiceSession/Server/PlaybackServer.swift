import SpiceProtocol

/// News from a client on the playback channel, which has none but what every channel has.
public enum PlaybackServerEvent: Sendable, Hashable {
  case notice(ServerNotice)
}

/// A server's playback channel: the guest's sound on its way to the client.
///
/// Sound that cannot be sent in time is worth nothing: what waits is bounded, and the oldest of it is dropped.
public struct PlaybackServer: ServerEngine {
  /// This server's capabilities of the playback channel.
  public static let capabilities = Capabilities(
    [PlaybackCapability.volume, .latency, .opus].map { $0.rawValue })
  /// Messages that the client confirms together.
  public static let ackWindow: UInt32 = 20
  /// Packets that may wait: with 10 ms in each, a third of a second.
  public static let packetLimit = 32
  /// Bytes in them.
  public static let byteLimit = 256 << 10

  private struct Stream: Sendable, Equatable {
    /// Counts the streams, so that a new one of the same format is another.
    var number: Int
    var format: AudioFormat
    var mode: AudioMode
    /// Multimedia milliseconds.
    var time: UInt32
  }

  private struct Controls: Sendable, Equatable {
    var volume: [UInt16]?
    var mute: Bool?
    var latency: UInt32?
  }

  public var channel: ServerChannel
  /// Packets that were dropped because the client did not take them in time.
  public private(set) var droppedPackets: UInt64 = 0
  private var stream: Stream?
  private var toldStream: Stream?
  private var toldMode: AudioMode?
  private var controls = Controls()
  private var toldControls = Controls()
  private var streams = 0
  private var packets = PacketQueue(packets: packetLimit, bytes: byteLimit)
  private var isStarted = false

  public init(_ link: AcceptedLink, limits: SessionLimits = .standard) {
    channel = ServerChannel(link, limits: limits)
  }

  public mutating func start(at now: Moment, _ shared: inout NothingShared) {
    isStarted = true
    channel.requestAcks(window: PlaybackServer.ackWindow)
  }

  public mutating func process(at now: Moment, _ shared: inout NothingShared) throws(SessionError) {
    // A client says nothing here but what it says on every channel.
    while let raw = try channel.nextMessage(at: now) { channel.passOver(raw) }
  }

  public mutating func next() -> ServerEffect<PlaybackServerEvent>? {
    if isStarted { sendChanges() }
    if let bytes = channel.takeOutput() { return .send(bytes) }
    return channel.takeNotice().map { .event(.notice($0)) }
  }

  // MARK: The host's words

  /// Whether the client plays sound in that form. Raw samples every client plays.
  public func supports(_ mode: AudioMode) -> Bool {
    switch mode {
    case .raw: true
    case .opus: channel.agreed(PlaybackCapability.opus.rawValue)
    case .celt051: false
    }
  }

  /// Begins a stream; what there was of another ends.
  ///
  /// - Parameter time: When it begins, in multimedia milliseconds.
  /// - Returns: False where the client does not play that mode; nothing is changed then.
  public mutating func begin(_ format: AudioFormat, mode: AudioMode = .raw, time: UInt32) -> Bool {
    guard supports(mode) else { return false }
    end()
    streams += 1
    stream = Stream(number: streams, format: format, mode: mode, time: time)
    return true
  }

  /// Plays interleaved samples, or one Opus packet, at that multimedia millisecond; nothing where no stream has begun.
  public mutating func play(_ data: [UInt8], time: UInt32) {
    guard stream != nil else { return }
    droppedPackets += packets.append(AudioPacket(time: time, data: data))
  }

  /// Ends the stream; what was not sent of it is dropped.
  public mutating func end() {
    stream = nil
    droppedPackets += packets.removeAll()
  }

  /// One value a channel; 65535 is full. Clients without the capability VOLUME do not hear of it.
  public mutating func setVolume(_ volume: [UInt16]) {
    controls.volume = volume
  }

  /// As with `setVolume(_:)`.
  public mutating func setMute(_ mute: Bool) {
    controls.mute = mute
  }

  /// The least latency wanted, in milliseconds. Clients without the capability LATENCY do not hear of it.
  public mutating func setLatency(_ milliseconds: UInt32) {
    controls.latency = milliseconds
  }

  // MARK: Sending

  private mutating func sendChanges() {
    guard channel.mayPush else { return }
    if toldStream != nil, toldStream != stream {
      channel.send(PlaybackServerMessage.stop)
      toldStream = nil
    }
    sendControls()
    if let stream, toldStream == nil { begin(stream) }
    while channel.mayPush, let packet = packets.popFirst() {
      channel.send(PlaybackServerMessage.data(time: packet.time, packet.data[...]))
    }
  }

  private mutating func begin(_ stream: Stream) {
    // The client makes its decoder at START, of the mode it heard of last.
    if toldMode != stream.mode {
      channel.send(PlaybackServerMessage.mode(time: stream.time, mode: stream.mode.rawValue, []))
      toldMode = stream.mode
    }
    channel.send(PlaybackServerMessage.start(stream.format, time: stream.time))
    toldStream = stream
  }

  private mutating func sendControls() {
    guard controls != toldControls else { return }
    if channel.agreed(PlaybackCapability.volume.rawValue) {
      if let volume = controls.volume, volume != toldControls.volume {
        channel.send(PlaybackServerMessage.volume(volume))
      }
      if let mute = controls.mute, mute != toldControls.mute { channel.send(PlaybackServerMessage.mute(mute)) }
    }
    if channel.agreed(PlaybackCapability.latency.rawValue), let latency = controls.latency,
      latency != toldControls.latency
    {
      channel.send(PlaybackServerMessage.latency(latency))
    }
    toldControls = controls
  }
}
