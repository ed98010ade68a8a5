import SpiceTransport

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What a gateway answers in HTTP: the page, its consoles, the API, its health; and which WebSockets it lets in.
struct GatewaySite: Sendable {
  let gateway: GatewayCore
  let folder: WebFolder
  let policy: SitePolicy

  /// The path of a WebSocket, in front of its token.
  static let sessions = "/sessions/"
  private static let consoles = "/consoles"

  init(_ gateway: GatewayCore, folder: WebFolder) {
    self.gateway = gateway
    self.folder = folder
    policy = SitePolicy(gateway.options)
  }

  func answer(_ request: WebRequest) async -> WebAnswer {
    let host = request.headers["host"]
    guard policy.knows(host: host) else {
      return finish(
        .problem(421, "this gateway does not go by that name: start it with --name, or call it by its address"), request
      )
    }
    guard gateway.requests.take(request.peer) else {
      return finish(.problem(429, "too many requests from this address", [("Retry-After", "5")]), request)
    }
    if request.wantsWebSocket { return webSocket(request) }
    return finish(route(request), request)
  }

  // MARK: WebSockets

  private func webSocket(_ request: WebRequest) -> WebAnswer {
    guard request.path.hasPrefix(Self.sessions), request.path.utf8.count > Self.sessions.utf8.count else {
      return finish(.problem(404, "there is no WebSocket at this path"), request)
    }
    guard policy.admits(origin: request.headers["origin"], host: request.headers["host"]) else {
      return finish(.problem(403, "pages of this origin may not open a session here"), request)
    }
    guard gateway.channels.take(request.peer), gateway.guesses.has(request.peer) else {
      return finish(.problem(429, "too many WebSockets from this address", [("Retry-After", "5")]), request)
    }
    // One that is no good is let in all the same: a page hears what a WebSocket says, and not why there is none.
    do throws(GatewayRefusal) {
      _ = try gateway.office.look(Self.token(of: request))
    } catch .unknownToken {
      _ = gateway.guesses.take(request.peer)
    } catch {}
    gateway.metrics.count(status: 101)
    return .webSocket
  }

  static func token(of request: WebRequest) -> String { String(request.path.dropFirst(sessions.count)) }

  // MARK: Requests

  private func route(_ request: WebRequest) -> WebResponse {
    let isReading = request.method == "GET" || request.method == "HEAD"
    switch request.path {
    case "/healthz" where isReading: return health
    case "/metrics" where isReading: return metrics(request)
    case Self.consoles where isReading: return .json(200, consoleList)
    case TokenAPI.documentPath where isReading:
      return WebResponse(
        status: 200, headers: [("Content-Type", "application/json")], body: Array(OpenAPI.document.utf8))
    case let path where path.hasPrefix(TokenAPI.path): return TokenAPI(gateway: gateway).answer(request)
    case let path where path.hasPrefix("\(Self.consoles)/"):
      guard request.method == "POST" else {
        return .problem(405, "a session is asked for by POST", [("Allow", "POST")])
      }
      return begin(request)
    default: break
    }
    guard isReading else { return .problem(405, "pages are there to be read", [("Allow", "GET, HEAD")]) }
    return folder.response(to: request) ?? .problem(404, "there is nothing at this path")
  }

  private var health: WebResponse {
    gateway.isDraining
      ? .problem(503, "the gateway is being shut down")
      : WebResponse(status: 200, headers: [("Content-Type", "text/plain; charset=utf-8")], body: Array("ok\n".utf8))
  }

  /// For programs on this machine, and for who has the API's key.
  private func metrics(_ request: WebRequest) -> WebResponse {
    guard TokenAPI(gateway: gateway).knows(request) || Self.isLocal(request.peer) else {
      return .problem(401, "from elsewhere this needs the API's key", [("WWW-Authenticate", "Bearer")])
    }
    let open = gateway.office.list().compactMap(\.session)
    let text = gateway.metrics.exposition(
      sessions: open.count, tokens: gateway.office.count, up: open.reduce(0) { $0 + $1.count.up },
      down: open.reduce(0) { $0 + $1.count.down }, isDraining: gateway.isDraining)
    return WebResponse(
      status: 200, headers: [("Content-Type", "text/plain; version=0.0.4; charset=utf-8")], body: Array(text.utf8))
  }

  private static func isLocal(_ peer: Address) -> Bool {
    guard case .tcp(let host, _) = peer else { return true }
    return host.hasPrefix("127.") || host == "::1" || host.hasPrefix("::ffff:127.")
  }

  // MARK: Consoles

  private struct ConsoleList: Encodable {
    struct Item: Encodable {
      let name: String
      let title: String
    }

    let consoles: [Item]
  }

  private struct Begun: Encodable {
    /// The WebSocket's path.
    let src: String
    let expires: Date
  }

  private var consoleList: ConsoleList {
    ConsoleList(
      consoles: gateway.options.consoles.filter(\.isListed).map { .init(name: $0.name, title: $0.title ?? $0.name) })
  }

  /// A token for the page's next session.
  private func begin(_ request: WebRequest) -> WebResponse {
    guard policy.admits(origin: request.headers["origin"], host: request.headers["host"]) else {
      return .problem(403, "pages of this origin may not open a session here")
    }
    let name = String(request.path.dropFirst(Self.consoles.count + 1))
    guard let console = gateway.options.consoles.first(where: { $0.name == name && $0.isListed }) else {
      return .problem(404, "the gateway has no console of that name")
    }
    guard !gateway.isDraining else { return .problem(503, "the gateway is being shut down") }
    let lifetime = gateway.options.pageTokenLifetime
    guard let grant = gateway.office.issue(console.source, label: console.name, lifetime: lifetime) else {
      return .problem(503, "the gateway keeps as many tokens as it may; try again later")
    }
    return .json(201, Begun(src: Self.sessions + grant.token.text, expires: grant.token.expiry))
  }

  // MARK: Answers

  private func finish(_ response: WebResponse, _ request: WebRequest) -> WebAnswer {
    var response = response
    gateway.metrics.count(status: response.status)
    let host = request.headers["host"].flatMap { policy.knows(host: $0) ? $0 : nil }
    response.headers += policy.headers(host: host) + policy.sharing(origin: request.headers["origin"])
    if !response.headers.contains(where: { $0.name == "Cache-Control" }) {
      response.headers.append((name: "Cache-Control", value: "no-store"))
    }
    return .respond(response)
  }
}

extension WebResponse {
  private struct Problem: Encodable {
    let error: String
  }

  /// What is wrong, as `{"error": "…"}`.
  static func problem(_ status: Int, _ words: String, _ headers: [(name: String, value: String)] = []) -> WebResponse {
    var response = json(status, Problem(error: words))
    response.headers += headers
    return response
  }

  static func json(_ status: Int, _ value: some Encodable) -> WebResponse {
    let encoder = JSONEncoder()
    encoder.dateEncodingStrategy = .iso8601
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // Texts, numbers and dates always have a form in JSON.
    let body = (try? encoder.encode(value)).map { [UInt8]($0) } ?? []
    return WebResponse(status: status, headers: [("Content-Type", "application/json")], body: body)
  }
}
