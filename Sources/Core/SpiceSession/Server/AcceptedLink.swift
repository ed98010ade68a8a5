import SpiceProtocol

/// A connection whose link stage is over, as its server sees it: which channel it is and what both ends can do.
public struct AcceptedLink: Sendable, Hashable {
  public var channel: ChannelID
  /// 0 where the client opens a session; else the session's id, as the main channel's INIT gave it.
  public var connectionID: UInt32
  public var header: HeaderKind
  /// The client's common capabilities.
  public var common: Capabilities
  /// The client's capabilities of this channel.
  public var specific: Capabilities
  /// This server's own capabilities of this channel.
  public var offered: Capabilities
  /// Bytes that came behind the ticket: the client's first messages.
  public var surplus: [UInt8]

  public init(
    channel: ChannelID, connectionID: UInt32, header: HeaderKind, common: Capabilities = Capabilities(),
    specific: Capabilities = Capabilities(), offered: Capabilities = Capabilities(), surplus: [UInt8] = []
  ) {
    self.channel = channel
    self.connectionID = connectionID
    self.header = header
    self.common = common
    self.specific = specific
    self.offered = offered
    self.surplus = surplus
  }
}
