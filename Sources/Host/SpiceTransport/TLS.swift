/// How a client speaks TLS: whom it trusts and what it checks.
///
/// TLS 1.2 is the oldest version offered. A peer that ends the connection without TLS's own farewell counts as ended:
/// SPICE messages carry their lengths, and libspice-server says none.
public struct TLS: Sendable, Hashable {
  /// Whose signatures under a certificate are believed.
  public enum Trust: Sendable, Hashable {
    /// The operating system's authorities.
    case system
    /// These certificates, in PEM: authorities, or the server's own self-signed one.
    case authorities(pem: [UInt8])
    /// The same from a file (`ca-cert.pem`), read at each connection.
    case authorityFile(path: String)
  }

  /// What a certificate whose signatures are good must say.
  public enum Verification: Sendable, Hashable {
    /// It is for the host that was asked for. The rules are those of spice-gtk: where the certificate has a DNS or IP
    /// subject alternative name, one of these must fit; where it has none, a common name (`CN`) must. A `*` stands for
    /// one whole leftmost label with two or more labels after it. IP literals are compared as addresses with IP names,
    /// as text with the others.
    case hostName
    /// Its subject is this one, and the host name is not looked at (SPICE's `host-subject`):
    /// `C=US,O=Example,CN=host`, in the certificate's order; `\,` and `\\` stand for themselves. Letter case and
    /// runs of spaces do not count, as in OpenSSL's comparison of names.
    case subject(String)
    /// Nothing at all, signatures included: whoever answers is believed. The caller owes the user a warning.
    case none
  }

  public var trust: Trust
  public var verification: Verification
  /// The name asked for and checked instead of the address's host: for a tunnel, a Unix socket, a forwarded port.
  public var serverName: String?

  public init(trust: Trust = .system, verification: Verification = .hostName, serverName: String? = nil) {
    self.trust = trust
    self.verification = verification
    self.serverName = serverName
  }
}

/// What a TLS handshake agreed on.
public struct TLSInformation: Sendable, Hashable {
  /// `TLS 1.3` or `TLS 1.2`.
  public let version: String
  /// The peer's certificate's subject as `TLS.Verification.subject` wants it; nil where it showed no certificate.
  public let peerSubject: String?
  /// False where `TLS.Verification.none` let the peer in unchecked, and on a server, which asks for no certificate.
  public let isVerified: Bool
}

/// What a TLS server shows: its certificate (then the ones between it and the authority) and the private key, in PEM.
public struct ServerIdentity: Sendable, Hashable {
  public enum Source: Sendable, Hashable {
    case pem([UInt8])
    case file(path: String)
  }

  public var certificates: Source
  public var privateKey: Source

  public init(certificates: Source, privateKey: Source) {
    self.certificates = certificates
    self.privateKey = privateKey
  }
}
