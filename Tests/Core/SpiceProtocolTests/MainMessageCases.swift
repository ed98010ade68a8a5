import SpiceProtocol

/// `host.example` and a subject, as migration messages carry them.
private let destination = MigrationDestination(
  port: 5900, securePort: 5901, host: Array("host".utf8), certificateSubject: Array("CN=h".utf8))

extension WireCase {
  static let mainServer: [WireCase] = [
    WireCase(
      "MIGRATE_BEGIN", MainServerMessage.migrateBegin(destination), 101,
      "0C17 0D17  05000000 14000000  05000000 19000000", "686F737400", "434E3D6800", isClosed: false),
    WireCase("MIGRATE_CANCEL", MainServerMessage.migrateCancel, 102),
    WireCase(
      "main INIT",
      MainServerMessage.initialize(
        MainInit(
          sessionID: 0x57FD_1F78, displayChannelsHint: 1, supportedMouseModes: [.server, .client],
          currentMouseMode: .server, agentConnected: false, agentTokens: 10, multimediaTime: 0x2453_1689,
          ramHint: 0x0100_0000)), 103,
      "781FFD57 01000000 03000000 01000000 00000000 0A000000 89165324 00000001"),
    WireCase(
      "CHANNELS_LIST",
      MainServerMessage.channelsList([
        ChannelID(.display), ChannelID(.inputs), ChannelID(.cursor), ChannelID(rawType: 99, id: 2),
      ]), 104,
      "04000000 0200 0300 0400 6302"),
    WireCase(
      "MOUSE_MODE", MainServerMessage.mouseMode(supported: [.server, .client], current: .client), 105, "0300 0200"),
    WireCase("MULTI_MEDIA_TIME", MainServerMessage.multimediaTime(0x0A0B_0C0D), 106, "0D0C0B0A"),
    WireCase("AGENT_CONNECTED", MainServerMessage.agentConnected, 107),
    WireCase("AGENT_DISCONNECTED", MainServerMessage.agentDisconnected(reason: 1), 108, "01000000"),
    WireCase("AGENT_DATA", MainServerMessage.agentData([1, 0, 0]), 109, "010000", least: 0),
    WireCase("AGENT_TOKEN", MainServerMessage.agentToken(5), 110, "05000000"),
    WireCase(
      "MIGRATE_SWITCH_HOST",
      MainServerMessage.migrateSwitchHost(
        MigrationDestination(port: 1, securePort: 0, host: Array("h".utf8), certificateSubject: [])), 111,
      "0100 0000  02000000 14000000  00000000 00000000", "6800", isClosed: false),
    WireCase("MIGRATE_END", MainServerMessage.migrateEnd, 112),
    WireCase("NAME", MainServerMessage.name(Array("vm".utf8)), 113, "03000000 766D00"),
    WireCase("UUID", MainServerMessage.uuid(Array(0...15)), 114, "000102030405060708090A0B0C0D0E0F"),
    WireCase("AGENT_CONNECTED_TOKENS", MainServerMessage.agentConnectedTokens(10), 115, "0A000000"),
    WireCase(
      "MIGRATE_BEGIN_SEAMLESS", MainServerMessage.migrateBeginSeamless(destination, sourceVersion: 2), 116,
      "0C17 0D17  05000000 18000000  05000000 1D000000  02000000", "686F737400", "434E3D6800", isClosed: false),
    WireCase("MIGRATE_DST_SEAMLESS_ACK", MainServerMessage.migrateDestinationSeamlessAck, 117),
    WireCase("MIGRATE_DST_SEAMLESS_NACK", MainServerMessage.migrateDestinationSeamlessNack, 118),
  ]

  static let mainClient: [WireCase] = [
    WireCase("CLIENT_INFO", MainClientMessage.clientInfo(cacheSize: 0x0102), 101, "0201000000000000"),
    WireCase("MIGRATE_CONNECTED", MainClientMessage.migrateConnected, 102),
    WireCase("MIGRATE_CONNECT_ERROR", MainClientMessage.migrateConnectError, 103),
    WireCase("ATTACH_CHANNELS", MainClientMessage.attachChannels, 104),
    WireCase("MOUSE_MODE_REQUEST", MainClientMessage.mouseModeRequest(.client), 105, "0200"),
    WireCase("AGENT_START", MainClientMessage.agentStart(tokens: 10), 106, "0A000000"),
    WireCase("AGENT_DATA to the agent", MainClientMessage.agentData([7, 8]), 107, "0708", least: 0),
    WireCase("AGENT_TOKEN to the server", MainClientMessage.agentToken(1), 108, "01000000"),
    WireCase("MIGRATE_END to the server", MainClientMessage.migrateEnd, 109),
    WireCase(
      "MIGRATE_DST_DO_SEAMLESS", MainClientMessage.migrateDestinationDoSeamless(sourceVersion: 3), 110, "03000000"),
    WireCase("MIGRATE_CONNECTED_SEAMLESS", MainClientMessage.migrateConnectedSeamless, 111),
    WireCase("main QUALITY_INDICATOR", MainClientMessage.qualityIndicator([1]), 112, "01", least: 0),
  ]
}
