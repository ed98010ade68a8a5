import Foundation
import SpiceClient
import SpiceGateway
import SpiceTransport
import TestSupport
import Testing

@Suite("The gateway in HTTP", .timeLimit(.minutes(1)))
struct GatewaySiteTests {
  private let nowhere = ["vm": "spice://127.0.0.1:9"]

  @Test("listed consoles are told by name and title, others not")
  func consoles() async throws {
    try await withGateway(
      nowhere, { $0.consoles.append(Console(name: "hidden", source: $0.consoles[0].source, isListed: false)) }
    ) {
      gateway in
      let answer = try await gateway.ask("GET", "/consoles")
      #expect(answer.body == #"{"consoles":[{"name":"vm","title":"vm"}]}"#)
      let hidden = try await gateway.ask("POST", "/consoles/hidden")
      #expect(hidden.status == 404)
    }
  }

  @Test("every answer says what browsers may do with it")
  func headers() async throws {
    try await withGateway(nowhere) { gateway in
      for path in ["/consoles", "/healthz", "/nothing"] {
        let headers = try await gateway.ask("GET", path).headers
        #expect(headers["content-security-policy"]?.hasPrefix("default-src 'none'; script-src 'self'") == true)
        #expect(headers["x-content-type-options"] == "nosniff")
        #expect(headers["referrer-policy"] == "no-referrer")
        #expect(headers["strict-transport-security"] == nil)
      }
    }
  }

  @Test("over TLS browsers are told to come by TLS only, and plain callers are sent there")
  func https() async throws {
    try await withTemporaryFolder { folder in
      let certificates = try await TestCertificates(in: folder)
      let identity = ServerIdentity(
        certificates: .file(path: certificates.certificate.path), privateKey: .file(path: certificates.key.path))
      try await withGateway(nowhere, { $0.identity = identity }) { gateway in
        let tls = TLS(trust: .authorityFile(path: certificates.authority.path))
        let answer = try await gateway.ask("GET", "/healthz", tls: tls)
        #expect(answer.status == 200)
        #expect(answer.headers["strict-transport-security"] == "max-age=31536000")
        let plain = try await gateway.ask("GET", "/healthz")
        #expect(plain.status == 400)
        #expect(plain.body.contains("https"))
      }
    }
  }

  @Test(
    "a name that is not the gateway's is refused", arguments: ["evil.example", "127.0.0.1.evil.example", "[::1", ""])
  func strangeName(_ host: String) async throws {
    try await withGateway(nowhere) { gateway in
      let answer = try await gateway.ask("GET", "/consoles", headers: ["host": host])
      #expect(answer.status == 421)
    }
  }

  @Test(
    "its own names are taken", arguments: ["localhost", "localhost:8080", "console.example:1", "[::1]:80", "10.0.0.1"])
  func ownName(_ host: String) async throws {
    try await withGateway(nowhere, { $0.names = ["Console.example"] }) { gateway in
      let answer = try await gateway.ask("GET", "/consoles", headers: ["host": host])
      #expect(answer.status == 200)
    }
  }

  @Test("pages of another origin open nothing", arguments: ["http://evil.example", "https://evil.example", "null"])
  func origin(_ origin: String) async throws {
    try await withGateway(nowhere) { gateway in
      let asked = try await gateway.ask("POST", "/consoles/vm", headers: ["origin": origin])
      #expect(asked.status == 403)
      let path = try await gateway.path(to: "vm")
      do {
        _ = try await gateway.webSocket(path, origin: origin)
        Issue.record("the WebSocket was let in")
      } catch TransportError.webSocketRefused(_, .status(let status, _)) {
        #expect(status == 403)
      }
    }
  }

  @Test("its own pages and those of origins that it was told open sessions")
  func ownOrigin() async throws {
    try await withGateway(nowhere, { $0.origins = ["https://portal.example"] }) { gateway in
      for origin in ["http://\(gateway.address)", "https://portal.example"] {
        let asked = try await gateway.ask("POST", "/consoles/vm", headers: ["origin": origin])
        #expect(asked.status == 201)
        let near = try await gateway.webSocket(try await gateway.path(to: "vm"), origin: origin)
        await near.close()
      }
      let shared = try await gateway.ask("POST", "/consoles/vm", headers: ["origin": "https://portal.example"])
      #expect(shared.headers["access-control-allow-origin"] == "https://portal.example")
    }
  }

  @Test("who opens too many WebSockets is told to wait")
  func rate() async throws {
    try await withGateway(nowhere, { $0.channels = .init(perSecond: 0, burst: 2) }) { gateway in
      let path = try await gateway.path(to: "vm")
      for _ in 0..<2 { await (try await gateway.webSocket(path)).close() }
      do {
        _ = try await gateway.webSocket(path)
        Issue.record("a third WebSocket was let in")
      } catch TransportError.webSocketRefused(_, .status(let status, _)) {
        #expect(status == 429)
      }
    }
  }

  @Test("who guesses keys is not heard any more, the right key included")
  func guesses() async throws {
    try await withGateway(nowhere, { $0.guesses = .init(perSecond: 0, burst: 3) }) { gateway in
      for _ in 0..<3 {
        let wrong = try await gateway.api("GET", "/api/v1/tokens", key: "not the key of this test's API")
        #expect(wrong.status == 401)
      }
      let right = try await gateway.api("GET", "/api/v1/tokens")
      #expect(right.status == 429)
    }
  }

  @Test("without a key there is no API")
  func noAPI() async throws {
    try await withGateway(nowhere, { $0.apiKey = nil }) { gateway in
      let answer = try await gateway.api("GET", "/api/v1/tokens")
      #expect(answer.status == 404)
    }
  }

  @Test(
    "an order that makes no sense is refused with the reason",
    arguments: [
      ("{}", 422, "exactly one"), ("[]", 400, "no JSON object"), (#"{"uri":"/etc/passwd"}"#, 422, "a uri begins with"),
      (#"{"uri":"file:///etc/passwd"}"#, 422, "a uri begins with"), (#"{"console":"none"}"#, 422, "no console"),
      (#"{"vv":"[virt-viewer]\ntype=vnc\n"}"#, 422, "VNC"), (#"{"console":"vm","lifetime":0}"#, 422, "lifetime"),
      (#"{"console":"vm","uri":"spice://h:1"}"#, 422, "exactly one"),
    ])
  func badOrder(_ body: String, _ status: Int, _ words: String) async throws {
    try await withGateway(nowhere) { gateway in
      let answer = try await gateway.api("POST", "/api/v1/tokens", body)
      #expect(answer.status == status)
      #expect(answer["error"]?.contains(words) == true, "\(answer.body)")
    }
  }

  @Test("requests on one connection, sent at once, are answered one after the other")
  func pipeline() async throws {
    try await withGateway(nowhere) { gateway in
      let host = "host: \(gateway.address)\r\n"
      let text =
        "GET /healthz HTTP/1.1\r\n\(host)\r\nGET /healthz HTTP/1.1\r\n\(host)\r\n"
        + "POST /consoles/none HTTP/1.1\r\n\(host)content-length: 4\r\n\r\nbody"
      let answers = try await Gateway.answers(
        to: text + "GET /consoles HTTP/1.1\r\n\(host)connection: close\r\n\r\n",
        at: Endpoint(address: gateway.address))
      #expect(answers.map(\.status) == [200, 200, 404, 200])
    }
  }

  @Test("a body that is too long, a head that is too long, and what is no HTTP are refused")
  func tooLong() async throws {
    try await withGateway(nowhere) { gateway in
      let body = try await gateway.api("POST", "/api/v1/tokens", String(repeating: " ", count: 300 << 10))
      #expect(body.status == 413)
      let head = try await gateway.ask("GET", "/", headers: ["x": String(repeating: "x", count: 20 << 10)])
      #expect(head.status == 431)
      let nonsense = try await Gateway.answers(
        to: "GET / NONSENSE\r\n\r\n", at: Endpoint(address: gateway.address))
      #expect(nonsense.map(\.status) == [400])
    }
  }

  @Test("the page's files are served, compressed where that is understood, and again only when they have changed")
  func files() async throws {
    try await withTemporaryFolder { folder in
      let script = String(repeating: "export const nothing = 0;\n", count: 200)
      for (name, text) in [
        ("index.html", "<!doctype html>page"), ("saffron-console.js", script), ("saffron-core.wasm", "\0asm"),
      ] {
        try text.write(to: folder.appending(path: name), atomically: true, encoding: .utf8)
      }
      try "secret".write(to: folder.appending(path: "notes.txt"), atomically: true, encoding: .utf8)
      try await withGateway(nowhere, { $0.webFolder = folder.path }) { gateway in
        let page = try await gateway.ask("GET", "/")
        #expect(page.body == "<!doctype html>page")
        #expect(try await gateway.ask("GET", "/saffron-core.wasm").headers["content-type"] == "application/wasm")
        let plain = try await gateway.ask("GET", "/saffron-console.js")
        #expect(plain.body == script)
        let packed = try await gateway.ask("GET", "/saffron-console.js", headers: ["accept-encoding": "gzip, deflate"])
        #expect(packed.headers["content-encoding"] == "deflate")
        #expect(packed.body.utf8.count < 300)
        let tag = try #require(plain.headers["etag"])
        let same = try await gateway.ask("GET", "/saffron-console.js", headers: ["if-none-match": tag])
        #expect(same.status == 304)
        for path in ["/notes.txt", "/../\(folder.lastPathComponent)/index.html", "/%2e%2e/index.html"] {
          let other = try await gateway.ask("GET", path)
          #expect(other.status == 404)
        }
      }
    }
  }

  /// What the gateway serves of a folder with these files, and of nothing else.
  private func served(_ files: [String: String], _ path: String) async throws -> String {
    let needed = ["index.html": "", "saffron-console.js": "", "saffron-core.wasm": ""]
    return try await withTemporaryFolder { folder in
      for (name, text) in needed.merging(files, uniquingKeysWith: { $1 }) {
        try text.write(to: folder.appending(path: name), atomically: true, encoding: .utf8)
      }
      return try await withGateway(nowhere, { $0.webFolder = folder.path }) { try await $0.ask("GET", path).body }
    }
  }

  private static let modules = [
    "worker.js": """
    import { one, two as other } from "./a.js";
    import "./b.js";
    export const sum = one + other;

    """,
    "a.js": """
    import { base } from "./b.js";
    const hidden = base;
    export const one = hidden;
    export async function two() {}
    export class Three {}

    """, "b.js": "export function base() {}\n",
  ]

  @Test("the worker comes with all that it imports, each module once, before those that need it")
  func joined() async throws {
    let text = try await served(Self.modules, "/worker.js")
    #expect(
      text == """
        let $b_js;
        {
        function base() {}

        $b_js = { base };
        }
        let $a_js;
        {
        const { base } = $b_js;
        const hidden = base;
        const one = hidden;
        async function two() {}
        class Three {}

        $a_js = { one, two, Three };
        }
        const { one, two: other } = $a_js;
        const sum = one + other;

        export { sum };

        """)
    #expect(try await served(Self.modules, "/a.js") == Self.modules["a.js"])
  }

  @Test(
    "modules that cannot be joined are served as they are",
    arguments: [
      "import x from \"./b.js\";\n", "import * as x from \"./b.js\";\n", "import { y } from \"https://a/b.js\";\n",
      "import { y } from \"./none.js\";\n", "export default 1;\n", "export let counted = 0;\n",
      "export { x } from \"./b.js\";\n",
      "import { sum } from \"./worker.js\";\n", "import {\n  base } from \"./b.js\";\n",
    ])
  func notJoined(_ line: String) async throws {
    var modules = Self.modules
    modules["a.js"]? += line
    #expect(try await served(modules, "/worker.js") == modules["worker.js"])
  }

  @Test("a page asks ahead for what is not joined alone")
  func preloads() async throws {
    func page(_ names: [String]) -> String {
      names.map { "<link rel=\"modulepreload\" href=\"\($0).js\">\n" }.joined() + "<p>modulepreload a.js</p>\n"
    }
    var files = Self.modules
    files["saffron-console.js"] = "import { base } from \"./b.js\";\n"
    files["index.html"] = page(["saffron-console", "a", "b", "other"])
    #expect(try await served(files, "/") == page(["saffron-console", "other"]))
    files["app.js"] = "import \"./saffron-console.js\";\n"
    #expect(try await served(files, "/") == page(["other"]))
  }

  @Test("a page's folder without the core is refused with what to do")
  func noCore() async throws {
    try await withTemporaryFolder { folder in
      for name in ["index.html", "saffron-console.js"] {
        try "".write(to: folder.appending(path: name), atomically: true, encoding: .utf8)
      }
      do {
        try await withGateway(nowhere, { $0.webFolder = folder.path }) { _ in }
        Issue.record("it started")
      } catch let error as GatewayError {
        #expect("\(error)".contains("make wasm"))
      }
    }
  }

  @Test("the metrics count what was carried and what was refused")
  func metrics() async throws {
    let far = try await ScriptedServer()
    try await withGateway(["vm": far.uri]) { gateway in
      let (near, server) = try await openSession(gateway, far, try await gateway.path(to: "vm"))
      let made = try await gateway.webSocket("/sessions/none")
      _ = try await farewell(made)
      let text = try await gateway.ask("GET", "/metrics").body
      #expect(text.contains("\nsaffron_gateway_sessions 1\n"))
      #expect(text.contains("\nsaffron_gateway_bytes_total{direction=\"down\"} \(ScriptedServer.welcome.count)\n"))
      #expect(text.contains("\nsaffron_gateway_refusals_total{reason=\"unknown_token\"} 1\n"))
      await near.close()
      await server.close()
    }
  }

  @Test("the API's document is the one in the documentation")
  func document() async throws {
    try await withGateway(nowhere) { gateway in
      let served = try await gateway.ask("GET", "/api/v1/openapi.json").body
      let kept = try String(
        contentsOf: Repository.root.appending(path: "Documentation/gateway-api.json"), encoding: .utf8)
      #expect(served == kept)
    }
  }
}
