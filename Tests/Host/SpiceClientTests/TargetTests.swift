import Foundation
import SpiceProtocol
import Testing

import SpiceClient

@Suite("Addresses")
struct AddressTests {
  @Test(
    "an address says host and ports, as spice-gtk 0.42 understands it",
    arguments: [
      ("spice://h:5900", Target(host: "h", port: 5900)),
      ("spice://h:5900/", Target(host: "h", port: 5900)),
      ("spice://h?port=5901", Target(host: "h", port: 5901)),
      ("spice://h/?port=5901", Target(host: "h", port: 5901)),
      ("spice://h?tls-port=5902", Target(host: "h", tlsPort: 5902)),
      ("spice://h?port=5901&tls-port=5902", Target(host: "h", port: 5901, tlsPort: 5902)),
      ("spice://h?port=5901;tls-port=5902", Target(host: "h", port: 5901, tlsPort: 5902)),
      (
        "spice://h:5900?tls-port=5902&password=a%20b",
        Target(host: "h", port: 5900, tlsPort: 5902, password: Secret("a b"))
      ),
      ("spice://h:5900?password=a+b", Target(host: "h", port: 5900, password: Secret("a+b"))),
      ("spice://h:5900?password=", Target(host: "h", port: 5900)),
      ("spice+tls://h:5901", Target(host: "h", tlsPort: 5901)),
      ("spice+unix:///tmp/x.sock", Target(unixPath: "/tmp/x.sock")),
      ("spice+unix:///tmp/a%20b?c.sock", Target(unixPath: "/tmp/a%20b?c.sock")),
      ("spice+unix://vm.sock", Target(unixPath: "vm.sock")),
      ("spice://user@h:5900", Target(host: "h", port: 5900, username: "user")),
      ("spice://h%41:5900", Target(host: "hA", port: 5900)),
    ])
  func reference(address: String, expected: Target) throws {
    #expect(try Target(uri: address) == expected)
  }

  @Test(
    "an address may be written in more ways than spice-gtk takes",
    arguments: [
      ("h:5900", Target(host: "h", port: 5900)), ("127.0.0.1:5900", Target(host: "127.0.0.1", port: 5900)),
      ("h:5900?tls-port=5901", Target(host: "h", port: 5900, tlsPort: 5901)),
      ("[::1]:5900", Target(host: "::1", port: 5900)), (":5900", Target(host: "localhost", port: 5900)),
      ("spice://:5900", Target(host: "localhost", port: 5900)),
      ("SPICE://h:5900", Target(host: "h", port: 5900)), ("Spice+TLS://h:5901", Target(host: "h", tlsPort: 5901)),
      ("  spice://h:5900\n", Target(host: "h", port: 5900)), ("spice://h:05900", Target(host: "h", port: 5900)),
      ("spice://user:pa%40ss@h:5900", Target(host: "h", port: 5900, username: "user", password: Secret("pa@ss"))),
      ("spice://:secret@h:5900", Target(host: "h", port: 5900, password: Secret("secret"))),
      ("spice+tls://h:5901?password=x", Target(host: "h", tlsPort: 5901, password: Secret("x"))),
    ])
  func more(address: String, expected: Target) throws {
    #expect(try Target(uri: address) == expected)
  }

  @Test(
    "an IPv6 address loses its brackets and keeps its zone",
    arguments: [
      ("spice://[::1]:5900", "::1"), ("spice://[fe80::1%eth0]:5900", "fe80::1%eth0"),
      ("spice://[fe80::1%25eth0]:5900", "fe80::1%eth0"), ("spice+tls://[2001:db8::7]:5900", "2001:db8::7"),
      ("spice://[::ffff:10.0.0.1]?port=5900", "::ffff:10.0.0.1"),
    ])
  func ipv6(address: String, host: String) throws {
    #expect(try Target(uri: address).host == host)
  }

  @Test(
    "what is no address is refused with its reason",
    arguments: [
      ("", .emptyAddress), (" \n", .emptyAddress),
      ("spice://h", .missingPort(host: "h")), ("h", .missingPort(host: "h")),
      ("spice+tls://h", .missingPort(host: "h")), ("spice://", .missingPort(host: "localhost")),
      ("http://h:5900", .scheme("http")), ("vnc://h:5900", .scheme("vnc")), ("VNC://h:5900", .scheme("vnc")),
      ("spice://h:", .port(name: "port", text: nil)), ("spice://h:abc", .port(name: "port", text: nil)),
      ("spice://h:0", .port(name: "port", text: "0")), ("spice://h:70000", .port(name: "port", text: "70000")),
      ("spice://h:-1", .port(name: "port", text: nil)), ("spice://h:+5", .port(name: "port", text: nil)),
      ("spice://h:5900?tls-port=0", .port(name: "tls-port", text: "0")),
      ("spice://h?port=99999999999999999999", .port(name: "port", text: "999999999999")),
      ("spice://h?port=", .port(name: "port", text: nil)), ("spice://h?port", .parameterWithoutValue("port")),
      ("spice://h:5900?password", .parameterWithoutValue("password")),
      ("spice://h:5900?port=5901", .portTwice), ("spice://h?port=1&port=2", .parameterTwice("port")),
      ("spice://h:1?password=a&password=b", .parameterTwice("password")),
      ("spice://u:p@h:1?password=b", .parameterTwice("password")),
      ("spice+tls://h?tls-port=1", .parameterOfOtherScheme("tls-port", scheme: "spice+tls")),
      ("spice+tls://h:1?port=2", .parameterOfOtherScheme("port", scheme: "spice+tls")),
      ("spice://h?foo=1", .parameter("foo", near: [])),
      ("spice://h?tlsport=1", .parameter("tlsport", near: ["tls-port"])),
      ("spice://h?Port=3", .parameter("Port", near: ["port"])), ("spice://h?foo", .parameter(nil, near: [])),
      ("spice://h:5900/path", .path), ("spice://h:5900#frag", .fragment), ("spice+unix://", .emptySocketPath),
      ("spice://::1:5900", .host(.colons)), ("::1:5900", .host(.colons)), ("spice://[::1", .host(.brackets)),
      ("spice://[::1]5900", .host(.brackets)), ("spice://[h]:5900", .host(.notIPv6)), ("spice://[]:1", .host(.notIPv6)),
      ("spice://a b:5900", .host(.character(0x20))), ("spice://a%00b:5900", .notText(part: "host")),
      ("spice://a%2Fb:5900", .host(.character(0x2F))), ("spice://a\u{202E}b:5900", .host(.character(0x202E))),
      ("spice://h%4:5900", .percent(part: "host")), ("spice://h%zz:5900", .percent(part: "host")),
      ("spice://h:5900?password=50%", .percent(part: "password")),
      ("spice://h:5900?password=%FF", .notText(part: "password")),
      ("spice://\(String(repeating: "a", count: 254)):1", .host(.tooLong(254))),
    ] as [(String, TargetError)])
  func refused(address: String, expected: TargetError) {
    #expect(throws: expected) { try Target(uri: address) }
  }

  @Test("a missing port is told with what to write")
  func missingPort() {
    let error = #expect(throws: TargetError.self) { try Target(uri: "spice://example.org") }
    #expect(
      error?.description
        == "the address of example.org has no port, and SPICE has none of its own; add the one the server listens on, "
        + "like spice://example.org:5900")
  }

  @Test(
    "a password that is not escaped, or stands in the wrong place, reaches no error",
    arguments: [
      "spice://user:hunter2", "spice://user:hunter2/x@h:5900", "spice://user:hunter2?x@h:5900",
      "spice://user:hunter2#x@h:5900", "spice://user:x/hunter2@h:5900", "spice://user:x?hunter2@h:5900",
      "spice://user:x?hunter2=1@h:5900", "spice://user:1?port=hunter2@h:5900", "spice://h:5900?password=x&hunter2",
      "spice://h:5900?password=x&hunter2=y", "spice://h:5900?password=x;hunter2=y", "spice://h:5900?hunter2",
      "spice://h:5900?password=hunter2&password=hunter2", "spice://h:5900?password=hunter2%",
      "spice://h?password=hunter2",
      "spice://h:5900?password=hunter2%FF", "spice://u:hunter2%@h:5900", "spice://u:hunter2@h",
      "spice://u:x@hunter2@[h]",
      "http://u:hunter2@h", "spice+tls://h:1?password=hunter2&port=1", "h:hunter2", "spice://u:1?port=2&x=hunter2@h",
    ])
  func noLeaks(address: String) {
    let error = #expect(throws: TargetError.self) { try Target(uri: address) }
    #expect(error.map { "\($0)\(String(reflecting: $0))".contains("hunter2") } == false)
  }

  @Test("a number that may be a piece of a password is not quoted")
  func numberInPassword() {
    #expect(throws: TargetError.port(name: "port", text: nil)) { try Target(uri: "spice://user:99999?x@h:5900") }
    #expect(throws: TargetError.misplacedAt) { try Target(uri: "spice://user:12/34@h:5900") }
  }

  @Test("a description is an address that leads to the same place")
  func descriptions() throws {
    for address in [
      "spice://h:5900", "spice+tls://h:5901", "spice://h:5900?tls-port=5901", "spice://[::1]:5900",
      "spice+unix:///tmp/x.sock",
    ] {
      let target = try Target(uri: address)
      #expect(target.description == address)
      #expect(try Target(uri: target.description) == target)
    }
  }

  @Test("any text is an address or is refused in a sentence")
  func mutations() {
    var random = SplitMix(seed: 0x5AFF_2018)
    let pieces = [
      "spice", "+tls", "+unix", "://", ":", "5900", "host", "[", "::1", "]", "?", "&", ";", "=", "password", "port",
      "tls-port", "%41", "%", "@", "/", "#", "é", "\u{1B}", "\0", "👩‍🚀", " ", "0", "-", "+",
    ]
    for _ in 0..<20_000 {
      let count = Int.random(in: 0...12, using: &random)
      let text = (0..<count).map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
      // Paths and standard input are other tests' affair.
      if text.trimmingCharacters(in: .whitespaces) == "-" || text.hasPrefix("/") { continue }
      do {
        let target = try Target(uri: text)
        #expect(target.port != nil || target.tlsPort != nil || target.unixPath != nil)
        #expect(!target.host.isEmpty && target.host.utf8.count <= 253)
      } catch {
        #expect(error.description.utf8.allSatisfy { $0 >= 0x20 }, "\(error)")
      }
    }
  }
}

@Suite("Secrets of a target")
struct TargetSecretTests {
  /// Everything that may show a target to a person.
  private func shown(_ value: some Any) -> String {
    var dumped = ""
    dump(value, to: &dumped)
    let mirrored = Mirror(reflecting: value).children.map { "\($0.value)" }.joined()
    return "\(value)" + String(reflecting: value) + String(describing: [value]) + dumped + mirrored
  }

  @Test("a secret shows itself in no way but when it is asked to")
  func secret() {
    let secret = Secret("hunter2")
    #expect(!shown(secret).contains("hunter2"))
    #expect(!shown(Optional(secret) as Any).contains("hunter2"))
    #expect(secret.description == "(hidden)")
    #expect(secret.exposed == "hunter2")
  }

  @Test("a target shows neither its password nor its proxy's")
  func target() {
    let target = Target(
      host: "h", port: 5900, username: "user", password: Secret("hunter2"), proxy: "http://u:hunter2@proxy:3128",
      title: "A machine")
    #expect(!shown(target).contains("hunter2"))
    #expect(shown(target).contains("A machine"))
    #expect(target.debugDescription.contains("http://(hidden)@proxy:3128"))
  }

  @Test("Proxmox's token is a ticket to its proxy, and is not shown")
  func token() {
    let target = Target(host: "pvespiceproxy:66000000:100:node::hunter2", tlsPort: 61000)
    #expect(!shown(target).contains("hunter2"))
    #expect(target.description == "spice+tls://pvespiceproxy:(hidden):61000")
  }

  @Test(
    "a proxy is shown without its user and password",
    arguments: [
      ("http://proxy:3128", "http://proxy:3128"), ("http://u:p@proxy:3128", "http://(hidden)@proxy:3128"),
      ("u:p@proxy:3128", "(hidden)@proxy:3128"), ("http://u:p@q@proxy", "http://(hidden)@proxy"),
    ])
  func proxies(address: String, expected: String) {
    #expect(Target.withoutCredentials(address) == expected)
  }
}

@Suite("Key files on disk")
struct TargetFileTests {
  /// A file in a folder of its own, which goes away with it.
  private func withFile(_ text: String, named name: String = "console.vv", _ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "saffron-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: name)
    try Data(text.utf8).write(to: file)
    try body(file.path)
  }

  private let small = "[virt-viewer]\ntype=spice\nhost=h\nport=5900\n"

  @Test("an address that is the path of a .vv file is read")
  func path() throws {
    try withFile(small) { path in
      let target = try Target(uri: path)
      #expect(target.host == "h")
      #expect(target.file?.path == path)
    }
  }

  @Test("a file:// address is a path with its % resolved")
  func fileAddress() throws {
    try withFile(small, named: "a b.vv") { path in
      let escaped = path.replacingOccurrences(of: " ", with: "%20")
      let target = try Target(uri: "file://\(escaped)")
      #expect(target.host == "h")
    }
  }

  @Test("a file that asks for it is removed, and only when it is told to go")
  func deletion() throws {
    try withFile(small + "delete-this-file=1\n") { path in
      let target = try Target(uri: path)
      #expect(target.file?.deletes == true)
      #expect(FileManager.default.fileExists(atPath: path))
      #expect(try target.deleteFile())
      #expect(!FileManager.default.fileExists(atPath: path))
      let error = #expect(throws: TargetError.self) { try target.deleteFile() }
      #expect(error?.description.contains("asks to be removed") == true)
    }
  }

  @Test("a file that does not ask for it stays")
  func noDeletion() throws {
    try withFile(small + "delete-this-file=0\n") { path in
      let removed = try Target(uri: path).deleteFile()
      #expect(!removed)
      #expect(FileManager.default.fileExists(atPath: path))
    }
  }

  @Test("a file that cannot be read is told with the system's reason")
  func unreadable() {
    let error = #expect(throws: TargetError.self) { try Target(uri: "/nowhere/console.vv") }
    #expect(error?.description == "the key file /nowhere/console.vv cannot be read: No such file or directory")
    #expect(throws: TargetError.self) { try Target(uri: "/") }
    #expect(throws: TargetError.self) { try Target(uri: "/a\0b.vv") }
  }

  @Test("a file larger than any key file is refused before it fills memory")
  func tooLarge() throws {
    #expect(throws: TargetError.tooLarge(path: "/dev/zero", limit: 1 << 20)) { try Target(uri: "/dev/zero") }
  }

  @Test("what is wrong with a file is told with its path")
  func wrong() throws {
    try withFile("[virt-viewer]\ntype=vnc\n") { path in
      let error = #expect(throws: TargetError.file(path: path, .otherType("vnc"))) { try Target(uri: path) }
      #expect(error?.description.contains("console.vv: it is for a VNC server") == true)
    }
  }
}
