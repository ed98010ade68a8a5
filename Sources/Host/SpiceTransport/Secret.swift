/// A password or token: a text that no description, dump or interpolation shows.
///
/// `exposed` is the only way to it, so that a search for that word finds every place where a secret leaves its box.
public struct Secret: Hashable, Sendable {
  public let exposed: String

  public init(_ text: String) {
    exposed = text
  }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  public var description: String { "(hidden)" }
  public var debugDescription: String { "(hidden)" }
  public var customMirror: Mirror { Mirror(self, children: [:], displayStyle: .struct) }
}
