/// Why bytes cannot go to or come from a peer.
public enum TransportError: Error, Sendable, Hashable {
  /// The address itself cannot be used.
  case badAddress(Address, reason: String)
  /// The text of a proxy cannot be read.
  case badProxy(String)
  /// TLS cannot begin as it was set up here: an authority's file, a subject, a server name.
  case badTLSSettings(String)
  /// The host's name has no address.
  case nameNotFound(host: String, reason: String)
  /// `ECONNREFUSED`.
  case refused(Address)
  /// No network way to the address, or one that a packet filter forbids.
  case unreachable(Address, reason: String)
  /// No file at a Unix socket's path.
  case socketMissing(path: String)
  /// This user may not use the Unix socket.
  case socketForbidden(path: String)
  /// Nothing finished in time; `received` counts the bytes that came from the peer in that stage.
  case timedOut(Stage, Address, after: Duration, received: Int)
  /// The peer answered the TLS handshake with something else; its first bytes.
  case notTLS(Address, seen: [UInt8])
  /// The TLS handshake went wrong, in the words of the TLS library.
  case tlsFailed(Address, reason: String)
  /// The peer's certificate is not one to believe.
  case certificate(Address, CertificateProblem)
  /// The proxy said no.
  case proxyRefused(Proxy, target: Address, ProxyRefusal)
  /// What answers where a proxy should be is none, or breaks its protocol.
  case notAProxy(Proxy, reason: String)
  /// The peer would not make a WebSocket of the connection.
  case webSocketRefused(Address, WebSocketRefusal)
  /// The peer breaks the WebSocket protocol; the connection is over.
  case webSocketBroken(Address, reason: String)
  /// The peer ended the WebSocket with a code that means trouble (RFC 6455, section 7.4), in its own words.
  case webSocketClosed(Address, code: UInt16, reason: String)
  /// `ECONNRESET` or `EPIPE`: the peer's side dropped the connection.
  case reset(Address)
  /// The peer closed the connection while it was still being set up.
  case closedDuring(Stage, Address)
  /// The connection is over, so nothing more can be written.
  case closed(Address)
  /// The peer reads so slowly that too much waits to be sent.
  case notTaken(Address, bytes: Int)
  /// Listening is impossible.
  case cannotListen(Address, reason: String)
  /// The task was cancelled while it waited.
  case cancelled
  /// Two tasks read from one connection at once.
  case alreadyReading(Address)
  /// Any other failure of the operating system.
  case system(Address, operation: String, reason: String)

  /// What was being done when time ran out or the peer left.
  public enum Stage: Sendable, Hashable {
    /// Looking up the name and connecting.
    case connecting
    /// Asking the proxy for the peer.
    case proxy
    case tlsHandshake
    /// Asking in HTTP for a WebSocket.
    case webSocketHandshake
  }
}

/// What is wrong with a certificate.
public enum CertificateProblem: Sendable, Hashable {
  /// Dates are `YYYY-MM-DD hh:mm` in UTC.
  case expired(subject: String, on: String)
  case notYetValid(subject: String, until: String)
  /// Signed by itself and not one of the authorities.
  case selfSigned(subject: String)
  /// Signed by somebody who is not (and is not vouched for by) one of the authorities.
  case unknownAuthority(subject: String, issuer: String)
  /// An authority of that name is trusted, and yet the signatures do not lead to it.
  case notSignedByAuthority(subject: String, issuer: String)
  /// An authority that was to vouch for it is itself out of date.
  case authorityExpired(authority: String, on: String)
  /// For other hosts; the names it has.
  case wrongHost(wanted: String, names: [String])
  case wrongSubject(wanted: String, found: String)
  /// The peer showed none, or one that cannot be read.
  case unreadable(reason: String)
}

/// How a proxy refused.
public enum ProxyRefusal: Sendable, Hashable {
  /// HTTP: status and the proxy's own words.
  case status(Int, reason: String)
  /// SOCKS 5: the reply code of RFC 1928, section 6.
  case reply(UInt8)
  /// SOCKS 5: none of our ways to log in is good enough; whether user and password were offered.
  case noLoginAccepted(offeredPassword: Bool)
  /// SOCKS 5: user or password is wrong (RFC 1929).
  case loginRejected
}

extension TransportError.Stage: CustomStringConvertible {
  public var description: String {
    switch self {
    case .connecting: "connecting"
    case .proxy: "the proxy's handshake"
    case .tlsHandshake: "the TLS handshake"
    case .webSocketHandshake: "the WebSocket's handshake"
    }
  }
}

extension TransportError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .badAddress(let address, let reason): "\(address) cannot be connected to: \(reason)"
    case .badProxy(let reason): "the proxy cannot be used: \(reason)"
    case .badTLSSettings(let reason): "TLS cannot be set up: \(reason)"
    case .nameNotFound(let host, let reason):
      "the name “\(host)” has no address (\(reason)): is it spelled right, and does this machine's name service know it?"
    case .refused(.unix(let path)):
      "nothing listens at \(path) (connection refused): the socket's file is left from a program that has ended; "
        + "is the virtual machine running?"
    case .refused(let address):
      "nothing listens at \(address) (connection refused): is the virtual machine running, and is this its SPICE port?"
    case .unreachable(let address, let reason):
      "there is no way to \(address) (\(reason)): is the network up, and does a firewall stand between?"
    case .socketMissing(let path):
      "there is no socket at \(path): is the virtual machine running, and is this the path of its SPICE socket?"
    case .socketForbidden(let path):
      "this user may not connect to \(path) (permission denied): write permission on the socket and search permission "
        + "on its folders are needed"
    case .timedOut(let stage, let address, let time, let received):
      Self.timeoutSentence(stage, address, time, received)
    case .notTLS(let address, let seen): "\(address) does not speak TLS: \(greetingDescription(seen))"
    case .tlsFailed(let address, let reason): "the TLS handshake with \(address) failed: \(reason)"
    case .certificate(let address, let problem): "the certificate of \(address) is not to be trusted: \(problem)"
    case .proxyRefused(let proxy, let target, let refusal):
      "the proxy \(proxy) would not connect to \(target): \(refusal)"
    case .notAProxy(let proxy, let reason): "\(proxy) does not act as a proxy: \(reason)"
    case .webSocketRefused(let address, let refusal): "\(address) made no WebSocket of the connection: \(refusal)"
    case .webSocketBroken(let address, let reason): "\(address) breaks the WebSocket protocol: \(reason)"
    case .webSocketClosed(let address, let code, let reason):
      "\(address) ended the WebSocket with code \(code)" + (reason.isEmpty ? "" : ": \(reason)")
    case .reset(let address):
      "\(address) dropped the connection (connection reset): the program there ended, crashed or did not like what it got"
    case .closedDuring(.connecting, let address): "\(address) closed the connection at once"
    case .closedDuring(let stage, let address): "\(address) closed the connection during \(stage)"
    case .closed(let address): "the connection to \(address) is closed"
    case .notTaken(let address, let bytes):
      "\(address) does not read what it is sent: \(bytes) bytes wait; the program there hangs, or the line is dead"
    case .cannotListen(let address, let reason): "cannot listen at \(address): \(reason)"
    case .cancelled: "cancelled"
    case .alreadyReading(let address): "two tasks read from the connection to \(address) at once: one must be enough"
    case .system(let address, let operation, let reason): "\(operation) failed for \(address): \(reason)"
    }
  }

  private static func timeoutSentence(_ stage: Stage, _ address: Address, _ time: Duration, _ received: Int) -> String {
    let spent = "within \(time.inWords)"
    switch stage {
    case .connecting:
      return "\(address) did not answer \(spent): is the host up, and does a firewall drop packets to that port?"
    case .proxy:
      return "the proxy at \(address) did not answer \(spent) (\(received) bytes came): is it a proxy of this kind?"
    case .tlsHandshake where received == 0:
      return "\(address) was silent in the TLS handshake \(spent): it accepts connections but does not answer a TLS "
        + "greeting; is it the TLS port (tls-port), and is the program behind it alive?"
    case .tlsHandshake:
      return "the TLS handshake with \(address) was not finished \(spent) (\(received) bytes came)"
    case .webSocketHandshake:
      return
        "\(address) did not answer the request for a WebSocket \(spent) (\(received) bytes came): is it a WebSocket's "
        + "port, and is the program behind it alive?"
    }
  }
}

extension CertificateProblem: CustomStringConvertible {
  public var description: String {
    switch self {
    case .expired(let subject, let date): "“\(subject)” expired on \(date) UTC; the server needs a new one"
    case .notYetValid(let subject, let date):
      "“\(subject)” is not valid before \(date) UTC; is this machine's clock right?"
    case .selfSigned(let subject):
      "“\(subject)” is signed by itself, and not one of the authorities given; to trust it, give it as an authority"
    case .unknownAuthority(let subject, let issuer):
      "“\(subject)” is signed by “\(issuer)”, which is none of the trusted authorities; the file of the right authority "
        + "(ca-cert.pem on the server) is needed"
    case .notSignedByAuthority(let subject, let issuer):
      "“\(subject)” names “\(issuer)” as its authority, and one of that name is trusted, but the signatures do not lead "
        + "there (another key of the same name?) or that one may not sign"
    case .authorityExpired(let authority, let date): "its authority “\(authority)” expired on \(date) UTC"
    case .wrongHost(let wanted, let names):
      names.isEmpty
        ? "it names no host at all, and “\(wanted)” was asked for; its subject can be checked instead (host-subject)"
        : "it is for \(names.joined(separator: ", ")), not for “\(wanted)”"
    case .wrongSubject(let wanted, let found): "its subject is “\(found)”, and “\(wanted)” was expected"
    case .unreadable(let reason): reason
    }
  }
}

extension ProxyRefusal: CustomStringConvertible {
  public var description: String {
    switch self {
    case .status(407, _): "it wants a user and a password (407), and those given, if any, are not right"
    case .status(403, let reason): "it forbids that (403 \(reason)); its rules may allow only some ports"
    case .status(let code, let reason) where code == 502 || code == 503 || code == 504:
      "it cannot reach the peer (\(code) \(reason))"
    case .status(let code, let reason): "HTTP status \(code) \(reason)"
    case .reply(let code): Self.meaning(of: code)
    case .noLoginAccepted(false): "it wants a user and a password, or another way to log in"
    case .noLoginAccepted(true): "it takes neither a user and password nor a stranger"
    case .loginRejected: "user or password is wrong"
    }
  }

  private static func meaning(of code: UInt8) -> String {
    switch code {
    case 1: "it failed (reply 1, general failure)"
    case 2: "its rules forbid that (reply 2)"
    case 3: "it has no way to the peer's network (reply 3)"
    case 4: "it cannot reach the peer's host (reply 4)"
    case 5: "nothing listens at the peer (reply 5, connection refused): is the virtual machine running?"
    case 6: "the packets' time to live ran out on the way (reply 6)"
    case 7: "it does not know how to connect (reply 7)"
    case 8: "it does not know this kind of address (reply 8)"
    default: "reply \(code), which RFC 1928 does not define"
    }
  }
}

/// What a peer that should have spoken TLS is, by its first bytes.
func greetingDescription(_ seen: [UInt8]) -> String {
  func starts(_ text: StaticString) -> Bool {
    text.withUTF8Buffer { seen.count >= $0.count && seen.prefix($0.count).elementsEqual($0) }
  }
  if starts("REDQ") {
    return
      "it answered “REDQ”, so it is a SPICE server's plain port; connect without TLS, or to its TLS port (tls-port)"
  }
  if starts("RFB ") { return "it greets with “RFB”, so it is a VNC server" }
  if starts("HTTP") { return "it answers in HTTP; is that a web server's or a proxy's port?" }
  if starts("SSH-") { return "it greets with “SSH”, so it is an SSH server" }
  return firstBytes(seen)
}

/// `its first bytes are 01 02 03`, at most sixteen of them.
func firstBytes(_ seen: [UInt8]) -> String {
  let digits = seen.prefix(16).map { byte in
    let text = String(byte, radix: 16)
    return text.utf8.count < 2 ? "0\(text)" : text
  }
  return "its first bytes are \(digits.joined(separator: " "))"
}

extension Duration {
  /// `10 s`, `250 ms`.
  var inWords: String {
    let (seconds, attoseconds) = components
    let milliseconds = attoseconds / 1_000_000_000_000_000
    return milliseconds == 0 ? "\(seconds) s" : "\(seconds * 1000 + milliseconds) ms"
  }
}
