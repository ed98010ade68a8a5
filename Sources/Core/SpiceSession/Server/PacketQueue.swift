/// Sound of one DATA message.
struct AudioPacket: Sendable {
  /// Multimedia milliseconds.
  var time: UInt32
  var data: [UInt8]
}

/// Packets that wait to be sent, the oldest given up for the newest.
struct PacketQueue: Sendable {
  private let packetLimit: Int
  private let byteLimit: Int
  private var packets = Queue<AudioPacket>()
  private var count = 0
  private var bytes = 0

  init(packets: Int, bytes: Int) {
    packetLimit = packets
    byteLimit = bytes
  }

  /// Returns how many were given up for it, or 1 where it is itself too large.
  mutating func append(_ packet: AudioPacket) -> UInt64 {
    guard packet.data.count <= byteLimit else { return 1 }
    var dropped: UInt64 = 0
    while count >= packetLimit || bytes > byteLimit - packet.data.count, popFirst() != nil { dropped += 1 }
    packets.append(packet)
    count += 1
    bytes += packet.data.count
    return dropped
  }

  mutating func popFirst() -> AudioPacket? {
    guard let first = packets.popFirst() else { return nil }
    count -= 1
    bytes -= first.data.count
    return first
  }

  /// Returns how many there were.
  mutating func removeAll() -> UInt64 {
    defer { self = PacketQueue(packets: packetLimit, bytes: byteLimit) }
    return UInt64(count)
  }
}
