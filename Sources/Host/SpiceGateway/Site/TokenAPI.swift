import SpiceClient
import SpiceTransport

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The API that hands out tokens; for programs that know its key. `OpenAPI.document` describes it.
struct TokenAPI: Sendable {
  let gateway: GatewayCore

  static let path = "/api/"
  static let tokensPath = "/api/v1/tokens"
  static let documentPath = "/api/v1/openapi.json"
  private static let lifetimes = 1...86_400
  private static let defaultLifetime = 300

  /// Whether the request shows the key.
  func knows(_ request: WebRequest) -> Bool {
    guard let header = request.headers["authorization"], header.lowercased().hasPrefix("bearer ") else { return false }
    return gateway.isAPIKey(String(header.dropFirst(7).drop { $0 == " " }))
  }

  func answer(_ request: WebRequest) -> WebResponse {
    guard gateway.options.apiKey != nil else {
      return .problem(404, "this gateway has no API; start it with --api-key-file")
    }
    guard gateway.guesses.has(request.peer) else {
      return .problem(429, "too many wrong keys from this address", [("Retry-After", "60")])
    }
    guard knows(request) else {
      _ = gateway.guesses.take(request.peer)
      return .problem(
        401, "the API wants its key: Authorization: Bearer KEY", [("WWW-Authenticate", "Bearer")])
    }
    switch (request.path, request.method) {
    case (Self.tokensPath, "POST"): return create(request.body)
    case (Self.tokensPath, "GET"): return .json(200, TokenList(tokens: gateway.office.list().map(TokenFacts.init)))
    case (Self.tokensPath, _): return .problem(405, "tokens are created and listed", [("Allow", "GET, POST")])
    case (let path, "DELETE") where path.hasPrefix("\(Self.tokensPath)/"):
      let id = String(path.dropFirst(Self.tokensPath.count + 1))
      return gateway.office.revoke(id) ? WebResponse(status: 204) : .problem(404, "there is no token of that id")
    case (let path, _) where path.hasPrefix("\(Self.tokensPath)/"):
      return .problem(405, "a token is taken back by DELETE", [("Allow", "DELETE")])
    default: return .problem(404, "the API has nothing at this path; \(Self.documentPath) describes it")
    }
  }

  // MARK: Creating

  private struct Order: Decodable {
    var console: String?
    var uri: String?
    var vv: String?
    var password: String?
    var lifetime: Int?
    var label: String?
  }

  private struct Created: Encodable {
    let id: String
    let token: String
    /// Paths of this gateway's: of its page, and of the WebSocket.
    let page: String
    let src: String
    let expires: Date
  }

  private struct Unusable: Error {
    let words: String
  }

  private func create(_ body: [UInt8]) -> WebResponse {
    guard let order = try? JSONDecoder().decode(Order.self, from: Data(body)) else {
      return .problem(400, "the body is no JSON object of the fields console, uri, vv, password, lifetime and label")
    }
    let lifetime = order.lifetime ?? Self.defaultLifetime
    guard Self.lifetimes.contains(lifetime) else {
      return .problem(422, "lifetime takes 1 to \(Self.lifetimes.upperBound) seconds")
    }
    do {
      let source = try source(of: order)
      let label = String((order.label ?? order.console ?? "token").prefix(100))
      guard let grant = gateway.office.issue(source, label: label, lifetime: .seconds(lifetime)) else {
        return .problem(503, "the gateway keeps as many tokens as it may; revoke some, or wait for them to expire")
      }
      let token = grant.token
      return .json(
        201,
        Created(
          id: token.id, token: token.text, page: "/#\(token.text)", src: GatewaySite.sessions + token.text,
          expires: token.expiry))
    } catch {
      return .problem(422, (error as? Unusable)?.words ?? "\(error)")
    }
  }

  private func source(of order: Order) throws -> ConsoleSource {
    var source: ConsoleSource
    switch (order.console, order.uri, order.vv) {
    case (let name?, nil, nil):
      guard let console = gateway.options.consoles.first(where: { $0.name == name }) else {
        throw Unusable(words: "the gateway has no console “\(name)”")
      }
      source = console.source
    case (nil, let uri?, nil):
      // A path would be one of this machine's files.
      let schemes = ["spice://", "spice+tls://", "spice+unix://", "ws://", "wss://"]
      guard schemes.contains(where: { uri.lowercased().hasPrefix($0) }) else {
        throw Unusable(words: "a uri begins with spice://, spice+tls://, spice+unix://, ws:// or wss://")
      }
      source = ConsoleSource(.target(try Target(uri: uri)))
    case (nil, nil, let text?): source = ConsoleSource(.target(try Target(keyFile: Array(text.utf8))))
    default: throw Unusable(words: "exactly one of console, uri and vv says where the token leads")
    }
    if let password = order.password { source.password = .secret(Secret(password)) }
    return source
  }

  // MARK: Listing

  private struct TokenList: Encodable {
    let tokens: [TokenFacts]
  }

  private struct TokenFacts: Encodable {
    struct SessionFacts: Encodable {
      let peer: String
      let began: Date
      let channels: Int
      let bytesUp: UInt64
      let bytesDown: UInt64
    }

    let id: String
    let label: String
    let state: String
    let issued: Date
    let expires: Date
    let session: SessionFacts?

    init(_ listed: TokenOffice.Listed) {
      id = listed.grant.token.id
      label = listed.grant.label
      state = listed.standing.rawValue
      issued = listed.grant.issued
      expires = listed.grant.token.expiry
      session = listed.session.map {
        SessionFacts(
          peer: "\($0.peer)", began: $0.began, channels: $0.channelsOpened, bytesUp: $0.count.up,
          bytesDown: $0.count.down)
      }
    }
  }
}
