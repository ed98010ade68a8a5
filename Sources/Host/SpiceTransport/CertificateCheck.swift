import NIOSSL

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Who a certificate must be for, and in words why one was not believed.
///
/// BoringSSL checks the signatures up to a trusted authority, the dates and the constraints; this checks the name, as
/// `TLS.Verification` says, and finds the reason after BoringSSL has said no.
enum CertificateCheck {
  /// Nil where the certificate is for the peer that was wanted.
  static func identityProblem(_ certificate: CertificateFacts, host: String) -> CertificateProblem? {
    let wantedAddress = addressBytes(host)
    let texts: [String]
    if certificate.dnsNames.isEmpty && certificate.addresses.isEmpty {
      texts = certificate.subject.commonNames
    } else {
      texts = certificate.dnsNames
      if let wantedAddress, certificate.addresses.contains(wantedAddress) { return nil }
    }
    let isKnown = texts.contains { name in
      wantedAddress == nil ? fits(name: name, host: host) : equalIgnoringCase(name.utf8, host.utf8)
    }
    return isKnown ? nil : .wrongHost(wanted: host, names: texts + certificate.addresses.map(addressText))
  }

  static func subjectProblem(_ certificate: CertificateFacts, wanted: CertificateSubject) -> CertificateProblem? {
    wanted.matches(certificate.subject)
      ? nil : .wrongSubject(wanted: "\(wanted)", found: "\(certificate.subject)")
  }

  /// The likeliest reason for which BoringSSL refused that certificate; nil where none of the usual ones holds.
  ///
  /// - Parameter authorities: those that were trusted; nil where they are the system's and not known.
  static func chainProblem(_ leaf: NIOSSLCertificate, authorities: [NIOSSLCertificate]?) -> CertificateProblem? {
    let now = time(nil)
    let facts: CertificateFacts
    do {
      facts = try CertificateFacts(derEncoded: leaf.toDERBytes())
    } catch {
      return .unreadable(reason: "its names cannot be read")
    }
    let subject = "\(facts.subject)"
    let issuer = "\(facts.issuer)"
    if leaf.notValidAfter < now { return .expired(subject: subject, on: date(leaf.notValidAfter)) }
    if leaf.notValidBefore > now { return .notYetValid(subject: subject, until: date(leaf.notValidBefore)) }
    if facts.subject.matches(facts.issuer) { return .selfSigned(subject: subject) }
    guard let authorities else { return .unknownAuthority(subject: subject, issuer: issuer) }
    let namesake = authorities.first { authority in
      guard let der = try? authority.toDERBytes(), let known = try? CertificateFacts(derEncoded: der) else {
        return false
      }
      return known.subject.matches(facts.issuer)
    }
    guard let namesake else { return .unknownAuthority(subject: subject, issuer: issuer) }
    if namesake.notValidAfter < now { return .authorityExpired(authority: issuer, on: date(namesake.notValidAfter)) }
    return .notSignedByAuthority(subject: subject, issuer: issuer)
  }

  /// 4 or 16 bytes where the host is an IP literal.
  static func addressBytes(_ host: String) -> [UInt8]? {
    var v4 = in_addr()
    if inet_pton(AF_INET, host, &v4) == 1 { return withUnsafeBytes(of: &v4) { [UInt8]($0) } }
    var v6 = in6_addr()
    if inet_pton(AF_INET6, host, &v6) == 1 { return withUnsafeBytes(of: &v6) { [UInt8]($0) } }
    return nil
  }

  private static func addressText(_ bytes: [UInt8]) -> String {
    guard bytes.count == 4 || bytes.count == 16 else { return "an address of \(bytes.count) bytes" }
    return withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(INET6_ADDRSTRLEN)) { text in
      let family = bytes.count == 4 ? AF_INET : AF_INET6
      guard let words = inet_ntop(family, bytes, text.baseAddress, socklen_t(text.count)) else { return "?" }
      return String(cString: words)
    }
  }

  /// Compares a DNS name of a certificate, which may begin with `*.`, with the wanted host.
  static func fits(name: String, host: String) -> Bool {
    let name = labels(name)
    let host = labels(host)
    guard let first = name.first, name.count == host.count, !host.contains(where: \.isEmpty) else { return false }
    let rest = zip(name.dropFirst(), host.dropFirst()).allSatisfy { equalIgnoringCase($0, $1) }
    if first.elementsEqual([UInt8(ascii: "*")]) { return rest && name.count >= 3 }
    return rest && equalIgnoringCase(first, host[0])
  }

  private static func labels(_ name: String) -> [Substring.UTF8View] {
    var labels = name.split(separator: ".", omittingEmptySubsequences: false).map(\.utf8)
    if labels.count > 1, labels.last?.isEmpty == true { labels.removeLast() }
    return labels
  }

  private static func equalIgnoringCase(_ one: some Sequence<UInt8>, _ two: some Sequence<UInt8>) -> Bool {
    one.lazy.map(lowercased).elementsEqual(two.lazy.map(lowercased))
  }

  private static func lowercased(_ byte: UInt8) -> UInt8 {
    (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
  }

  private static func date(_ moment: time_t) -> String {
    var moment = moment
    var parts = tm()
    guard gmtime_r(&moment, &parts) != nil else { return "an unknown day" }
    func two(_ number: CInt) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let day = "\(Int(parts.tm_year) + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))"
    return "\(day) \(two(parts.tm_hour)):\(two(parts.tm_min))"
  }
}
