import SpiceTransport
import Testing

@Suite("A proxy's text")
struct ProxyTextTests {
  @Test(
    "is read",
    arguments: [
      ("http://proxy:8080", Proxy.http(host: "proxy", port: 8080)),
      ("http://proxy:8080/", .http(host: "proxy", port: 8080)),
      ("HTTP://proxy", .http(host: "proxy", port: 3128)),
      ("proxy:81", .http(host: "proxy", port: 81)),
      ("proxy", .http(host: "proxy", port: 3128)),
      ("socks5://proxy", .socks5(host: "proxy", port: 1080)),
      ("socks://proxy:9", .socks5(host: "proxy", port: 9)),
      ("socks5h://[::1]:9050", .socks5(host: "::1", port: 9050)),
      ("http://[fe80::1]", .http(host: "fe80::1", port: 3128)),
      ("http://user:pw@proxy:1", .http(host: "proxy", port: 1, user: "user", password: "pw")),
      ("http://user@proxy:1", .http(host: "proxy", port: 1, user: "user")),
      ("http://u%3Aser:p%40w%2f@proxy:1", .http(host: "proxy", port: 1, user: "u:ser", password: "p@w/")),
      ("socks5://a:b:c@proxy:1", .socks5(host: "proxy", port: 1, user: "a", password: "b:c")),
    ])
  func read(text: String, proxy: Proxy) throws {
    #expect(try Proxy(parsing: text) == proxy)
  }

  @Test(
    "that makes no sense is refused with the reason",
    arguments: [
      ("", "names no host"), ("http://", "names no host"), ("ftp://proxy", "“ftp” is no kind of proxy"),
      ("https://proxy:1", "TLS to the proxy itself"), ("http://proxy:0", "“0” is not a number"),
      ("http://proxy:port", "“port” is not a number"), ("http://proxy:65536", "“65536” is not a number"),
      ("http://::1:80", "must stand in brackets"), ("http://[::1", "no closing bracket"),
      ("http://[::1]80", "neither “:” nor the end"), ("http://u%4@proxy", "a % without two"),
      ("http://u%zz@proxy", "a % without two"),
    ])
  func refused(text: String, reason: String) {
    do {
      let proxy = try Proxy(parsing: text)
      Issue.record("read as \(proxy)")
    } catch {
      #expect(error.description.contains(reason))
    }
  }

  @Test("never shows its password when described")
  func noPassword() throws {
    #expect("\(try Proxy(parsing: "http://user:secret@proxy:1"))" == "http://proxy:1")
  }
}
