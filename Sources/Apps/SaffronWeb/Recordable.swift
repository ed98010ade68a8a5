import SpicePixels
import SpiceProtocol
import SpiceSession

/// News that can be written as a record.
protocol Recordable {
  func write(to records: inout RecordWriter, _ channel: ChannelID)
}

extension ChannelNotice {
  func write(to records: inout RecordWriter, _ channel: ChannelID) {
    switch self {
    case .linked(let negotiated):
      records.record(.linked, channel) { writer in
        writer.u32(negotiated.majorVersion)
        writer.u32(negotiated.minorVersion)
        writer.u32(UInt32(clamping: negotiated.header.size))
        writer.u32(UInt32(clamping: negotiated.roundTrip))
      }
    case .notify(let notification):
      records.record(.notify, channel) { writer in
        writer.u32(notification.severity)
        writer.u32(notification.visibility)
        writer.u32(notification.what)
        writer.counted(notification.text)
      }
    case .disconnecting(let reason): records.record(.disconnecting, channel) { $0.u32(reason) }
    case .unknownMessage(let type, let size):
      records.record(.unknownMessage, channel) { writer in
        writer.u32(UInt32(type))
        writer.u32(UInt32(clamping: size))
      }
    case .migrate(let flags): records.record(.migrate, channel) { $0.u32(flags) }
    }
  }
}

extension MainEvent: Recordable {
  func write(to records: inout RecordWriter, _ channel: ChannelID) {
    switch self {
    case .notice(let notice): notice.write(to: &records, channel)
    case .opened(let value):
      records.record(.opened, channel) { writer in
        writer.u32(value.sessionID)
        writer.u32(value.displayChannelsHint)
        writer.u32(value.supportedMouseModes.rawValue)
        writer.u32(value.currentMouseMode.rawValue)
        writer.u32(value.agentConnected ? 1 : 0)
        writer.u32(value.agentTokens)
        writer.u32(value.multimediaTime)
        writer.u32(value.ramHint)
      }
    case .channels(let channels):
      records.record(.channels, channel) { writer in
        writer.count32(channels.count)
        for channel in channels {
          writer.u8(channel.rawType)
          writer.u8(channel.id)
        }
      }
    case .mouseMode(let supported, let current):
      records.record(.mouseMode, channel) { writer in
        writer.u32(supported.rawValue)
        writer.u32(current.rawValue)
      }
    case .multimediaTime(let time): records.record(.multimediaTime, channel) { $0.u32(time) }
    case .agentConnected: records.record(.agentConnected, channel)
    case .agentDisconnected(let reason): records.record(.agentDisconnected, channel) { $0.u32(reason) }
    case .agent(let event): event.write(to: &records, channel)
    case .name(let name): records.record(.name, channel) { $0.counted(name) }
    case .uuid(let uuid): records.record(.uuid, channel) { $0.append(uuid) }
    case .migration(let destination):
      records.record(.migration, channel) { writer in
        writer.u32(UInt32(destination.port))
        writer.u32(UInt32(destination.securePort))
        writer.count32(destination.host.count)
        writer.count32(destination.certificateSubject.count)
        writer.append(destination.host)
        writer.append(destination.certificateSubject)
      }
    }
  }
}

extension InputsEvent: Recordable {
  func write(to records: inout RecordWriter, _ channel: ChannelID) {
    switch self {
    case .notice(let notice): notice.write(to: &records, channel)
    case .modifiers(let modifiers): records.record(.modifiers, channel) { $0.u32(UInt32(modifiers.rawValue)) }
    case .acknowledged(let motions): records.record(.acknowledged, channel) { $0.u64(motions) }
    }
  }
}

extension CursorEvent: Recordable {
  /// The shape is a record of its own (`CursorShape.write`), as it rarely changes when the pointer moves.
  func write(to records: inout RecordWriter, _ channel: ChannelID) {
    switch self {
    case .notice(let notice): notice.write(to: &records, channel)
    case .changed(let state):
      records.record(.cursorMoved, channel) { writer in
        writer.i32(state.position.x)
        writer.i32(state.position.y)
        writer.u32(state.isVisible ? 1 : 0)
      }
    }
  }
}

extension CursorShape {
  func write(to records: inout RecordWriter, _ channel: ChannelID) {
    records.record(.cursorShape, channel) { writer in
      writer.count32(width)
      writer.count32(height)
      writer.i32(hotSpot.x)
      writer.i32(hotSpot.y)
      writer.u32(inverting.isEmpty ? 0 : 1)
      for pixel in pixels { writer.u32(straightRGBA(pixel)) }
      for inverts in inverting { writer.u8(inverts ? 1 : 0) }
    }
  }
}

extension DisplayEvent: Recordable {
  func write(to records: inout RecordWriter, _ channel: ChannelID) {
    switch self {
    case .notice(let notice): notice.write(to: &records, channel)
    case .primaryCreated(let id, let size):
      records.record(.primaryCreated, channel) { writer in
        writer.u32(id)
        writer.count32(size.width)
        writer.count32(size.height)
      }
    case .primaryDestroyed(let id): records.record(.primaryDestroyed, channel) { $0.u32(id) }
    case .marked: records.record(.marked, channel)
    case .monitors(let heads, let maximum):
      records.record(.monitors, channel) { writer in
        writer.count32(maximum)
        writer.count32(heads.count)
        for head in heads { head.write(to: &writer) }
      }
    case .changed: records.record(.changed, channel)
    }
  }
}

extension DecodeJob {
  func write(to records: inout RecordWriter, _ channel: ChannelID) {
    switch work {
    case .jpeg(let data, let width, let height):
      records.record(.decodeJPEG, channel) { writer in
        writer.count32(id)
        writer.count32(width)
        writer.count32(height)
        writer.counted(data)
      }
    case .inflate(let data, let size):
      records.record(.inflate, channel) { writer in
        writer.count32(id)
        writer.count32(size)
        writer.counted(data)
      }
    case .video(let data, let codec, let stream):
      records.record(.decodeVideo, channel) { writer in
        writer.count32(id)
        writer.u32(UInt32(codec.rawValue))
        writer.count32(stream)
        writer.counted(data)
      }
    case .image: break  // Comes to hosts alone that have told the engine of threads.
    }
  }
}
