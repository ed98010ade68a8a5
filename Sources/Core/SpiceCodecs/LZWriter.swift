/// The bytes that an encoder of the LZ family has written: memory that grows when it is asked to, and else checks
/// nothing. Who writes has reserved before.
struct LZWriter: ~Copyable {
  private var start: UnsafeMutablePointer<UInt8>
  private var next: UnsafeMutablePointer<UInt8>
  private var capacity: Int

  init(capacity: Int) {
    self.capacity = max(64, capacity)
    start = .allocate(capacity: self.capacity)
    next = start
  }

  deinit { start.deallocate() }

  /// Bytes written.
  var count: Int { next - start }

  /// Makes room for `more` bytes.
  @inline(__always)
  mutating func reserve(_ more: Int) {
    if capacity &- count < more { grow(more) }
  }

  @inline(never)
  private mutating func grow(_ more: Int) {
    let written = count
    capacity = max(2 * capacity, written + more)
    let moved = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
    moved.update(from: start, count: written)
    start.deallocate()
    start = moved
    next = moved + written
  }

  @inline(__always)
  mutating func put(_ byte: UInt8) {
    next.pointee = byte
    next += 1
  }

  /// Writes the low byte.
  @inline(__always)
  mutating func put(low number: Int) { put(UInt8(truncatingIfNeeded: number)) }

  @inline(__always)
  mutating func put<Element: LZElement>(literal element: Element) {
    element.store(at: next)
    next += Element.Form.literalSize
  }

  mutating func putBigEndian(_ word: UInt32) {
    for shift in [24, 16, 8, 0] as [UInt32] { put(UInt8(truncatingIfNeeded: word >> shift)) }
  }

  /// All that was written.
  func bytes() -> [UInt8] { [UInt8](UnsafeBufferPointer(start: start, count: count)) }
}
