/// Tells callers apart by their first bytes, and decides at the first byte that decides.
///
/// A caller is of a kind as soon as no other kind begins like it: whether the rest is right as well is for those who
/// answer that kind. One that begins like none counts as SPICE, whose link stage has an answer for a wrong magic.
package struct CallerSorter: Sendable {
  package enum Kind: Sendable, Hashable {
    /// `REDQ`, and whatever is nothing else.
    case spice
    /// `RFB `: a VNC client that does not wait for the server's greeting.
    case vnc
    /// The name of a request's method.
    case http
    /// A record of TLS's handshake (22).
    case tls
  }

  private static let openings: [(kind: Kind, bytes: StaticString)] = [
    (.spice, "REDQ"), (.vnc, "RFB "), (.tls, "\u{16}"),
    (.http, "GET "), (.http, "HEAD "), (.http, "POST "), (.http, "PUT "), (.http, "OPTIONS "), (.http, "DELETE "),
    (.http, "PATCH "), (.http, "CONNECT "), (.http, "TRACE "),
  ]

  private var candidates: [(kind: Kind, bytes: StaticString)]
  private var count = 0

  /// - Parameter isInsideTLS: there TLS is nothing that may begin.
  package init(isInsideTLS: Bool = false) {
    candidates = Self.openings.filter { !(isInsideTLS && $0.kind == .tls) }
  }

  /// Takes the next byte. Nil: another one is needed. To be fed no more once it has decided.
  package mutating func feed(_ byte: UInt8) -> Kind? {
    candidates.removeAll { candidate in
      candidate.bytes.withUTF8Buffer { count >= $0.count || $0[count] != byte }
    }
    count += 1
    guard let kind = candidates.first?.kind else { return .spice }
    return candidates.allSatisfy { $0.kind == kind } ? kind : nil
  }
}
