import SpiceProtocol

/// Why a record is written: what the host has to do, or news for it. The numbers are part of the module's interface.
enum RecordKind: UInt16 {
  // What the host has to do.
  case send = 1
  case encryptTicket = 2
  case decodeJPEG = 3
  case inflate = 4
  case decodeVideo = 5
  case endVideo = 6
  // News of any channel.
  case ended = 16
  case linked = 17
  case notify = 18
  case disconnecting = 19
  case unknownMessage = 20
  case migrate = 21
  // News of the main channel.
  case opened = 32
  case channels = 33
  case mouseMode = 34
  case multimediaTime = 35
  case agentConnected = 36
  case agentDisconnected = 37
  case name = 38
  case uuid = 39
  case migration = 40
  // News of the inputs channel.
  case modifiers = 48
  case acknowledged = 49
  // News of the cursor channel.
  case cursorMoved = 64
  case cursorShape = 65
  // News of a display channel.
  case primaryCreated = 80
  case primaryDestroyed = 81
  case marked = 82
  case monitors = 83
  case changed = 84
  // News of the playback channel.
  case soundStarted = 96
  case soundData = 97
  case soundStopped = 98
  case soundVolume = 99
  case soundMute = 100
  case soundLatency = 101
  // News of the guest's agent.
  case agentReady = 112
  case clipboardGrabbed = 113
  case clipboardRequested = 114
  case clipboardData = 115
  case clipboardReleased = 116
  case agentReply = 117
  case agentFailed = 118
}

/// Records for JavaScript, one behind the other. `Documentation/web-core.md` says what stands in each.
///
/// A record is u32 size (of all of it, a multiple of 4), u16 kind, u8 channel type, u8 channel id, and its values. All
/// is little-endian; values of 32 and 64 bits stand at multiples of 4.
struct RecordWriter {
  private var writer = ByteWriter(reservingCapacity: 4096)

  /// The records, behind a u32 that counts their bytes.
  var bytes: [UInt8] { writer.bytes }

  var isEmpty: Bool { writer.bytes.count <= 4 }

  init() {
    writer.u32(0)
  }

  /// Adds a record whose values `write` writes.
  mutating func record(_ kind: RecordKind, _ channel: ChannelID, _ write: (inout ByteWriter) -> Void = { _ in }) {
    let start = writer.bytes.count
    writer.u32(0)
    writer.u16(kind.rawValue)
    writer.u8(channel.rawType)
    writer.u8(channel.id)
    write(&writer)
    writer.zeros((4 - writer.bytes.count % 4) % 4)
    writer.patch(start, UInt32(clamping: writer.bytes.count - start))
    writer.patch(0, UInt32(clamping: writer.bytes.count - 4))
  }
}

extension ByteWriter {
  /// u32 count, and so many bytes.
  mutating func counted(_ bytes: some Collection<UInt8>) {
    count32(bytes.count)
    append(bytes)
  }
}
