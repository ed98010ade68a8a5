import SpiceProtocol
import SpiceSession
import Testing

@Suite("A server's channel for a device's bytes")
struct PortServerTests {
  private func bench(
    _ type: ChannelType = .port, compresses: Bool = true, limits: SessionLimits = .standard
  ) -> ServerBench<PortServer> {
    ServerBench(
      PortServer(
        accepted(
          type, specific: compresses ? PortServer.capabilities : Capabilities(), offered: PortServer.capabilities),
        name: Array("org.example".utf8), isOpened: true, limits: limits))
  }

  private func compressed(_ plainSize: UInt32, _ data: ArraySlice<UInt8>) -> VMCMessage {
    .compressed(CompressedData(method: .lz4, plainSize: plainSize, data: data))
  }

  static let kinds: [(type: ChannelType, isPort: Bool)] = [(.port, true), (.webdav, true), (.usbredir, false)]

  @Test("a port says its name and whether it is open, a USB device nothing", arguments: kinds)
  func initial(_ type: ChannelType, _ isPort: Bool) {
    var bench = bench(type)
    let first = PortServerMessage.initialize(name: Array("org.example".utf8), opened: true)
    #expect(bench.takeMessages() == (isPort ? [.said(first)] : []))
    bench.act {
      $0.setOpened(true)
      $0.setOpened(false)
      $0.sendBreak()
    }
    #expect(
      bench.takeMessages()
        == (isPort ? [.said(PortServerMessage.event(1)), .said(PortServerMessage.event(2))] : []))
  }

  @Test("the device's bytes go out in chunks, in order, and before the word that it was closed")
  func sending() {
    var bench = bench()
    _ = bench.takeMessages()
    let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0) }
    let isTaken = bench.act { engine in
      defer { engine.setOpened(false) }
      return engine.send(bytes)
    }
    #expect(isTaken)
    let messages = bench.takeMessages()
    #expect(messages.map(\.body.count) == [32768, 32768, 32768, 1696, 1])
    #expect(messages.last?.type == PortServerMessage.Kind.event.rawValue)
    let arrived = messages.dropLast().flatMap(\.body)
    #expect(arrived.count == bytes.count && zip(arrived, bytes).allSatisfy { $0 == $1 })
  }

  @Test("a client that does not confirm is sent no more, and no more than the limit waits")
  func slowClient() throws {
    var limits = SessionLimits()
    limits.waitingDeviceBytes = 100
    var bench = bench(limits: limits)
    bench.act { $0.channel.requestAcks(window: 1) }
    try bench.say(CommonClientMessage.ackSync(generation: 1))
    _ = bench.takeMessages()
    for _ in 0..<4 { #expect(bench.act { $0.send([UInt8](repeating: 0, count: 50)) }) }
    #expect(bench.act { $0.send([0]) } == false)
    #expect(bench.takeMessages().count == 2 && bench.engine.waitingBytes == 100)
    try bench.say(CommonClientMessage.ack)
    #expect(bench.act { $0.send([0]) })
  }

  @Test("the client's bytes and events are told of")
  func receiving() throws {
    var bench = bench()
    try bench.say(
      PortClientMessage.event(0), VMCMessage.data([1, 2]), PortClientMessage.event(2), PortClientMessage.event(1))
    #expect(bench.takeEvents() == [.port(.opened), .data([1, 2]), .port(.breakSignal), .port(.closed)])
  }

  @Test("an event that is none is refused, and on a USB channel the number is unknown")
  func hostileEvents() throws {
    var bench = bench()
    #expect(bench.fault(PortClientMessage.event(3)) == .portEvent(3))
    var usb = self.bench(.usbredir)
    try usb.say(PortClientMessage.event(3))
    #expect(usb.takeEvents() == [.notice(.unknownMessage(type: 201, size: 1))])
  }

  @Test("compressed bytes come unpacked")
  func unpacks() throws {
    var bench = bench()
    // Four literals, then 12 bytes from 4 back, then 5 literals.
    try bench.say(
      compressed(21, hex("48 01020304 0400 50 0506070809")[...]),
      VMCMessage.compressed(CompressedData(method: .none, plainSize: 0, data: [9])))
    #expect(
      bench.takeEvents() == [.data([1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4, 5, 6, 7, 8, 9]), .data([9])])
  }

  @Test("compressed bytes that lie are refused")
  func hostileCompression() {
    func fault(_ plainSize: UInt32, _ data: String, compresses: Bool = true) -> ClientFault? {
      var bench = bench(compresses: compresses)
      return bench.fault(compressed(plainSize, hex(data)[...]))
    }
    #expect(fault(5, "50 0506070809", compresses: false) == .compressionNotAgreed)
    #expect(fault(6, "50 0506070809") == .plainSizeDiffers(said: 6, decoded: 5))
    guard case .compressedData = fault(4, "50 0506070809"), case .compressedData = fault(5, ""),
      case .plainSize(.max, limit: 1 << 20) = fault(.max, "50 0506070809"),
      case .compressedData = fault(1 << 20, "4F 01020304 0900 FFFF")
    else {
      Issue.record("one of them is taken")
      return
    }
  }
}
