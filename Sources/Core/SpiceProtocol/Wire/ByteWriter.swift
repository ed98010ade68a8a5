/// Writes little-endian, packed values. The mirror of `ByteReader`.
public struct ByteWriter {
  public private(set) var bytes: [UInt8]
  /// Where the message body begins; offsets inside it count from here.
  private var base: Int
  private var pending: [(slot: Int, write: (inout ByteWriter) -> Void)] = []

  public init(reservingCapacity capacity: Int = 64) {
    bytes = []
    bytes.reserveCapacity(capacity)
    base = 0
  }

  public mutating func integer<Value: FixedWidthInteger>(_ value: Value) {
    for position in 0..<MemoryLayout<Value>.size {
      bytes.append(UInt8(truncatingIfNeeded: value >> Value(truncatingIfNeeded: 8 * position)))
    }
  }

  public mutating func u8(_ value: UInt8) { bytes.append(value) }
  public mutating func u16(_ value: UInt16) { integer(value) }
  public mutating func u32(_ value: UInt32) { integer(value) }
  public mutating func u64(_ value: UInt64) { integer(value) }
  public mutating func i16(_ value: Int16) { integer(value) }
  public mutating func i32(_ value: Int32) { integer(value) }
  public mutating func i64(_ value: Int64) { integer(value) }

  public mutating func append(_ other: some Sequence<UInt8>) { bytes.append(contentsOf: other) }

  /// A count field. A collection too long for it cannot come from a decoder; it is cut by its writer beforehand.
  public mutating func count32(_ count: Int) { u32(UInt32(clamping: count)) }
  public mutating func count16(_ count: Int) { u16(UInt16(clamping: count)) }
  public mutating func count8(_ count: Int) { u8(UInt8(clamping: count)) }

  public mutating func zeros(_ count: Int) {
    for _ in 0..<count { bytes.append(0) }
  }

  /// From here on, offsets count from the next byte.
  public mutating func beginBody() { base = bytes.count }

  /// An offset field whose target is written after the fixed part, by `finishBody`.
  public mutating func pointer(_ write: @escaping (inout ByteWriter) -> Void) {
    pending.append((bytes.count, write))
    u32(0)
  }

  /// An offset field that says "absent".
  public mutating func nullPointer() { u32(0) }

  /// Writes what the offset fields point to, in their order, and fills them in.
  public mutating func finishBody() {
    var next = 0
    while next < pending.count {
      let (slot, write) = pending[next]
      patch(slot, UInt32(clamping: bytes.count - base))
      write(&self)
      next += 1
    }
    pending.removeAll()
  }

  /// Overwrites four bytes that were written before.
  public mutating func patch(_ slot: Int, _ value: UInt32) {
    guard slot >= 0, slot + 4 <= bytes.count else { return }
    for position in 0..<4 {
      bytes[slot + position] = UInt8(truncatingIfNeeded: value >> UInt32(8 * position))
    }
  }
}
