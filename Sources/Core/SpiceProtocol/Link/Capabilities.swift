/// A set of capability numbers, sent as 32-bit words: number `i` is bit `i % 32` of word `i / 32`.
public struct Capabilities: Hashable, Sendable {
  public var words: [UInt32]

  public init(words: [UInt32] = []) {
    self.words = words
  }

  public init(_ numbers: [Int]) {
    words = []
    for number in numbers { insert(number) }
  }

  public func contains(_ number: Int) -> Bool {
    guard number >= 0, number / 32 < words.count else { return false }
    return words[number / 32] & (1 << UInt32(number % 32)) != 0
  }

  public mutating func insert(_ number: Int) {
    guard number >= 0 else { return }
    while words.count <= number / 32 { words.append(0) }
    words[number / 32] |= 1 << UInt32(number % 32)
  }

  public mutating func remove(_ number: Int) {
    guard number >= 0, number / 32 < words.count else { return }
    words[number / 32] &= ~(1 << UInt32(number % 32))
  }

  /// The numbers in the set, in rising order.
  public var numbers: [Int] {
    var all: [Int] = []
    for number in 0..<words.count * 32 where contains(number) { all.append(number) }
    return all
  }

  public func contains(_ capability: CommonCapability) -> Bool { contains(capability.rawValue) }
  public func contains(_ capability: MainCapability) -> Bool { contains(capability.rawValue) }
  public func contains(_ capability: DisplayCapability) -> Bool { contains(capability.rawValue) }
  public func contains(_ capability: InputsCapability) -> Bool { contains(capability.rawValue) }

  public init(_ common: [CommonCapability]) { self.init(common.map { $0.rawValue }) }
  public init(_ main: [MainCapability]) { self.init(main.map { $0.rawValue }) }
  public init(_ display: [DisplayCapability]) { self.init(display.map { $0.rawValue }) }
  public init(_ inputs: [InputsCapability]) { self.init(inputs.map { $0.rawValue }) }
}

/// Capabilities of every channel (`SPICE_COMMON_CAP_*`).
public enum CommonCapability: Int, Sendable, CaseIterable {
  case authSelection, authSpice, authSASL, miniHeader

  public var name: StaticString {
    switch self {
    case .authSelection: "AUTH_SELECTION"
    case .authSpice: "AUTH_SPICE"
    case .authSASL: "AUTH_SASL"
    case .miniHeader: "MINI_HEADER"
    }
  }
}

/// `SPICE_MAIN_CAP_*`.
public enum MainCapability: Int, Sendable, CaseIterable {
  case semiSeamlessMigrate, nameAndUUID, agentConnectedTokens, seamlessMigrate

  public var name: StaticString {
    switch self {
    case .semiSeamlessMigrate: "SEMI_SEAMLESS_MIGRATE"
    case .nameAndUUID: "NAME_AND_UUID"
    case .agentConnectedTokens: "AGENT_CONNECTED_TOKENS"
    case .seamlessMigrate: "SEAMLESS_MIGRATE"
    }
  }
}

/// `SPICE_DISPLAY_CAP_*`.
public enum DisplayCapability: Int, Sendable, CaseIterable {
  case sizedStream, monitorsConfig, composite, a8Surface, streamReport, lz4Compression, preferredCompression
  case glScanout, multiCodec, codecMJPEG, codecVP8, codecH264, preferredVideoCodecType, codecVP9, codecH265

  public var name: StaticString {
    switch self {
    case .sizedStream: "SIZED_STREAM"
    case .monitorsConfig: "MONITORS_CONFIG"
    case .composite: "COMPOSITE"
    case .a8Surface: "A8_SURFACE"
    case .streamReport: "STREAM_REPORT"
    case .lz4Compression: "LZ4_COMPRESSION"
    case .preferredCompression: "PREF_COMPRESSION"
    case .glScanout: "GL_SCANOUT"
    case .multiCodec: "MULTI_CODEC"
    case .codecMJPEG: "CODEC_MJPEG"
    case .codecVP8: "CODEC_VP8"
    case .codecH264: "CODEC_H264"
    case .preferredVideoCodecType: "PREF_VIDEO_CODEC_TYPE"
    case .codecVP9: "CODEC_VP9"
    case .codecH265: "CODEC_H265"
    }
  }
}

/// `SPICE_INPUTS_CAP_*`.
public enum InputsCapability: Int, Sendable, CaseIterable {
  case keyScancode

  public var name: StaticString { "KEY_SCANCODE" }
}

/// `SPICE_PLAYBACK_CAP_*`.
public enum PlaybackCapability: Int, Sendable, CaseIterable {
  case celt051, volume, latency, opus

  public var name: StaticString {
    switch self {
    case .celt051: "CELT_0_5_1"
    case .volume: "VOLUME"
    case .latency: "LATENCY"
    case .opus: "OPUS"
    }
  }
}

/// `SPICE_RECORD_CAP_*`.
public enum RecordCapability: Int, Sendable, CaseIterable {
  case celt051, volume, opus

  public var name: StaticString {
    switch self {
    case .celt051: "CELT_0_5_1"
    case .volume: "VOLUME"
    case .opus: "OPUS"
    }
  }
}

/// `SPICE_SPICEVMC_CAP_*`: usbredir, port and webdav channels.
public enum VMCCapability: Int, Sendable, CaseIterable {
  case dataCompressLZ4

  public var name: StaticString { "DATA_COMPRESS_LZ4" }
}

extension ChannelType {
  /// The name of one of this channel's own capabilities; nil where the protocol has none of that number.
  public func capabilityName(_ number: Int) -> StaticString? {
    switch self {
    case .main: MainCapability(rawValue: number)?.name
    case .display: DisplayCapability(rawValue: number)?.name
    case .inputs: InputsCapability(rawValue: number)?.name
    case .playback: PlaybackCapability(rawValue: number)?.name
    case .record: RecordCapability(rawValue: number)?.name
    case .usbredir, .port, .webdav: VMCCapability(rawValue: number)?.name
    case .cursor, .tunnel, .smartcard: nil
    }
  }
}
