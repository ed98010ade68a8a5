import SwiftASN1

/// What a certificate says of whom it is for and who signed it, read from its DER (RFC 5280, section 4.1).
///
/// Only the names are read. That BoringSSL accepts a certificate with an old key or a strange extension must not
/// make its names unreadable.
struct CertificateFacts {
  var subject: CertificateSubject
  var issuer: CertificateSubject
  /// The DNS names of the subject alternative name extension.
  var dnsNames: [String] = []
  /// Its IP addresses: 4 or 16 bytes each.
  var addresses: [[UInt8]] = []

  init(derEncoded bytes: [UInt8]) throws {
    let certificate = try Self.children(of: DER.parse(bytes))
    guard let body = certificate.first else { throw Unreadable() }
    var fields = try Self.children(of: body)[...]
    // [0] version, serial number, signature algorithm, issuer, validity, subject, public key, [1] [2] ids, [3] extensions
    if fields.first?.identifier == Self.tag(0) { fields.removeFirst() }
    guard fields.count >= 6 else { throw Unreadable() }
    issuer = try CertificateSubject(fields[fields.startIndex + 2])
    subject = try CertificateSubject(fields[fields.startIndex + 4])
    if let extensions = fields.last, extensions.identifier == Self.tag(3) {
      for list in try Self.children(of: extensions) {
        for entry in try Self.children(of: list) { try read(extension: entry) }
      }
    }
  }

  struct Unreadable: Error {}

  private static let subjectAlternativeName: ASN1ObjectIdentifier = [2, 5, 29, 17]

  private mutating func read(extension entry: ASN1Node) throws {
    let parts = try Self.children(of: entry)
    guard let first = parts.first, let last = parts.last,
      try ASN1ObjectIdentifier(derEncoded: first) == Self.subjectAlternativeName
    else { return }
    let value = try ASN1OctetString(derEncoded: last)
    for name in try Self.children(of: DER.parse(value.bytes)) {
      guard case .primitive(let content) = name.content else { continue }
      if name.identifier == Self.tag(2) {
        guard let text = String(validating: content, as: UTF8.self) else { throw Unreadable() }
        dnsNames.append(text)
      } else if name.identifier == Self.tag(7) {
        addresses.append([UInt8](content))
      }
    }
  }

  private static func tag(_ number: UInt) -> ASN1Identifier {
    ASN1Identifier(tagWithNumber: number, tagClass: .contextSpecific)
  }

  private static func children(of node: ASN1Node) throws -> [ASN1Node] {
    guard case .constructed(let nodes) = node.content else { throw Unreadable() }
    return Array(nodes)
  }
}
