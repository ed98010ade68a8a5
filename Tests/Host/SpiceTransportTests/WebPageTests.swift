import SpiceTransport
import Testing

@Suite("A web browser at a SPICE port", .timeLimit(.minutes(2)))
struct WebPageTests {
  @Test("gets a page with the address to call, by the host it asked for")
  func page() async throws {
    try await withReception { address, log in
      let page = try await answer(of: address, to: "GET /any HTTP/1.1\r\nHost: vm.example.org:5930\r\n\r\n")
      #expect(page.hasPrefix("HTTP/1.1 200 OK\r\n"))
      #expect(page.contains("<code>remote-viewer spice://vm.example.org:5930</code>"))
      #expect(try await log.first().reason == .web(status: 200, detail: ""))
    }
  }

  @Test("HEAD gets the same without the page")
  func head() async throws {
    try await withReception { address, _ in
      let whole = try await answer(of: address, to: "GET / HTTP/1.1\r\nHost: a:1\r\n\r\n")
      let head = try await answer(of: address, to: "HEAD / HTTP/1.1\r\nHost: a:1\r\n\r\n")
      #expect(head.hasSuffix("\r\n\r\n"))
      #expect(whole.hasPrefix(head))
      #expect(whole.count > head.count)
    }
  }

  @Test(
    "the host is made harmless in the page",
    arguments: [
      ("\"><script>x</script>", "spice://&quot;&gt;&lt;script&gt;x&lt;/script&gt;:80"),
      ("a'&b:7", "spice://a&#39;&amp;b:7"),
      ("[::1]:5930", "spice://[::1]:5930"), ("[::1]", "spice://[::1]:80"),
    ])
  func escaping(host: String, shown: String) async throws {
    try await withReception { address, _ in
      let page = try await answer(of: address, to: "GET / HTTP/1.1\r\nHost: \(host)\r\n\r\n")
      #expect(page.contains("<code>remote-viewer \(shown)</code>"))
    }
  }

  @Test("a request byte by byte is as good")
  func byteByByte() async throws {
    try await withReception { address, _ in
      let connection = try await Transport.connect(Endpoint(address))
      for byte in "GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8 { try await connection.write([byte]) }
      #expect(String(decoding: try await connection.all(), as: UTF8.self).hasPrefix("HTTP/1.1 200 OK\r\n"))
      await connection.close()
    }
  }

  @Test("a page of the server's own is shown instead, and over TLS the address is the TLS port's")
  func ownPage() async throws {
    let authority = try Authority()
    let identity = try authority.identity(commonName: "127.0.0.1")
    let options = ReceptionOptions(security: .either(identity), silenceGrace: nil, page: { "<p>call \($0)" })
    try await withReception(options) { address, _ in
      let request = "GET / HTTP/1.1\r\nHost: vm:5931\r\n\r\n"
      let said = try await answer(of: address, to: request)
      #expect(said.hasSuffix("\r\n\r\n<p>call spice://vm:5931"))
      let tls = TLS(trust: .authorities(pem: authority.pem))
      #expect(
        try await answer(of: address, to: request, tls: tls).hasSuffix("\r\n\r\n<p>call spice://vm?tls-port=5931"))
    }
  }

  @Test(
    "what is no request for it is told why",
    arguments: [
      ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc", 405),
      ("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 405), ("CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", 405),
      ("GET / HTTP/1.1\r\n\r\n", 400), ("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
      ("GARBAGE\r\n\r\n", 400), ("GET / HTTP/1.1\r\nno colon\r\n\r\n", 400), ("GET / HTTP/2.0\r\n\r\n", 400),
      ("GET / HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "y", count: 17_000))\r\n\r\n", 431),
      ("GET /\(String(repeating: "y", count: 17_000)) HTTP/1.1\r\nHost: a\r\n\r\n", 431),
      ("GET / HTTP/1.1\r\nHost: a\r\n\(String(repeating: "X: 0123456789\r\n", count: 1500))\r\n", 431),
    ])
  func refused(request: String, status: Int) async throws {
    try await withReception { address, log in
      let text = try await answer(of: address, to: request)
      #expect(text.hasPrefix("HTTP/1.1 \(status) "))
      guard case .web(status, _) = try await log.first().reason else {
        Issue.record("\(try await log.first())")
        return
      }
    }
  }

  @Test("a large body that nobody reads does not take the answer with it")
  func largeBody() async throws {
    try await withReception { address, _ in
      let connection = try await Transport.connect(Endpoint(address))
      try await connection.write(Array("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3000000\r\n\r\n".utf8))
      try? await connection.write([UInt8](repeating: 0x61, count: 3_000_000))
      let head = String(decoding: try await connection.exactly(40), as: UTF8.self)
      #expect(head.hasPrefix("HTTP/1.1 405 "))
      await connection.close()
    }
  }

  @Test("half a head and then silence is closed in time")
  func halfAHead() async throws {
    try await withReception(ReceptionOptions(decisionTime: .seconds(3), silenceGrace: nil)) { address, log in
      let said = try await answer(of: address, to: "GET / HTTP/1.1\r\nHost: a")
      #expect(said == "")
      #expect(try await log.first().reason == .timedOut(.request, after: .seconds(3), received: 23))
    }
  }
}
