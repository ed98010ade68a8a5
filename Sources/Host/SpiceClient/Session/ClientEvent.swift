import SpicePixels
import SpiceProtocol
import SpiceSession

/// News of a session.
public enum ClientEvent: Sendable {
  /// The server let a channel in.
  case channelOpened(ChannelID)
  /// A display's picture has a new size.
  case displayResized(display: Int, Size)
  /// The monitors on a display's surface.
  case monitors(display: Int, [MonitorHead])
  case cursor(CursorState)
  /// Who moves the pointer.
  case mouseMode(MouseModes)
  /// The keyboard's lock lights.
  case keyboardModifiers(KeyboardModifiers)
  case agentConnected(Bool)
  /// A text that the server has for the person.
  case message(String, severity: UInt32)
  /// A message number that the protocol does not have was passed over.
  case unknownMessage(ChannelID, type: UInt16)
  /// The virtual machine moves to another host; this client does not follow it yet.
  case migration(host: String, port: UInt16, securePort: UInt16)
  /// The session is over; nil where this side ended it.
  case ended(ClientError?)
}

/// What is known of a session; a snapshot.
public struct SessionInformation: Sendable {
  /// Nil before the server has opened the session.
  public var session: MainInit?
  public var name: String?
  /// 16 bytes.
  public var uuid: [UInt8]?
  /// What the server offers.
  public var channels: [ChannelID] = []
  /// What was agreed on for each channel that is open.
  public var links: [ChannelID: Negotiated] = [:]
  /// The protocol's version, `TLS 1.3`, of the channels that use TLS.
  public var tls: [ChannelID: String] = [:]
  public var mouseMode: MouseModes = []
  public var supportedMouseModes: MouseModes = []
  public var isAgentConnected = false
  public var keyboardModifiers: KeyboardModifiers = []

  public init() {}
}
