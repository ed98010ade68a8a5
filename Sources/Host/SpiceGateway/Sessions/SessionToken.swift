import Crypto

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What a browser holds: a name that only the gateway can resolve, signed by it, and good until a time.
///
/// In text: base64url without padding of 16 random bytes, the expiry in seconds since 1970 as eight bytes (big-endian), and
/// 32 bytes of HMAC-SHA256 over both.
struct SessionToken: Sendable, Hashable {
  /// The random bytes in hexadecimal. Of no use without the signature; so logs and lists may have it.
  let id: String
  let expiry: Date
  let text: String

  private static let nameSize = 16
  private static let expirySize = 8
  private static let signatureSize = 32

  /// A new one.
  init(expiry: Date, key: SymmetricKey) {
    var generator = SystemRandomNumberGenerator()
    let name = (0..<Self.nameSize).map { _ in UInt8.random(in: 0...255, using: &generator) }
    let seconds = UInt64(max(0, expiry.timeIntervalSince1970))
    let signed = name + (0..<8).map { UInt8(truncatingIfNeeded: seconds >> (56 - 8 * $0)) }
    let signature = HMAC<SHA256>.authenticationCode(for: signed, using: key)
    id = Self.hexadecimal(name)
    self.expiry = Date(timeIntervalSince1970: TimeInterval(seconds))
    text = Self.base64URL(signed + Array(signature))
  }

  /// One that came back; nil where its signature is not this key's.
  init?(_ text: String, key: SymmetricKey) {
    let size = Self.nameSize + Self.expirySize
    guard text.utf8.count <= 128, let bytes = Self.bytes(base64URL: text), bytes.count == size + Self.signatureSize,
      HMAC<SHA256>.isValidAuthenticationCode(bytes[size...], authenticating: bytes[..<size], using: key)
    else { return nil }
    let seconds = bytes[Self.nameSize..<size].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    id = Self.hexadecimal(bytes[..<Self.nameSize])
    expiry = Date(timeIntervalSince1970: TimeInterval(seconds))
    self.text = text
  }

  private static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
  }

  private static func base64URL(_ bytes: [UInt8]) -> String {
    Data(bytes).base64EncodedString()
      .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
  }

  private static func bytes(base64URL text: String) -> [UInt8]? {
    let plain = text.replacing("-", with: "+").replacing("_", with: "/")
    let padding = String(repeating: "=", count: (4 - plain.utf8.count % 4) % 4)
    return Data(base64Encoded: plain + padding).map { [UInt8]($0) }
  }
}
