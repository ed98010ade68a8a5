import SpiceTransport
import Testing

@Suite("Callers are sorted by their first bytes")
struct CallerSorterTests {
  /// The kind, and the number of bytes that it took; nil where all of them decide nothing.
  private func sort(_ text: String, isInsideTLS: Bool = false) -> (kind: CallerSorter.Kind, count: Int)? {
    var sorter = CallerSorter(isInsideTLS: isInsideTLS)
    for (index, byte) in text.utf8.enumerated() {
      if let kind = sorter.feed(byte) { return (kind, index + 1) }
    }
    return nil
  }

  @Test(
    "each known beginning is decided at the first byte that no other has",
    arguments: [
      ("REDQ", CallerSorter.Kind.spice, 2), ("RFB 003.008\n", .vnc, 2), ("\u{16}\u{3}\u{1}", .tls, 1),
      ("GET / HTTP/1.1", .http, 1), ("HEAD / HTTP/1.1", .http, 1), ("POST /", .http, 1), ("PUT /", .http, 1),
      ("OPTIONS *", .http, 1), ("DELETE /", .http, 1), ("PATCH /", .http, 1), ("CONNECT a:1", .http, 1),
      ("TRACE /", .http, 1),
    ])
  func known(text: String, kind: CallerSorter.Kind, count: Int) {
    #expect(sort(text)?.kind == kind)
    #expect(sort(text)?.count == count)
  }

  @Test(
    "what begins like nothing known is SPICE's to answer, at its first wrong byte",
    arguments: [("QEDR", 1), ("RXDQ", 2), ("\u{0}", 1), ("SSH-2.0", 1), ("redq", 1), ("\u{17}\u{3}", 1)])
  func unknown(text: String, count: Int) {
    #expect(sort(text)?.kind == .spice)
    #expect(sort(text)?.count == count)
  }

  @Test("every first byte but “R” decides alone")
  func everyByte() {
    for byte in UInt8.min...UInt8.max {
      var sorter = CallerSorter()
      let kind = sorter.feed(byte)
      switch byte {
      case UInt8(ascii: "R"): #expect(kind == nil)
      case 22: #expect(kind == .tls)
      case _ where "GHPODCT".utf8.contains(byte): #expect(kind == .http)
      default: #expect(kind == .spice)
      }
    }
  }

  @Test("inside TLS there is no TLS")
  func insideTLS() {
    #expect(sort("\u{16}\u{3}\u{1}", isInsideTLS: true)?.kind == .spice)
    #expect(sort("GET /", isInsideTLS: true)?.kind == .http)
  }
}
