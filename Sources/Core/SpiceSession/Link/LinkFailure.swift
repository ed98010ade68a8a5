import SpiceProtocol

/// Who answered instead of a SPICE server, judged by the first bytes.
public enum StrangePeer: Sendable, Hashable {
  /// `RFB 003.008\n`: VNC.
  case vnc
  case http
  /// A TLS record: this is the TLS port, or something else that speaks TLS.
  case tls
  case ssh
  case unknown
}

/// Where the link stage was when it ended.
public enum LinkStage: Sendable, Hashable {
  case awaitingReply
  /// Some bytes of the reply have come.
  case receivingReply
  case awaitingTicket
  case awaitingResult

  var waitedFor: StaticString {
    switch self {
    case .awaitingReply: "its link reply"
    case .receivingReply: "the rest of its link reply"
    case .awaitingTicket: "the ticket"
    case .awaitingResult: "its answer to the ticket"
    }
  }
}

/// Why two ends did not come together.
public enum LinkFailure: Error, Sendable, CustomStringConvertible {
  case strangePeer(StrangePeer, firstBytes: [UInt8])
  case majorVersion(UInt32)
  case replyTooLong(size: UInt32, limit: Int)
  case malformedReply(WireError)
  /// The server's link reply carries an error.
  case refused(code: UInt32)
  /// The server wants a mechanism that is not spoken here.
  case noCommonMechanism
  /// The answer to the ticket.
  case ticketRefused(code: UInt32, passwordGiven: Bool)
  case passwordTooLong(bytes: Int)
  case ticketFailed(String)
  case closed(LinkStage)
  case timedOut(LinkStage)

  public var description: String {
    switch self {
    case .strangePeer(let peer, let bytes): LinkFailure.describe(peer, bytes)
    case .majorVersion(let version):
      "the server speaks SPICE version \(version); this client speaks version \(LinkConstants.majorVersion)"
    case .replyTooLong(let size, let limit):
      "the server announces a link reply of \(size) bytes; at most \(limit) are accepted. It is no SPICE server, "
        + "or bytes were changed on the way"
    case .malformedReply(let error): "the server's link reply is malformed: \(error)"
    case .refused(let code): LinkFailure.describe(code, "the server refused the link")
    case .noCommonMechanism:
      "the server offers no SPICE ticket authentication (only SASL); configure a SPICE password there"
    case .ticketRefused(LinkErrorCode.permissionDenied.rawValue, let given):
      given
        ? "the server refused the password: it is wrong, or it has expired (in QEMU a ticket can carry an expiry)"
        : "the server wants a password and none was given: set SAFFRON_PASSWORD, or use --password-file"
    case .ticketRefused(let code, _): LinkFailure.describe(code, "the server refused the ticket")
    case .passwordTooLong(let bytes):
      "the password has \(bytes) bytes; SPICE tickets carry at most \(LinkConstants.passwordLimit)"
    case .ticketFailed(let reason): "the ticket could not be encrypted with the server's key: \(reason)"
    case .closed(.awaitingReply):
      "the peer closed the connection before it answered; it is no SPICE server, it is a SPICE server's TLS port spoken "
        + "to plainly (try spice+tls://), or it accepts no more clients"
    case .closed(.awaitingTicket): "the server closed the connection while the ticket was encrypted on this side"
    case .closed(let stage): "the server closed the connection before it sent \(stage.waitedFor)"
    case .timedOut(.awaitingReply):
      "the peer accepted the connection and then said nothing; it waits for another protocol, such as a TLS port spoken "
        + "to plainly (try spice+tls://), or it hangs"
    case .timedOut(.awaitingTicket): "the ticket was not encrypted on this side in time"
    case .timedOut(let stage): "the server went silent; \(stage.waitedFor) did not come in time"
    }
  }

  private static func describe(_ code: UInt32, _ what: StaticString) -> String {
    if let known = LinkErrorCode(rawValue: code) {
      return "\(what) (error \(code), \(known.name)): \(known.meaning)"
    }
    return "\(what) with error \(code), which the protocol does not name"
  }

  private static func describe(_ peer: StrangePeer, _ bytes: [UInt8]) -> String {
    switch peer {
    case .vnc: "the peer is a VNC server (it greets with \"RFB \"); connect with a VNC client, or find the SPICE port"
    case .http:
      "the peer is an HTTP server (it answers \"HTTP\"); a SPICE server behind it may be reached through it as a proxy"
    case .tls: "the peer answers in TLS: this is a TLS port, so connect with spice+tls://host:port or tls-port="
    case .ssh: "the peer is an SSH server; forward a port through it to the SPICE server and connect to that"
    case .unknown:
      "the peer is no SPICE server: its first bytes are \(hexadecimal(bytes)), and SPICE begins with 52 45 44 51 (REDQ)"
    }
  }
}

/// Bytes as two-digit hexadecimal numbers with spaces between.
public func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
  let digits: [Character] = [
    "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "a", "b", "c", "d", "e", "f",
  ]
  var text = ""
  for byte in bytes {
    if !text.isEmpty { text.append(" ") }
    text.append(digits[Int(byte >> 4)])
    text.append(digits[Int(byte & 15)])
  }
  return text
}
