import NIOHTTP1

/// What a request gets, as a function of the request.
enum HTTPAnswer {
  /// The connection becomes a WebSocket.
  case upgrade(key: String, subprotocol: String?)
  /// The page that says what this is, for that host and port.
  case page(host: String, withBody: Bool)
  /// It is told what was wrong.
  case refusal(HTTPResponseStatus, String, headers: [(String, String)] = [])
  /// No: the server's policy is against pages of that origin.
  case wrongOrigin(String?)

  /// The subprotocol of SPICE's bytes in WebSockets: binary messages whose boundaries mean nothing.
  static let subprotocol = "binary"

  /// Most bytes of a head; a browser sends about one thousand.
  static let headLimit = 16 << 10

  init(to head: HTTPRequestHead, acceptsOrigin: (String?) -> Bool) {
    let hosts = head.headers["host"]
    let wantsWebSocket = head.headers[canonicalForm: "upgrade"].contains { $0.lowercased() == "websocket" }
    if hosts.count > 1 || (hosts.isEmpty && head.version != .http1_0) || (hosts.first?.utf8.count ?? 0) > 255 {
      self = .refusal(.badRequest, "the request names no host, or more than one")
    } else if head.method == .GET, wantsWebSocket {
      self.init(upgrading: head, acceptsOrigin: acceptsOrigin)
    } else if head.method == .GET || head.method == .HEAD {
      self = .page(host: hosts.first ?? "", withBody: head.method == .GET)
    } else {
      self = .refusal(
        .methodNotAllowed, "there is one page here, and a WebSocket; both want GET", headers: [("Allow", "GET, HEAD")])
    }
  }

  /// RFC 6455, section 4.2.1.
  init(upgrading head: HTTPRequestHead, acceptsOrigin: (String?) -> Bool) {
    let offered = head.headers[canonicalForm: "sec-websocket-protocol"]
    let keys = head.headers["sec-websocket-key"]
    let origin = head.headers.first(name: "origin")
    guard head.version == .http1_1,
      head.headers[canonicalForm: "connection"].contains(where: { $0.lowercased() == "upgrade" })
    else {
      self = .refusal(.badRequest, "a WebSocket needs HTTP/1.1 and the header “Connection: Upgrade”")
      return
    }
    guard head.headers["sec-websocket-version"] == ["13"] else {
      self = .refusal(
        .upgradeRequired, "the version of the WebSocket protocol is 13",
        headers: [("Sec-WebSocket-Version", "13"), ("Upgrade", "websocket")])
      return
    }
    guard keys.count == 1, WebSocketKey.isKey(keys[0]) else {
      self = .refusal(.badRequest, "Sec-WebSocket-Key must be 16 bytes in base64")
      return
    }
    guard acceptsOrigin(origin) else {
      self = .wrongOrigin(origin)
      return
    }
    guard offered.isEmpty || offered.contains(where: { $0 == Self.subprotocol }) else {
      self = .refusal(.badRequest, "of WebSocket's subprotocols there is “\(Self.subprotocol)” here and no other")
      return
    }
    self = .upgrade(key: keys[0], subprotocol: offered.isEmpty ? nil : Self.subprotocol)
  }

  /// For plain HTTP at a port for TLS alone.
  static let wantsTLS = Response(
    status: .badRequest, headers: [], type: "text/plain; charset=utf-8",
    body: "This port speaks TLS: the address begins with https, or wss for a WebSocket.\n")
}

/// A whole response, after which the connection is closed.
struct Response {
  var status: HTTPResponseStatus
  var headers: [(String, String)]
  var type: String
  var body: String
  var hasBody = true

  func bytes() -> [UInt8] {
    let connection = [
      ("Content-Type", type), ("Content-Length", "\(body.utf8.count)"), ("Connection", "close"),
      ("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"),
      ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; img-src data:"),
    ]
    var text = "HTTP/1.1 \(status.code) \(status.reasonPhrase)\r\n"
    for (name, value) in headers + connection { text += "\(name): \(value)\r\n" }
    return Array("\(text)\r\n\(hasBody ? body : "")".utf8)
  }
}
