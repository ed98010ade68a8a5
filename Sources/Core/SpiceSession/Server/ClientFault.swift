/// Something a client asks of a server that cannot be.
public enum ClientFault: Error, Sendable, Hashable, CustomStringConvertible {
  /// A key that is none: 0, a prefix without its code, or more bytes than one key has.
  case scancode(UInt32)

  public var description: String {
    switch self {
    case .scancode(let value):
      "it names a key by \(value), which is no PC/AT set 1 scancode"
    }
  }
}
