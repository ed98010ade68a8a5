import NIOCore
import NIOSSL

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A `TLS` made ready: files read, names checked.
struct TLSSettings: Sendable {
  let context: NIOSSLContext
  /// What must be in the certificate.
  let expectation: Expectation
  /// For the SNI extension, which carries host names only.
  let sniName: String?
  /// The trusted authorities where they were given.
  let authorities: [NIOSSLCertificate]?

  enum Expectation: Sendable {
    case host(String)
    case subject(CertificateSubject)
    case nothing
  }

  /// How long a farewell waits for the peer's. Most SPICE servers say none.
  private static let farewell = TimeAmount.milliseconds(500)

  init(_ tls: TLS, target: Address) throws(TransportError) {
    let name = tls.serverName ?? target.host
    switch tls.verification {
    case .none: expectation = .nothing
    case .subject(let text): expectation = .subject(try CertificateSubject(parsing: text))
    case .hostName:
      guard let name else {
        throw .badTLSSettings(
          "a Unix socket has no host name to look for in the certificate: give a server name or a subject")
      }
      expectation = .host(name)
    }
    sniName = name.flatMap { CertificateCheck.addressBytes($0) == nil && Self.isSendable($0) ? $0 : nil }
    if case .none = tls.verification {
      authorities = nil
      context = try Self.context(verification: .none, roots: nil)
    } else if let given = try Self.authorities(tls.trust) {
      authorities = given
      context = try Self.context(verification: .noHostnameVerification, roots: given)
    } else {
      authorities = nil
      context = try Self.systemContext.get()
    }
  }

  /// Reading a hundred and more authorities takes a while: once.
  private static let systemContext = Result { () throws(TransportError) -> NIOSSLContext in
    try context(verification: .noHostnameVerification, roots: nil)
  }

  private static func context(
    verification: CertificateVerification, roots: [NIOSSLCertificate]?
  ) throws(TransportError) -> NIOSSLContext {
    var configuration = TLSConfiguration.makeClientConfiguration()
    configuration.minimumTLSVersion = .tlsv12
    configuration.certificateVerification = verification
    configuration.trustRoots = roots.map { .certificates($0) } ?? .default
    configuration.shutdownTimeout = farewell
    do {
      return try NIOSSLContext(configuration: configuration)
    } catch {
      throw .badTLSSettings(
        "the library does not start (\(error)); are the system's authorities installed (ca-certificates)?")
    }
  }

  private static func authorities(_ trust: TLS.Trust) throws(TransportError) -> [NIOSSLCertificate]? {
    let found: [NIOSSLCertificate]
    let source: String
    switch trust {
    case .system: return nil
    case .authorities(let pem):
      source = "the text given for the authorities"
      found = (try? NIOSSLCertificate.fromPEMBytes(pem)) ?? []
    case .authorityFile(let path):
      source = path
      try requireReadable(path)
      found = (try? NIOSSLCertificate.fromPEMFile(path)) ?? []
    }
    guard !found.isEmpty else {
      throw .badTLSSettings("\(source) holds no certificate in PEM (“-----BEGIN CERTIFICATE-----”)")
    }
    return found
  }

  /// The library does not say why it cannot read a file.
  private static func requireReadable(_ path: String) throws(TransportError) {
    guard access(path, R_OK) != 0 else { return }
    throw .badTLSSettings("\(path) cannot be read: \(systemWords(errno))")
  }

  private static func isSendable(_ name: String) -> Bool {
    (1...255).contains(name.utf8.count) && !name.utf8.contains(0)
  }

  /// A server's side.
  static func serverContext(_ identity: ServerIdentity) throws(TransportError) -> NIOSSLContext {
    for case .file(let path) in [identity.certificates, identity.privateKey] { try requireReadable(path) }
    do {
      let chain =
        switch identity.certificates {
        case .pem(let bytes): try NIOSSLCertificate.fromPEMBytes(bytes)
        case .file(let path): try NIOSSLCertificate.fromPEMFile(path)
        }
      let key =
        switch identity.privateKey {
        case .pem(let bytes): try NIOSSLPrivateKey(bytes: bytes, format: .pem)
        case .file(let path): try NIOSSLPrivateKey(file: path, format: .pem)
        }
      var configuration = TLSConfiguration.makeServerConfiguration(
        certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
      configuration.minimumTLSVersion = .tlsv12
      configuration.shutdownTimeout = farewell
      return try NIOSSLContext(configuration: configuration)
    } catch {
      throw .badTLSSettings(
        "the server's certificate or key cannot be used (\(error)): both must be PEM, and the key the certificate's own"
      )
    }
  }
}
