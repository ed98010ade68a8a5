import SpiceProtocol

/// Which end of a conversation said something.
public enum Speaker: String, Hashable, Sendable, CaseIterable {
  case client
  case server

  public var other: Speaker { self == .client ? .server : .client }

  /// The same in the protocol's tables of messages.
  public var direction: Direction { self == .client ? .fromClient : .fromServer }
}
