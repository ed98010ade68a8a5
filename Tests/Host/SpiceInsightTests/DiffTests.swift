import SpiceInsight
import SpiceProtocol
import TestSupport
import Testing

@Suite("Two flows are compared")
struct DiffTests {
  private func entries(_ build: (inout Pair) -> Void) -> [FlowEntry] {
    var pair = Pair()
    build(&pair)
    return pair.events.map { FlowEntry($0) }
  }

  private func healthy(_ pair: inout Pair) {
    pair.openMain()
    pair.openDisplay()
    pair.message(DisplayServerMessage.mark, .server, on: 1)
  }

  @Test("a flow and itself say the same") func same() {
    let flow = entries(healthy)
    #expect(FlowDiff(flow, flow).lines == ["The flows say the same."])
  }

  @Test("the client that works and the one that is silent: DISPLAY INIT comes first") func silent() {
    let broken = entries { pair in
      pair.openMain()
      pair.link(.display, on: 1)
    }
    let diff = FlowDiff(entries(healthy), broken)
    #expect(diff.differences.first?.kind == .missing)
    #expect(diff.differences.first?.name == "INIT")
    #expect(diff.differences.first?.channel == "display/0")
    #expect(diff.differences.first?.sentence == "in the right flow the client did not say INIT here")
  }

  @Test("what is wrong on one side alone comes before all that differs") func faults() throws {
    func told(_ build: (inout Pair) -> Void) -> (entries: [FlowEntry], findings: [Finding]) {
      var pair = Pair()
      build(&pair)
      let findings = pair.findings()
      return (pair.events.map { FlowEntry($0) }, findings)
    }
    let good = told(healthy)
    let bad = told { pair in
      pair.link(.main, client: Capabilities())
      pair.message(Pair.opening(), .server)
      pair.message(MainClientMessage.attachChannels, .client)
      pair.message(MainServerMessage.channelsList([ChannelID(.display)]), .server)
      pair.link(.display, on: 1, client: Capabilities())
      pair.pass(30)
      pair.close(.server, on: 1)
    }
    let diff = FlowDiff(good.entries, bad.entries, findings: (good.findings, bad.findings))
    let first = try #require(diff.differences.first)
    #expect(first.kind == .fault && first.name == "display-init-missing")
    #expect(first.sentence.hasPrefix("display-init-missing on the right alone: the display channel was linked"))
    #expect(diff.differences.contains { $0.kind == .capabilities && $0.channel == "main/0" })
    #expect(diff.lines.first == "They part here:" && diff.lines[1].contains("display-init-missing"))
    #expect(FlowDiff(bad.entries, bad.entries, findings: (bad.findings, bad.findings)).differences.isEmpty)
  }

  @Test("capabilities that one alone has are named") func capabilities() {
    let other = entries { pair in
      pair.openMain()
      pair.openDisplay(client: Capabilities([DisplayCapability.composite]))
      pair.message(DisplayServerMessage.mark, .server, on: 1)
    }
    let difference = FlowDiff(entries(healthy), other).differences.first
    #expect(difference?.kind == .capabilities)
    #expect(difference?.sentence.contains("SIZED_STREAM") == true)
  }

  @Test("a missing channel is named once") func channel() {
    let diff = FlowDiff(entries(healthy), entries { $0.openMain() })
    #expect(diff.differences.map { $0.kind } == [.channelMissing])
  }

  @Test("fields that differ are named, and those of every session are not") func fields() {
    let other = entries { pair in
      pair.link(.main)
      pair.message(Pair.opening(agentTokens: 3), .server)
    }
    let one = entries { pair in
      pair.link(.main)
      pair.message(Pair.opening(), .server)
    }
    #expect(
      FlowDiff(one, other).differences.map { $0.sentence } == [
        "INIT: agent_tokens is 10 on the left and 3 on the right"
      ])
  }

  @Test("two sessions of the same machine are compared in bounded work") func long() throws {
    func flow(_ name: String) throws -> [FlowEntry] {
      var pair = Pair()
      for step in Playback(try RecordedSession(name)).steps {
        pair.say(step.bytes, step.speaker, on: step.conversation)
      }
      return pair.events.map { FlowEntry($0) }
    }
    let diff = try FlowDiff(flow("desktop-lz"), flow("desktop-quic"))
    #expect(!diff.differences.isEmpty)
    #expect(try diff.json().contains("\"differences\""))
  }
}
