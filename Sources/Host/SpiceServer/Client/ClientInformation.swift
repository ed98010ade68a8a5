import SpiceProtocol
import SpiceSession
import SpiceTransport

/// A client of this server, known by a number that no other has while the server lives.
public struct ClientID: Hashable, Sendable, CustomStringConvertible {
  let number: UInt32

  public var description: String { "client \(number)" }
}

/// Who a client is and how it came.
public struct ClientInformation: Sendable {
  public let id: ClientID
  public let address: Address
  public let way: Caller.Way
  /// Of the main channel.
  public let capabilities: (common: Capabilities, main: Capabilities)
  /// The channels it has open.
  public internal(set) var channels: [ChannelID] = []
  /// Microseconds, the smallest of late; nil before the first answer.
  public internal(set) var roundTrip: UInt64?
}

/// News of a server.
public enum ServerEvent: Sendable {
  /// A session was opened.
  case joined(ClientInformation)
  /// A session has ended; the text says why.
  case left(ClientID, reason: String)
  /// A client would like monitors of those sizes at those places, for example because its window was resized.
  case monitorsWished(ClientID, [Monitor])

  public struct Monitor: Sendable, Hashable {
    public var x: Int
    public var y: Int
    public var width: Int
    public var height: Int
  }
}

/// What a client's keyboard and pointer do.
public struct ClientInput: Sendable, Hashable {
  public enum Action: Sendable, Hashable {
    case key(KeyChange)
    /// The lock lights that the client's keyboard has.
    case modifiers(KeyboardModifiers)
    /// The pointer moves by that many pixels (server mouse mode).
    case motion(dx: Int, dy: Int)
    /// The pointer is at that pixel of a screen (client mouse mode).
    case position(x: Int, y: Int, screen: Int)
    case press(MouseButton)
    case release(MouseButton)
    /// Notches of the wheel: -1 up, 1 down.
    case wheel(Int)
  }

  public var client: ClientID
  public var action: Action
}
