import SpiceProtocol

/// A link message as it came: its fields where the protocol has them, and what is wrong with them.
public struct LinkReading: Hashable, Sendable {
  public var connectionID: UInt32
  public var channel: ChannelID
  public var commonCount: UInt32
  public var specificCount: UInt32
  public var capsOffset: UInt32
  /// What can be made of it: as the protocol has it, or else as the client seems to have meant it.
  public var common: Capabilities
  public var specific: Capabilities
  public var fault: LinkFault?
}

/// What can be wrong with a link message.
public enum LinkFault: Hashable, Sendable {
  /// Laid out as a C compiler would: two bytes of padding behind the channel, which shift all that follows.
  case padded
  /// Fewer than 18 bytes.
  case short(Int)
  /// The capability words are said to begin where they do not.
  case capsOffset(UInt32)
  /// The counts are of capabilities, not of words.
  case bitsCounted(common: UInt32, specific: UInt32, words: Int)
  /// The counts are of more words than there are.
  case counts(common: UInt32, specific: UInt32, words: Int)
}

extension LinkReading {
  init(_ body: ArraySlice<UInt8>) {
    func u32(_ offset: Int) -> UInt32 {
      guard offset >= 0, offset + 4 <= body.count else { return 0 }
      let start = body.startIndex + offset
      return (0..<4).reduce(0) { $0 | UInt32(body[start + $1]) << UInt32(8 * $1) }
    }
    func u8(_ offset: Int) -> UInt8 { offset < body.count ? body[body.startIndex + offset] : 0 }
    func words(_ count: Int, at offset: Int) -> Capabilities {
      let room = max(0, (body.count - offset) / 4)
      return Capabilities(words: (0..<min(count, room)).map { u32(offset + 4 * $0) })
    }
    connectionID = u32(0)
    channel = ChannelID(rawType: u8(4), id: u8(5))
    commonCount = u32(6)
    specificCount = u32(10)
    capsOffset = u32(14)
    (common, specific) = (Capabilities(), Capabilities())
    let room = max(0, (body.count - LinkMessage.fixedSize) / 4)
    let total = UInt64(commonCount) + UInt64(specificCount)
    let isPadded =
      body.count >= 20 && u32(16) == 20 && UInt64(u32(8)) + UInt64(u32(12)) <= UInt64((body.count - 20) / 4)
      && total > UInt64(room)
    if body.count < LinkMessage.fixedSize {
      fault = .short(body.count)
    } else if isPadded {
      fault = .padded
      common = words(Int(clamping: u32(8)), at: 20)
      specific = words(Int(clamping: u32(12)), at: 20 + 4 * common.words.count)
    } else if total > UInt64(room) {
      let isBits = capsOffset == LinkMessage.fixedSize && room >= 1 && total <= UInt64(room) * 32
      fault =
        isBits
        ? .bitsCounted(common: commonCount, specific: specificCount, words: room)
        : capsOffset != LinkMessage.fixedSize && total <= 64
          ? .capsOffset(capsOffset) : .counts(common: commonCount, specific: specificCount, words: room)
      let commonWords = min(Int(clamping: commonCount), isBits && specificCount > 0 ? max(1, room - 1) : room)
      common = words(commonWords, at: LinkMessage.fixedSize)
      specific = words(room - commonWords, at: LinkMessage.fixedSize + 4 * commonWords)
    } else {
      if total > 0, UInt64(capsOffset) + 4 * total > UInt64(body.count) || capsOffset < LinkMessage.fixedSize {
        fault = .capsOffset(capsOffset)
      }
      let start = fault == nil ? Int(clamping: capsOffset) : LinkMessage.fixedSize
      common = words(Int(clamping: commonCount), at: start)
      specific = words(Int(clamping: specificCount), at: start + 4 * common.words.count)
    }
  }
}
