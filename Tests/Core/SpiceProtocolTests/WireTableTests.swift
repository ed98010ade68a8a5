import SpiceProtocol
import Testing

@Suite("Every message of every channel and of the agent")
struct WireTableTests {
  @Test("is written as the protocol's tables have it", arguments: WireCase.all)
  func writing(_ wire: WireCase) {
    #expect(wire.writtenType == wire.type)
    #expect(wire.written == wire.bytes)
  }

  @Test("is read from those bytes, wherever they lie in memory", arguments: WireCase.all)
  func reading(_ wire: WireCase) throws {
    #expect(try wire.isRead(wire.bytes[...]))
    let surrounded = [0xAA, 0xBB, 0xCC] + wire.bytes + [0xDD, 0xEE]
    #expect(try wire.isRead(surrounded[3..<surrounded.count - 2]))
  }

  @Test("cut short at any byte, is refused with an offset inside it", arguments: WireCase.all)
  func truncation(_ wire: WireCase) {
    for count in 0..<wire.bytes.count where wire.isShort(count) {
      let error = wireError { () throws(WireError) in _ = try wire.isRead(wire.bytes[..<count]) }
      guard let error else {
        Issue.record("\(count) of \(wire.bytes.count) bytes were taken for the whole")
        continue
      }
      #expect((0...count).contains(error.offset), "\(count) bytes: \(error)")
    }
  }

  @Test("with open data may end anywhere behind its fixed fields", arguments: WireCase.all)
  func openData(_ wire: WireCase) throws {
    for count in 0..<wire.bytes.count where !wire.isShort(count) {
      _ = try wire.isRead(wire.bytes[..<count])
    }
  }

  @Test("of a fixed layout refuses one byte more, and names how many", arguments: WireCase.all.filter(\.isClosed))
  func trailingByte(_ wire: WireCase) {
    let longer = wire.bytes + [0, 0]
    let error = wireError { () throws(WireError) in _ = try wire.isRead(longer[...]) }
    // Behind a notification's text one NUL belongs to it, which is there already.
    #expect(error?.problem == .trailing(count: 2))
    #expect(error?.offset == wire.bytes.count)
  }

  @Test("changed at random, is refused or means something that is written and read alike", arguments: WireCase.all)
  func mutations(_ wire: WireCase) {
    var random = FixedRandom(seed: UInt64(wire.type) << 32 | UInt64(wire.bytes.count))
    for _ in 0..<400 {
      var bytes = wire.bytes
      for _ in 0..<Int.random(in: 1...4, using: &random) { mutate(&bytes, &random) }
      do throws(WireError) {
        #expect(try wire.survives(wire.type, bytes[...]), "\(bytes)")
      } catch {
        #expect((0...bytes.count).contains(error.offset), "\(error)")
        #expect(!error.description.isEmpty)
      }
    }
  }

  /// Numbers that break arithmetic come more often than others.
  private func mutate(_ bytes: inout [UInt8], _ random: inout FixedRandom) {
    guard !bytes.isEmpty else { return bytes.append(UInt8.random(in: .min ... .max, using: &random)) }
    let place = Int.random(in: 0..<bytes.count, using: &random)
    switch Int.random(in: 0..<6, using: &random) {
    case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
    case 1: bytes[place] = UInt8.random(in: .min ... .max, using: &random)
    case 2: bytes.removeLast(Int.random(in: 0...bytes.count, using: &random))
    case 3: bytes.insert(UInt8.random(in: .min ... .max, using: &random), at: place)
    case 4: for at in place..<min(place + 4, bytes.count) { bytes[at] = 0xFF }
    default: for at in place..<min(place + 4, bytes.count) { bytes[at] = at == place + 3 ? 0x80 : 0 }
    }
  }
}
