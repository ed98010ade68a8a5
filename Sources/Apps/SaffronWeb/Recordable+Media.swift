import SpiceProtocol
import SpiceSession

extension PlaybackEvent: Recordable {
  func write(to records: inout RecordWriter, _ channel: ChannelID) {
    switch self {
    case .notice(let notice): notice.write(to: &records, channel)
    case .started(let format, let mode, let time):
      records.record(.soundStarted, channel) { writer in
        writer.u32(format.channels)
        writer.u32(format.rate)
        writer.u32(UInt32(mode.rawValue))
        writer.u32(time)
      }
    case .data(let time, let bytes):
      records.record(.soundData, channel) { writer in
        writer.u32(time)
        writer.counted(bytes)
      }
    case .stopped: records.record(.soundStopped, channel)
    case .volume(let volumes):
      records.record(.soundVolume, channel) { writer in
        writer.count32(volumes.count)
        for volume in volumes { writer.u32(UInt32(volume)) }
      }
    case .mute(let isMuted): records.record(.soundMute, channel) { $0.u32(isMuted ? 1 : 0) }
    case .latency(let milliseconds): records.record(.soundLatency, channel) { $0.u32(milliseconds) }
    }
  }
}

extension AgentEvent {
  func write(to records: inout RecordWriter, _ channel: ChannelID) {
    switch self {
    case .ready(let capabilities):
      records.record(.agentReady, channel) { writer in
        writer.count32(capabilities.words.count)
        for word in capabilities.words { writer.u32(word) }
      }
    case .clipboardGrabbed(let selection, let types):
      records.record(.clipboardGrabbed, channel) { writer in
        writer.u32(UInt32(selection.rawValue))
        writer.count32(types.count)
        for type in types { writer.u32(type) }
      }
    case .clipboardRequested(let selection, let type):
      records.record(.clipboardRequested, channel) { writer in
        writer.u32(UInt32(selection.rawValue))
        writer.u32(type)
      }
    case .clipboard(let selection, let type, let bytes):
      records.record(.clipboardData, channel) { writer in
        writer.u32(UInt32(selection.rawValue))
        writer.u32(type)
        writer.counted(bytes)
      }
    case .clipboardReleased(let selection):
      records.record(.clipboardReleased, channel) { $0.u32(UInt32(selection.rawValue)) }
    case .reply(let type, let succeeded):
      records.record(.agentReply, channel) { writer in
        writer.u32(type)
        writer.u32(succeeded ? 1 : 0)
      }
    case .failed(let text): records.record(.agentFailed, channel) { $0.counted(text.utf8) }
    }
  }
}
