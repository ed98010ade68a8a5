/// How audio bytes are coded (`SPICE_AUDIO_DATA_MODE_*`).
public enum AudioMode: UInt16, Hashable, Sendable {
  /// Signed 16-bit little-endian samples, channels interleaved.
  case raw = 1
  /// Withdrawn; old servers may still name it.
  case celt051 = 2
  /// One packet a message, 48 kHz.
  case opus = 3
}

/// The format of a stream that begins (`SpiceMsgPlaybackStart`, `SpiceMsgRecordStart`).
public struct AudioFormat: Hashable, Sendable {
  /// The only sample format there is (`SPICE_AUDIO_FMT_S16`).
  public static let signed16: UInt16 = 1

  public var channels: UInt32
  public var format: UInt16
  /// Samples per second and channel.
  public var rate: UInt32

  public init(channels: UInt32, format: UInt16 = AudioFormat.signed16, rate: UInt32) {
    self.channels = channels
    self.format = format
    self.rate = rate
  }
}

/// What a server says on the playback channel (`SPICE_MSG_PLAYBACK_*`). The client says nothing of its own there.
public enum PlaybackServerMessage: Sendable, Hashable {
  /// `time` in multimedia milliseconds.
  case data(time: UInt32, ArraySlice<UInt8>)
  case mode(time: UInt32, mode: UInt16, ArraySlice<UInt8>)
  case start(AudioFormat, time: UInt32)
  case stop
  /// One value a channel; 65535 is full.
  case volume([UInt16])
  case mute(Bool)
  /// Least latency wanted, in milliseconds.
  case latency(UInt32)

  public enum Kind: UInt16, CaseIterable, Sendable {
    case data = 101
    case mode = 102
    case start = 103
    case stop = 104
    case volume = 105
    case mute = 106
    case latency = 107

    public var name: StaticString {
      switch self {
      case .data: "DATA"
      case .mode: "MODE"
      case .start: "START"
      case .stop: "STOP"
      case .volume: "VOLUME"
      case .mute: "MUTE"
      case .latency: "LATENCY"
      }
    }
  }
}

/// What a server says on the record channel (`SPICE_MSG_RECORD_*`).
public enum RecordServerMessage: Sendable, Hashable {
  case start(AudioFormat)
  case stop
  case volume([UInt16])
  case mute(Bool)

  public enum Kind: UInt16, CaseIterable, Sendable {
    case start = 101
    case stop = 102
    case volume = 103
    case mute = 104

    public var name: StaticString {
      switch self {
      case .start: "START"
      case .stop: "STOP"
      case .volume: "VOLUME"
      case .mute: "MUTE"
      }
    }
  }
}

/// What a client says on the record channel (`SPICE_MSGC_RECORD_*`).
public enum RecordClientMessage: Sendable, Hashable {
  case data(time: UInt32, ArraySlice<UInt8>)
  case mode(time: UInt32, mode: UInt16, ArraySlice<UInt8>)
  case startMark(time: UInt32)

  public enum Kind: UInt16, CaseIterable, Sendable {
    case data = 101
    case mode = 102
    case startMark = 103

    public var name: StaticString {
      switch self {
      case .data: "DATA"
      case .mode: "MODE"
      case .startMark: "START_MARK"
      }
    }
  }
}

extension PlaybackServerMessage: ChannelMessage {
  public var type: UInt16 { kind.rawValue }

  var kind: Kind {
    switch self {
    case .data: .data
    case .mode: .mode
    case .start: .start
    case .stop: .stop
    case .volume: .volume
    case .mute: .mute
    case .latency: .latency
    }
  }

  public init(type: UInt16, body: ArraySlice<UInt8>, fields: FieldLog?) throws(WireError) {
    guard let kind = Kind(rawValue: type) else { throw unknownMessage(type, "playback channel server message") }
    var reader = ByteReader(body, structure: kind.name, fields: fields)
    switch kind {
    case .data: self = .data(time: try reader.u32("time"), reader.rest())
    case .mode: self = .mode(time: try reader.u32("time"), mode: try reader.u16("mode"), reader.rest())
    case .start: self = .start(try reader.audioFormat(), time: try reader.u32("time"))
    case .stop: self = .stop
    case .volume: self = .volume(try reader.volumes())
    case .mute: self = .mute(try reader.u8("mute") != 0)
    case .latency: self = .latency(try reader.u32("latency_ms"))
    }
    try reader.finish()
  }

  public func write(to writer: inout ByteWriter) {
    switch self {
    case .data(let time, let data):
      writer.u32(time)
      writer.append(data)
    case .mode(let time, let mode, let data):
      writer.u32(time)
      writer.u16(mode)
      writer.append(data)
    case .start(let format, let time):
      writer.audioFormat(format)
      writer.u32(time)
    case .stop: break
    case .volume(let volumes): writer.volumes(volumes)
    case .mute(let mute): writer.u8(mute ? 1 : 0)
    case .latency(let milliseconds): writer.u32(milliseconds)
    }
  }
}

extension RecordServerMessage: ChannelMessage {
  public var type: UInt16 { kind.rawValue }

  var kind: Kind {
    switch self {
    case .start: .start
    case .stop: .stop
    case .volume: .volume
    case .mute: .mute
    }
  }

  public init(type: UInt16, body: ArraySlice<UInt8>, fields: FieldLog?) throws(WireError) {
    guard let kind = Kind(rawValue: type) else { throw unknownMessage(type, "record channel server message") }
    var reader = ByteReader(body, structure: kind.name, fields: fields)
    switch kind {
    case .start: self = .start(try reader.audioFormat())
    case .stop: self = .stop
    case .volume: self = .volume(try reader.volumes())
    case .mute: self = .mute(try reader.u8("mute") != 0)
    }
    try reader.finish()
  }

  public func write(to writer: inout ByteWriter) {
    switch self {
    case .start(let format): writer.audioFormat(format)
    case .stop: break
    case .volume(let volumes): writer.volumes(volumes)
    case .mute(let mute): writer.u8(mute ? 1 : 0)
    }
  }
}

extension RecordClientMessage: ChannelMessage {
  public var type: UInt16 { kind.rawValue }

  var kind: Kind {
    switch self {
    case .data: .data
    case .mode: .mode
    case .startMark: .startMark
    }
  }

  public init(type: UInt16, body: ArraySlice<UInt8>, fields: FieldLog?) throws(WireError) {
    guard let kind = Kind(rawValue: type) else { throw unknownMessage(type, "record channel client message") }
    var reader = ByteReader(body, structure: kind.name, fields: fields)
    switch kind {
    case .data: self = .data(time: try reader.u32("time"), reader.rest())
    case .mode: self = .mode(time: try reader.u32("time"), mode: try reader.u16("mode"), reader.rest())
    case .startMark: self = .startMark(time: try reader.u32("time"))
    }
    try reader.finish()
  }

  public func write(to writer: inout ByteWriter) {
    switch self {
    case .data(let time, let data):
      writer.u32(time)
      writer.append(data)
    case .mode(let time, let mode, let data):
      writer.u32(time)
      writer.u16(mode)
      writer.append(data)
    case .startMark(let time): writer.u32(time)
    }
  }
}

extension ByteReader {
  fileprivate mutating func audioFormat() throws(WireError) -> AudioFormat {
    AudioFormat(channels: try u32("channels"), format: try u16("format"), rate: try u32("frequency"))
  }

  fileprivate mutating func volumes() throws(WireError) -> [UInt16] {
    let count = try u8("nchannels")
    return try list(count: count, stride: 2, "volume") { (reader) throws(WireError) in try reader.u16("volume") }
  }
}

extension ByteWriter {
  fileprivate mutating func audioFormat(_ format: AudioFormat) {
    u32(format.channels)
    u16(format.format)
    u32(format.rate)
  }

  fileprivate mutating func volumes(_ volumes: [UInt16]) {
    let volumes = volumes.prefix(Int(UInt8.max))
    count8(volumes.count)
    for volume in volumes { u16(volume) }
  }
}
