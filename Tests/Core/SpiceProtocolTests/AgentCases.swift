import SpiceProtocol

private let selecting = AgentDialect(selection: true)
private let serial = AgentDialect(selection: true, grabSerial: true)

extension WireCase {
  static let agent: [WireCase] = [
    WireCase(
      "MOUSE_STATE", AgentMessage.mouseState(x: 1, y: 2, buttons: 4, display: 3), 1, "01000000 02000000 04000000 03"),
    WireCase(
      "MONITORS_CONFIG",
      AgentMessage.monitorsConfig(
        AgentMonitorsConfig(
          flags: AgentMonitorsConfig.usePosition,
          monitors: [AgentMonitorsConfig.Monitor(width: 800, height: 600, x: -1, y: 0)])), 2,
      "01000000 01000000  58020000 20030000 20000000 FFFFFFFF 00000000"),
    WireCase(
      "MONITORS_CONFIG with sizes in millimetres",
      AgentMessage.monitorsConfig(
        AgentMonitorsConfig(
          flags: AgentMonitorsConfig.physicalSize,
          monitors: [
            AgentMonitorsConfig.Monitor(width: 1, height: 2, depth: 3, physicalWidth: 300, physicalHeight: 200),
            AgentMonitorsConfig.Monitor(width: 0, height: 0, depth: 0, physicalWidth: 0, physicalHeight: 0),
          ])), 2,
      "02000000 02000000  02000000 01000000 03000000 00000000 00000000",
      "00000000 00000000 00000000 00000000 00000000", "C800 2C01  0000 0000"),
    WireCase("REPLY", AgentMessage.reply(type: 2, error: 1), 3, "02000000 01000000"),
    WireCase(
      "CLIPBOARD", AgentMessage.clipboard(selection: .clipboard, type: 1, Array("hi".utf8)[...]), 4, "01000000 6869",
      least: 4),
    WireCase(
      "CLIPBOARD of a selection", AgentMessage.clipboard(selection: .primary, type: 1, Array("hi".utf8)[...]), 4,
      in: selecting, "01 000000 01000000 6869", least: 8),
    WireCase("DISPLAY_CONFIG", AgentMessage.displayConfig(flags: 9, depth: 32), 5, "09000000 20000000"),
    WireCase(
      "ANNOUNCE_CAPABILITIES",
      AgentMessage.announceCapabilities(
        request: true, Capabilities([AgentCapability.mouseState, .clipboardSelection])), 6,
      "01000000 41000000", least: 4, unit: 4),
    WireCase(
      "CLIPBOARD_GRAB", AgentMessage.clipboardGrab(selection: .clipboard, serial: nil, types: [1, 2]), 7,
      "01000000 02000000", least: 0, unit: 4),
    WireCase(
      "CLIPBOARD_GRAB of a selection", AgentMessage.clipboardGrab(selection: .secondary, serial: nil, types: [1]), 7,
      in: selecting, "02 000000 01000000", least: 4, unit: 4),
    WireCase(
      "CLIPBOARD_GRAB with a serial", AgentMessage.clipboardGrab(selection: .primary, serial: 5, types: [1]), 7,
      in: serial, "01 000000 05000000 01000000", least: 8, unit: 4),
    WireCase("CLIPBOARD_REQUEST", AgentMessage.clipboardRequest(selection: .clipboard, type: 2), 8, "02000000"),
    WireCase(
      "CLIPBOARD_REQUEST of a selection", AgentMessage.clipboardRequest(selection: .primary, type: 2), 8, in: selecting,
      "01 000000 02000000"),
    WireCase("CLIPBOARD_RELEASE", AgentMessage.clipboardRelease(selection: .clipboard), 9, ""),
    WireCase(
      "CLIPBOARD_RELEASE of a selection", AgentMessage.clipboardRelease(selection: .primary), 9, in: serial, "01 000000"
    ),
    WireCase(
      "FILE_XFER_START", AgentMessage.fileTransferStart(id: 1, description: [0x5B]), 10, "01000000 5B", least: 4),
    WireCase(
      "FILE_XFER_STATUS", AgentMessage.fileTransferStatus(id: 1, result: 4, detail: [0, 1]), 11,
      "01000000 04000000 0001",
      least: 8),
    WireCase(
      "FILE_XFER_DATA", AgentMessage.fileTransferData(id: 1, [7, 8, 9]), 12, "01000000 0300000000000000 070809"),
    WireCase("CLIENT_DISCONNECTED", AgentMessage.clientDisconnected, 13, ""),
    WireCase("MAX_CLIPBOARD", AgentMessage.maxClipboard(-1), 14, "FFFFFFFF"),
    WireCase(
      "AUDIO_VOLUME_SYNC", AgentMessage.audioVolumeSync(playback: true, mute: false, volumes: [0xFFFF, 1]), 15,
      "01 00 02 FFFF 0100"),
    WireCase(
      "GRAPHICS_DEVICE_INFO",
      AgentMessage.graphicsDeviceInfo([
        AgentDisplayInfo(channel: 0, monitor: 1, deviceDisplay: 2, deviceAddress: Array("pci".utf8))
      ]), 16, "01000000  00000000 01000000 02000000 04000000 70636900"),
  ]
}
