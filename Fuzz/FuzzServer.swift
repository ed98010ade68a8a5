import SpicePixels
import SpiceProtocol
import SpiceSession

/// One channel of a server. The first byte says which (bits 0 to 2: main, inputs, cursor, playback, record, port, usbredir,
/// and 7 for the link stage), whether it has full headers (bit 3) and whether the two ends have their capabilities in
/// common (bit 4). In the link stage all that follows is for it, the host saying yes but for bit 5. Else steps follow:
///
/// - below 176: a message of the client's: u16 number, u16 size, body; a header is put before it
/// - below 200: u8 size, that many bytes as they are
/// - else: the host acts, and time goes on
///
/// No input may trap or hold more than the limits; an error ends the channel.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzServer(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
  var script = Script(bytes: UnsafeBufferPointer(start: data, count: size))
  let choice = script.byte()
  func accepted(_ type: ChannelType, _ capabilities: Capabilities) -> AcceptedLink {
    let common = choice & 0x10 != 0 ? capabilities : Capabilities()
    return AcceptedLink(
      channel: ChannelID(type), connectionID: 1, header: choice & 8 == 0 ? .mini : .full, specific: common,
      offered: capabilities)
  }
  switch choice & 7 {
  case 0:
    var settings = MainSettings(sessionID: 1, channels: [ChannelID(.display)])
    settings.isAgentConnected = choice & 0x20 != 0
    settings.name = [0x76]
    play(MainServer(accepted(.main, MainServer.capabilities), settings, limits: limits), &script, act)
  case 1: play(InputsServer(accepted(.inputs, InputsServer.capabilities), limits: limits), &script, act)
  case 2: play(CursorServer(accepted(.cursor, Capabilities()), limits: limits), &script, act)
  case 3: play(PlaybackServer(accepted(.playback, PlaybackServer.capabilities), limits: limits), &script, act)
  case 4: play(RecordServer(accepted(.record, RecordServer.capabilities), limits: limits), &script, act)
  case 5: play(PortServer(accepted(.port, PortServer.capabilities), name: [0x70], limits: limits), &script, act)
  case 6: play(PortServer(accepted(.usbredir, PortServer.capabilities), limits: limits), &script, act)
  default: playLink(&script, says: choice & 0x20 == 0)
  }
  return 0
}

/// The input, read as choices; zeros where it has ended.
private struct Script {
  let bytes: UnsafeBufferPointer<UInt8>
  var at = 0

  var isAtEnd: Bool { at >= bytes.count }

  mutating func byte() -> UInt8 {
    guard at < bytes.count else { return 0 }
    at += 1
    return bytes[at - 1]
  }

  mutating func half() -> UInt16 { UInt16(byte()) | UInt16(byte()) << 8 }

  mutating func take(_ count: Int) -> [UInt8] {
    let end = min(bytes.count, at + count)
    defer { at = end }
    return Array(bytes[at..<end])
  }
}

private var limits: SessionLimits {
  var limits = SessionLimits()
  limits.shortClientMessage = 1 << 10
  limits.longClientMessage = 1 << 14
  limits.agentMessage = 1 << 13
  limits.waitingAgentBytes = 1 << 14
  limits.waitingDeviceBytes = 1 << 14
  limits.cursorPixels = 1 << 10
  limits.cursorSide = 32
  return limits
}

// MARK: The link stage

private func playLink(_ script: inout Script, says yes: Bool) {
  var link = ServerLink(publicKey: [UInt8](repeating: 0x30, count: 162))
  var tickets = 0
  while !script.isAtEnd {
    let bytes = script.take(Int(script.byte()))
    var refusal: LinkRefusal?
    do throws(LinkRefusal) { try link.receive(bytes, at: Moment(microseconds: 0)) } catch { refusal = error }
    var said: [UInt8] = []
    while let effect = link.next() {
      switch effect {
      case .send(let bytes): said += bytes
      case .judge(let message):
        precondition(message.common.words.count + message.specific.words.count <= limits.linkBody / 4)
        if yes {
          link.accept(common: ServerLink.capabilities, specific: Capabilities())
        } else {
          link.refuse(.channelNotAvailable)
        }
      case .ticket(let ticket):
        precondition(ticket.count == LinkConstants.ticketSize)
        tickets += 1
        link.conclude(.ok)
      case .linked(let accepted):
        precondition(tickets == 1 && accepted.surplus.count <= limits.linkBody)
        return
      }
    }
    if let refusal {
      precondition(!refusal.description.isEmpty && !said.isEmpty && link.stage == .refused)
      return
    }
    if link.stage == .refused { return }
  }
  precondition(!LinkRefusal.closed(link.stage).description.isEmpty)
}

// MARK: A channel

private func play<Engine: ServerEngine>(
  _ engine: Engine, _ script: inout Script, _ act: (inout Engine, UInt8, inout Script, Moment) -> Void
) where Engine.Shared == NothingShared {
  var engine = engine
  var nothing = NothingShared()
  var now = Moment(microseconds: 1)
  var serial: UInt64 = 0
  engine.start(at: now, &nothing)
  drain(&engine)
  while !script.isAtEnd {
    let step = script.byte()
    now.microseconds += UInt64(step)
    do throws(SessionError) {
      switch step {
      case ..<176:
        serial += 1
        let type = script.half()
        let body = script.take(Int(script.half()))
        var writer = ByteWriter()
        MessageHeader(serial: serial, type: type, size: UInt32(body.count), subList: UInt32(step)).write(
          engine.channel.link.header, to: &writer)
        writer.append(body)
        try engine.receive(writer.bytes, at: now, &nothing)
      case ..<200: try engine.receive(script.take(Int(script.byte())), at: now, &nothing)
      case ..<204: engine.channel.requestAcks(window: UInt32(script.byte()))
      case ..<208: engine.channel.ping(at: now, padding: Int(script.byte()))
      default: act(&engine, step, &script, now)
      }
    } catch {
      precondition(!error.description.isEmpty)
      drain(&engine)
      return
    }
    drain(&engine)
  }
}

private func drain<Engine: ServerEngine>(_ engine: inout Engine) {
  while let effect = engine.next() {
    switch effect {
    case .send(let bytes): precondition(!bytes.isEmpty)
    case .event: break
    case .encode: preconditionFailure("nothing is to be encoded here")
    }
  }
  precondition(engine.channel.unconfirmedMessages <= engine.channel.sentMessages)
}

private func act(_ engine: inout MainServer, _ step: UInt8, _ script: inout Script, _ now: Moment) {
  switch step % 5 {
  case 0: engine.agentConnected()
  case 1: engine.agentDisconnected()
  case 2: _ = engine.send(agentType: UInt32(script.byte()), body: [UInt8](repeating: 1, count: Int(script.half())))
  case 3: _ = engine.send(.announceCapabilities(request: true, Capabilities(words: [UInt32(script.half()) << 3])))
  default: engine.set(supported: .server, current: .server)
  }
  precondition(engine.waitingAgentBytes <= max(limits.waitingAgentBytes, AgentHeader.size + Int(UInt16.max)))
}

private func act(_ engine: inout InputsServer, _ step: UInt8, _ script: inout Script, _ now: Moment) {
  engine.set(KeyboardModifiers(rawValue: UInt16(script.byte())))
  precondition(engine.heldKeys.count <= 2 * 127)
}

private func act(_ engine: inout CursorServer, _ step: UInt8, _ script: inout Script, _ now: Moment) {
  switch step % 5 {
  case 0:
    let side = Int(script.byte() % 40)
    let pixels = [UInt32](repeating: UInt32(script.byte()) << 24, count: side * side)
    let shape = CursorShape(width: side, height: side, hotSpot: Point(x: -1, y: 1), pixels: pixels)
    precondition(engine.set(shape, id: UInt64(script.byte())) == (1...limits.cursorSide).contains(side))
  case 1: engine.move(to: Point(x: Int32(script.half()) << 8, y: -1))
  case 2: engine.hide()
  case 3: engine.reset()
  default: engine.forget(UInt64(script.byte()))
  }
}

private func act(_ engine: inout PlaybackServer, _ step: UInt8, _ script: inout Script, _ now: Moment) {
  switch step % 4 {
  case 0: _ = engine.begin(AudioFormat(channels: 2, rate: 48_000), mode: step & 4 == 0 ? .raw : .opus, time: 1)
  case 1: engine.end()
  case 2: engine.play([UInt8](repeating: 0, count: Int(script.half())), time: 2)
  default: engine.setVolume([UInt16](repeating: 1, count: Int(script.half())))
  }
}

private func act(_ engine: inout RecordServer, _ step: UInt8, _ script: inout Script, _ now: Moment) {
  if step % 3 == 0 { engine.end() } else { engine.begin(AudioFormat(channels: 2, rate: 48_000)) }
}

private func act(_ engine: inout PortServer, _ step: UInt8, _ script: inout Script, _ now: Moment) {
  switch step % 3 {
  case 0: _ = engine.send([UInt8](repeating: 0, count: Int(script.half())))
  case 1: engine.setOpened(!engine.isOpened)
  default: engine.sendBreak()
  }
  precondition(engine.waitingBytes <= limits.waitingDeviceBytes)
}
