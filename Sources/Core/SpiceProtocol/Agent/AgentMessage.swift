/// The numbers of the guest agent's protocol (`vd_agent.h`).
public enum AgentConstants {
  /// `VD_AGENT_PROTOCOL`.
  public static let protocolVersion: UInt32 = 1
  /// Most bytes of the agent's stream in one AGENT_DATA (`VD_AGENT_MAX_DATA_SIZE`).
  public static let chunkSize = 2048
}

/// What stands before each agent message in the stream (`VDAgentMessage`): 20 bytes.
public struct AgentHeader: Hashable, Sendable, WireStructure {
  public static let size = 20

  public var version: UInt32
  public var type: UInt32
  public var opaque: UInt64
  /// Bytes of the body.
  public var bodySize: UInt32

  public init(
    version: UInt32 = AgentConstants.protocolVersion, type: UInt32, opaque: UInt64 = 0, bodySize: UInt32
  ) {
    self.version = version
    self.type = type
    self.opaque = opaque
    self.bodySize = bodySize
  }

  public init(from reader: inout ByteReader) throws(WireError) {
    version = try reader.u32("protocol")
    type = try reader.u32("type")
    opaque = try reader.u64("opaque")
    bodySize = try reader.u32("size")
  }

  public func write(to writer: inout ByteWriter) {
    writer.u32(version)
    writer.u32(type)
    writer.u64(opaque)
    writer.u32(bodySize)
  }
}

/// `VD_AGENT_CAP_*`.
public enum AgentCapability: Int, Sendable, CaseIterable {
  case mouseState, monitorsConfig, reply, clipboard, displayConfig, clipboardByDemand, clipboardSelection
  case sparseMonitorsConfig, guestLineEndLF, guestLineEndCRLF, maxClipboard, audioVolumeSync
  case monitorsConfigPosition, fileTransferDisabled, fileTransferDetailedErrors, graphicsDeviceInfo
  case clipboardNoReleaseOnRegrab, clipboardGrabSerial

  public var name: StaticString {
    switch self {
    case .mouseState: "MOUSE_STATE"
    case .monitorsConfig: "MONITORS_CONFIG"
    case .reply: "REPLY"
    case .clipboard: "CLIPBOARD"
    case .displayConfig: "DISPLAY_CONFIG"
    case .clipboardByDemand: "CLIPBOARD_BY_DEMAND"
    case .clipboardSelection: "CLIPBOARD_SELECTION"
    case .sparseMonitorsConfig: "SPARSE_MONITORS_CONFIG"
    case .guestLineEndLF: "GUEST_LINEEND_LF"
    case .guestLineEndCRLF: "GUEST_LINEEND_CRLF"
    case .maxClipboard: "MAX_CLIPBOARD"
    case .audioVolumeSync: "AUDIO_VOLUME_SYNC"
    case .monitorsConfigPosition: "MONITORS_CONFIG_POSITION"
    case .fileTransferDisabled: "FILE_XFER_DISABLED"
    case .fileTransferDetailedErrors: "FILE_XFER_DETAILED_ERRORS"
    case .graphicsDeviceInfo: "GRAPHICS_DEVICE_INFO"
    case .clipboardNoReleaseOnRegrab: "CLIPBOARD_NO_RELEASE_ON_REGRAB"
    case .clipboardGrabSerial: "CLIPBOARD_GRAB_SERIAL"
    }
  }
}

extension Capabilities {
  public func contains(_ capability: AgentCapability) -> Bool { contains(capability.rawValue) }
  public init(_ agent: [AgentCapability]) { self.init(agent.map { $0.rawValue }) }
}

/// How clipboard messages are laid out, which the two ends' agent capabilities decide together.
public struct AgentDialect: Hashable, Sendable {
  /// Clipboard messages begin with u8 selection and three zero bytes (`CLIPBOARD_SELECTION`).
  public var selection: Bool
  /// A grab then carries a u32 serial (`CLIPBOARD_GRAB_SERIAL`).
  public var grabSerial: Bool

  public init(selection: Bool = false, grabSerial: Bool = false) {
    self.selection = selection
    self.grabSerial = grabSerial
  }

  /// What holds when both ends have announced their capabilities.
  public init(ours: Capabilities, theirs: Capabilities) {
    func both(_ capability: AgentCapability) -> Bool { ours.contains(capability) && theirs.contains(capability) }
    self.init(selection: both(.clipboardSelection), grabSerial: both(.clipboardGrabSerial))
  }
}

/// A message between client and guest agent, in either direction.
public enum AgentMessage: Sendable, Hashable {
  case mouseState(x: UInt32, y: UInt32, buttons: UInt32, display: UInt8)
  case monitorsConfig(AgentMonitorsConfig)
  /// `error`: 1 success, 2 failure.
  case reply(type: UInt32, error: UInt32)
  case clipboard(selection: ClipboardSelection, type: UInt32, ArraySlice<UInt8>)
  case displayConfig(flags: UInt32, depth: UInt32)
  case announceCapabilities(request: Bool, Capabilities)
  case clipboardGrab(selection: ClipboardSelection, serial: UInt32?, types: [UInt32])
  case clipboardRequest(selection: ClipboardSelection, type: UInt32)
  case clipboardRelease(selection: ClipboardSelection)
  /// `description` is a key file with the file's name and size.
  case fileTransferStart(id: UInt32, description: ArraySlice<UInt8>)
  case fileTransferStatus(id: UInt32, result: UInt32, detail: ArraySlice<UInt8>)
  case fileTransferData(id: UInt32, ArraySlice<UInt8>)
  case clientDisconnected
  /// Bytes; -1 for no bound.
  case maxClipboard(Int32)
  case audioVolumeSync(playback: Bool, mute: Bool, volumes: [UInt16])
  case graphicsDeviceInfo([AgentDisplayInfo])

  public enum Kind: UInt32, CaseIterable, Sendable {
    case mouseState = 1
    case monitorsConfig = 2
    case reply = 3
    case clipboard = 4
    case displayConfig = 5
    case announceCapabilities = 6
    case clipboardGrab = 7
    case clipboardRequest = 8
    case clipboardRelease = 9
    case fileTransferStart = 10
    case fileTransferStatus = 11
    case fileTransferData = 12
    case clientDisconnected = 13
    case maxClipboard = 14
    case audioVolumeSync = 15
    case graphicsDeviceInfo = 16

    public var name: StaticString {
      switch self {
      case .mouseState: "MOUSE_STATE"
      case .monitorsConfig: "MONITORS_CONFIG"
      case .reply: "REPLY"
      case .clipboard: "CLIPBOARD"
      case .displayConfig: "DISPLAY_CONFIG"
      case .announceCapabilities: "ANNOUNCE_CAPABILITIES"
      case .clipboardGrab: "CLIPBOARD_GRAB"
      case .clipboardRequest: "CLIPBOARD_REQUEST"
      case .clipboardRelease: "CLIPBOARD_RELEASE"
      case .fileTransferStart: "FILE_XFER_START"
      case .fileTransferStatus: "FILE_XFER_STATUS"
      case .fileTransferData: "FILE_XFER_DATA"
      case .clientDisconnected: "CLIENT_DISCONNECTED"
      case .maxClipboard: "MAX_CLIPBOARD"
      case .audioVolumeSync: "AUDIO_VOLUME_SYNC"
      case .graphicsDeviceInfo: "GRAPHICS_DEVICE_INFO"
      }
    }
  }
}

/// `VD_AGENT_CLIPBOARD_SELECTION_*`.
public enum ClipboardSelection: UInt8, Sendable, Hashable, CaseIterable { case clipboard, primary, secondary }

/// `VD_AGENT_CLIPBOARD_*`: what clipboard bytes are.
public enum ClipboardType: UInt32, Sendable, Hashable, CaseIterable {
  case none, utf8Text, png, bmp, tiff, jpeg, fileList
}

/// `VD_AGENT_FILE_XFER_STATUS_*`.
public enum FileTransferStatus: UInt32, Sendable, Hashable, CaseIterable {
  case canSendData, cancelled, error, success, notEnoughSpace, sessionLocked, agentNotConnected, disabled
}

/// The monitors a client wants (`VDAgentMonitorsConfig`).
public struct AgentMonitorsConfig: Hashable, Sendable {
  public static let usePosition: UInt32 = 1
  public static let physicalSize: UInt32 = 2

  public struct Monitor: Hashable, Sendable {
    public var height: UInt32
    public var width: UInt32
    public var depth: UInt32
    public var x: Int32
    public var y: Int32
    /// Millimetres; nil where it is not sent.
    public var physicalHeight: UInt16?
    public var physicalWidth: UInt16?

    public init(
      width: UInt32, height: UInt32, depth: UInt32 = 32, x: Int32 = 0, y: Int32 = 0, physicalWidth: UInt16? = nil,
      physicalHeight: UInt16? = nil
    ) {
      self.width = width
      self.height = height
      self.depth = depth
      self.x = x
      self.y = y
      self.physicalWidth = physicalWidth
      self.physicalHeight = physicalHeight
    }
  }

  public var flags: UInt32
  public var monitors: [Monitor]

  public init(flags: UInt32, monitors: [Monitor]) {
    self.flags = flags
    self.monitors = monitors
  }
}

/// Which guest device shows which monitor (`VDAgentDeviceDisplayInfo`).
public struct AgentDisplayInfo: Hashable, Sendable {
  public var channel: UInt32
  public var monitor: UInt32
  public var deviceDisplay: UInt32
  /// E.g. `pci/0000/01.0`, without its NUL.
  public var deviceAddress: [UInt8]

  public init(channel: UInt32, monitor: UInt32, deviceDisplay: UInt32, deviceAddress: [UInt8]) {
    self.channel = channel
    self.monitor = monitor
    self.deviceDisplay = deviceDisplay
    self.deviceAddress = deviceAddress
  }
}
