/// Why bytes are not the structure they should be: which structure, where in it, and what was seen.
public struct WireError: Error, Sendable, CustomStringConvertible {
  public enum Problem: Sendable, Hashable {
    /// The structure ends before the field does.
    case truncated(needed: Int, available: Int)
    /// Bytes are left over where the protocol allows none.
    case trailing(count: Int)
    /// A value that names nothing the protocol knows.
    case unknown(value: UInt64)
    /// A number past the bound that keeps memory safe.
    case limit(value: UInt64, limit: UInt64)
    /// A count of more than what follows it can hold.
    case count(value: UInt64, room: Int)
    /// An offset that leads outside the message.
    case offset(value: UInt64, size: Int)
    /// The field is required here and is not there.
    case missing
  }

  /// The structure's name as the protocol's documents spell it.
  public var structure: StaticString
  /// The field that was being read.
  public var field: StaticString
  /// Bytes from the start of the structure's message.
  public var offset: Int
  public var problem: Problem

  public init(structure: StaticString, field: StaticString, offset: Int, problem: Problem) {
    self.structure = structure
    self.field = field
    self.offset = offset
    self.problem = problem
  }

  public var description: String {
    let place = "\(structure), \(field) at offset \(offset)"
    return switch problem {
    case .truncated(let needed, let available):
      "\(place): needs \(needed) bytes, \(available) are left"
    case .trailing(let count):
      "\(place): \(count) bytes too many"
    case .unknown(let value):
      "\(place): \(value) is no value the protocol knows"
    case .limit(let value, let limit):
      "\(place): \(value) is past the limit of \(limit)"
    case .count(let value, let room):
      "\(place): it counts \(value), and the message has room for \(room)"
    case .offset(let value, let size):
      "\(place): points to \(value), outside the message of \(size) bytes"
    case .missing:
      "\(place): must not be absent"
    }
  }
}
