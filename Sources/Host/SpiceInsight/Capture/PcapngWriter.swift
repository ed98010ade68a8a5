/// Writes conversations as a pcapng file that Wireshark and `saffron flow` read: each a synthetic TCP connection with
/// its opening, its bytes with true times, and its end.
///
/// Every block goes to `put` whole and at once; whoever passes each on to the system before the next one loses nothing
/// that was written when the process is killed.
public struct PcapngWriter {
  /// Most bytes of a stream in one packet.
  static let segmentSize = 32 << 10

  private struct Conversation {
    var ends: [Speaker: Endpoint]
    /// The next sequence number of each end.
    var sequence: [Speaker: UInt32] = [.client: 0, .server: 0]
    var finished: Set<Speaker> = []
    /// Ends that take no bytes now.
    var shut: Set<Speaker> = []
  }

  private let put: ([UInt8]) throws -> Void
  private var conversations: [Int: Conversation] = [:]

  /// Begins a section.
  ///
  /// - Parameters:
  ///   - comment: stands in the section's header, e.g. that secrets are blanked.
  ///   - application: what writes it, e.g. `saffron 0.1.0`.
  ///   - put: takes one whole block.
  public init(comment: String, application: String = "saffron", put: @escaping ([UInt8]) throws -> Void) throws {
    self.put = put
    var section = ByteBlock(type: PcapngBlock.section)
    section.u32(PcapngBlock.byteOrderMagic)
    section.u16(1)
    section.u16(0)
    section.u64(.max)  // the section's length is not known beforehand
    section.option(1, Array(comment.utf8))
    section.option(4, Array(application.utf8))
    section.endOptions()
    try put(section.finished())
    var interface = ByteBlock(type: PcapngBlock.interface)
    interface.u16(UInt16(LinkType.raw.rawValue))
    interface.u16(0)
    interface.u32(0)  // packets are never cut
    interface.option(9, [9])  // times in nanoseconds
    interface.endOptions()
    try put(interface.finished())
  }

  /// Opens a conversation, with the three packets that open a TCP connection.
  public mutating func open(_ id: Int, client: Endpoint, server: Endpoint, at time: FlowTime) throws {
    conversations[id] = Conversation(ends: [.client: client, .server: server])
    try packet(id, from: .client, TCPFlags.syn, at: time)
    try packet(id, from: .server, TCPFlags.syn | TCPFlags.ack, at: time)
    try packet(id, from: .client, TCPFlags.ack, at: time)
  }

  /// Writes what one end said. A conversation that is not open is passed over.
  public mutating func write(_ bytes: ArraySlice<UInt8>, from speaker: Speaker, in id: Int, at time: FlowTime) throws {
    var rest = bytes
    while !rest.isEmpty {
      let piece = rest.prefix(Self.segmentSize)
      rest = rest.dropFirst(piece.count)
      try packet(id, from: speaker, TCPFlags.push | TCPFlags.ack, piece, at: time)
    }
  }

  /// Says that one end will say no more; after both, the conversation is over.
  public mutating func close(_ id: Int, from speaker: Speaker, at time: FlowTime) throws {
    guard let conversation = conversations[id], !conversation.finished.contains(speaker) else { return }
    try packet(id, from: speaker, TCPFlags.fin | TCPFlags.ack, at: time)
    try packet(id, from: speaker.other, TCPFlags.ack, at: time)
    conversations[id]?.finished.insert(speaker)
    if conversations[id]?.finished.count == 2 { conversations[id] = nil }
  }

  /// Says that one end can take no more bytes, or can again: an acknowledgement with a window of 0, or the widest.
  public mutating func block(_ id: Int, _ speaker: Speaker, _ isBlocked: Bool, at time: FlowTime) throws {
    if isBlocked { conversations[id]?.shut.insert(speaker) } else { conversations[id]?.shut.remove(speaker) }
    try packet(id, from: speaker, TCPFlags.ack, at: time)
  }

  /// Says until when there was somebody to write: silence at the end is seen by this.
  public func finish(at time: FlowTime) throws {
    var statistics = ByteBlock(type: PcapngBlock.statistics)
    statistics.u32(0)
    statistics.time(time)
    var end = ByteBlock(type: 0)
    end.time(time)
    statistics.option(3, Array(end.content))
    statistics.endOptions()
    try put(statistics.finished())
  }

  private mutating func packet(
    _ id: Int, from speaker: Speaker, _ flags: UInt8, _ payload: ArraySlice<UInt8> = [], at time: FlowTime
  ) throws {
    guard var conversation = conversations[id], let source = conversation.ends[speaker],
      let destination = conversation.ends[speaker.other]
    else { return }
    let own = conversation.sequence[speaker] ?? 0
    let theirs = flags & TCPFlags.ack != 0 ? conversation.sequence[speaker.other] ?? 0 : 0
    let whole = SyntheticPacket(
      source: source, destination: destination, sequence: own, acknowledgement: theirs, flags: flags,
      window: conversation.shut.contains(speaker) ? 0 : .max, payload: payload)
    let phantom: UInt32 = flags & (TCPFlags.syn | TCPFlags.fin) != 0 ? 1 : 0
    conversation.sequence[speaker] = own &+ UInt32(truncatingIfNeeded: payload.count) &+ phantom
    conversations[id] = conversation
    var block = ByteBlock(type: PcapngBlock.enhancedPacket, room: whole.count)
    block.u32(0)
    block.time(time)
    block.u32(UInt32(whole.count))
    block.u32(UInt32(whole.count))
    block.packet(whole)
    try put(block.finished())
  }
}

/// The numbers of pcapng's blocks.
enum PcapngBlock {
  static let section: UInt32 = 0x0a0d_0d0a
  static let interface: UInt32 = 1
  static let packet: UInt32 = 2
  static let simplePacket: UInt32 = 3
  static let statistics: UInt32 = 5
  static let enhancedPacket: UInt32 = 6
  static let byteOrderMagic: UInt32 = 0x1a2b_3c4d
}

/// One little-endian pcapng block in the making.
private struct ByteBlock {
  private var bytes: [UInt8] = []

  /// - Parameter room: for so many bytes of content, so that nothing is copied as it grows.
  init(type: UInt32, room: Int = 0) {
    bytes.reserveCapacity(room + 48)
    u32(type)
    u32(0)
  }

  mutating func u16(_ value: UInt16) { bytes.append(contentsOf: [UInt8(value & 0xff), UInt8(value >> 8)]) }

  mutating func u32(_ value: UInt32) {
    u16(UInt16(truncatingIfNeeded: value))
    u16(UInt16(truncatingIfNeeded: value >> 16))
  }

  mutating func u64(_ value: UInt64) {
    u32(UInt32(truncatingIfNeeded: value))
    u32(UInt32(truncatingIfNeeded: value >> 32))
  }

  /// The upper half first, whatever the order of bytes is.
  mutating func time(_ time: FlowTime) {
    u32(UInt32(truncatingIfNeeded: time.nanoseconds >> 32))
    u32(UInt32(truncatingIfNeeded: time.nanoseconds))
  }

  /// What stands behind type and length.
  var content: ArraySlice<UInt8> { bytes[8...] }

  mutating func padded(_ content: [UInt8]) {
    bytes.append(contentsOf: content)
    pad()
  }

  mutating func packet(_ packet: SyntheticPacket) {
    packet.append(to: &bytes)
    pad()
  }

  private mutating func pad() {
    while bytes.count % 4 != 0 { bytes.append(0) }
  }

  mutating func option(_ code: UInt16, _ content: [UInt8]) {
    let content = Array(content.prefix(Int(UInt16.max)))
    u16(code)
    u16(UInt16(content.count))
    padded(content)
  }

  mutating func endOptions() { u32(0) }

  /// The block with its length at both ends.
  consuming func finished() -> [UInt8] {
    let length = UInt32(bytes.count + 4)
    u32(length)
    for position in 0..<4 { bytes[4 + position] = UInt8(truncatingIfNeeded: length >> UInt32(8 * position)) }
    return bytes
  }
}
