/// The bits of a QUIC stream: of little-endian 32-bit words, the highest bit of each first.
///
/// `refill` makes all 64 bits of the window valid, the very next one highest, and counts whole words of them. After it
/// up to 32 bits may be read before it is due again. The reader itself checks nothing: `QuicWorkspace` sees to it,
/// before each row, that what a row can read at most is readable.
struct QuicBitReader {
  /// The word whose bits follow the `count` next.
  var next: UnsafeRawPointer
  /// Its highest `count` bits are the next of the stream; those below are the ones that follow, or zero.
  var window: UInt64
  /// 0…63.
  var count: Int

  init(at start: UnsafeRawPointer) {
    next = start
    window = 0
    count = 0
  }

  /// Makes the window valid and the count 32…63. Without branches: the next two words are always merged, and one of
  /// them is only counted where all of it fits.
  @inline(__always)
  mutating func refill() {
    let pair = UInt64(littleEndian: next.loadUnaligned(as: UInt64.self))
    window |= (pair &<< 32 | pair &>> 32) &>> UInt64(truncatingIfNeeded: count)
    let fits = (count &- 32) &>> (Int.bitWidth - 1)
    next += fits & 4
    count &+= fits & 32
  }

  /// The next bits as an index into a part of `QuicFamily.lookup`.
  @inline(__always)
  var lookup: Int { Self.lookup(in: window) }

  @inline(__always)
  static func lookup(in window: UInt64) -> Int {
    Int(truncatingIfNeeded: window &>> UInt64(64 - QuicFamily.lookupBits))
  }

  /// Skips a codeword; the bits of `entry` above the length may be anything.
  @inline(__always)
  mutating func skip(lengthOf entry: UInt32) {
    window &<<= UInt64(entry)
    count &-= Int(entry & QuicFamily.lengthMask)
  }

  @inline(__always)
  mutating func skip(_ bits: Int) {
    window &<<= UInt64(truncatingIfNeeded: bits)
    count &-= bits
  }

  /// Reads a symbol of the channel and bucket to which `table`, a part of the family's lookup, belongs.
  @inline(__always)
  mutating func entry(in table: UnsafePointer<UInt32>, of family: QuicFamily) -> UInt32 {
    refill()
    var entry = table[lookup]
    if entry & QuicFamily.longBit != 0 {
      entry = family.entry(of: window, code: Int(entry & QuicFamily.codeMask))
    }
    skip(lengthOf: entry)
    return entry
  }

  /// Reads how far a run goes: ones, each for a longer stretch than the last; a zero; and the rest in binary.
  ///
  /// - Parameter state: of `QuicPace`.
  /// - Returns: pixels. Where that is more than `limit`, at most `limit` + 32 ones have been read, and otherwise at
  ///   most as many as the pixels and 16 more bits.
  @inline(__always)
  mutating func run(state: inout Int, limit: Int) -> Int {
    let last = QuicPace.runReach.count - 1
    var length = 0
    var index = min(state, last)
    while true {
      refill()
      let ones = min((~window).leadingZeroBitCount, 31)
      let known = min(ones, last &- index)
      length &+= QuicPace.runReach[index &+ known] &- QuicPace.runReach[index]
      length &+= (ones &- known) &<< 15
      index &+= known
      if ones < 31 {
        skip(ones &+ 1)
        break
      }
      skip(31)
      if length > limit { return length }
    }
    refill()
    let rest = Int(QuicPace.runBits[index] & 15)
    length &+= Int(truncatingIfNeeded: (window &>> 1) &>> UInt64(truncatingIfNeeded: 63 &- rest))
    skip(rest)
    state = max(index &- 1, 0)
    return length
  }
}
