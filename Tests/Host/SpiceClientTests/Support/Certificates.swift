import Crypto
import Foundation
import SpiceTransport
import X509

/// An authority made for one test, and what it signs.
struct Authority {
  let name: DistinguishedName
  let certificate: Certificate
  private let key: P256.Signing.PrivateKey

  init(named commonName: String = "Test authority") throws {
    name = try DistinguishedName { CommonName(commonName) }
    key = P256.Signing.PrivateKey()
    certificate = try Self.certificate(
      of: name, key: key, issuer: name, signer: key, days: -10...10,
      extensions: try Certificate.Extensions {
        Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
        Critical(KeyUsage(keyCertSign: true))
      })
  }

  func pem() throws -> String { try certificate.serializeAsPEM().pemString }

  /// What a server shows to be `host`, which is its subject's common name.
  func identity(_ host: String = "127.0.0.1", days: ClosedRange<Double> = -1...1) throws -> ServerIdentity {
    let leafKey = P256.Signing.PrivateKey()
    let subject = try DistinguishedName {
      OrganizationName("Example")
      CommonName(host)
    }
    let leaf = try Self.certificate(
      of: subject, key: leafKey, issuer: name, signer: key, days: days, extensions: Certificate.Extensions())
    return ServerIdentity(
      certificates: .pem(Array(try leaf.serializeAsPEM().pemString.utf8)),
      privateKey: .pem(Array(leafKey.pemRepresentation.utf8)))
  }

  private static func certificate(
    of subject: DistinguishedName, key: P256.Signing.PrivateKey, issuer: DistinguishedName,
    signer: P256.Signing.PrivateKey, days: ClosedRange<Double>, extensions: Certificate.Extensions
  ) throws -> Certificate {
    let now = Date()
    return try Certificate(
      version: .v3, serialNumber: .init(), publicKey: .init(key.publicKey),
      notValidBefore: now + days.lowerBound * 86_400, notValidAfter: now + days.upperBound * 86_400, issuer: issuer,
      subject: subject, signatureAlgorithm: .ecdsaWithSHA256, extensions: extensions, issuerPrivateKey: .init(signer))
  }
}
