import SpiceTransport

/// Why a server cannot start.
public enum ServerError: Error, Sendable, CustomStringConvertible {
  case transport(TransportError)
  /// More than 60 bytes, which no ticket has room for.
  case passwordTooLong(bytes: Int)
  case noAddress
  case noScreen
  case tooManyScreens(Int, limit: Int)
  case uuid(bytes: Int)
  /// Too many, or two of one name.
  case ports(Int, limit: Int)
  /// TLS is asked for and there is no certificate.
  case noIdentity
  case key(String)

  public var description: String {
    switch self {
    case .transport(let error): "\(error)"
    case .passwordTooLong(let bytes):
      "the password has \(bytes) bytes of UTF-8; a SPICE ticket has room for 60"
    case .noAddress: "the server has no address to listen at"
    case .noScreen: "the server has no screen; it needs at least one"
    case .tooManyScreens(let count, let limit): "the server has \(count) screens; clients open \(limit) at most"
    case .uuid(let bytes): "the machine's UUID has \(bytes) bytes and not 16"
    case .ports(let count, let limit):
      "the server has \(count) ports; it may have \(limit), and no two of one name"
    case .noIdentity:
      "channels or addresses are to be served over TLS, and there is no certificate; give one with its key"
    case .key(let reason): "no RSA key could be made for the tickets: \(reason)"
    }
  }
}
