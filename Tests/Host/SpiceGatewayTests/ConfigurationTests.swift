import Foundation
import SpiceGateway
import SpiceProtocol
import SpiceTransport
import Testing

@Suite("The gateway's configuration")
struct GatewayConfigurationTests {
  private func read(_ text: String) throws -> GatewayConfiguration {
    try GatewayConfiguration(text, named: "gateway.yaml", folder: URL(filePath: "/etc/saffron/"))
  }

  @Test("consoles are read in their order, with all that they may have")
  func consoles() throws {
    let configuration = try read(
      """
      listen: 127.0.0.1:8443
      names: [a.example, b.example]
      tls-cert: tls/cert.pem
      consoles:
        short: spice://host:5930
        long:
          title: The build machine
          uri: spice+tls://host:5901
          password-file: secrets/long
          ca-file: /ca.pem
          host-subject: O=Example,CN=host
          proxy: http://proxy:3128
          listed: false
        file:
          vv: machine.vv
        program:
          vv-command: [/usr/bin/print, --vm, "7"]
      """)
    #expect(configuration.consoles.map(\.name) == ["short", "long", "file", "program"])
    #expect(configuration.consoles.map(\.isListed) == [true, false, true, true])
    #expect(configuration.names == ["a.example", "b.example"])
    #expect(configuration.listen == ["127.0.0.1:8443"])
    #expect(configuration.tlsCertificate == "/etc/saffron/tls/cert.pem")
    let long = configuration.consoles[1].source
    #expect(long.authorityFile == "/ca.pem")
    #expect(long.hostSubject == "O=Example,CN=host")
    guard case .file("/etc/saffron/secrets/long")? = long.password else {
      Issue.record("the password's file is \(String(describing: long.password))")
      return
    }
    guard case .keyFile("/etc/saffron/machine.vv") = configuration.consoles[2].source.place,
      case .program(["/usr/bin/print", "--vm", "7"]) = configuration.consoles[3].source.place
    else {
      Issue.record("the file or the program is wrong")
      return
    }
  }

  @Test("JSON is taken too")
  func json() throws {
    let configuration = try read(#"{"consoles": {"vm": {"uri": "spice://host:1", "password": "x"}}}"#)
    #expect(configuration.consoles.map(\.name) == ["vm"])
  }

  @Test(
    "what is wrong is said with its line",
    arguments: [
      ("consoles:\n  vm:\n    uri: spice://h:1\n    passwort: x\n", 4, "no “passwort”"),
      ("consoles:\n  vm: host\n", 2, "no address"), ("console:\n  vm: spice://h:1\n", 2, "there is no “console”"),
      ("consoles:\n  a/b: spice://h:1\n", 2, "letters, digits"),
      ("consoles:\n  vm:\n    title: x\n", 3, "none of uri"),
      ("consoles:\n  vm:\n    uri: spice://h:1\n    vv: x.vv\n", 4, "several of"),
      ("consoles:\n  vm: spice://h:x\n", 2, "port"),
    ])
  func errors(_ text: String, _ line: Int, _ words: String) throws {
    do {
      _ = try read(text)
      Issue.record("it was taken")
    } catch let error as GatewayError {
      guard case .configuration("gateway.yaml", let place, let reason) = error else {
        Issue.record("\(error)")
        return
      }
      #expect(place == line)
      #expect(reason.contains(words), "\(reason)")
    }
  }

  @Test("what is no YAML is called that")
  func noYAML() throws {
    #expect(throws: GatewayError.self) { try read("consoles: [\n") }
    #expect(throws: GatewayError.self) { try read("") }
  }
}

@Suite("What the gateway reads along")
struct SessionFinderTests {
  private func message(_ type: UInt16, _ body: [UInt8], _ header: HeaderKind) -> [UInt8] {
    var writer = ByteWriter()
    if header == .full { writer.u64(1) }
    writer.u16(type)
    writer.u32(UInt32(body.count))
    if header == .full { writer.u32(0) }
    writer.append(body)
    return writer.bytes
  }

  @Test(
    "INIT's id is found behind other messages, however the bytes are cut", arguments: [HeaderKind.mini, .full], 1...7)
  func found(_ header: HeaderKind, _ size: Int) {
    let stream =
      message(3, [UInt8](repeating: 103, count: 40), header) + message(4, [], header)
      + message(103, [1, 2, 3, 4] + [UInt8](repeating: 0, count: 28), header)
    var finder = SessionFinder(header)
    var steps: [SessionFinder.Step] = []
    for start in stride(from: 0, to: stream.count, by: size) {
      let step = finder.feed(stream[start..<min(start + size, stream.count)])
      if step != .goOn { steps.append(step) }
    }
    #expect(steps.first == .found(0x0403_0201))
  }

  @Test("a server that never says INIT is given up")
  func givenUp() {
    var finder = SessionFinder(.mini)
    let noise = message(3, [UInt8](repeating: 0, count: SessionFinder.limit), .mini)
    #expect(finder.feed(noise) == .gaveUp)
    #expect(finder.feed(message(103, [1, 2, 3, 4], .mini)) == .gaveUp)
  }

  @Test("a size that no message has skips the rest and traps nothing")
  func hugeSize() {
    var finder = SessionFinder(.mini)
    #expect(finder.feed([3, 0, 0xFF, 0xFF, 0xFF, 0xFF, 103, 0, 4, 0, 0, 0, 1, 2, 3, 4]) == .goOn)
  }
}

@Suite("The limit by address")
struct RateLimiterTests {
  private let start = ContinuousClock.now

  @Test("a bucket empties, and fills with time")
  func bucket() {
    let clock = Clock(start)
    let limiter = RateLimiter(.init(perSecond: 2, burst: 3), now: { clock.now })
    let peer = Address.tcp(host: "192.0.2.1", port: 1)
    let first = (0..<5).map { _ in limiter.take(peer) }
    #expect(first == [true, true, true, false, false])
    clock.advance(.seconds(1))
    let second = (0..<3).map { _ in limiter.take(peer) }
    #expect(second == [true, true, false])
  }

  @Test("one machine's IPv6 addresses share a bucket, other addresses have their own")
  func groups() {
    let limiter = RateLimiter(.init(perSecond: 0, burst: 1), now: { [start] in start })
    #expect(limiter.take(.tcp(host: "2001:db8::1", port: 1)))
    #expect(!limiter.take(.tcp(host: "2001:db8::ffff", port: 2)))
    #expect(limiter.take(.tcp(host: "2001:db8:0:1::1", port: 1)))
    #expect(limiter.take(.unix(path: "/s")))
    #expect(limiter.take(.unix(path: "/s")))
  }
}
