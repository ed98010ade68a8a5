import NIOCore

/// Tells a VNC client, in its own protocol (RFC 6143, section 7.1), that it has called a SPICE server: the server's
/// version, then the client's, then no security types and the reason, which the client shows to the person.
///
/// TigerVNC does so. gtk-vnc (1.3.1) misreads an empty list of types, and ends with an error of its own. It would show
/// the reason of a failed login; but then the type “None” would have to be offered, and whoever looks for servers without
/// a password would find one here.
package struct RFBRefusal: Sendable {
  /// The server's version (7.1.1).
  package static let greeting = Array("RFB 003.008\n".utf8)
  package static let reason =
    "this is a SPICE server; connect with a SPICE client (such as remote-viewer or saffron)"

  package enum Step: Sendable, Hashable {
    /// The client's version has not come whole.
    case needsMore
    /// What the client is told, and the version it speaks, as in `003.008`.
    case answer([UInt8], version: String)
    /// What came is no version.
    case notRFB
  }

  private var version: [UInt8] = []

  package init() {}

  /// Takes what the client says. To be fed no more once it has answered.
  package mutating func feed(_ bytes: some Sequence<UInt8>) -> Step {
    for byte in bytes {
      guard Self.fits(byte, at: version.count) else { return .notRFB }
      version.append(byte)
      if version.count == Self.greeting.count {
        return .answer(Self.answer(to: version), version: String(decoding: version[4..<11], as: UTF8.self))
      }
    }
    return .needsMore
  }

  /// Digits may be any, the rest must be as in `RFB xxx.yyy\n`.
  private static func fits(_ byte: UInt8, at index: Int) -> Bool {
    let wanted = greeting[index]
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    return digits.contains(wanted) ? digits.contains(byte) : byte == wanted
  }

  /// Up to 3.6 the server chooses the type (7.1.2): the word 0 is failure. From 3.7 on it sends a list, here an empty
  /// one. In both the reason follows, after its length; all big-endian.
  private static func answer(to version: [UInt8]) -> [UInt8] {
    func number(_ digits: ArraySlice<UInt8>) -> Int { digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) } }
    let hasList = (number(version[4..<7]), number(version[8..<11])) >= (3, 7)
    let length = UInt32(reason.utf8.count)
    return (hasList ? [0] : [0, 0, 0, 0]) + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: length >> $0) }
      + Array(reason.utf8)
  }
}

/// Speaks for `RFBRefusal`, the greeting having been said.
final class RFBRefusalHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  private let visitor: Visitor
  private var refusal = RFBRefusal()
  private var opening: [UInt8] = []

  init(_ visitor: Visitor) { self.visitor = visitor }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !visitor.isOver else { return }
    let bytes = unwrapInboundIn(data).readableBytesView
    opening += bytes.prefix(OpeningBytesHandler.kept)
    switch refusal.feed(bytes) {
    case .needsMore: break
    case .answer(let answer, let version): visitor.turnAway(.vnc(version: version), saying: answer)
    case .notRFB: visitor.turnAway(.notVNC(seen: Array(opening.prefix(OpeningBytesHandler.kept))))
    }
  }
}
