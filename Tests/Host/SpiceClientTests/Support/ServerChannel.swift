import SpicePixels
import SpiceProtocol
import SpiceTransport
import Synchronization

/// A channel that was let in, from the server's side.
final class ServerChannel: Sendable {
  let id: ChannelID
  let header: HeaderKind
  private let stream: ByteStream
  private let sent = Mutex<UInt64>(0)

  init(_ id: ChannelID, _ stream: ByteStream, header: HeaderKind) {
    self.id = id
    self.stream = stream
    self.header = header
  }

  /// Sends messages in one piece.
  func send(_ messages: any ChannelMessage...) async throws {
    try await send(messages)
  }

  func send(_ messages: [any ChannelMessage]) async throws {
    try await write(messages.flatMap { bytes(of: $0.type, $0.body) })
  }

  func write(_ bytes: [UInt8]) async throws {
    try await stream.connection.write(bytes)
  }

  /// A message with its header; it has to be sent next.
  func bytes(of type: UInt16, _ body: [UInt8], announcing size: Int? = nil) -> [UInt8] {
    let serial = sent.withLock { sent in
      sent += 1
      return sent
    }
    var writer = ByteWriter()
    MessageHeader(serial: serial, type: type, size: UInt32(size ?? body.count)).write(header, to: &writer)
    return writer.bytes + body
  }

  /// The client's next message.
  func receive() async throws -> RawMessage {
    let head = try await stream.exactly(header.size)
    var reader = ByteReader(head[...], structure: "client message")
    let header = try MessageHeader(self.header, serial: 0, from: &reader)
    return RawMessage(serial: header.serial, type: header.type, body: try await stream.exactly(Int(header.size))[...])
  }

  /// Reads until the client has gone.
  func drain() async throws {
    while true { _ = try await receive() }
  }

  // MARK: Main

  func openSession(_ script: ScriptedServer.Script) async throws {
    try await sendInit(script)
    while try await receive().type != MainClientMessage.Kind.attachChannels.rawValue {}
    try await send(MainServerMessage.channelsList(script.channels))
  }

  func sendInit(_ script: ScriptedServer.Script) async throws {
    try await send(
      MainServerMessage.initialize(
        MainInit(
          sessionID: 0x1234_5678, displayChannelsHint: 1, supportedMouseModes: script.mouseModes.supported,
          currentMouseMode: script.mouseModes.current, agentConnected: false, agentTokens: 10, multimediaTime: 1,
          ramHint: 0)))
  }

  // MARK: Inputs

  /// Notes what comes, and acknowledges every fourth motion.
  func takeInput(into inputs: Recorder<InputsClientMessage>, acknowledging: Bool = true) async throws {
    try await send(InputsServerMessage.initialize([]))
    var motions = 0
    while true {
      let raw = try await receive()
      guard let message = try? InputsClientMessage(type: raw.type, body: raw.body) else { continue }
      inputs.append(message)
      switch message {
      case .mouseMotion, .mousePosition: motions += 1
      default: continue
      }
      if acknowledging, motions % 4 == 0 { try await send(InputsServerMessage.mouseMotionAck) }
    }
  }

  // MARK: Display

  func expectDisplayInit() async throws {
    let message = try await receive()
    guard message.type == DisplayClientMessage.Kind.initialize.rawValue else {
      throw Unexpected("message \(message.type) before the display's INIT")
    }
  }

  /// Makes the screen, one colour all over, and marks it complete.
  func show(_ color: UInt32) async throws {
    try await send(Screen.create(), Screen.fill(Rect(Screen.size), color), DisplayServerMessage.mark)
  }
}

/// The screen of scripted servers, and what is drawn on it.
enum Screen {
  static let size = Size(width: 64, height: 48)
  static let red: UInt32 = 0xFF_0000
  static let green: UInt32 = 0x00_FF00
  static let blue: UInt32 = 0x00_00FF

  static func create(_ size: Size = size) -> DisplayServerMessage {
    .surfaceCreate(
      SurfaceCreate(
        id: 0, width: UInt32(size.width), height: UInt32(size.height), format: 32, flags: SurfaceCreate.primary))
  }

  static func fill(_ box: Rect, _ color: UInt32) -> DisplayServerMessage {
    .draw(DrawBase(surface: 0, box: box), .fill(brush: .solid(color), rop: put, mask: .none))
  }

  /// An image of the box's size.
  static func copy(_ content: ImageContent, to box: Rect) -> DisplayServerMessage {
    let image = Image(id: 1, width: UInt32(box.width), height: UInt32(box.height), content: content)
    return .draw(
      DrawBase(surface: 0, box: box),
      .copy(source: image, area: Rect(box.size), rop: put, scale: .nearest, mask: .none))
  }

  /// `SPICE_ROPD_OP_PUT`.
  private static let put: UInt16 = 8
}

extension Rect {
  init(x: Int32, y: Int32, width: Int32, height: Int32) {
    self.init(left: x, top: y, right: x + width, bottom: y + height)
  }
}

extension Raster {
  /// The colour at a place, without the byte that means nothing.
  func color(_ x: Int, _ y: Int) -> UInt32 { self[x, y] & 0xFF_FFFF }

  /// The colour that all pixels have; nil where there are several.
  var only: UInt32? {
    guard let first = pixels.first else { return nil }
    return pixels.allSatisfy { $0 & 0xFF_FFFF == first & 0xFF_FFFF } ? first & 0xFF_FFFF : nil
  }
}
