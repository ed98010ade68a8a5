import SpiceProtocol
import Testing

@Suite("Names of messages")
struct NameTests {
  /// A number, its name in the headers, the channel, who says it.
  static let known: [(ChannelType, UInt16, String, Direction)] = [
    (.main, 1, "MIGRATE", .fromServer), (.display, 3, "SET_ACK", .fromServer), (.cursor, 4, "PING", .fromServer),
    (.inputs, 8, "LIST", .fromServer), (.record, 1, "ACK_SYNC", .fromClient), (.playback, 2, "ACK", .fromClient),
    (.tunnel, 6, "DISCONNECTING", .fromClient), (.main, 103, "INIT", .fromServer),
    (.main, 118, "MIGRATE_DST_SEAMLESS_NACK", .fromServer), (.main, 104, "ATTACH_CHANNELS", .fromClient),
    (.main, 112, "QUALITY_INDICATOR", .fromClient), (.display, 101, "MODE", .fromServer),
    (.display, 108, "INVAL_ALL_PALETTES", .fromServer), (.display, 122, "STREAM_CREATE", .fromServer),
    (.display, 126, "STREAM_DESTROY_ALL", .fromServer), (.display, 302, "DRAW_FILL", .fromServer),
    (.display, 308, "DRAW_INVERS", .fromServer), (.display, 318, "DRAW_COMPOSITE", .fromServer),
    (.display, 322, "QUALITY_INDICATOR", .fromServer), (.display, 101, "INIT", .fromClient),
    (.display, 105, "PREFERRED_VIDEO_CODEC_TYPE", .fromClient), (.inputs, 111, "MOUSE_MOTION_ACK", .fromServer),
    (.inputs, 114, "MOUSE_RELEASE", .fromClient), (.cursor, 108, "INVAL_ALL", .fromServer),
    (.playback, 107, "LATENCY", .fromServer), (.record, 103, "START_MARK", .fromClient),
    (.smartcard, 101, "DATA", .fromServer), (.usbredir, 102, "COMPRESSED_DATA", .fromClient),
    (.port, 201, "INIT", .fromServer), (.port, 202, "EVENT", .fromServer), (.port, 201, "EVENT", .fromClient),
    (.webdav, 101, "DATA", .fromServer),
  ]

  @Test("are those of the protocol's headers, without their prefix", arguments: known)
  func names(_ channel: ChannelType, _ number: UInt16, _ name: String, _ direction: Direction) {
    #expect(channel.messageName(number, direction)?.description == name)
  }

  /// The numbers of each channel's own messages, as `enums.h` ends them.
  static let numbers: [(ChannelType, server: [ClosedRange<UInt16>], client: [ClosedRange<UInt16>])] = [
    (.main, [101...118], [101...112]), (.display, [101...108, 122...126, 302...322], [101...105]),
    (.inputs, [101...102, 111...111], [101...104, 111...114]), (.cursor, [101...108], []), (.playback, [101...107], []),
    (.record, [101...104], [101...103]), (.tunnel, [], []), (.smartcard, [101...101], [101...101]),
    (.usbredir, [101...102], [101...102]), (.port, [101...102, 201...202], [101...102, 201...201]),
    (.webdav, [101...102], [101...102]),
  ]

  @Test("are there for every number of a channel and for no other", arguments: numbers)
  func coverage(_ channel: ChannelType, _ server: [ClosedRange<UInt16>], _ client: [ClosedRange<UInt16>]) {
    for number in UInt16(0)...400 {
      let common = (fromServer: (1...8).contains(number), fromClient: (1...6).contains(number))
      let isServer = common.fromServer || server.contains { $0.contains(number) }
      let isClient = common.fromClient || client.contains { $0.contains(number) }
      #expect((channel.messageName(number, .fromServer) != nil) == isServer, "\(channel) \(number)")
      #expect((channel.messageName(number, .fromClient) != nil) == isClient, "\(channel) \(number)")
    }
  }

  @Test("every number with a name is read by the channel's messages: none is forgotten")
  func everyKindIsTested() {
    let tested = Set(WireCase.displayServer.map(\.type) + WireCase.draws.map(\.type))
    for kind in DisplayServerMessage.Kind.allCases { #expect(tested.contains(kind.rawValue), "\(kind)") }
    let main = Set(WireCase.mainServer.map(\.type))
    for kind in MainServerMessage.Kind.allCases { #expect(main.contains(kind.rawValue), "\(kind)") }
    let agent = Set(WireCase.agent.map(\.type))
    for kind in AgentMessage.Kind.allCases { #expect(agent.contains(UInt16(kind.rawValue)), "\(kind)") }
    let images = Set(WireCase.images.map { $0.bytes[65] })
    for type in ImageType.allCases { #expect(images.contains(type.rawValue), "\(type)") }
  }

  @Test("a channel's capabilities have names, as far as they go")
  func capabilityNames() {
    #expect(ChannelType.display.capabilityName(5)?.description == "LZ4_COMPRESSION")
    #expect(ChannelType.display.capabilityName(14)?.description == "CODEC_H265")
    #expect(ChannelType.display.capabilityName(15) == nil)
    #expect(ChannelType.main.capabilityName(3)?.description == "SEAMLESS_MIGRATE")
    #expect(ChannelType.port.capabilityName(0)?.description == "DATA_COMPRESS_LZ4")
    #expect(ChannelType.cursor.capabilityName(0) == nil)
    for capability in CommonCapability.allCases { #expect(!capability.name.description.isEmpty) }
    for capability in AgentCapability.allCases { #expect(!capability.name.description.isEmpty) }
  }

  @Test("a channel without a name is described by its number")
  func channels() {
    #expect(ChannelID(.display, 1).description == "display/1")
    #expect(ChannelID(rawType: 42, id: 0).description == "type 42/0")
    #expect(ChannelType.allCases.map(\.rawValue) == Array(1...11))
  }
}
