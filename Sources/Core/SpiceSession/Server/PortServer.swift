import SpiceCodecs
import SpiceProtocol

/// News from a client on a device's channel.
public enum PortServerEvent: Sendable, Hashable {
  case notice(ServerNotice)
  case data(ArraySlice<UInt8>)
  /// The client's end was opened or closed, or it sends a break (ports and webdav).
  case port(PortEvent)
}

/// A server's channel for a device's bytes, both ways: port, webdav and usbredir. Port and webdav have a name, and are
/// opened and closed by either end.
public struct PortServer: ServerEngine {
  /// This server's capabilities of these channels.
  public static let capabilities = Capabilities([VMCCapability.dataCompressLZ4.rawValue])
  /// Bytes of one DATA to the client at most.
  public static let chunkSize = 32 << 10
  /// Bytes that one `send` effect holds at most, so that a host with a full line may stop between two.
  private static let chunksPerSend = 4

  public var channel: ServerChannel
  /// UTF-8, such as `org.spice-space.webdav.0`.
  public let name: [UInt8]
  /// Whether the device's end is open.
  public private(set) var isOpened: Bool
  /// Bytes that wait to be sent.
  public private(set) var waitingBytes = 0
  private var waiting = Queue<ArraySlice<UInt8>>()
  private var current: ArraySlice<UInt8> = []
  private var events = Queue<PortServerEvent>()

  public init(
    _ link: AcceptedLink, name: [UInt8] = [], isOpened: Bool = false, limits: SessionLimits = .standard
  ) {
    channel = ServerChannel(link, limits: limits)
    self.name = name
    self.isOpened = isOpened
  }

  private var isPort: Bool { channel.id.type == .port || channel.id.type == .webdav }

  /// INIT, where the channel is a port.
  public mutating func start(at now: Moment, _ shared: inout NothingShared) {
    if isPort { channel.send(PortServerMessage.initialize(name: name, opened: isOpened)) }
  }

  public mutating func process(at now: Moment, _ shared: inout NothingShared) throws(SessionError) {
    while let raw = try channel.nextMessage(at: now) {
      let isStream = VMCMessage.Kind(rawValue: raw.type) != nil
      guard isStream || isPort && PortClientMessage.Kind(rawValue: raw.type) != nil else {
        channel.passOver(raw)
        continue
      }
      let message = try channel.decode(PortClientMessage.self, raw)
      do throws(ClientFault) {
        try handle(message)
      } catch {
        throw .client(channel.id, serial: raw.serial, error)
      }
    }
  }

  public mutating func next() -> ServerEffect<PortServerEvent>? {
    if let bytes = channel.takeOutput() { return .send(bytes) }
    if let notice = channel.takeNotice() { return .event(.notice(notice)) }
    if let event = events.popFirst() { return .event(event) }
    sendChunks()
    return channel.takeOutput().map { .send($0) }
  }

  // MARK: The host's words

  /// Sends bytes of the device's, when the client has room for them.
  ///
  /// - Returns: False where more than `SessionLimits.waitingDeviceBytes` would wait; nothing of them is sent then.
  public mutating func send(_ data: [UInt8]) -> Bool {
    if data.isEmpty { return true }
    guard data.count <= channel.limits.waitingDeviceBytes - waitingBytes else { return false }
    waiting.append(data[...])
    waitingBytes += data.count
    return true
  }

  /// The device's end was opened or closed. What waits is sent before.
  public mutating func setOpened(_ isOpened: Bool) {
    guard isPort, isOpened != self.isOpened else { return }
    self.isOpened = isOpened
    tell(isOpened ? .opened : .closed)
  }

  /// The device sends a break.
  public mutating func sendBreak() {
    if isPort { tell(.breakSignal) }
  }

  private mutating func tell(_ event: PortEvent) {
    while sendChunk() {}
    channel.send(PortServerMessage.event(event.rawValue))
  }

  private mutating func sendChunks() {
    for _ in 0..<PortServer.chunksPerSend where channel.mayPush {
      guard sendChunk() else { return }
    }
  }

  /// False where nothing waits.
  private mutating func sendChunk() -> Bool {
    if current.isEmpty {
      guard let next = waiting.popFirst() else { return false }
      current = next
    }
    let chunk = current.prefix(PortServer.chunkSize)
    current = current.dropFirst(chunk.count)
    waitingBytes -= chunk.count
    channel.send(VMCMessage.data(chunk))
    return true
  }

  // MARK: The client's words

  private mutating func handle(_ message: PortClientMessage) throws(ClientFault) {
    switch message {
    case .stream(.data(let data)): events.append(.data(data))
    case .stream(.compressed(let value)): events.append(.data(try unpacked(value)))
    case .event(let number):
      guard let event = PortEvent(rawValue: number) else { throw .portEvent(number) }
      events.append(.port(event))
    }
  }

  private func unpacked(_ value: CompressedData) throws(ClientFault) -> ArraySlice<UInt8> {
    guard channel.agreed(VMCCapability.dataCompressLZ4.rawValue) else { throw .compressionNotAgreed }
    guard value.method == .lz4 else { return value.data }
    let limit = channel.limits.longClientMessage
    guard Int(clamping: value.plainSize) <= limit else { throw .plainSize(value.plainSize, limit: limit) }
    let plain: [UInt8]
    do throws(CodecError) {
      plain = try LZ4.decodeBlock(value.data, limit: Int(value.plainSize))
    } catch {
      throw .compressedData(error)
    }
    guard plain.count == Int(value.plainSize) else {
      throw .plainSizeDiffers(said: value.plainSize, decoded: plain.count)
    }
    return plain[...]
  }
}
