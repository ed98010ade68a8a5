import SpiceProtocol

/// Where a server's link stage stands.
public enum ServerLinkStage: Sendable, Hashable {
  /// Nothing has come.
  case awaitingHeader
  case receivingHeader
  case receivingMessage
  /// The host has not said yet whether the client may have the channel.
  case awaitingJudgement
  case awaitingMechanism
  case awaitingTicket
  /// The host has not said yet whether the ticket is good.
  case awaitingConclusion
  case linked
  case refused

  /// What was still to come.
  public var waitedFor: StaticString {
    switch self {
    case .awaitingHeader: "its first byte"
    case .receivingHeader: "the rest of its link header"
    case .receivingMessage: "the rest of its link message"
    case .awaitingJudgement: "this server's judgement of its link message"
    case .awaitingMechanism: "its authentication mechanism"
    case .awaitingTicket: "its ticket"
    case .awaitingConclusion: "this server's judgement of its ticket"
    case .linked, .refused: "nothing more"
    }
  }
}

/// Why a server did not link a client.
public enum LinkRefusal: Error, Sendable, CustomStringConvertible {
  /// It speaks something else.
  case strangePeer(StrangePeer, firstBytes: [UInt8])
  case majorVersion(UInt32)
  /// The size that its link header announces.
  case messageSize(UInt32, limit: Int)
  case malformedMessage(WireError)
  /// It is laid out as a C compiler would, and not as the protocol does.
  case paddedMessage(WireError)
  /// It named a mechanism that is not spoken here.
  case mechanism(UInt32)
  /// Bytes came before the reply they would have to answer.
  case early(bytes: Int)
  /// More bytes came behind the ticket than are kept of a client that has not proved who it is.
  case flood(limit: Int)
  /// The host's deadline for the link stage has passed.
  case timedOut(ServerLinkStage)
  /// The client closed the connection.
  case closed(ServerLinkStage)

  /// What the client was told; nil where nothing was left to tell.
  public var code: LinkErrorCode? {
    switch self {
    case .strangePeer: .invalidMagic
    case .majorVersion: .versionMismatch
    case .messageSize, .malformedMessage, .paddedMessage, .mechanism, .early, .flood: .invalidData
    case .timedOut, .closed: nil
    }
  }

  public var description: String {
    switch self {
    case .strangePeer(let peer, let bytes): LinkRefusal.describe(peer, bytes)
    case .majorVersion(let version):
      "the client speaks SPICE version \(version); this server speaks version \(LinkConstants.majorVersion)"
    case .messageSize(let size, let limit):
      "the client announces a link message of \(size) bytes; it has at least \(LinkMessage.fixedSize), and at most "
        + "\(limit) are accepted"
    case .malformedMessage(let error): "the client's link message is malformed: \(error)"
    case .paddedMessage(let error):
      "the client's link message is malformed: \(error). It is a C structure of 20 bytes, whose two bytes of padding "
        + "before the counts shift them; a link message is 18 packed bytes: pack the structure and say caps_offset 18"
    case .mechanism(AuthMechanism.sasl.rawValue):
      "the client wants to authenticate by SASL, which this server does not speak; it did not offer it"
    case .mechanism(let number):
      "the client wants to authenticate by mechanism \(number); this server speaks 1 (SPICE ticket). If the number looks "
        + "random it is the beginning of a ticket: with AUTH_SELECTION on both ends the mechanism comes first"
    case .early(let bytes):
      "the client sent \(bytes) bytes behind its link message and before the reply, without whose key there is no ticket"
    case .flood(let limit):
      "the client sent more than \(limit) bytes behind its ticket and before the answer to it"
    case .timedOut(.awaitingHeader):
      "the client connected and said nothing; it waits for the server to speak first, as VNC and SSH clients do, or it hangs"
    case .timedOut(let stage): "the client went silent; the link stage was over before \(stage.waitedFor) came"
    case .closed(.awaitingHeader): "the client connected and left without a word; a port scan looks like that"
    case .closed(let stage): "the client closed the connection while the link stage waited for \(stage.waitedFor)"
    }
  }

  private static func describe(_ peer: StrangePeer, _ bytes: [UInt8]) -> String {
    switch peer {
    case .vnc: "a VNC client called (it begins with \"RFB \"); it needs a VNC server, or a SPICE client is needed here"
    case .http: "an HTTP client called; a browser reaches a SPICE server through a WebSocket gateway"
    case .tls:
      "a client called in TLS, and this port is spoken to plainly: it is to use the TLS port, or spice:// on this one"
    case .ssh:
      "an SSH client called; forward a port through an SSH server to this one and connect a SPICE client to that"
    case .unknown:
      "no SPICE client called: its first bytes are \(hexadecimal(bytes)), and SPICE begins with 52 45 44 51 (REDQ)"
    }
  }

  /// Reads a client's link message; what is between and behind its parts is not looked at.
  static func parse(_ body: [UInt8]) throws(LinkRefusal) -> LinkMessage {
    var reader = ByteReader(body[...], structure: "SpiceLinkMess")
    do throws(WireError) {
      return try LinkMessage(from: &reader)
    } catch {
      throw isPadded(body) ? .paddedMessage(error) : .malformedMessage(error)
    }
  }

  /// True where the bytes make sense as the structure would lie in a C compiler's memory: two bytes of padding behind
  /// the channel, and the offset of the capability words right behind 20 bytes.
  private static func isPadded(_ body: [UInt8]) -> Bool {
    var reader = ByteReader(body.dropFirst(8), structure: "padded SpiceLinkMess")
    guard let common = try? reader.u32("num_common_caps"), let specific = try? reader.u32("num_channel_caps"),
      let offset = try? reader.u32("caps_offset")
    else { return false }
    return offset == 20 && UInt64(common) + UInt64(specific) <= UInt64(reader.remaining / 4)
  }
}

/// What kind of client speaks first with such bytes; two of them are enough to guess by.
func identifyCaller(_ bytes: [UInt8]) -> StrangePeer {
  func begins(_ text: StaticString) -> Bool {
    text.withUTF8Buffer { text in bytes.count >= 2 && zip(bytes, text).allSatisfy { $0 == $1 } }
  }
  let methods: [StaticString] = ["GET ", "HEAD ", "POST ", "PUT ", "DELETE ", "CONNECT ", "OPTIONS ", "PRI * "]
  if begins("RFB ") { return .vnc }
  if begins("SSH-") { return .ssh }
  if methods.contains(where: begins) { return .http }
  if bytes.count >= 2, bytes[0] == 0x16, bytes[1] == 3 { return .tls }
  return .unknown
}
