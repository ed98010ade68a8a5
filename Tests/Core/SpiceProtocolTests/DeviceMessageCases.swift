import SpiceProtocol

extension WireCase {
  static let inputs: [WireCase] = [
    WireCase("inputs INIT", InputsServerMessage.initialize([.numLock, .capsLock]), 101, "0600"),
    WireCase("KEY_MODIFIERS from the server", InputsServerMessage.keyModifiers(.scrollLock), 102, "0100"),
    WireCase("MOUSE_MOTION_ACK", InputsServerMessage.mouseMotionAck, 111),
    // Delete: E0 in the low byte.
    WireCase("KEY_DOWN", InputsClientMessage.keyDown(0x53E0), 101, "E0530000"),
    WireCase("KEY_UP", InputsClientMessage.keyUp(0xD3E0), 102, "E0D30000"),
    WireCase("KEY_MODIFIERS", InputsClientMessage.keyModifiers(.numLock), 103, "0200"),
    WireCase("KEY_SCANCODE", InputsClientMessage.keyScancode([0xE0, 0x53, 0xE0, 0xD3]), 104, "E053E0D3", least: 0),
    WireCase(
      "MOUSE_MOTION", InputsClientMessage.mouseMotion(dx: -1, dy: 256, buttons: [.left, .right]), 111,
      "FFFFFFFF 00010000 0500"),
    WireCase(
      "MOUSE_POSITION", InputsClientMessage.mousePosition(x: 640, y: 480, buttons: [], display: 1), 112,
      "80020000 E0010000 0000 01"),
    WireCase(
      "MOUSE_PRESS", InputsClientMessage.mousePress(.wheelUp, buttons: MouseButton.wheelUp.mask), 113, "04 0800"),
    WireCase("MOUSE_RELEASE", InputsClientMessage.mouseRelease(.extra, buttons: .left), 114, "07 0100"),
  ]

  static let cursor: [WireCase] = [
    WireCase(
      "cursor INIT without a shape",
      CursorServerMessage.initialize(
        CursorInit(
          x: -1, y: 2, trailLength: 3, trailFrequency: 4, visible: true,
          cursor: Cursor(flags: Cursor.none, header: nil, data: []))), 101,
      "FFFF 0200 0300 0400 01  0100", least: 11),
    WireCase(
      "cursor INIT",
      CursorServerMessage.initialize(
        CursorInit(
          x: 0, y: 0, trailLength: 0, trailFrequency: 0, visible: false,
          cursor: Cursor(
            flags: Cursor.cacheMe,
            header: CursorHeader(unique: 0x0102, type: .mono, width: 8, height: 1, hotSpotX: 1, hotSpotY: 0),
            data: [0xF0, 0x0F]))), 101,
      "0000 0000 0000 0000 00  0200  0201000000000000 01 0800 0100 0100 0000  F00F", least: 28),
    WireCase("cursor RESET", CursorServerMessage.reset, 102),
    WireCase(
      "cursor SET",
      CursorServerMessage.set(
        x: 10, y: -10, visible: true,
        Cursor(
          flags: 0, header: CursorHeader(unique: 0, type: .alpha, width: 1, height: 1, hotSpotX: 0, hotSpotY: 0),
          data: [1, 2, 3, 4])), 103,
      "0A00 F6FF 01  0000  0000000000000000 00 0100 0100 0000 0000  01020304", least: 24),
    WireCase(
      "cursor SET from the cache",
      CursorServerMessage.set(
        x: 0, y: 0, visible: true,
        Cursor(
          flags: Cursor.fromCache,
          header: CursorHeader(unique: 77, type: .color32, width: 32, height: 32, hotSpotX: 1, hotSpotY: 2), data: [])),
      103, "0000 0000 01  0400  4D00000000000000 06 2000 2000 0100 0200", least: 24),
    WireCase("cursor MOVE", CursorServerMessage.move(x: 5, y: 6), 104, "0500 0600"),
    WireCase("cursor HIDE", CursorServerMessage.hide, 105),
    WireCase("cursor TRAIL", CursorServerMessage.trail(length: 7, frequency: 8), 106, "0700 0800"),
    WireCase("cursor INVAL_ONE", CursorServerMessage.invalidateOne(0x0102_0304_0506_0708), 107, "0807060504030201"),
    WireCase("cursor INVAL_ALL", CursorServerMessage.invalidateAll, 108),
  ]

  static let audio: [WireCase] = [
    WireCase("playback DATA", PlaybackServerMessage.data(time: 9, [1, 0, 2, 0]), 101, "09000000 01000200", least: 4),
    WireCase("playback MODE", PlaybackServerMessage.mode(time: 9, mode: 3, []), 102, "09000000 0300", least: 6),
    WireCase(
      "playback START", PlaybackServerMessage.start(AudioFormat(channels: 2, rate: 48_000), time: 1), 103,
      "02000000 0100 80BB0000 01000000"),
    WireCase("playback STOP", PlaybackServerMessage.stop, 104),
    WireCase("playback VOLUME", PlaybackServerMessage.volume([0xFFFF, 0x8000]), 105, "02 FFFF 0080"),
    WireCase("playback MUTE", PlaybackServerMessage.mute(true), 106, "01"),
    WireCase("playback LATENCY", PlaybackServerMessage.latency(200), 107, "C8000000"),
    WireCase(
      "record START", RecordServerMessage.start(AudioFormat(channels: 1, rate: 44_100)), 101, "01000000 0100 44AC0000"),
    WireCase("record STOP", RecordServerMessage.stop, 102),
    WireCase("record VOLUME", RecordServerMessage.volume([1]), 103, "01 0100"),
    WireCase("record MUTE", RecordServerMessage.mute(false), 104, "00"),
    WireCase("record DATA", RecordClientMessage.data(time: 5, [6]), 101, "05000000 06", least: 4),
    WireCase("record MODE", RecordClientMessage.mode(time: 5, mode: 1, [7]), 102, "05000000 0100 07", least: 6),
    WireCase("START_MARK", RecordClientMessage.startMark(time: 11), 103, "0B000000"),
  ]

  static let ports: [WireCase] = [
    WireCase("usbredir DATA", VMCMessage.data([1, 2]), 101, "0102", least: 0),
    WireCase(
      "COMPRESSED_DATA", VMCMessage.compressed(CompressedData(method: .lz4, plainSize: 300, data: [9])), 102,
      "01 2C010000 09", least: 5),
    WireCase(
      "COMPRESSED_DATA that is not compressed",
      VMCMessage.compressed(CompressedData(method: .none, plainSize: 0, data: [9, 8])), 102, "00 0908", least: 1),
    WireCase(
      "port INIT", PortServerMessage.initialize(name: Array("org.p".utf8), opened: true), 201,
      "06000000 09000000 01", "6F72672E7000", isClosed: false),
    WireCase("port EVENT", PortServerMessage.event(1), 202, "01"),
    WireCase("port DATA", PortServerMessage.stream(.data([3])), 101, "03", least: 0),
    WireCase("port EVENT to the server", PortClientMessage.event(2), 201, "02"),
    WireCase("port DATA to the server", PortClientMessage.stream(.data([4])), 101, "04", least: 0),
    WireCase(
      "smartcard DATA", SmartcardMessage.data(kind: 7, reader: 1, [0xA0, 0xB0]), 101,
      "07000000 01000000 02000000 A0B0"),
  ]
}
