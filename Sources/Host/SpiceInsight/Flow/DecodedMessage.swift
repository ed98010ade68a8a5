import SpiceProtocol

/// A message of any channel in either direction, read. In a box: it is handed from reader to reader, and is large.
public indirect enum DecodedMessage: Sendable, Hashable {
  case commonServer(CommonServerMessage)
  case commonClient(CommonClientMessage)
  case mainServer(MainServerMessage)
  case mainClient(MainClientMessage)
  case displayServer(DisplayServerMessage)
  case displayClient(DisplayClientMessage)
  case inputsServer(InputsServerMessage)
  case inputsClient(InputsClientMessage)
  case cursorServer(CursorServerMessage)
  case playbackServer(PlaybackServerMessage)
  case recordServer(RecordServerMessage)
  case recordClient(RecordClientMessage)
  case portServer(PortServerMessage)
  case portClient(PortClientMessage)
  case device(VMCMessage)
  case smartcard(SmartcardMessage)

  /// Reads a body as what `type` is on that channel.
  ///
  /// - Parameter fields: is told of each field, also of those before an error.
  public init(
    channel: ChannelType, speaker: Speaker, type: UInt16, body: ArraySlice<UInt8>, fields: FieldLog? = nil
  ) throws(WireError) {
    switch speaker {
    case .server: try self.init(serverOf: channel, type, body, fields)
    case .client: try self.init(clientOf: channel, type, body, fields)
    }
  }

  private init(
    serverOf channel: ChannelType, _ type: UInt16, _ body: ArraySlice<UInt8>, _ fields: FieldLog?
  ) throws(WireError) {
    if CommonServerMessage.Kind(rawValue: type) != nil {
      self = .commonServer(try CommonServerMessage(type: type, body: body, fields: fields))
      return
    }
    switch channel {
    case .main: self = .mainServer(try MainServerMessage(type: type, body: body, fields: fields))
    case .display: self = .displayServer(try DisplayServerMessage(type: type, body: body, fields: fields))
    case .inputs: self = .inputsServer(try InputsServerMessage(type: type, body: body, fields: fields))
    case .cursor: self = .cursorServer(try CursorServerMessage(type: type, body: body, fields: fields))
    case .playback: self = .playbackServer(try PlaybackServerMessage(type: type, body: body, fields: fields))
    case .record: self = .recordServer(try RecordServerMessage(type: type, body: body, fields: fields))
    case .smartcard: self = .smartcard(try SmartcardMessage(type: type, body: body, fields: fields))
    case .port: self = .portServer(try PortServerMessage(type: type, body: body, fields: fields))
    case .usbredir, .webdav, .tunnel: self = .device(try VMCMessage(type: type, body: body, fields: fields))
    }
  }

  private init(
    clientOf channel: ChannelType, _ type: UInt16, _ body: ArraySlice<UInt8>, _ fields: FieldLog?
  ) throws(WireError) {
    if CommonClientMessage.Kind(rawValue: type) != nil {
      self = .commonClient(try CommonClientMessage(type: type, body: body, fields: fields))
      return
    }
    switch channel {
    case .main: self = .mainClient(try MainClientMessage(type: type, body: body, fields: fields))
    case .display: self = .displayClient(try DisplayClientMessage(type: type, body: body, fields: fields))
    case .inputs: self = .inputsClient(try InputsClientMessage(type: type, body: body, fields: fields))
    case .record: self = .recordClient(try RecordClientMessage(type: type, body: body, fields: fields))
    case .smartcard: self = .smartcard(try SmartcardMessage(type: type, body: body, fields: fields))
    case .port: self = .portClient(try PortClientMessage(type: type, body: body, fields: fields))
    case .usbredir, .webdav: self = .device(try VMCMessage(type: type, body: body, fields: fields))
    case .cursor, .playback, .tunnel:
      throw WireError(
        structure: "client message of a channel where clients say nothing of their own", field: "type", offset: 0,
        problem: .unknown(value: UInt64(type)))
    }
  }
}
