import SpiceProtocol
import SpiceSession
import SpiceTransport

/// Why a session could not begin or go on. Each description names the cause and what to do.
public enum ClientError: Error, Sendable, CustomStringConvertible {
  /// The address does not say where to connect.
  case noPort(host: String)
  /// A channel has to be secure, and no TLS port is known.
  case noTLSPort(ChannelID)
  case transport(TransportError)
  case session(SessionError)
  /// The server let the client in and then did not open the session.
  case notOpened(after: Duration)
  /// The server lists no channel of that kind.
  case channelMissing(ChannelType)
  /// The server offers such a channel, and the options or the target kept it from being opened.
  case channelUnused(ChannelType)
  /// There are fewer displays than that.
  case noSuchDisplay(Int, available: Int)
  /// Nothing was shown in that time.
  case noPicture(after: Duration)
  /// Other channels did not handle in time what this one has to wait for; the list is empty where it waits for images
  /// of theirs.
  case waitedForChannels(ChannelID, [ChannelWait], after: Duration)
  /// The server keeps the pointer to itself, so that it can be moved but not placed.
  case noClientMouse
  /// A text has a character that no key of the layout types.
  case untypable(UntypableCharacter)
  /// The server said good-bye; the reason is a `LinkErrorCode`.
  case disconnected(reason: UInt32)
  /// This side ended the session.
  case closed

  public var description: String {
    switch self {
    case .noPort(let host): "no port is given for \(host): write spice://\(host):5900, or spice+tls://\(host):5901"
    case .noTLSPort(let channel):
      "the \(channel) channel has to use TLS and no TLS port is known: add tls-port=… to the address"
    case .transport(let error): error.description
    case .session(let error): error.description
    case .notOpened(let time):
      "the server let this client in and then did not open the session within \(time); it hangs, or it is being shut down"
    case .channelMissing(let type): "the server offers no \(type.name) channel"
    case .channelUnused(let type):
      "this session does without its \(type.name) channel: the client's options leave it out, or the key file's "
        + "disable-channels names it"
    case .noSuchDisplay(let display, let available):
      "there is no display \(display); the server has \(available), counted from 0"
    case .noPicture(let time): "the server showed no picture within \(time)"
    case .waitedForChannels(let channel, let waits, let time) where waits.isEmpty:
      "the \(channel) channel needs images that other display channels have to bring, and they did not come within \(time)"
    case .waitedForChannels(let channel, let waits, let time):
      "the \(channel) channel was told to wait for \(waits.map { "\($0.channel) message \($0.serial)" }.joined(separator: ", ")), "
        + "which did not come within \(time)"
    case .noClientMouse:
      "the server moves the pointer itself and takes no positions; run a guest agent, or give the machine a tablet device"
    case .untypable(let character): character.description
    case .disconnected(let code):
      if let reason = LinkErrorCode(rawValue: code) {
        "the server ended the session (\(reason.name))"
      } else {
        "the server ended the session with reason \(code), which the protocol does not name"
      }
    case .closed: "the session was closed"
    }
  }
}
