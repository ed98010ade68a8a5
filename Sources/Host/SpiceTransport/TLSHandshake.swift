import NIOCore
import NIOSSL
import NIOTLS

/// Puts TLS on a stream that stands.
enum TLSHandshake {
  /// Shakes hands as the client.
  ///
  /// - Parameters:
  ///   - target: for the sentences: whom the certificate should be of.
  ///   - time: the whole time that `deadline` came from.
  static func perform(
    on stream: SocketStream, settings: TLSSettings, target: Address, until deadline: NIODeadline, of time: Duration
  ) async throws(TransportError) -> TLSInformation {
    let race = Race<TLSInformation>()
    let channel = stream.channel
    channel.eventLoop.execute {
      do {
        if let early = earlyFailure(stream.mailbox, target: target) { throw early }
        let tls = try NIOSSLClientHandler(context: settings.context, serverHostname: settings.sniName)
        try insert(
          tls, into: channel, target: target, time: time, deadline: deadline,
          check: { () throws(TransportError) in try information(of: tls, settings: settings, target: target) },
          explain: { chainProblem(of: tls, settings: settings) },
          outcome: { race.settle($0) })
      } catch let error as TransportError {
        race.settle(.failure(error))
      } catch {
        race.settle(.failure(.tlsFailed(target, reason: "\(error)")))
      }
    }
    return try await race.value()
  }

  /// Shakes hands as the server, which asks for no certificate; on the channel's event loop.
  ///
  /// - Parameter outcome: called once, on the event loop; where it is told of a failure, the channel is being closed.
  static func accept(
    on channel: any Channel, context: NIOSSLContext, peer: Address, time: Duration, deadline: NIODeadline,
    outcome: @escaping (Result<TLSInformation, TransportError>) -> Void
  ) throws {
    let tls = NIOSSLServerHandler(context: context)
    try insert(
      tls, into: channel, target: peer, time: time, deadline: deadline,
      check: { () throws(TransportError) in information(of: tls, verified: false) },
      explain: { nil }, outcome: outcome)
  }

  /// Adds the handlers of one side; on the channel's event loop.
  private static func insert(
    _ tls: NIOSSLHandler, into channel: any Channel, target: Address, time: Duration, deadline: NIODeadline,
    check: @escaping () throws(TransportError) -> TLSInformation,
    explain: @escaping () -> CertificateProblem?,
    outcome: @escaping (Result<TLSInformation, TransportError>) -> Void
  ) throws {
    let opening = OpeningBytesHandler()
    let watch = HandshakeHandler(
      opening: opening, target: target, time: time, deadline: deadline, check: check, explain: explain,
      outcome: outcome)
    // The TLS handler greets as soon as it is in; whoever listens to it must be there before.
    let pipeline = channel.pipeline.syncOperations
    try pipeline.addHandler(watch, position: .first)
    try pipeline.addHandler(tls, position: .first)
    try pipeline.addHandler(opening, position: .first)
  }

  private static func information(of tls: NIOSSLHandler, verified: Bool) -> TLSInformation {
    let version: String =
      switch tls.tlsVersion {
      case .tlsv13: "TLS 1.3"
      case .tlsv12: "TLS 1.2"
      case .some(let other): "\(other)"
      case nil: "TLS"
      }
    return TLSInformation(
      version: version, peerSubject: (try? facts(of: tls)).map { "\($0.subject)" }, isVerified: verified)
  }

  private static func information(
    of tls: NIOSSLHandler, settings: TLSSettings, target: Address
  ) throws(TransportError) -> TLSInformation {
    let problem: CertificateProblem?
    switch settings.expectation {
    case .nothing: return information(of: tls, verified: false)
    case .host(let host):
      problem = CertificateCheck.identityProblem(try readFacts(of: tls, target: target), host: host)
    case .subject(let wanted):
      problem = CertificateCheck.subjectProblem(try readFacts(of: tls, target: target), wanted: wanted)
    }
    if let problem { throw .certificate(target, problem) }
    return information(of: tls, verified: true)
  }

  /// A TLS server waits for the client's greeting: one that spoke before it, or left, is none.
  private static func earlyFailure(_ mailbox: Mailbox, target: Address) -> TransportError? {
    switch mailbox.peek() {
    case .bytes(let bytes): .notTLS(target, seen: Array(bytes.prefix(OpeningBytesHandler.kept)))
    case .ending(.failed(let error)): error
    case .ending(.finished): .closedDuring(.tlsHandshake, target)
    case nil: nil
    }
  }

  private static func readFacts(of tls: NIOSSLHandler, target: Address) throws(TransportError) -> CertificateFacts {
    do {
      return try facts(of: tls)
    } catch {
      throw .certificate(target, .unreadable(reason: "the peer showed none, or one whose names cannot be read"))
    }
  }

  private static func facts(of tls: NIOSSLHandler) throws -> CertificateFacts {
    guard let certificate = tls.peerCertificate else { throw CertificateFacts.Unreadable() }
    return try CertificateFacts(derEncoded: certificate.toDERBytes())
  }

  private static func chainProblem(of tls: NIOSSLHandler, settings: TLSSettings) -> CertificateProblem? {
    tls.peerCertificate.flatMap { CertificateCheck.chainProblem($0, authorities: settings.authorities) }
  }
}
