import SpiceProtocol

// What the guest agent and the client say to each other. What was copied or sent is never told in words.
extension FlowEntry {
  mutating func tell(_ reading: AgentReading, _ options: EntryOptions) {
    kind = "agent message"
    name = "agent \(reading.name)"
    type = UInt16(exactly: reading.header.type)
    add("size", "\(reading.header.bodySize)")
    switch reading.content {
    case nil: add("body", "not kept")
    case .failure(let problem)?: error = problem.description
    case .success(let message)?: tell(message)
    }
  }

  private mutating func tell(_ message: AgentMessage) {
    switch message {
    case .announceCapabilities(let request, let set):
      add("request", request ? "1" : "0")
      let names = set.numbers.map { AgentCapability(rawValue: $0)?.name.description ?? "\($0)" }
      add("capabilities", names.isEmpty ? "none" : names.joined(separator: " "))
    case .monitorsConfig(let config):
      add("flags", "\(config.flags)")
      for (place, monitor) in config.monitors.prefix(16).enumerated() {
        add("monitor \(place)", "\(monitor.width)×\(monitor.height) at \(monitor.x),\(monitor.y)")
      }
    case .reply(let type, let error):
      add("to", AgentMessage.Kind(rawValue: type)?.name.description ?? "\(type)")
      add("error", error == 1 ? "1 (success)" : "\(error)")
    case .mouseState(let x, let y, let buttons, let display):
      add("place", "\(x),\(y)")
      add("buttons", "\(buttons)")
      add("display", "\(display)")
    case .clipboard(let selection, let type, let bytes):
      add("selection", "\(selection)")
      add("type", Self.clipboard(type))
      add("data", "\(bytes.count) bytes, not shown")
    case .clipboardGrab(let selection, let serial, let types):
      add("selection", "\(selection)")
      if let serial { add("serial", "\(serial)") }
      add("types", types.prefix(16).map(Self.clipboard).joined(separator: " "))
    case .clipboardRequest(let selection, let type):
      add("selection", "\(selection)")
      add("type", Self.clipboard(type))
    case .clipboardRelease(let selection): add("selection", "\(selection)")
    case .displayConfig(let flags, let depth):
      add("flags", "\(flags)")
      add("depth", "\(depth)")
    case .fileTransferStart(let id, let description):
      add("id", "\(id)")
      add("description", "\(description.count) bytes, not shown")
    case .fileTransferStatus(let id, let result, _):
      add("id", "\(id)")
      add("result", FileTransferStatus(rawValue: result).map { "\(result) (\($0))" } ?? "\(result)")
    case .fileTransferData(let id, let bytes):
      add("id", "\(id)")
      add("data", "\(bytes.count) bytes, not shown")
    case .maxClipboard(let size): add("bytes", "\(size)")
    case .audioVolumeSync(let playback, let mute, let volumes):
      add("of", playback ? "playback" : "record")
      add("mute", mute ? "1" : "0")
      add("volumes", volumes.prefix(8).map { "\($0)" }.joined(separator: " "))
    case .graphicsDeviceInfo(let displays): add("displays", "\(displays.count)")
    case .clientDisconnected: break
    }
  }

  private static func clipboard(_ type: UInt32) -> String {
    ClipboardType(rawValue: type).map { "\(type) (\($0))" } ?? "\(type)"
  }
}
