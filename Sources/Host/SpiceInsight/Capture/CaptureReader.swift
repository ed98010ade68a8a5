/// What a capture file holds, one at a time.
public enum CaptureItem: Sendable {
  case packet(CapturedPacket)
  /// A section's or interface's comment.
  case comment(String)
  /// Until then there was somebody to capture, whether or not anything was said.
  case watched(until: FlowTime)
  case problem(CaptureProblem)
}

/// One packet as it was captured.
public struct CapturedPacket: Sendable {
  public var time: FlowTime
  public var linkType: LinkType
  public var bytes: ArraySlice<UInt8>
  /// Bytes the packet had on the wire; more than `bytes` has where the capture cut it.
  public var originalSize: Int
}

/// What is wrong with a capture file. Reading goes on where that is possible.
public enum CaptureProblem: Error, Hashable, Sendable {
  /// Neither pcap nor pcapng; its first four bytes.
  case unknownFormat([UInt8])
  /// The file ends in the middle of something of `needed` bytes, `missing` of which are not there.
  case truncated(at: UInt64, missing: Int)
  /// A length that cannot be: nothing behind it can be found.
  case badLength(at: UInt64, length: UInt64)
  /// A block of more bytes than are looked at; it is passed over.
  case tooLong(at: UInt64, length: UInt64)
  /// A packet of an interface that was not described.
  case unknownInterface(at: UInt64, UInt32)
}

extension CaptureProblem: CustomStringConvertible {
  public var description: String {
    switch self {
    case .unknownFormat(let bytes):
      "this is no capture file: it begins with the bytes \(hexadecimal(bytes)), and neither pcap nor pcapng does"
    case .truncated(let place, let missing):
      "the capture ends in the middle of a packet: \(missing) bytes are missing behind byte \(place); what came before "
        + "was read"
    case .badLength(let place, let length):
      "the length \(length) at byte \(place) of the capture cannot be; what follows it cannot be found"
    case .tooLong(let place, let length):
      "the block of \(length) bytes at byte \(place) of the capture is longer than any packet and was passed over"
    case .unknownInterface(let place, let number):
      "the packet at byte \(place) of the capture is of interface \(number), which the file does not describe; it was "
        + "passed over"
    }
  }
}

/// Bytes as they are shown: `52 45 44 51`.
func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
  bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
}

/// Reads a pcap or pcapng file that comes in pieces of any size: feed, then drain with `next`. Its memory is bounded by
/// the longest packet allowed and the longest piece fed.
public struct CaptureReader {
  /// Longest block or packet that is looked at; no link carries more.
  public static let packetLimit = 1 << 20
  /// Interfaces of one section.
  static let interfaceLimit = 4096

  private enum Format {
    case unknown
    case pcap(ByteOrder, nanosecondsPerTick: UInt64, LinkType)
    case pcapng(ByteOrder)
    case over
  }

  private struct Interface {
    var linkType: LinkType
    var resolution: TimeResolution
    var snapLength: Int
  }

  private var format = Format.unknown
  private var buffer: [UInt8] = []
  private var position = 0
  /// Bytes of the file before the buffer.
  private var base: UInt64 = 0
  /// Bytes to pass over before the next block.
  private var skipping: UInt64 = 0
  private var interfaces: [Interface] = []
  private var pending: [CaptureItem] = []

  public init() {}

  private var available: Int { buffer.count - position }
  private var place: UInt64 { base + UInt64(position) }

  /// Takes the next piece of the file.
  public mutating func feed(_ bytes: [UInt8]) {
    base += UInt64(position)
    if position == buffer.count {
      buffer = bytes
    } else {
      var joined: [UInt8] = []
      joined.reserveCapacity(available + bytes.count)
      joined.append(contentsOf: buffer[position...])
      joined.append(contentsOf: bytes)
      buffer = joined
    }
    position = 0
  }

  /// The next item; nil where more bytes are needed.
  public mutating func next() -> CaptureItem? {
    while true {
      if !pending.isEmpty { return pending.removeFirst() }
      if skipping > 0 {
        let step = Int(clamping: min(skipping, UInt64(available)))
        position += step
        skipping -= UInt64(step)
        if skipping > 0 { return nil }
      }
      switch format {
      case .over:
        position = buffer.count
        return nil
      case .unknown:
        guard recognise() else { return nil }
      case .pcap(let order, let tick, let link):
        guard record(order, tick, link) else { return nil }
      case .pcapng(let order):
        guard block(order) else { return nil }
      }
    }
  }

  /// After the last piece: what is missing, if the file ends in the middle of something.
  public func finish() -> CaptureProblem? {
    switch format {
    case .over: return nil
    case .unknown: return .unknownFormat(Array(buffer.prefix(4)))
    case .pcap, .pcapng:
      if skipping > 0 { return .truncated(at: place, missing: Int(clamping: skipping)) }
      return available > 0 ? .truncated(at: place, missing: max(1, missing)) : nil
    }
  }

  /// Bytes that the block at hand lacks, as far as is known.
  private var missing: Int {
    switch format {
    case .pcap(let order, _, _):
      available < 16 ? 16 - available : Int(clamping: UInt64(word(8, order)) + 16) - available
    case .pcapng(let order):
      available < 8 ? 8 - available : Int(clamping: word(4, order)) - available
    default: 0
    }
  }

  private func word(_ offset: Int, _ order: ByteOrder) -> UInt32 { order.u32(buffer, position + offset) }

  private mutating func give(_ problem: CaptureProblem) { pending.append(.problem(problem)) }

  private mutating func giveUp(_ problem: CaptureProblem) {
    give(problem)
    format = .over
  }

  private mutating func recognise() -> Bool {
    guard available >= 4 else { return false }
    switch word(0, .little) {
    case PcapngBlock.section:
      format = .pcapng(.little)
    case 0xa1b2_c3d4: return pcapHeader(.little, tick: 1000)
    case 0xd4c3_b2a1: return pcapHeader(.big, tick: 1000)
    case 0xa1b2_3c4d: return pcapHeader(.little, tick: 1)
    case 0x4d3c_b2a1: return pcapHeader(.big, tick: 1)
    default: giveUp(.unknownFormat(Array(buffer[position..<position + 4])))
    }
    return true
  }

  private mutating func pcapHeader(_ order: ByteOrder, tick: UInt64) -> Bool {
    guard available >= 24 else { return false }
    // The upper bits tell of a frame check sequence, which the IP header's length makes harmless.
    format = .pcap(order, nanosecondsPerTick: tick, LinkType(rawValue: word(20, order) & 0xffff))
    position += 24
    return true
  }

  private mutating func record(_ order: ByteOrder, _ tick: UInt64, _ link: LinkType) -> Bool {
    guard available >= 16 else { return false }
    let length = Int(clamping: word(8, order))
    if length > Self.packetLimit {
      giveUp(.badLength(at: place + 8, length: UInt64(length)))
      return true
    }
    guard available >= 16 + length else { return false }
    let time = FlowTime(nanoseconds: UInt64(word(0, order)) * 1_000_000_000 + UInt64(word(4, order)) * tick)
    let start = position + 16
    pending.append(
      .packet(
        CapturedPacket(
          time: time, linkType: link, bytes: buffer[start..<start + length],
          originalSize: Int(clamping: word(12, order)))))
    position = start + length
    return true
  }

  private mutating func block(_ order: ByteOrder) -> Bool {
    guard available >= 12 else { return false }
    let type = word(0, order)
    var order = order
    if type == PcapngBlock.section {
      // A section may have another byte order than the one before; its type reads the same in both.
      guard let own = ByteOrder(magic: word(8, .little)) else {
        giveUp(.badLength(at: place + 4, length: UInt64(word(4, order))))
        return true
      }
      order = own
      format = .pcapng(own)
    }
    let length = UInt64(word(4, order))
    guard length >= 12, length % 4 == 0 else {
      giveUp(.badLength(at: place + 4, length: length))
      return true
    }
    if length > UInt64(Self.packetLimit) + 4096 {
      give(.tooLong(at: place, length: length))
      skipping = length
      return true
    }
    let size = Int(length)
    guard available >= size else { return false }
    content(type, position + 8..<position + size - 4, order)
    position += size
    return true
  }

  private mutating func content(_ type: UInt32, _ range: Range<Int>, _ order: ByteOrder) {
    switch type {
    case PcapngBlock.section:
      interfaces = []
      guard range.count >= 16 else { return }
      options(range.dropFirst(16), order) { code, value in
        if code == 1 { pending.append(.comment(String(decoding: buffer[value], as: UTF8.self))) }
      }
    case PcapngBlock.interface: interface(range, order)
    case PcapngBlock.statistics: statistics(range, order)
    case PcapngBlock.enhancedPacket: packet(range, order, interfaceSize: 4)
    case PcapngBlock.packet: packet(range, order, interfaceSize: 2)
    case PcapngBlock.simplePacket:
      guard range.count >= 4, let interface = interfaces.first else { return }
      let original = Int(clamping: order.u32(buffer, range.lowerBound))
      let kept = min(original, range.count - 4, interface.snapLength)
      // A simple packet has no time.
      emit(interface, 0, range.lowerBound + 4..<range.lowerBound + 4 + kept, original)
    default: break
    }
  }

  private mutating func interface(_ range: Range<Int>, _ order: ByteOrder) {
    guard range.count >= 8, interfaces.count < Self.interfaceLimit else { return }
    let snap = Int(clamping: order.u32(buffer, range.lowerBound + 4))
    var interface = Interface(
      linkType: LinkType(rawValue: UInt32(order.u16(buffer, range.lowerBound))),
      resolution: TimeResolution(code: 6), snapLength: snap == 0 ? Int.max : snap)
    options(range.dropFirst(8), order) { code, value in
      if code == 9, let first = value.first { interface.resolution.set(code: buffer[first]) }
      if code == 14, value.count == 8 { interface.resolution.offset = order.u64(buffer, value.lowerBound) }
    }
    interfaces.append(interface)
  }

  private mutating func statistics(_ range: Range<Int>, _ order: ByteOrder) {
    guard range.count >= 12 else { return }
    let number = Int(clamping: order.u32(buffer, range.lowerBound))
    guard number < interfaces.count else { return }
    options(range.dropFirst(12), order) { code, value in
      guard code == 3, value.count == 8 else { return }
      let ticks =
        UInt64(order.u32(buffer, value.lowerBound)) << 32 | UInt64(order.u32(buffer, value.lowerBound + 4))
      pending.append(.watched(until: interfaces[number].resolution.time(ticks)))
    }
  }

  private mutating func packet(_ range: Range<Int>, _ order: ByteOrder, interfaceSize: Int) {
    guard range.count >= 20 else { return }
    let start = range.lowerBound
    let number = interfaceSize == 4 ? order.u32(buffer, start) : UInt32(order.u16(buffer, start))
    guard Int(clamping: number) < interfaces.count else {
      give(.unknownInterface(at: base + UInt64(start), number))
      return
    }
    let ticks = UInt64(order.u32(buffer, start + 4)) << 32 | UInt64(order.u32(buffer, start + 8))
    let kept = min(Int(clamping: order.u32(buffer, start + 12)), range.count - 20)
    emit(
      interfaces[Int(number)], ticks, start + 20..<start + 20 + kept, Int(clamping: order.u32(buffer, start + 16)))
  }

  private mutating func emit(_ interface: Interface, _ ticks: UInt64, _ range: Range<Int>, _ original: Int) {
    pending.append(
      .packet(
        CapturedPacket(
          time: interface.resolution.time(ticks), linkType: interface.linkType, bytes: buffer[range],
          originalSize: original)))
  }

  private func options(_ range: Range<Int>, _ order: ByteOrder, _ body: (UInt16, Range<Int>) -> Void) {
    var index = range.lowerBound
    while index + 4 <= range.upperBound {
      let code = order.u16(buffer, index)
      let length = Int(order.u16(buffer, index + 2))
      guard code != 0, index + 4 + length <= range.upperBound else { return }
      body(code, index + 4..<index + 4 + length)
      index += 4 + (length + 3) & ~3
    }
  }
}

extension Range<Int> {
  fileprivate func dropFirst(_ count: Int) -> Range<Int> { Swift.min(lowerBound + count, upperBound)..<upperBound }
}
