import CryptoExtras

/// The key under which clients encrypt their tickets: RSA-OAEP with SHA-1, as SPICE has it.
package struct TicketKey: Sendable {
  /// DER SubjectPublicKeyInfo, 162 bytes.
  package let publicKey: [UInt8]
  private let privateKey: [UInt8]

  /// A new one.
  package init() throws {
    // 1024 bits are what the protocol has; the library only makes them when told that this is known to be short.
    let key = try _RSA.Encryption.PrivateKey(unsafeKeySize: .init(bitCount: 1024))
    privateKey = [UInt8](key.derRepresentation)
    publicKey = [UInt8](key.publicKey.derRepresentation)
  }

  /// What is in a ticket; nil where it is none, or was not made with this key.
  ///
  /// One ticket in 256 is a number whose first byte is zero. spice-html5 leaves that byte out and fills up at the end, and so
  /// is refused now and then by other servers; what ends with a zero is read in that way too.
  package func decrypt(_ ticket: [UInt8]) -> [UInt8]? {
    guard let key = try? _RSA.Encryption.PrivateKey(unsafeDERRepresentation: privateKey) else { return nil }
    func plain(_ ticket: [UInt8]) -> [UInt8]? { try? [UInt8](key.decrypt(ticket, padding: .PKCS1_OAEP)) }
    return plain(ticket) ?? (ticket.last == 0 ? plain([0] + ticket.dropLast()) : nil)
  }
}
