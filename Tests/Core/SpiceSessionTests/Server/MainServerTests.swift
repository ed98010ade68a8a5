import SpiceProtocol
import SpiceSession
import Testing

@Suite("A server's main channel")
struct MainServerTests {
  static let channels = [ChannelID(.display), ChannelID(.inputs), ChannelID(.cursor)]

  private func settings(_ change: (inout MainSettings) -> Void = { _ in }) -> MainSettings {
    var settings = MainSettings(sessionID: 0xABCD, channels: MainServerTests.channels)
    change(&settings)
    return settings
  }

  private func bench(
    _ capabilities: [MainCapability] = [], _ change: (inout MainSettings) -> Void = { _ in }
  ) -> ServerBench<MainServer> {
    ServerBench(MainServer(accepted(.main, specific: Capabilities(capabilities)), settings(change)))
  }

  @Test("opens our own client's session and lists its channels, in pieces of any size", arguments: [0, 1, 7])
  func ownClient(_ piece: Int) throws {
    let settings = settings {
      $0.name = Array("vm".utf8)
      $0.uuid = Array(0..<16)
      $0.currentMouseMode = .server
      $0.measuresBandwidth = piece == 0
    }
    var pair = Pair(MainEngine(hasPassword: true), MainServer.capabilities, piece: piece) { MainServer($0, settings) }
    try pair.act { _, server in server.set(multimediaTime: 77) }
    var opened: MainInit?
    var listed: [ChannelID] = []
    var told: [String] = []
    for event in pair.clientEvents {
      switch event {
      case .opened(let value): opened = value
      case .channels(let channels): listed = channels
      case .name(let name): told.append(String(decoding: name, as: UTF8.self))
      case .uuid(let uuid): told.append("\(uuid.count)")
      case .multimediaTime(let time): told.append("\(time)")
      default: break
      }
    }
    #expect(opened?.sessionID == 0xABCD && opened?.agentConnected == false && opened?.agentTokens == 10)
    #expect(opened?.supportedMouseModes == [.server, .client] && opened?.currentMouseMode == .server)
    #expect(listed == MainServerTests.channels)
    #expect(told == ["vm", "16", "77"])
    guard case .attached = pair.serverEvents.first, case .mouseModeRequest(.client) = pair.serverEvents.last else {
      Issue.record("\(pair.serverEvents)")
      return
    }
    try pair.act { _, server in server.set(supported: [.server, .client], current: .client) }
    #expect(pair.client.mouseModes.current == .client)
    #expect(pair.server?.channel.roundTrip != nil)
    #expect((pair.server?.channel.bytesPerSecond != nil) == (piece == 0))
  }

  @Test("lists no channels before it is asked")
  func listsWhenAsked() throws {
    var bench = bench()
    #expect(!bench.takeMessages().contains { $0.type == MainServerMessage.Kind.channelsList.rawValue })
    try bench.say(MainClientMessage.attachChannels)
    #expect(bench.takeMessages() == [.said(MainServerMessage.channelsList(MainServerTests.channels))])
  }

  @Test("spares a client the name and number that it does not know", arguments: [true, false])
  func nameAndUUID(_ knows: Bool) {
    var bench = bench(knows ? [.nameAndUUID] : []) {
      $0.name = [0x76]
      $0.uuid = Array(0..<16)
    }
    let types = bench.takeMessages().map(\.type)
    #expect(types == (knows ? [103, 113, 114, 4, 4] : [103, 4, 4]))
  }

  @Test("a mouse mode that is neither of the two is refused", arguments: [0, 3, 4, 0xFFFF] as [UInt32])
  func mouseModes(_ mode: UInt32) {
    var bench = bench()
    let fault = bench.fault(MainClientMessage.mouseModeRequest(MouseModes(rawValue: mode)))
    #expect(fault == .mouseMode(mode))
    #expect(fault?.description.contains("mouse mode \(mode)") == true)
  }

  @Test("words of migrations that were not begun, and of clients of long ago, change nothing")
  func silence() throws {
    var bench = bench()
    _ = bench.takeMessages()
    try bench.say(
      MainClientMessage.clientInfo(cacheSize: 1), MainClientMessage.migrateConnected,
      MainClientMessage.migrateConnectError, MainClientMessage.migrateEnd,
      MainClientMessage.migrateDestinationDoSeamless(sourceVersion: 1), MainClientMessage.migrateConnectedSeamless,
      MainClientMessage.qualityIndicator([1]))
    #expect(bench.takeMessages().isEmpty && bench.takeEvents().isEmpty)
  }
}
