import Crypto
import Foundation
import SpiceTransport
import SwiftASN1
import X509

/// An authority made for one test, and what it signs.
struct Authority {
  let name: DistinguishedName
  let key: P256.Signing.PrivateKey
  let certificate: Certificate

  init(named commonName: String = "Test authority", validFor days: ClosedRange<Double> = -10...10) throws {
    name = try DistinguishedName {
      OrganizationName("Example")
      CommonName(commonName)
    }
    key = P256.Signing.PrivateKey()
    certificate = try Self.certificate(
      subject: name, issuer: name, key: key, signedBy: key, days: days,
      extensions: try Certificate.Extensions {
        Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
        Critical(KeyUsage(keyCertSign: true))
      })
  }

  var pem: [UInt8] { (try? Array(certificate.serializeAsPEM().pemString.utf8)) ?? [] }

  /// What a server shows to be somebody: with the authority's signature, or with its own.
  func identity(
    subject: DistinguishedName, names: [GeneralName] = [], days: ClosedRange<Double> = -1...1, selfSigned: Bool = false
  ) throws -> ServerIdentity {
    let leafKey = P256.Signing.PrivateKey()
    let leaf = try Self.certificate(
      subject: subject, issuer: selfSigned ? subject : name, key: leafKey, signedBy: selfSigned ? leafKey : key,
      days: days,
      extensions: try Certificate.Extensions {
        if !names.isEmpty { SubjectAlternativeNames(names) }
      })
    return ServerIdentity(
      certificates: .pem(Array(try leaf.serializeAsPEM().pemString.utf8)),
      privateKey: .pem(Array(leafKey.pemRepresentation.utf8)))
  }

  /// For a server whose only name is `host`, as the common name.
  func identity(commonName host: String) throws -> ServerIdentity {
    try identity(subject: try DistinguishedName { CommonName(host) })
  }

  private static func certificate(
    subject: DistinguishedName, issuer: DistinguishedName, key: P256.Signing.PrivateKey,
    signedBy signer: P256.Signing.PrivateKey, days: ClosedRange<Double>, extensions: Certificate.Extensions
  ) throws -> Certificate {
    let now = Date()
    return try Certificate(
      version: .v3, serialNumber: .init(), publicKey: .init(key.publicKey),
      notValidBefore: now + days.lowerBound * 86_400, notValidAfter: now + days.upperBound * 86_400, issuer: issuer,
      subject: subject, signatureAlgorithm: .ecdsaWithSHA256, extensions: extensions, issuerPrivateKey: .init(signer))
  }
}

/// `127.0.0.1` as a subject alternative name.
let loopbackName = GeneralName.ipAddress(ASN1OctetString(contentBytes: [127, 0, 0, 1]))
