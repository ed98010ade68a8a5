/// How a client asks for a WebSocket (RFC 6455) to carry SPICE's bytes, where a server or a gateway offers one.
///
/// It is asked for with the subprotocol `binary`; the bytes go in binary messages whose boundaries mean nothing.
public struct WebSocket: Sendable, Hashable {
  /// What is asked for: `/`, or what a gateway wants, with its query. As it goes on the wire: `%20` for a space.
  public var path: String
  /// The `Origin` header, which browsers send and other programs leave out; for servers that want one.
  public var origin: String?

  public init(path: String = "/", origin: String? = nil) {
    self.path = path
    self.origin = origin
  }

  /// Refuses what would make more lines of the request than there are.
  func check(for target: Address) throws(TransportError) {
    func isPlain(_ text: String) -> Bool {
      text.utf8.count <= 4096 && text.utf8.allSatisfy { (0x21..<0x7F).contains($0) }
    }
    guard path.utf8.first == UInt8(ascii: "/"), isPlain(path) else {
      throw .badAddress(target, reason: "a WebSocket's path begins with “/” and has at most 4096 letters of ASCII")
    }
    guard origin.map(isPlain) ?? true else {
      throw .badAddress(target, reason: "a WebSocket's origin has at most 4096 letters of ASCII")
    }
    if let host = target.host, !isPlain(host) {
      throw .badAddress(target, reason: "a WebSocket's host is named in ASCII")
    }
  }
}

/// Why one side ends a WebSocket, as the other one hears it (RFC 6455, section 7.1.6).
public struct WebSocketFarewell: Sendable, Hashable {
  /// 4000 to 4999 are the programs' own.
  public var code: UInt16
  /// For people; what goes beyond 123 bytes of UTF-8 is cut off.
  public var words: String

  public init(code: UInt16, words: String) {
    self.code = code
    self.words = words
  }
}

/// Why there is no WebSocket.
public enum WebSocketRefusal: Sendable, Hashable {
  /// The answer is not HTTP; its first bytes.
  case notHTTP(seen: [UInt8])
  /// A status other than 101, and the server's own word for it.
  case status(Int, reason: String)
  /// The status is 101, and a header that must come with it is missing or wrong.
  case header(String)
  /// The answer to our key is not what a WebSocket's server would have answered.
  case wrongKey
  /// The server chose another subprotocol than `binary`, or none.
  case subprotocol(String?)
  /// The server uses an extension nobody asked for.
  case extended(String)
}

extension WebSocketRefusal: CustomStringConvertible {
  public var description: String {
    switch self {
    case .notHTTP(let seen): "its answer is not HTTP: \(greetingDescription(seen))"
    case .status(200, _):
      "it answered with a page (HTTP status 200): is this the WebSocket's path, and not the one of the page that uses it?"
    case .status(let code, let reason) where code == 401 || code == 403:
      "it forbids that (HTTP status \(code) \(reason)): it may want a login, or another origin"
    case .status(404, let reason): "there is none at this path (HTTP status 404 \(reason))"
    case .status(let code, let reason) where (300..<400).contains(code):
      "it points elsewhere (HTTP status \(code) \(reason)), which WebSockets do not follow"
    case .status(let code, let reason): "HTTP status \(code) \(reason)"
    case .header(let name): "the header “\(name)” of its answer is missing or wrong"
    case .wrongKey: "it did not understand the question (Sec-WebSocket-Accept does not fit our key)"
    case .subprotocol(nil): "it did not accept the subprotocol “binary”; is there SPICE behind it?"
    case .subprotocol(let other?): "it speaks the subprotocol “\(other)” where “binary” was asked for"
    case .extended(let name): "it uses the extension “\(name)”, which nobody asked for"
    }
  }
}
