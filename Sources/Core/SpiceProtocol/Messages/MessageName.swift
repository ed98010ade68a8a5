/// Who said a message.
public enum Direction: Sendable, Hashable {
  case fromServer
  case fromClient
}

extension ChannelType {
  /// A message's name as the protocol's headers have it, without their prefix; nil for a number this channel lacks.
  public func messageName(_ type: UInt16, _ direction: Direction) -> StaticString? {
    switch direction {
    case .fromServer: CommonServerMessage.Kind(rawValue: type)?.name ?? serverMessageName(type)
    case .fromClient: CommonClientMessage.Kind(rawValue: type)?.name ?? clientMessageName(type)
    }
  }

  private func serverMessageName(_ type: UInt16) -> StaticString? {
    switch self {
    case .main: MainServerMessage.Kind(rawValue: type)?.name
    case .display: DisplayServerMessage.Kind(rawValue: type)?.name
    case .inputs: InputsServerMessage.Kind(rawValue: type)?.name
    case .cursor: CursorServerMessage.Kind(rawValue: type)?.name
    case .playback: PlaybackServerMessage.Kind(rawValue: type)?.name
    case .record: RecordServerMessage.Kind(rawValue: type)?.name
    case .smartcard: SmartcardMessage.Kind(rawValue: type)?.name
    case .port: PortServerMessage.Kind(rawValue: type)?.name ?? VMCMessage.Kind(rawValue: type)?.name
    case .usbredir, .webdav: VMCMessage.Kind(rawValue: type)?.name
    case .tunnel: nil
    }
  }

  private func clientMessageName(_ type: UInt16) -> StaticString? {
    switch self {
    case .main: MainClientMessage.Kind(rawValue: type)?.name
    case .display: DisplayClientMessage.Kind(rawValue: type)?.name
    case .inputs: InputsClientMessage.Kind(rawValue: type)?.name
    case .cursor, .playback, .tunnel: nil
    case .record: RecordClientMessage.Kind(rawValue: type)?.name
    case .smartcard: SmartcardMessage.Kind(rawValue: type)?.name
    case .port: PortClientMessage.Kind(rawValue: type)?.name ?? VMCMessage.Kind(rawValue: type)?.name
    case .usbredir, .webdav: VMCMessage.Kind(rawValue: type)?.name
    }
  }
}
