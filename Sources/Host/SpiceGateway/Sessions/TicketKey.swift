import CryptoExtras
import SpiceProtocol
import SpiceTransport

/// The key under which browsers encrypt their tickets for the gateway, which is the server to them.
struct TicketKey: Sendable {
  /// DER SubjectPublicKeyInfo, 162 bytes.
  let publicKey: [UInt8]
  private let privateKey: [UInt8]

  init() throws {
    // 1024 bits are what the protocol has; the library only makes them when told that this is known to be short.
    let key = try _RSA.Encryption.PrivateKey(unsafeKeySize: .init(bitCount: 1024))
    privateKey = [UInt8](key.derRepresentation)
    publicKey = [UInt8](key.publicKey.derRepresentation)
  }

  /// The password in a ticket; nil where it is none, or was not made with this key.
  func password(in ticket: [UInt8]) -> Secret? {
    guard let key = try? _RSA.Encryption.PrivateKey(unsafeDERRepresentation: privateKey),
      let plain = try? key.decrypt(ticket, padding: .PKCS1_OAEP), let end = plain.firstIndex(of: 0),
      end - plain.startIndex <= LinkConstants.passwordLimit
    else { return nil }
    return String(validating: plain[..<end], as: UTF8.self).map(Secret.init)
  }
}
