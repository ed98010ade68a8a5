/// Where bits are written to: the counterpart of `QuicBitReader`. It gathers bits, highest first, into little-endian
/// 32-bit words and checks nothing; `QuicBitWriter` sees to it, before each row, that there is room.
struct QuicBitCursor {
  var next: UnsafeMutableRawPointer
  /// The `used` bits that do not make a word yet, highest first; zeros below.
  var window: UInt64 = 0
  /// 0…31.
  var used = 0

  /// Writes the low `length` bits of `word`, the others being 0. `length` is 1…32.
  @inline(__always)
  mutating func put(_ word: UInt32, length: Int) {
    used &+= length
    window |= UInt64(word) &<< UInt64(truncatingIfNeeded: 64 &- used)
    next.storeBytes(of: UInt32(truncatingIfNeeded: window &>> 32).littleEndian, as: UInt32.self)
    let whole = used & 32
    next += whole &>> 3
    window &<<= UInt64(truncatingIfNeeded: whole)
    used &-= whole
  }

  /// Writes a symbol, as in `QuicFamily.encodings`.
  @inline(__always)
  mutating func put(encoding: UInt32) { put(encoding & 0xffff, length: Int(encoding &>> 16 & 0xff)) }

  /// Writes the three of a pixel, which mostly fit into one word.
  @inline(__always)
  mutating func put(encodings red: UInt32, _ green: UInt32, _ blue: UInt32) {
    let (second, third) = (green &>> 16 & 0xff, blue &>> 16 & 0xff)
    let length = (red &>> 16 & 0xff) &+ second &+ third
    if length <= 32 {
      let word = ((red & 0xffff) &<< second | green & 0xffff) &<< third | blue & 0xffff
      put(word, length: Int(length))
    } else {
      put(encoding: red)
      put(encoding: green)
      put(encoding: blue)
    }
  }

  /// Writes how far a run goes; see `QuicBitReader.run`. Takes at most `length` + 16 bits.
  @inline(__always)
  mutating func putRun(_ length: Int, state: inout Int) {
    var rest = length
    var index = state
    var stretch = 1 << Int(QuicPace.runBits[index])
    while rest >= stretch {
      rest -= stretch
      put(1, length: 1)
      index = min(index + 1, QuicPace.runBits.count - 1)
      stretch = 1 << Int(QuicPace.runBits[index])
    }
    put(UInt32(truncatingIfNeeded: rest), length: 1 + Int(QuicPace.runBits[index]))
    state = max(index - 1, 0)
  }
}

/// The memory that a `QuicBitCursor` fills.
struct QuicBitWriter: ~Copyable {
  var cursor: QuicBitCursor
  private var bytes: UnsafeMutableRawPointer
  private var capacity: Int

  init(capacity: Int) {
    self.capacity = max(capacity, 64)
    bytes = .allocate(byteCount: self.capacity, alignment: 8)
    cursor = QuicBitCursor(next: bytes)
  }

  deinit { bytes.deallocate() }

  /// Makes room for `count` more bytes.
  mutating func reserve(_ count: Int) {
    let written = cursor.next - bytes
    if capacity - written >= count { return }
    let larger = max(2 * capacity, written + count)
    let moved = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: 8)
    moved.copyMemory(from: bytes, byteCount: written)
    bytes.deallocate()
    bytes = moved
    capacity = larger
    cursor.next = moved + written
  }

  /// Fills the last word up, adds the word of zeros that readers look ahead to, and gives back everything. To be called
  /// once.
  mutating func finish() -> [UInt8] {
    reserve(12)
    if cursor.used > 0 { cursor.put(0, length: 32 - cursor.used) }
    cursor.put(0, length: 32)
    return [UInt8](UnsafeRawBufferPointer(start: bytes, count: cursor.next - bytes))
  }
}
