import SpiceClient
import SpiceInsight
import SpiceProtocol
import SpiceSession

/// What `saffron probe` found; the JSON it prints has these names.
struct ProbeReport: Codable {
  struct Channel: Codable {
    var name: String
    var id: Int
    /// Nil where this command did not open it.
    var link: Link?
  }

  struct Link: Codable {
    var version: String
    var header: String
    /// "ticket", and whether its mechanism was selected by name.
    var authentication: String
    /// "TLS 1.3" and the like; nil without.
    var tls: String?
    var commonCapabilities: [String]
    var channelCapabilities: [String]
    var roundTripMilliseconds: Double
  }

  struct Session: Codable {
    var id: UInt32
    var name: String?
    var uuid: String?
    var mouseModes: [String]
    var mouseMode: String
    var agentConnected: Bool
    var agentTokens: UInt32
    var multimediaTimeMilliseconds: UInt32
    var ramHintBytes: UInt32
    var displayChannelsHint: UInt32
  }

  struct Monitor: Codable {
    var id: UInt32
    var surface: UInt32
    var x: UInt32
    var y: UInt32
    var width: UInt32
    var height: UInt32
  }

  struct Surface: Codable {
    var id: UInt32
    var width: Int
    var height: Int
    var format: String
  }

  struct Display: Codable {
    var id: Int
    var isComplete: Bool
    /// The one that is shown; nil before it is there.
    var surface: Surface?
    var offscreenSurfaces: Int
    var offscreenPixels: Int
    var monitors: [Monitor]
    var images: [String: Int]
    var draws: [String: Int]
    /// Of the draws, those that this version does not draw.
    var undrawn: [String: Int]
    var streams: [String: Int]
    var streamFrames: Int
    var lostStreamFrames: Int
  }

  var session: Session?
  var channels: [Channel]
  var displays: [Display]
  /// The least of all channels: from a ticket to its answer.
  var roundTripMilliseconds: Double?
  /// What is wrong with what was said, the worst first.
  var findings: [JSONRenderer.FindingRecord] = []
}

extension ProbeReport {
  init(_ client: Client, address: String) async {
    let information = client.information
    session = Session(information)
    var names: [ChannelID] = information.channels
    if !names.contains(ChannelID(.main)) { names.insert(ChannelID(.main), at: 0) }
    channels = names.map { id in
      Channel(
        name: id.type.map { "\($0.name)" } ?? "type \(id.rawType)", id: Int(id.id),
        link: information.links[id].map { Link(id, $0, tls: information.tls[id]) })
    }
    roundTripMilliseconds = information.links.values.map(\.roundTrip).min().map(milliseconds)
    displays = []
    for display in client.displays {
      guard let found = await client.inspectDisplay(display, { Display(display, $0) }) else { continue }
      displays.append(found)
    }
  }

  var text: String {
    var lines: [String] = []
    if let session {
      lines.append("session      \(hexadecimal(session.id))")
      if let name = session.name { lines.append("name         \(name)") }
      if let uuid = session.uuid { lines.append("uuid         \(uuid)") }
      lines.append("mouse        \(session.mouseMode) (offered: \(session.mouseModes.joined(separator: ", ")))")
      let agent = session.agentConnected ? "connected, \(session.agentTokens) tokens" : "not connected"
      lines.append("agent        \(agent)")
    }
    if let roundTripMilliseconds { lines.append("round trip   \(short(roundTripMilliseconds)) ms") }
    lines.append("")
    lines.append("channels")
    for channel in channels { lines += channel.lines }
    for display in displays {
      lines.append("")
      lines += display.lines
    }
    return lines.map(Terminal.shown).joined(separator: "\n")
  }
}

extension ProbeReport.Session {
  init?(_ information: SessionInformation) {
    guard let session = information.session else { return nil }
    id = session.sessionID
    name = information.name
    uuid = information.uuid.map(canonical)
    mouseModes = modes(information.supportedMouseModes)
    mouseMode = modes(information.mouseMode).first ?? "none"
    agentConnected = information.isAgentConnected
    agentTokens = session.agentTokens
    multimediaTimeMilliseconds = session.multimediaTime
    ramHintBytes = session.ramHint
    displayChannelsHint = session.displayChannelsHint
  }
}

extension ProbeReport.Link {
  init(_ id: ChannelID, _ negotiated: Negotiated, tls: String?) {
    version = "\(negotiated.majorVersion).\(negotiated.minorVersion)"
    header = negotiated.header == .mini ? "mini" : "full"
    authentication = negotiated.selectedMechanism ? "ticket, selected" : "ticket"
    self.tls = tls
    commonCapabilities = negotiated.common.numbers.map { number in
      CommonCapability(rawValue: number).map { "\($0.name)" } ?? "capability \(number)"
    }
    channelCapabilities = negotiated.specific.numbers.map { number in
      (id.type?.capabilityName(number)).map { "\($0)" } ?? "capability \(number)"
    }
    roundTripMilliseconds = milliseconds(negotiated.roundTrip)
  }
}

extension ProbeReport.Channel {
  var lines: [String] {
    let title = "  \(name) \(id)"
    guard let link else { return ["\(title)  (not opened)"] }
    let transport = link.tls ?? "plain"
    var lines = ["\(title)  SPICE \(link.version), \(link.header) headers, \(link.authentication), \(transport)"]
    lines.append("      common: \(list(link.commonCapabilities))")
    if !link.channelCapabilities.isEmpty { lines.append("      own: \(list(link.channelCapabilities))") }
    return lines
  }
}

extension ProbeReport.Display {
  init(_ id: Int, _ engine: DisplayEngine) {
    self.id = id
    isComplete = engine.isMarked
    surface = engine.primary.flatMap { id in
      engine.surfaces[id].map { surface in
        ProbeReport.Surface(
          id: id, width: surface.size.width, height: surface.size.height, format: "\(surface.format)")
      }
    }
    let offscreen = engine.surfaces.filter { $0.key != engine.primary }.values
    offscreenSurfaces = offscreen.count
    offscreenPixels = offscreen.reduce(0) { $0 + $1.size.width * $1.size.height }
    monitors = engine.monitors.map { head in
      ProbeReport.Monitor(
        id: head.id, surface: head.surface, x: head.x, y: head.y, width: head.width, height: head.height)
    }
    let statistics = engine.statistics
    images = named(statistics.images) { $0.name }
    draws = named(statistics.draws) { $0.name }
    undrawn = named(statistics.undrawn) { $0.name }
    streams = named(statistics.streams) { $0.name }
    streamFrames = statistics.frames
    lostStreamFrames = statistics.lostFrames
  }

  var lines: [String] {
    var lines = ["display \(id)\(isComplete ? "" : "  (no complete picture yet)")"]
    if let surface {
      lines.append("  surface \(surface.id): \(surface.width)×\(surface.height) \(surface.format)")
    }
    if offscreenSurfaces > 0 {
      lines.append("  off screen: \(offscreenSurfaces) surfaces, \(offscreenPixels) pixels")
    }
    for monitor in monitors {
      lines.append("  monitor \(monitor.id): \(monitor.width)×\(monitor.height) at \(monitor.x),\(monitor.y)")
    }
    lines.append("  images: \(counts(images))")
    lines.append("  draws: \(counts(draws))")
    if !undrawn.isEmpty { lines.append("  NOT DRAWN by this version: \(counts(undrawn))") }
    if !streams.isEmpty {
      lines.append("  streams: \(counts(streams)); \(streamFrames) frames, \(lostStreamFrames) lost")
    }
    return lines
  }
}

private func milliseconds(_ microseconds: UInt64) -> Double { Double(microseconds) / 1000 }

private func short(_ value: Double) -> String { "\((value * 100).rounded() / 100)" }

private func list(_ names: [String]) -> String { names.isEmpty ? "none" : names.joined(separator: " ") }

private func named<Key: Hashable>(_ counts: [Key: Int], _ name: (Key) -> StaticString) -> [String: Int] {
  Dictionary(counts.map { ("\(name($0.key))", $0.value) }, uniquingKeysWith: +)
}

private func counts(_ counts: [String: Int]) -> String {
  if counts.isEmpty { return "none" }
  let sorted = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
  return sorted.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
}

private func modes(_ modes: MouseModes) -> [String] {
  var names: [String] = []
  if modes.contains(.client) { names.append("client") }
  if modes.contains(.server) { names.append("server") }
  return names
}

private func hexadecimal(_ number: UInt32) -> String { "0x" + String(number, radix: 16) }

/// 16 bytes as `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx`.
private func canonical(_ uuid: [UInt8]) -> String {
  var text = ""
  for (place, byte) in uuid.enumerated() {
    if [4, 6, 8, 10].contains(place) { text += "-" }
    text += (byte < 16 ? "0" : "") + String(byte, radix: 16)
  }
  return text
}
