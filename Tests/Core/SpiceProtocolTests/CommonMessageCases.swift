import SpiceProtocol

extension WireCase {
  static let commonServer: [WireCase] = [
    WireCase("MIGRATE", CommonServerMessage.migrate(flags: 3), 1, "03000000"),
    WireCase("MIGRATE_DATA", CommonServerMessage.migrateData([1, 2, 3]), 2, "01 02 03", least: 0),
    WireCase("SET_ACK", CommonServerMessage.setAck(SetAck(generation: 1, window: 20)), 3, "01000000 14000000"),
    // The ping of the connection flow: what is called extra data there is the upper half of the time.
    WireCase(
      "PING", CommonServerMessage.ping(Ping(id: 1, timestamp: 0x0000_008D_E496_228B)), 4,
      "01000000 8B2296E4 8D000000", least: 12),
    WireCase(
      "PING with padding", CommonServerMessage.ping(Ping(id: 3, timestamp: 5, padding: 7)), 4,
      "03000000 0500000000000000 00000000000000", least: 12),
    WireCase(
      "WAIT_FOR_CHANNELS",
      CommonServerMessage.waitForChannels([
        ChannelWait(channel: ChannelID(.display, 1), serial: 0x2A),
        ChannelWait(channel: ChannelID(rawType: 200, id: 3), serial: .max),
      ]), 5,
      "02  02 01 2A00000000000000  C8 03 FFFFFFFFFFFFFFFF"),
    WireCase("WAIT_FOR_CHANNELS for none", CommonServerMessage.waitForChannels([]), 5, "00"),
    WireCase(
      "DISCONNECTING", CommonServerMessage.disconnecting(Disconnecting(time: 0x0102, reason: 7)), 6,
      "0201000000000000 07000000"),
    WireCase(
      "NOTIFY",
      CommonServerMessage.notify(
        Notification(time: 1, severity: 2, visibility: 1, what: 0, text: [0x68, 0xC3, 0xA9])), 7,
      "0100000000000000 02000000 01000000 00000000 03000000 68C3A9 00", least: 27),
    // What libspice-server sends under mini headers before it forgets images that other channels use.
    WireCase(
      "LIST",
      CommonServerMessage.list([
        SubMessage(type: 5, body: [1, 2, 1, 9, 0, 0, 0, 0, 0, 0, 0]),
        SubMessage(type: 105, body: [1, 0, 1, 0x4D, 0, 0, 0, 0, 0, 0, 0]),
      ]), 8,
      "0200 0A000000 1B000000",
      "0500 0B000000  01 02 01 0900000000000000",
      "6900 0B000000  0100 01 4D00000000000000", isClosed: false),
    WireCase("LIST of none", CommonServerMessage.list([]), 8, "0000", isClosed: false),
  ]

  static let commonClient: [WireCase] = [
    WireCase("ACK_SYNC", CommonClientMessage.ackSync(generation: 0x0102_0304), 1, "04030201"),
    WireCase("ACK", CommonClientMessage.ack, 2),
    WireCase(
      "PONG", CommonClientMessage.pong(Ping(id: 2, timestamp: 0x1122_3344_5566_7788)), 3, "02000000 8877665544332211",
      least: 12),
    WireCase("MIGRATE_FLUSH_MARK", CommonClientMessage.migrateFlushMark, 4),
    WireCase("MIGRATE_DATA to the server", CommonClientMessage.migrateData([9]), 5, "09", least: 0),
    WireCase(
      "DISCONNECTING to the server", CommonClientMessage.disconnecting(Disconnecting(time: 0, reason: 0)), 6,
      "0000000000000000 00000000"),
  ]
}
