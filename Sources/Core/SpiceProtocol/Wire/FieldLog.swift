/// What a `ByteReader` read, field by field, in the order of reading: for who shows a message rather than handles it.
///
/// A log belongs to one reader at a time. Readers without one pay for a comparison with nil.
public final class FieldLog {
  /// One field of a message.
  public struct Field: Hashable, Sendable {
    /// As the protocol's headers spell it; parts of a structure inside another one have its name before them.
    public var name: StaticField
    /// Bytes from the start of the message's body.
    public var offset: Int
    /// Bytes of the field.
    public var size: Int
    public var value: Value
  }

  public enum Value: Hashable, Sendable {
    case unsigned(UInt64)
    case signed(Int64)
    /// Bytes without a number's meaning; they stand in the message at the field's offset.
    case bytes
  }

  /// A field's name that can be compared, which a `StaticString` cannot.
  public struct StaticField: Hashable, Sendable, CustomStringConvertible {
    public let text: StaticString

    public init(_ text: StaticString) { self.text = text }

    public var description: String { text.description }

    public static func == (left: StaticField, right: StaticField) -> Bool {
      left.text.utf8CodeUnitCount == right.text.utf8CodeUnitCount
        && left.text.withUTF8Buffer { one in right.text.withUTF8Buffer { two in one.elementsEqual(two) } }
    }

    public func hash(into hasher: inout Hasher) {
      text.withUTF8Buffer { bytes in
        for byte in bytes { hasher.combine(byte) }
      }
    }
  }

  /// Fields that are kept at the most; a list of a million palette entries is not told one by one.
  public let limit: Int
  public private(set) var fields: [Field] = []
  /// Fields that came after `limit`.
  public private(set) var omitted = 0

  public init(limit: Int = 4096) { self.limit = limit }

  func note(_ name: StaticString, at offset: Int, size: Int, _ value: Value) {
    if fields.count < limit {
      fields.append(Field(name: StaticField(name), offset: offset, size: size, value: value))
    } else {
      omitted += 1
    }
  }
}
