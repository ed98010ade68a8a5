import SpiceClient
import SpiceProtocol
import SpiceSession
import SpiceTransport

/// Why the gateway does not carry a browser's channel, or carries it no longer.
///
/// The page gets it as a WebSocket's farewell: a code, and a sentence that fits into the 123 bytes such a farewell has and
/// names nothing of what is behind the gateway. Codes from 4500 on may pass: the page tries again.
public enum GatewayRefusal: Error, Sendable, Hashable {
  /// Made up, signed by another gateway, or by this one before it was started anew.
  case unknownToken
  case expiredToken
  case revokedToken
  /// Its session is open or over, and it opens no second one.
  case usedToken
  /// The channel is of another session than the token's.
  case strangeSession
  case tooManyChannels(limit: Int)
  /// The server refused the password that the gateway has for it.
  case passwordRefused
  /// What the gateway has to go by (a `.vv` file, a password's file) cannot be used.
  case misconfigured
  case unreachable
  case nameUnknown
  /// It accepted the connection, and then said nothing or nothing more.
  case silent
  case stranger(StrangePeer)
  case untrusted
  /// An HTTP proxy stands before it and said no; its token may have expired.
  case proxyRefused
  case notSPICE
  case tooManySessions
  case closing
  /// The main channel has ended, and with it the session.
  case sessionOver
  /// The client broke SPICE's link stage.
  case badClient

  /// Of the farewell, RFC 6455's private range.
  public var code: UInt16 {
    switch self {
    case .badClient: 4400
    case .unknownToken: 4401
    case .usedToken: 4402
    case .strangeSession: 4403
    case .revokedToken: 4404
    case .tooManyChannels: 4405
    case .expiredToken: 4410
    case .passwordRefused: 4420
    case .untrusted: 4421
    case .misconfigured: 4422
    case .stranger, .notSPICE: 4423
    case .proxyRefused: 4424
    case .sessionOver: 4500
    case .unreachable, .nameUnknown: 4502
    case .closing: 4503
    case .silent: 4504
    case .tooManySessions: 4505
    }
  }

  /// For the metrics and the log.
  public var label: String {
    switch self {
    case .unknownToken: "unknown_token"
    case .expiredToken: "expired_token"
    case .revokedToken: "revoked_token"
    case .usedToken: "used_token"
    case .strangeSession: "strange_session"
    case .tooManyChannels: "too_many_channels"
    case .passwordRefused: "password_refused"
    case .misconfigured: "misconfigured"
    case .unreachable: "unreachable"
    case .nameUnknown: "name_unknown"
    case .silent: "silent"
    case .stranger: "stranger"
    case .untrusted: "untrusted"
    case .proxyRefused: "proxy_refused"
    case .notSPICE: "not_spice"
    case .tooManySessions: "too_many_sessions"
    case .closing: "closing"
    case .sessionOver: "session_over"
    case .badClient: "bad_client"
    }
  }

  var farewell: WebSocketFarewell { WebSocketFarewell(code: code, words: description) }
}

extension GatewayRefusal: CustomStringConvertible {
  public var description: String {
    switch self {
    case .unknownToken: "The gateway does not know this link to a console. Ask for a new one."
    case .expiredToken: "This link to a console has expired. Ask for a new one."
    case .revokedToken: "This link to a console was taken back."
    case .usedToken: "This link to a console has opened its one session already. Ask for a new one."
    case .strangeSession: "This link to a console opens no channel of another session."
    case .tooManyChannels(let limit): "The gateway carries \(limit) channels of a session at most."
    case .passwordRefused: "The server refuses the password that the gateway has for it: it is wrong or has expired."
    case .misconfigured: "The gateway cannot use what it was told of this console; its log says why."
    case .unreachable: "The gateway does not reach the server: nothing answers there. Is the machine running?"
    case .nameUnknown: "The gateway does not find the server: its name has no address."
    case .silent: "The server took the gateway's call and then said nothing. It hangs, or it is no SPICE server."
    case .stranger(.vnc): "Behind the gateway is a VNC server, and this console speaks SPICE alone."
    case .stranger(.http): "Behind the gateway is a web server where a SPICE server should be."
    case .stranger(.tls): "The server behind the gateway speaks TLS at this port; the gateway was told otherwise."
    case .stranger(.ssh): "Behind the gateway is an SSH server where a SPICE server should be."
    case .stranger(.unknown), .notSPICE: "What answers behind the gateway does not speak SPICE as it should."
    case .untrusted: "The gateway does not trust the server: TLS or its certificate is not right."
    case .proxyRefused: "The proxy before the server refused the gateway; its ticket may have expired."
    case .tooManySessions: "The gateway has as many sessions as it takes. Try again later."
    case .closing: "The gateway is being shut down."
    case .sessionOver: "The session has ended."
    case .badClient: "The client broke the first stage of SPICE; the gateway's log says how."
    }
  }
}

extension GatewayRefusal {
  /// What a failure to reach the server comes to.
  init(_ error: TransportError) {
    self =
      switch error {
      case .nameNotFound: .nameUnknown
      case .notTLS, .tlsFailed, .certificate: .untrusted
      case .badAddress, .badProxy, .badTLSSettings: .misconfigured
      case .proxyRefused, .notAProxy: .proxyRefused
      case .webSocketRefused, .webSocketBroken: .notSPICE
      default: .unreachable
      }
  }

  /// What a failure of the far link stage comes to.
  init(_ failure: LinkFailure) {
    self =
      switch failure {
      case .strangePeer(let peer, _): .stranger(peer)
      case .timedOut: .silent
      case .noCommonMechanism, .ticketRefused: .passwordRefused
      case .passwordTooLong: .misconfigured
      default: .notSPICE
      }
  }
}
