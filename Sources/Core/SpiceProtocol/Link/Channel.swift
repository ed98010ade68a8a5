/// The kinds of channel (`SPICE_CHANNEL_*`).
public enum ChannelType: UInt8, Hashable, Sendable, CaseIterable {
  case main = 1
  case display = 2
  case inputs = 3
  case cursor = 4
  case playback = 5
  case record = 6
  /// Long gone from servers; its number stays taken.
  case tunnel = 7
  case smartcard = 8
  case usbredir = 9
  case port = 10
  case webdav = 11

  public var name: StaticString {
    switch self {
    case .main: "main"
    case .display: "display"
    case .inputs: "inputs"
    case .cursor: "cursor"
    case .playback: "playback"
    case .record: "record"
    case .tunnel: "tunnel"
    case .smartcard: "smartcard"
    case .usbredir: "usbredir"
    case .port: "port"
    case .webdav: "webdav"
    }
  }
}

/// Which channel of a session: its kind and a number among those of its kind. The kind is kept as it came, so that a
/// server of the future may offer one that has no name yet.
public struct ChannelID: Hashable, Sendable, CustomStringConvertible {
  public var rawType: UInt8
  public var id: UInt8

  public init(rawType: UInt8, id: UInt8) {
    self.rawType = rawType
    self.id = id
  }

  public init(_ type: ChannelType, _ id: UInt8 = 0) {
    self.init(rawType: type.rawValue, id: id)
  }

  /// Nil for a kind without a name.
  public var type: ChannelType? { ChannelType(rawValue: rawType) }

  public var description: String {
    if let type { "\(type.name)/\(id)" } else { "type \(rawType)/\(id)" }
  }
}
