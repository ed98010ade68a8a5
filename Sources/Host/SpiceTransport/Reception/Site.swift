import NIOHTTP1

/// A web site behind a reception: answers requests, and says which WebSockets are let in.
public struct Site: Sendable {
  /// Called for each request, on no thread in particular; may take its time, in which the caller waits.
  public var answer: @Sendable (WebRequest) async -> WebAnswer
  /// Most bytes of a request's body.
  public var bodyLimit = 256 << 10
  /// How long a connection may stay without a whole request on it, and how long an answer may take to leave.
  public var patience: Duration = .seconds(30)
  /// Most connections that speak HTTP, in all and from one address; past it the oldest one goes.
  public var visitorLimit = 1024
  public var visitorLimitPerAddress = 64

  public init(answer: @escaping @Sendable (WebRequest) async -> WebAnswer) {
    self.answer = answer
  }
}

/// A request in HTTP, whole.
public struct WebRequest: Sendable {
  /// `GET` and the like.
  public var method: String
  /// As it was sent, without the query: `%20` for a space.
  public var path: String
  /// What stands behind the `?`.
  public var query: String?
  /// Names in lower case, each with its last value.
  public var headers: [String: String]
  public var body: [UInt8]
  /// A WebSocket is asked for, and asked for well.
  public var wantsWebSocket: Bool
  public var peer: Address
  /// It came inside TLS.
  public var isSecure: Bool

  public init(
    method: String = "GET", path: String, query: String? = nil, headers: [String: String] = [:], body: [UInt8] = [],
    wantsWebSocket: Bool = false, peer: Address, isSecure: Bool = false
  ) {
    self.method = method
    self.path = path
    self.query = query
    self.headers = headers
    self.body = body
    self.wantsWebSocket = wantsWebSocket
    self.peer = peer
    self.isSecure = isSecure
  }
}

/// What a request gets.
public enum WebAnswer: Sendable {
  case respond(WebResponse)
  /// The WebSocket it asks for; the reception delivers a `Caller` with the request. For requests with `wantsWebSocket`.
  case webSocket
}

/// A whole response. Its length, and whether the connection goes on, are said without being asked for.
public struct WebResponse: Sendable {
  public var status: Int
  public var headers: [(name: String, value: String)]
  public var body: [UInt8]

  public init(status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  /// - Parameters:
  ///   - goesOn: the connection takes another request.
  ///   - hasBody: false where only the head was asked for.
  func head(goesOn: Bool) -> String {
    let status = HTTPResponseStatus(statusCode: status)
    var text = "HTTP/1.1 \(status.code) \(status.reasonPhrase)\r\n"
    for (name, value) in headers { text += "\(name): \(Self.harmless(value))\r\n" }
    if status.mayHaveResponseBody { text += "Content-Length: \(body.count)\r\n" }
    return text + "Connection: \(goesOn ? "keep-alive" : "close")\r\n\r\n"
  }

  /// No header can make a second one.
  private static func harmless(_ value: String) -> String {
    String(decoding: value.utf8.filter { $0 >= 0x20 && $0 != 0x7F }, as: UTF8.self)
  }
}

/// What all visitors of a site share.
final class SiteDesk: Sendable {
  let site: Site
  let register: CallerRegister

  init(_ site: Site) {
    self.site = site
    register = CallerRegister(limit: site.visitorLimit, limitPerAddress: site.visitorLimitPerAddress)
  }
}
