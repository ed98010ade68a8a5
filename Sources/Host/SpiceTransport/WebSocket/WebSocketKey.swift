import Crypto

/// How both ends of a WebSocket's handshake know that the other one understood it (RFC 6455, section 1.3).
enum WebSocketKey {
  private static let guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

  /// A new one: 16 bytes in base64.
  static func random() -> String {
    var generator = SystemRandomNumberGenerator()
    return base64((0..<16).map { _ in UInt8.random(in: 0...255, using: &generator) })
  }

  /// What the server answers to a key.
  static func accept(_ key: String) -> String {
    base64(Array(Insecure.SHA1.hash(data: Array((key + guid).utf8))))
  }

  /// Whether it is 16 bytes in base64.
  static func isKey(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    guard bytes.count == 24, bytes[22...].elementsEqual("==".utf8) else { return false }
    return bytes[..<22].allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"):
        true
      default: false
      }
    }
  }
}
