/// The Golomb-Rice codes of QUIC for one depth of channel, eight or five bits, as tables.
///
/// QUIC is Starosolski's SFALIC on channels of at most eight bits. A symbol is the difference of a channel from its
/// prediction, folded so that small differences of either sign are small numbers: 0, -1, 1, -2, 2 … become
/// 0, 1, 2, 3, 4 …. It is written in one of `depth` codes, and the model chooses which. Code k writes `symbol >> k`
/// zeros, a one, and the low k bits. No codeword is longer than 26 bits: a symbol that would begin with `escape` zeros
/// or more is written as exactly so many, and then its distance from the first such symbol in a fixed number of bits.
final class QuicFamily: Sendable {
  /// Bits of a channel, and number of codes: 8 or 5.
  let depth: Int
  /// By code, `lookupSize` each, and then by the next `lookupBits` bits of the stream: the entry of the symbol that
  /// begins there. Like the other pointers here to memory that is never written again and lives as long as the family.
  nonisolated(unsafe) let lookup: UnsafePointer<UInt32>
  /// By symbol: the entry without its length.
  private let entries: [UInt32]
  /// By difference, modulo 2^depth: the symbol.
  nonisolated(unsafe) let symbols: UnsafePointer<UInt8>
  /// By symbol, eight each: the length of its codeword in each code, in the form that `QuicModel` adds up.
  nonisolated(unsafe) let costs: UnsafePointer<Int32>
  /// By code, `symbolLimit` each, and then by difference: the codeword of its symbol in the low 16 bits, its length in the
  /// eight above, and in the highest eight the bucket that it makes the context of its right neighbour.
  nonisolated(unsafe) let encodings: UnsafePointer<UInt32>
  /// By code: zeros that begin the escape.
  private let escapes: [Int]
  /// By code: bits that follow those zeros.
  private let suffixes: [Int]

  static let eight = QuicFamily(depth: 8)
  static let five = QuicFamily(depth: 5)

  static let symbolLimit = 256
  private static let longestCodeword = 26

  /// Three symbols found by lookup take at most 30 bits, and a reader just refilled has at least 32.
  static let lookupBits = 10
  static let lookupSize = 1 << lookupBits

  // An entry, as the tables hold it and the kernels take it apart:
  //   bits 0…5    length of the codeword
  //   bits 8…15   difference, modulo 2^depth
  //   bits 24…31  bucket that the symbol makes the context of its right neighbour
  // or, with bit 22 set, bits 0…2 the code: the codeword is longer than a lookup can see
  // or, with bit 23 set, bits 8…16 what the codeword would stand for if there were such a symbol
  static let lengthMask: UInt32 = 63
  static let bucketShift: UInt32 = 24
  static let longBit: UInt32 = 1 << 22
  static let codeMask: UInt32 = 7
  static let faultBit: UInt32 = 1 << 23
  static let differenceShift: UInt32 = 8

  private init(depth: Int) {
    let levels = 1 << depth
    var entries = [UInt32](repeating: 0, count: levels)
    var symbols = [UInt8](repeating: 0, count: levels)
    var buckets = [UInt8](repeating: 0, count: levels)
    for symbol in 0..<levels {
      let half = symbol >> 1
      let difference = symbol & 1 == 0 ? half : levels - 1 - half
      symbols[difference] = UInt8(symbol)
      // The buckets hold 1, 2, 4, 8 … symbols; the last also the one that is left over.
      let bucket = min(Self.bits(in: symbol + 1) - 1, depth - 1)
      buckets[symbol] = UInt8(bucket)
      entries[symbol] = UInt32(difference) << Self.differenceShift | UInt32(bucket) << Self.bucketShift
    }

    var escapes: [Int] = []
    var suffixes: [Int] = []
    for code in 0..<depth {
      let escape = min(Self.longestCodeword - depth, (levels >> code) - 1)
      let escaped = levels - (escape << code)
      escapes.append(escape)
      suffixes.append(Self.bits(in: escaped - 1))
    }

    // By symbol: the codeword in the low 16 bits, its length above.
    var codewords = [UInt32](repeating: 0, count: depth * Self.symbolLimit)
    // A code that the depth does not have costs so much that it is never the cheapest.
    var costs = [Int32](repeating: 255 << QuicModel.tagBits, count: levels * QuicModel.lanes)
    for code in 0..<depth {
      for symbol in 0..<levels {
        let word: Int
        let length: Int
        if symbol >> code < escapes[code] {
          word = 1 << code | symbol & ((1 << code) - 1)
          length = symbol >> code + 1 + code
        } else {
          word = symbol - escapes[code] << code
          length = escapes[code] + suffixes[code]
        }
        codewords[code * Self.symbolLimit + symbol] = UInt32(word) | UInt32(length) << 16
        costs[symbol * QuicModel.lanes + code] = Int32(length) << QuicModel.tagBits
      }
    }

    // What no codeword claims below begins with one too long for a lookup.
    var lookup = (0..<depth * Self.lookupSize).map { Self.longBit | UInt32($0 / Self.lookupSize) }
    for code in 0..<depth {
      for symbol in 0..<levels {
        let length = Int(codewords[code * Self.symbolLimit + symbol] >> 16)
        guard length <= Self.lookupBits else { continue }
        let free = Self.lookupBits - length
        let first = code * Self.lookupSize + Int(codewords[code * Self.symbolLimit + symbol] & 0xffff) << free
        for index in first..<first + 1 << free { lookup[index] = entries[symbol] | UInt32(length) }
      }
    }

    var encodings = codewords
    for code in 0..<depth {
      for difference in 0..<levels {
        let symbol = Int(symbols[difference])
        encodings[code * Self.symbolLimit + difference] =
          codewords[code * Self.symbolLimit + symbol] | UInt32(buckets[symbol]) << 24
      }
    }

    self.depth = depth
    self.entries = entries
    self.escapes = escapes
    self.suffixes = suffixes
    self.symbols = Self.pinned(symbols)
    self.encodings = Self.pinned(encodings)
    self.costs = Self.pinned(costs)
    self.lookup = Self.pinned(lookup)
  }

  deinit {
    symbols.deallocate()
    encodings.deallocate()
    costs.deallocate()
    lookup.deallocate()
  }

  private static func pinned<Element: BitwiseCopyable>(_ elements: [Element]) -> UnsafePointer<Element> {
    let memory = UnsafeMutablePointer<Element>.allocate(capacity: elements.count)
    for (index, element) in elements.enumerated() { (memory + index).initialize(to: element) }
    return UnsafePointer(memory)
  }

  /// Bits that `number` needs: 0 needs none.
  private static func bits(in number: Int) -> Int { Int.bitWidth - number.leadingZeroBitCount }

  /// The entry, with its length, of the codeword that the topmost bits of `window` begin in `code`: for those that the
  /// lookup does not tell. `window` must hold 26 bits of the stream.
  @inline(never)
  func entry(of window: UInt64, code: Int) -> UInt32 {
    let zeros = window.leadingZeroBitCount
    let symbol: Int
    let length: Int
    if zeros < escapes[code] {
      length = zeros + 1 + code
      symbol = zeros << code | Int(truncatingIfNeeded: window >> UInt64(64 - length)) & ((1 << code) - 1)
    } else {
      length = escapes[code] + suffixes[code]
      let suffix = Int(truncatingIfNeeded: window >> UInt64(64 - length)) & ((1 << suffixes[code]) - 1)
      symbol = escapes[code] << code + suffix
    }
    guard symbol < entries.count else { return Self.faultBit | UInt32(length) | UInt32(symbol) << Self.differenceShift }
    return entries[symbol] | UInt32(length)
  }
}
