import SpiceProtocol

/// News from a client on the record channel.
public enum RecordServerEvent: Sendable, Hashable {
  case notice(ServerNotice)
  /// The client's samples begin, at that time on its own clock in milliseconds.
  case began(time: UInt32)
  /// Interleaved samples, or one Opus packet.
  case samples(AudioMode, time: UInt32, ArraySlice<UInt8>)
}

/// A server's record channel: the client's microphone on its way to the guest.
public struct RecordServer: ServerEngine {
  /// This server's capabilities of the record channel.
  public static let capabilities = Capabilities([RecordCapability.volume, .opus].map { $0.rawValue })

  public var channel: ServerChannel
  /// Nil while the client is to be silent.
  public private(set) var format: AudioFormat?
  /// How the client codes its samples.
  public private(set) var mode = AudioMode.raw
  private var events = Queue<RecordServerEvent>()

  public init(_ link: AcceptedLink, limits: SessionLimits = .standard) {
    channel = ServerChannel(link, limits: limits)
  }

  public mutating func start(at now: Moment, _ shared: inout NothingShared) {}

  public mutating func process(at now: Moment, _ shared: inout NothingShared) throws(SessionError) {
    while let raw = try channel.nextMessage(at: now) {
      if RecordClientMessage.Kind(rawValue: raw.type) == nil {
        channel.passOver(raw)
        continue
      }
      let message = try channel.decode(RecordClientMessage.self, raw)
      do throws(ClientFault) {
        try handle(message)
      } catch {
        throw .client(channel.id, serial: raw.serial, error)
      }
    }
  }

  public mutating func next() -> ServerEffect<RecordServerEvent>? {
    if let bytes = channel.takeOutput() { return .send(bytes) }
    if let notice = channel.takeNotice() { return .event(.notice(notice)) }
    return events.popFirst().map { .event($0) }
  }

  // MARK: The host's words

  /// Asks for samples of that format; the client chooses how it codes them.
  public mutating func begin(_ format: AudioFormat) {
    end()
    self.format = format
    channel.send(RecordServerMessage.start(format))
  }

  /// Asks for silence. What is still on its way is dropped.
  public mutating func end() {
    guard format != nil else { return }
    format = nil
    channel.send(RecordServerMessage.stop)
  }

  /// One value a channel; 65535 is full. Clients without the capability VOLUME do not hear of it.
  public mutating func setVolume(_ volume: [UInt16]) {
    if channel.agreed(RecordCapability.volume.rawValue) { channel.send(RecordServerMessage.volume(volume)) }
  }

  /// As with `setVolume(_:)`.
  public mutating func setMute(_ mute: Bool) {
    if channel.agreed(RecordCapability.volume.rawValue) { channel.send(RecordServerMessage.mute(mute)) }
  }

  // MARK: The client's words

  private mutating func handle(_ message: RecordClientMessage) throws(ClientFault) {
    switch message {
    case .startMark(let time): if format != nil { events.append(.began(time: time)) }
    case .mode(_, let number, _):
      guard let mode = AudioMode(rawValue: number), accepts(mode) else { throw .audioMode(number) }
      self.mode = mode
    case .data(let time, let data): if format != nil { events.append(.samples(mode, time: time, data)) }
    }
  }

  private func accepts(_ mode: AudioMode) -> Bool {
    switch mode {
    case .raw: true
    case .opus: channel.agreed(RecordCapability.opus.rawValue)
    case .celt051: false
    }
  }
}
