/// The order of bytes in a capture file's numbers, which its first bytes tell.
enum ByteOrder: Sendable {
  case little
  case big

  /// By a section's magic, read as little-endian; nil where it is no magic.
  init?(magic: UInt32) {
    switch magic {
    case PcapngBlock.byteOrderMagic: self = .little
    case PcapngBlock.byteOrderMagic.byteSwapped: self = .big
    default: return nil
    }
  }

  func u16(_ bytes: [UInt8], _ index: Int) -> UInt16 {
    let value = UInt16(bytes[index]) | UInt16(bytes[index + 1]) << 8
    return self == .little ? value : value.byteSwapped
  }

  func u32(_ bytes: [UInt8], _ index: Int) -> UInt32 {
    let value =
      UInt32(bytes[index]) | UInt32(bytes[index + 1]) << 8 | UInt32(bytes[index + 2]) << 16
      | UInt32(bytes[index + 3]) << 24
    return self == .little ? value : value.byteSwapped
  }

  func u64(_ bytes: [UInt8], _ index: Int) -> UInt64 {
    let first = UInt64(u32(bytes, index))
    let second = UInt64(u32(bytes, index + 4))
    return self == .little ? second << 32 | first : first << 32 | second
  }
}

/// What one tick of an interface's times is (`if_tsresol`, `if_tsoffset`).
struct TimeResolution: Sendable {
  /// Seconds added to each time; two's complement.
  var offset: UInt64 = 0
  private var ticksPerSecond: UInt64

  init(code: UInt8) {
    ticksPerSecond = 1
    set(code: code)
  }

  /// The upper bit chooses powers of two instead of ten. What is finer than an attosecond is none.
  mutating func set(code: UInt8) {
    let exponent = code & 0x7f
    if code & 0x80 != 0 {
      ticksPerSecond = 1 << UInt64(min(exponent, 63))
    } else {
      ticksPerSecond = 1
      for _ in 0..<min(exponent, 18) { ticksPerSecond *= 10 }
    }
  }

  func time(_ ticks: UInt64) -> FlowTime {
    let (seconds, rest) = ticks.quotientAndRemainder(dividingBy: ticksPerSecond)
    let fraction = ticksPerSecond.dividingFullWidth(rest.multipliedFullWidth(by: 1_000_000_000)).quotient
    return FlowTime(nanoseconds: (seconds &+ offset) &* 1_000_000_000 &+ fraction)
  }
}
