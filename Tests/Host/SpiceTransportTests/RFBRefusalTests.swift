import SpiceTransport
import Testing

@Suite("A VNC client is refused in its own protocol")
struct RFBRefusalTests {
  private static let text: [UInt8] = Array(
    "this is a SPICE server; connect with a SPICE client (such as remote-viewer or saffron)".utf8)

  @Test(
    "3.7 and newer: an empty list of security types, then length and reason",
    arguments: ["003.007", "003.008", "003.889", "004.001"])
  func list(version: String) {
    var refusal = RFBRefusal()
    let expected: [UInt8] = [0, 0, 0, 0, 86] + Self.text
    #expect(refusal.feed(Array("RFB \(version)\n".utf8)) == .answer(expected, version: version))
  }

  @Test(
    "older than 3.7: the security type 0 as a word, then length and reason",
    arguments: ["003.003", "003.005", "003.006", "002.999"])
  func word(version: String) {
    var refusal = RFBRefusal()
    let expected: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 86] + Self.text
    #expect(refusal.feed(Array("RFB \(version)\n".utf8)) == .answer(expected, version: version))
  }

  @Test("the version may come byte by byte, and what follows it does not matter")
  func byteByByte() {
    var refusal = RFBRefusal()
    let bytes = Array("RFB 003.003\nand more".utf8)
    for byte in bytes.prefix(11) { #expect(refusal.feed([byte]) == .needsMore) }
    #expect(refusal.feed(bytes.dropFirst(11)) == .answer([0, 0, 0, 0, 0, 0, 0, 86] + Self.text, version: "003.003"))
  }

  @Test("one wrong byte anywhere makes it no VNC client", arguments: 0..<12)
  func wrongByte(place: Int) {
    var bytes = Array("RFB 003.008\n".utf8)
    bytes[place] = UInt8(ascii: "x")
    var refusal = RFBRefusal()
    #expect(refusal.feed(bytes) == .notRFB)
  }
}
