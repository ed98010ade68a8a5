extension AgentMessage {
  public var kind: Kind {
    switch self {
    case .mouseState: .mouseState
    case .monitorsConfig: .monitorsConfig
    case .reply: .reply
    case .clipboard: .clipboard
    case .displayConfig: .displayConfig
    case .announceCapabilities: .announceCapabilities
    case .clipboardGrab: .clipboardGrab
    case .clipboardRequest: .clipboardRequest
    case .clipboardRelease: .clipboardRelease
    case .fileTransferStart: .fileTransferStart
    case .fileTransferStatus: .fileTransferStatus
    case .fileTransferData: .fileTransferData
    case .clientDisconnected: .clientDisconnected
    case .maxClipboard: .maxClipboard
    case .audioVolumeSync: .audioVolumeSync
    case .graphicsDeviceInfo: .graphicsDeviceInfo
    }
  }

  /// Reads a body whose header named `type`. Agents grow their messages at the end, so a longer tail is ignored.
  public init(type: UInt32, body: ArraySlice<UInt8>, dialect: AgentDialect) throws(WireError) {
    guard let kind = Kind(rawValue: type) else {
      throw WireError(structure: "agent message", field: "type", offset: 4, problem: .unknown(value: UInt64(type)))
    }
    var reader = ByteReader(body, structure: kind.name)
    switch kind {
    case .mouseState:
      self = .mouseState(
        x: try reader.u32("x"), y: try reader.u32("y"), buttons: try reader.u32("buttons"),
        display: try reader.u8("display_id"))
    case .monitorsConfig: self = .monitorsConfig(try AgentMonitorsConfig(from: &reader))
    case .reply: self = .reply(type: try reader.u32("type"), error: try reader.u32("error"))
    case .clipboard:
      let selection = try reader.selection(dialect)
      self = .clipboard(selection: selection, type: try reader.u32("type"), reader.rest())
    case .displayConfig: self = .displayConfig(flags: try reader.u32("flags"), depth: try reader.u32("depth"))
    case .announceCapabilities:
      let request = try reader.u32("request") != 0
      self = .announceCapabilities(request: request, Capabilities(words: try reader.words("caps")))
    case .clipboardGrab:
      let selection = try reader.selection(dialect)
      let serial = dialect.grabSerial ? try reader.u32("serial") : nil
      self = .clipboardGrab(selection: selection, serial: serial, types: try reader.words("types"))
    case .clipboardRequest:
      self = .clipboardRequest(selection: try reader.selection(dialect), type: try reader.u32("type"))
    case .clipboardRelease: self = .clipboardRelease(selection: try reader.selection(dialect))
    case .fileTransferStart: self = .fileTransferStart(id: try reader.u32("id"), description: reader.rest())
    case .fileTransferStatus:
      self = .fileTransferStatus(id: try reader.u32("id"), result: try reader.u32("result"), detail: reader.rest())
    case .fileTransferData:
      let id = try reader.u32("id")
      let before = reader
      let size = try reader.u64("size")
      guard size <= UInt64(reader.remaining) else {
        throw before.error("size", .limit(value: size, limit: UInt64(reader.remaining)))
      }
      self = .fileTransferData(id: id, try reader.bytes(Int(size), "data"))
    case .clientDisconnected: self = .clientDisconnected
    case .maxClipboard: self = .maxClipboard(try reader.i32("max"))
    case .audioVolumeSync:
      let playback = try reader.u8("is_playback") != 0
      let mute = try reader.u8("mute") != 0
      let count = try reader.u8("nchannels")
      self = .audioVolumeSync(
        playback: playback, mute: mute,
        volumes: try reader.list(count: count, stride: 2, "volume") { (reader) throws(WireError) in
          try reader.u16("volume")
        })
    case .graphicsDeviceInfo:
      let count = try reader.u32("count")
      self = .graphicsDeviceInfo(
        try reader.list(count: count, stride: 16, "display_info") { (reader) throws(WireError) in
          let channel = try reader.u32("channel_id")
          let monitor = try reader.u32("monitor_id")
          let display = try reader.u32("device_display_id")
          let length = try reader.u32("device_address_len")
          return AgentDisplayInfo(
            channel: channel, monitor: monitor, deviceDisplay: display,
            deviceAddress: withoutNUL(try reader.bytes(length, "device_address")))
        })
    }
  }

  public func write(to writer: inout ByteWriter, dialect: AgentDialect) {
    switch self {
    case .mouseState(let x, let y, let buttons, let display):
      writer.u32(x)
      writer.u32(y)
      writer.u32(buttons)
      writer.u8(display)
    case .monitorsConfig(let config): config.write(to: &writer)
    case .reply(let type, let error):
      writer.u32(type)
      writer.u32(error)
    case .clipboard(let selection, let type, let data):
      writer.selection(selection, dialect)
      writer.u32(type)
      writer.append(data)
    case .displayConfig(let flags, let depth):
      writer.u32(flags)
      writer.u32(depth)
    case .announceCapabilities(let request, let capabilities):
      writer.u32(request ? 1 : 0)
      for word in capabilities.words { writer.u32(word) }
    case .clipboardGrab(let selection, let serial, let types):
      writer.selection(selection, dialect)
      if dialect.grabSerial { writer.u32(serial ?? 0) }
      for type in types { writer.u32(type) }
    case .clipboardRequest(let selection, let type):
      writer.selection(selection, dialect)
      writer.u32(type)
    case .clipboardRelease(let selection): writer.selection(selection, dialect)
    case .fileTransferStart(let id, let description):
      writer.u32(id)
      writer.append(description)
    case .fileTransferStatus(let id, let result, let detail):
      writer.u32(id)
      writer.u32(result)
      writer.append(detail)
    case .fileTransferData(let id, let data):
      writer.u32(id)
      writer.u64(UInt64(data.count))
      writer.append(data)
    case .clientDisconnected: break
    case .maxClipboard(let maximum): writer.i32(maximum)
    case .audioVolumeSync(let playback, let mute, let volumes):
      let volumes = volumes.prefix(Int(UInt8.max))
      writer.u8(playback ? 1 : 0)
      writer.u8(mute ? 1 : 0)
      writer.count8(volumes.count)
      for volume in volumes { writer.u16(volume) }
    case .graphicsDeviceInfo(let displays):
      writer.count32(displays.count)
      for display in displays {
        writer.u32(display.channel)
        writer.u32(display.monitor)
        writer.u32(display.deviceDisplay)
        writer.count32(display.deviceAddress.count + 1)
        writer.append(display.deviceAddress)
        writer.u8(0)
      }
    }
  }

  /// Header and body, ready to be cut into chunks.
  public func encoded(dialect: AgentDialect) -> [UInt8] {
    var body = ByteWriter()
    write(to: &body, dialect: dialect)
    var writer = ByteWriter(reservingCapacity: AgentHeader.size + body.bytes.count)
    AgentHeader(type: kind.rawValue, bodySize: UInt32(clamping: body.bytes.count)).write(to: &writer)
    writer.append(body.bytes)
    return writer.bytes
  }
}

extension AgentMonitorsConfig: WireStructure {
  public init(from reader: inout ByteReader) throws(WireError) {
    let count = try reader.u32("num_of_monitors")
    let flags = try reader.u32("flags")
    self.flags = flags
    monitors = try reader.list(count: count, stride: 20, "monitors") { (reader) throws(WireError) in
      let height = try reader.u32("height")
      let width = try reader.u32("width")
      return Monitor(
        width: width, height: height, depth: try reader.u32("depth"), x: try reader.i32("x"), y: try reader.i32("y"))
    }
    if flags & AgentMonitorsConfig.physicalSize != 0 {
      for index in monitors.indices {
        monitors[index].physicalHeight = try reader.u16("physical height")
        monitors[index].physicalWidth = try reader.u16("physical width")
      }
    }
  }

  public func write(to writer: inout ByteWriter) {
    writer.count32(monitors.count)
    writer.u32(flags)
    for monitor in monitors {
      writer.u32(monitor.height)
      writer.u32(monitor.width)
      writer.u32(monitor.depth)
      writer.i32(monitor.x)
      writer.i32(monitor.y)
    }
    if flags & AgentMonitorsConfig.physicalSize != 0 {
      for monitor in monitors {
        writer.u16(monitor.physicalHeight ?? 0)
        writer.u16(monitor.physicalWidth ?? 0)
      }
    }
  }
}

extension ByteReader {
  fileprivate mutating func selection(_ dialect: AgentDialect) throws(WireError) -> ClipboardSelection {
    guard dialect.selection else { return .clipboard }
    let selection = try u8(ClipboardSelection.self, "selection")
    _ = try bytes(3, "reserved")
    return selection
  }

  /// 32-bit words to the end; a last one that is cut short is an error.
  fileprivate mutating func words(_ field: StaticString) throws(WireError) -> [UInt32] {
    try list(count: (remaining + 3) / 4, stride: 4, field) { (reader) throws(WireError) in try reader.u32(field) }
  }
}

extension ByteWriter {
  fileprivate mutating func selection(_ selection: ClipboardSelection, _ dialect: AgentDialect) {
    guard dialect.selection else { return }
    u8(selection.rawValue)
    zeros(3)
  }
}
