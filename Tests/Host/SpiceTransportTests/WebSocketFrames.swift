import Crypto
import Foundation
import SpiceTransport

/// A client of WebSockets by hand, to say what a well-kept one would not.
final class RawWebSocket {
  static let request =
    "GET /x HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
    + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"

  let connection: Connection
  private var unread: [UInt8] = []

  /// Connects, asks, and throws where the answer is not the one of RFC 6455's example (section 1.3).
  init(to address: Address, tls: TLS? = nil, first frames: [UInt8] = []) async throws {
    connection = try await Transport.connect(Endpoint(address, tls: tls))
    try await connection.write(Array("\(Self.request)Sec-WebSocket-Protocol: chat, binary\r\n\r\n".utf8) + frames)
    let expected =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: binary\r\n\r\n"
    let head = String(decoding: try await exactly(expected.utf8.count), as: UTF8.self)
    guard head == expected else { throw Unexpected(text: head) }
  }

  struct Unexpected: Error { let text: String }

  /// One frame (section 5.2): the first byte whole, then the length, the mask and the masked payload.
  static func frame(_ first: UInt8, _ payload: [UInt8], masked: Bool = true) -> [UInt8] {
    let bit: UInt8 = masked ? 0x80 : 0
    var bytes: [UInt8] = [first]
    switch payload.count {
    case ..<126: bytes.append(bit | UInt8(payload.count))
    case ..<65_536: bytes += [bit | 126, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
    default: bytes += [bit | 127] + (0..<8).map { UInt8(truncatingIfNeeded: payload.count >> (56 - 8 * $0)) }
    }
    guard masked else { return bytes + payload }
    let mask: [UInt8] = [0x12, 0x34, 0x56, 0x78]
    return bytes + mask + payload.enumerated().map { $1 ^ mask[$0 % 4] }
  }

  func send(_ first: UInt8, _ payload: [UInt8], masked: Bool = true) async throws {
    try await connection.write(Self.frame(first, payload, masked: masked))
  }

  /// The next so many bytes; fewer where the connection ends.
  func exactly(_ count: Int) async throws -> [UInt8] {
    while unread.count < count, let more = try await connection.read() { unread += more }
    defer { unread.removeFirst(min(count, unread.count)) }
    return Array(unread.prefix(count))
  }

  /// All until the connection ends.
  func all() async throws -> [UInt8] { try await exactly(.max) }

  func close() async { await connection.close() }
}

/// What a server answers to a key (section 4.2.2), by other code than the product's.
func acceptValue(_ key: String) -> String {
  let digest = Insecure.SHA1.hash(data: Data("\(key)258EAFA5-E914-47DA-95CA-C5AB0DC85B11".utf8))
  return Data(digest).base64EncodedString()
}
