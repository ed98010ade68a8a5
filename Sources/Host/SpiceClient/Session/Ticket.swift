import CryptoExtras
import SpiceProtocol
import SpiceSession

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The client's proof that it knows the password.
package enum Ticket {
  /// The password with its NUL, encrypted by RSA-OAEP with SHA-1: 128 bytes for SPICE's 1024-bit keys.
  ///
  /// - Parameter publicKey: DER SubjectPublicKeyInfo, as the link reply has it.
  package static func encrypt(_ password: Secret?, publicKey: [UInt8]) throws(LinkFailure) -> [UInt8] {
    let text = [UInt8]((password?.exposed ?? "").utf8)
    guard text.count <= LinkConstants.passwordLimit else { throw .passwordTooLong(bytes: text.count) }
    do {
      // SPICE fixes 1024 bits, which the library only takes when told that this is known to be short.
      let key = try _RSA.Encryption.PublicKey(unsafeDERRepresentation: publicKey)
      let ticket = [UInt8](try key.encrypt(text + [0], padding: .PKCS1_OAEP))
      guard ticket.count == LinkConstants.ticketSize else {
        throw LinkFailure.ticketFailed("the key has \(ticket.count * 8) bits and not 1024")
      }
      return ticket
    } catch let failure as LinkFailure {
      throw failure
    } catch {
      throw .ticketFailed("\(error)")
    }
  }
}
