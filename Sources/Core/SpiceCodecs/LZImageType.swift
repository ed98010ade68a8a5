/// What the pixels of an LZ or GLZ stream are (`LzImageType`).
public enum LZImageType: UInt8, Hashable, Sendable {
  case palette1LE = 1
  case palette1BE
  case palette4LE
  case palette4BE
  case palette8
  /// Five bits a channel, big-endian in the stream.
  case rgb16
  case rgb24
  case rgb32
  /// Colours in one pass, alpha in a second.
  case rgba
  /// The alpha of 32-bit pixels whose colours stand elsewhere.
  case xxxa
  /// Alpha alone.
  case a8

  /// How indices fill bytes; `.eight` also for types that have none.
  var indices: IndexPacking {
    switch self {
    case .palette1LE: .one(highFirst: false)
    case .palette1BE: .one(highFirst: true)
    case .palette4LE: .four(highFirst: false)
    case .palette4BE: .four(highFirst: true)
    default: .eight
    }
  }
}

/// `"LZ  "` as the little-endian word that is then written big-endian: `20 20 5a 4c`.
let lzMagic: UInt32 = 0x2020_5a4c
/// 1.1, the only one there is.
let lzVersion: UInt32 = 0x0001_0001

/// The word at `offset` from the slice's start; the caller has checked that it is there.
func bigEndianWord(_ data: ArraySlice<UInt8>, at offset: Int) -> UInt32 {
  let index = data.startIndex + offset
  return UInt32(data[index]) << 24 | UInt32(data[index + 1]) << 16 | UInt32(data[index + 2]) << 8
    | UInt32(data[index + 3])
}
