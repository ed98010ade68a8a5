/// Reads little-endian, packed values from one message, and never past its end.
///
/// Offsets inside a message (`->T` in the protocol) count from the start of its body, which is where the reader's
/// slice begins.
public struct ByteReader {
  private let bytes: ArraySlice<UInt8>
  private var index: Int
  /// Named in errors.
  public var structure: StaticString
  /// Told of each field that is read, where somebody wants to know.
  private let fields: FieldLog?

  public init(_ bytes: ArraySlice<UInt8>, structure: StaticString, fields: FieldLog? = nil) {
    self.bytes = bytes
    index = bytes.startIndex
    self.structure = structure
    self.fields = fields
  }

  /// Bytes from the start of the message to the next value.
  public var offset: Int { index - bytes.startIndex }

  public var remaining: Int { bytes.endIndex - index }

  public func error(_ field: StaticString, _ problem: WireError.Problem) -> WireError {
    WireError(structure: structure, field: field, offset: offset, problem: problem)
  }

  private func require(_ count: Int, _ field: StaticString) throws(WireError) {
    if count > remaining {
      throw error(field, .truncated(needed: count, available: remaining))
    }
  }

  private mutating func integer<Value: FixedWidthInteger>(_ field: StaticString) throws(WireError) -> Value {
    let count = MemoryLayout<Value>.size
    try require(count, field)
    var value: Value = 0
    for position in 0..<count {
      value |= Value(truncatingIfNeeded: bytes[index + position]) << Value(truncatingIfNeeded: 8 * position)
    }
    if let fields {
      let told: FieldLog.Value =
        Value.isSigned ? .signed(Int64(truncatingIfNeeded: value)) : .unsigned(UInt64(truncatingIfNeeded: value))
      fields.note(field, at: offset, size: count, told)
    }
    index += count
    return value
  }

  public mutating func u8(_ field: StaticString) throws(WireError) -> UInt8 { try integer(field) }
  public mutating func u16(_ field: StaticString) throws(WireError) -> UInt16 { try integer(field) }
  public mutating func u32(_ field: StaticString) throws(WireError) -> UInt32 { try integer(field) }
  public mutating func u64(_ field: StaticString) throws(WireError) -> UInt64 { try integer(field) }
  public mutating func i16(_ field: StaticString) throws(WireError) -> Int16 { try integer(field) }
  public mutating func i32(_ field: StaticString) throws(WireError) -> Int32 { try integer(field) }
  public mutating func i64(_ field: StaticString) throws(WireError) -> Int64 { try integer(field) }

  /// The next `count` bytes, shared with the message and not copied.
  public mutating func bytes(_ count: Int, _ field: StaticString) throws(WireError) -> ArraySlice<UInt8> {
    guard count >= 0 else { throw error(field, .truncated(needed: 0, available: remaining)) }
    try require(count, field)
    if let fields, count > 0 { fields.note(field, at: offset, size: count, .bytes) }
    defer { index += count }
    return bytes[index..<index + count]
  }

  /// The next `count` bytes, where `count` was a 32-bit field.
  public mutating func bytes(_ count: UInt32, _ field: StaticString) throws(WireError) -> ArraySlice<UInt8> {
    try bytes(Int(clamping: count), field)
  }

  /// All that is left.
  public mutating func rest() -> ArraySlice<UInt8> {
    if let fields, remaining > 0 { fields.note("data", at: offset, size: remaining, .bytes) }
    defer { index = bytes.endIndex }
    return bytes[index...]
  }

  /// `count` elements of at least `stride` bytes each; memory is taken only when the message is long enough for them.
  public mutating func list<Element>(
    count: some FixedWidthInteger, stride: Int, _ field: StaticString,
    _ element: (inout ByteReader) throws(WireError) -> Element
  ) throws(WireError) -> [Element] {
    let wanted = Int(clamping: count)
    let (size, overflow) = wanted.multipliedReportingOverflow(by: stride)
    try require(overflow ? Int.max : size, field)
    var elements: [Element] = []
    elements.reserveCapacity(wanted)
    for _ in 0..<wanted {
      elements.append(try element(&self))
    }
    return elements
  }

  /// One of the values that `Value` knows.
  public mutating func u8<Value: RawRepresentable<UInt8>>(
    _ type: Value.Type, _ field: StaticString
  ) throws(WireError) -> Value {
    let before = self
    let raw = try u8(field)
    guard let value = Value(rawValue: raw) else { throw before.error(field, .unknown(value: UInt64(raw))) }
    return value
  }

  /// What an offset field points to; nil where it is 0, the protocol's "absent".
  public mutating func pointer<Value>(
    _ field: StaticString, _ read: (inout ByteReader) throws(WireError) -> Value
  ) throws(WireError) -> Value? {
    let before = self
    let target = try u32(field)
    if target == 0 { return nil }
    guard Int(clamping: target) < bytes.count else {
      throw before.error(field, .offset(value: UInt64(target), size: bytes.count))
    }
    var there = self
    there.index = bytes.startIndex + Int(clamping: target)
    return try read(&there)
  }

  /// Like `pointer`, for a target that the message cannot do without.
  public mutating func requiredPointer<Value>(
    _ field: StaticString, _ read: (inout ByteReader) throws(WireError) -> Value
  ) throws(WireError) -> Value {
    let before = self
    guard let value = try pointer(field, read) else { throw before.error(field, .missing) }
    return value
  }

  /// Refuses bytes that nothing has read.
  public func finish() throws(WireError) {
    if remaining > 0 { throw error("end", .trailing(count: remaining)) }
  }
}
