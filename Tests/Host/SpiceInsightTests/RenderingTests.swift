import Foundation
import SpiceInsight
import SpiceProtocol
import TestSupport
import Testing

@Suite("Flows are told")
struct RenderingTests {
  /// A recorded session as a capture file.
  static func capture(_ name: String, without skipped: Set<Int> = []) throws -> [UInt8] {
    let file = try Written()
    var writer = try PcapngWriter(comment: "a recorded session") { file.bytes += $0 }
    var time = FlowTime(nanoseconds: 1_700_000_000_000_000_000)
    var open: Set<Int> = []
    for (index, step) in Playback(try RecordedSession(name)).steps.enumerated() where !skipped.contains(index) {
      time.nanoseconds += 1_000_000
      if open.insert(step.conversation).inserted {
        try writer.open(
          step.conversation, client: Endpoint(127, 0, 0, 1, port: UInt16(40_000 + step.conversation)),
          server: Endpoint(127, 0, 0, 1, port: 5930), at: time)
      }
      try writer.write(step.bytes[...], from: step.speaker, in: step.conversation, at: time)
    }
    for id in open.sorted() { for speaker in Speaker.allCases { try writer.close(id, from: speaker, at: time) } }
    return file.bytes
  }

  static func report(_ file: [UInt8], _ options: FlowReport.Options = .init()) throws -> [String] {
    var report = FlowReport(options: options)
    var lines = report.head
    for start in stride(from: 0, to: file.count, by: 65_536) {
      try report.feed(Array(file[start..<min(start + 65_536, file.count)])) { lines.append($0) }
    }
    try report.finish { lines.append($0) }
    return lines
  }

  @Test("a capture's text names every step and finds nothing wrong") func text() throws {
    let lines = try Self.report(try Self.capture("grub-menu"))
    for step in ["link message", "link reply", "ticket", "INIT", "ATTACH_CHANNELS", "CHANNELS_LIST", "DRAW_COPY"] {
      #expect(lines.contains { $0.contains(step) }, "\(step)")
    }
    #expect(lines.contains { $0.contains("AUTH_SELECTION") && $0.contains("MINI_HEADER") })
    #expect(lines.last == "Nothing wrong was found.")
  }

  @Test("a diagram's lines are all as wide as the diagram") func aligned() throws {
    let lines = try Self.report(try Self.capture("grub-menu")).prefix { !$0.isEmpty }.dropFirst()
    let widths = Set(lines.filter { $0.count < 110 }.map { $0.count })
    #expect(widths.count == 1, "\(widths)")
  }

  @Test("Mermaid counts runs of the same message") func mermaid() throws {
    var options = FlowReport.Options()
    options.format = .mermaid
    let lines = try Self.report(try Self.capture("grub-boot"), options)
    #expect(lines.first == "sequenceDiagram")
    #expect(lines.contains { $0.contains("DRAW_COPY ×") })
    #expect(lines.allSatisfy { !$0.contains(";") || $0.contains("#35;") })
  }

  @Test("JSON is one document with events and channels") func json() throws {
    var options = FlowReport.Options()
    options.format = .json
    let text = try Self.report(try Self.capture("grub-menu"), options).joined()
    let document = try JSONDecoder().decode(JSONRenderer.Document.self, from: Data(text.utf8))
    #expect(document.format == "saffron-flow" && document.findings.isEmpty)
    #expect(document.channels.map { $0.channel } == ["main/0", "display/0"])
    let opening = try #require(document.events.first { $0.name == "INIT" && $0.channel == "main/0" })
    #expect(opening.details.prefix(2).map { $0.name } == ["session_id", "display_channels_hint"])
    #expect(opening.details.map { $0.offset } == [0, 4, 8, 12, 16, 20, 24, 28])
  }

  @Test("channel, type and time choose what is told") func filters() throws {
    var options = FlowReport.Options()
    options.format = .jsonl
    options.channel = "display"
    options.type = "draw_copy"
    let lines = try Self.report(try Self.capture("grub-boot"), options).filter { $0.contains("\"kind\":\"message\"") }
    #expect(!lines.isEmpty)
    #expect(lines.allSatisfy { $0.contains("DRAW_COPY") })
    options.to = 0
    #expect(
      try Self.report(try Self.capture("grub-boot"), options).filter { $0.contains("\"kind\":\"message\"") }.isEmpty)
  }

  @Test("times count from the capture's beginning, whatever is told of it; figures are of what is told") func times()
    throws
  {
    let file = try Self.capture("grub-boot")
    let all = try Self.report(file)
    var options = FlowReport.Options()
    options.channel = "display"
    let some = try Self.report(file, options)
    let line = try #require(all.first { $0.contains("SURFACE_CREATE") })
    #expect(some.contains(line))
    #expect(all.count { $0.hasPrefix("#") } == 4)
    #expect(some.count { $0.hasPrefix("#") } == 1)
    options.format = .mermaid
    let diagram = try Self.report(file, options)
    let time = try #require(line.split(separator: " ").first?.dropLast(3))
    #expect(
      diagram.contains { $0.contains("S->>C: \(time) s #35;2 display/0 SURFACE_CREATE") }, "\(diagram.prefix(20))")
  }

  @Test("what a server says in words is told in words, without what would move a cursor") func words() throws {
    var pair = Pair()
    pair.openMain()
    pair.message(MainServerMessage.name(Array("web-01".utf8)), .server)
    pair.message(MainServerMessage.name(Array("web\u{1b}[2J".utf8)), .server)
    var renderer = TextRenderer()
    let text = pair.events.flatMap { renderer.lines($0) }.joined(separator: "\n")
    #expect(text.contains("name \"web-01\""))
    #expect(!text.contains("\u{1b}"))
  }

  @Test("keys, the clipboard and tickets are not shown; the first two are where it is asked for") func secrets() throws
  {
    var pair = Pair()
    pair.openMain()
    pair.link(.inputs, on: 1)
    pair.message(InputsClientMessage.keyDown(0x1e), .client, on: 1)
    pair.message(MainClientMessage.agentData(Array("hunter2".utf8)[...]), .client)
    func all(_ showing: Bool) throws -> String {
      var renderer = TextRenderer(options: EntryOptions(showsSecrets: showing), showsBytes: true)
      return try pair.events.flatMap { event in
        renderer.lines(event) + [try JSONRenderer.line(FlowEntry(event, options: EntryOptions(showsSecrets: showing)))]
      }.joined(separator: "\n")
    }
    let hidden = try all(false)
    #expect(!hidden.contains("68 75 6e 74") && !hidden.contains("code 30") && !hidden.contains("a5 a5"))
    #expect(hidden.contains("not shown"))
    let shown = try all(true)
    #expect(shown.contains("68 75 6e 74") && shown.contains("code 30") && !shown.contains("a5 a5"))
  }

  @Test("each field stands beside its bytes") func annotated() throws {
    var pair = Pair()
    pair.link(.main)
    pair.message(Pair.opening(), .server)
    let message = try #require(
      pair.events.compactMap { if case .message(let message) = $0.kind { message } else { nil } }.last)
    let lines = AnnotatedBytes.lines(message)
    #expect(lines.count == 8)
    #expect(lines.first == "     0  78 1f fd 57                 session_id = 0x57fd1f78")
  }

  @Test(
    "fields cover every byte of every message of the recorded sessions but padding",
    arguments: ["desktop-auto-glz", "desktop-mjpeg"])
  func coverage(_ name: String) throws {
    var pair = Pair()
    for step in Playback(try RecordedSession(name)).steps { pair.say(step.bytes, step.speaker, on: step.conversation) }
    var checked = 0
    for event in pair.events {
      guard case .message(let message) = event.kind, !message.body.isEmpty else { continue }
      var covered = [Bool](repeating: false, count: message.body.count)
      let log = message.fields(limit: 1 << 20)
      for field in log.fields { for place in field.offset..<field.offset + field.size { covered[place] = true } }
      let missing = covered.count { !$0 }
      if message.channel == .main, message.name == "AGENT_DATA" { continue }
      #expect(missing == 0, "\(message.name): \(missing) of \(message.body.count) bytes")
      checked += 1
    }
    #expect(checked > 100)
  }

  @Test("the page holds its data and cannot be broken out of") func page() throws {
    var options = FlowReport.Options()
    options.format = .html
    let page = try Self.report(try Self.capture("grub-menu"), options).joined(separator: "\n")
    #expect(page.hasPrefix("<!doctype html>"))
    #expect(page.components(separatedBy: "</script>").count == 3)
    #expect(!page.contains("http://") && !page.contains("https://"))
    let start = try #require(page.range(of: "type=\"application/json\">"))
    let end = try #require(page.range(of: "</script>"))
    let data = Data(page[start.upperBound..<end.lowerBound].utf8)
    #expect(try JSONDecoder().decode(JSONRenderer.Document.self, from: data).events.count > 20)
  }

  @Test("every kind of finding has its page, and the page says what the code says", arguments: FindingCode.allCases)
  func catalogue(_ code: FindingCode) throws {
    let file = Repository.root.appending(path: "Documentation/findings/\(code.rawValue).md")
    #expect(try String(contentsOf: file, encoding: .utf8) == code.page)
  }

  @Test("the folder of findings has no other page") func noOtherPage() throws {
    let folder = Repository.root.appending(path: "Documentation/findings").path
    let pages = try FileManager.default.contentsOfDirectory(atPath: folder)
    #expect(Set(pages) == Set(FindingCode.allCases.map { $0.rawValue + ".md" } + ["README.md"]))
  }

  @Test("of very many connections the figures of the oldest are told as they end, or left out with a word")
  func manyConnections() throws {
    func told(_ format: FlowReport.Format) throws -> (early: [String], late: [String]) {
      var options = FlowReport.Options()
      options.format = format
      options.type = "no such message"
      var report = FlowReport(options: options)
      var (early, late): ([String], [String]) = ([], [])
      let kinds: [(Speaker, FlowEvent.Kind)] = [
        (.client, .opened(client: "a", server: "b")), (.client, .finished), (.server, .finished),
      ]
      for number in 0..<1500 {
        for (speaker, kind) in kinds {
          let event = FlowEvent(
            time: FlowTime(nanoseconds: UInt64(number)), conversation: number, speaker: speaker, range: 0..<0,
            bytes: [], kind: kind)
          try report.see(event) { early.append($0) }
        }
      }
      try report.finish(at: FlowTime(nanoseconds: 2000)) { late.append($0) }
      return (early, late)
    }
    let lines = try told(.jsonl)
    #expect(lines.early.count == 1500 - FlowSummary.limit)
    #expect(lines.early.first?.contains("\"conversation\":0,") == true)
    #expect(lines.late.filter { $0.contains("longestSilence") }.count == FlowSummary.limit)
    let document = try told(.json)
    #expect(document.early.isEmpty)
    #expect(document.late.contains { $0.contains("figures of the 476 oldest connections are left out") })
  }
}
