import ArgumentParser
import SpiceClient
import SpiceInsight
import SpiceProtocol
import SpiceSession

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

struct Probe: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "probe", _superCommandName: "saffron",
    abstract: "Tell who is there: versions, capabilities, channels, displays.",
    discussion: """
      Opens a session, looks until the first picture is complete (or for as long as --watch says), and reports. It \
      changes nothing in the guest; but a server that takes one client at a time ends the session of the one before.

      What is wrong with what both ends said stands at the end: each finding with its evidence, cause and advice.
      """)

  @OptionGroup var connection: ConnectionOptions

  @Option(help: ArgumentHelp("Look for so many seconds and count what is drawn.", valueName: "seconds"))
  var watch: Double = 0

  @Flag(help: "Report as JSON, for programs.")
  var json = false

  func validate() throws {
    guard (0...86_400).contains(watch) else { throw ValidationError("--watch takes 0 to 86400 seconds") }
  }

  func run() async throws {
    var options = ClientOptions(channels: [.display, .inputs, .cursor])
    options.decodesVideo = false
    let trace = try connection.tracing.open() ?? Trace(Trace.Options(followsGLZ: false))
    options.tap = trace
    var report: ProbeReport
    do {
      let client = try await connection.connect(options)
      report = try await connection.reporting { () throws(ClientError) in try await observe(client) }
      await client.disconnect()
    } catch {
      // What was wrong with the conversation is the best answer to why it failed.
      let (findings, start) = trace.finish()
      if !findings.isEmpty { for line in TextRenderer.lines(findings, start: start) { Terminal.tell(line) } }
      throw error
    }
    let (findings, start) = trace.finish()
    report.findings = findings.map { JSONRenderer.FindingRecord($0) }
    if json {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      Terminal.put(String(decoding: try encoder.encode(report), as: UTF8.self))
    } else {
      Terminal.put(report.text)
      Terminal.put("")
      for line in TextRenderer.lines(findings, start: start) { Terminal.put(Terminal.shown(line)) }
    }
  }

  private func observe(_ client: Client) async throws(ClientError) -> ProbeReport {
    let start = ContinuousClock.now
    for display in client.displays {
      do throws(ClientError) {
        _ = try await client.picture(of: display, timeout: .seconds(min(connection.timeout, 3)))
      } catch .noPicture {
        continue  // A display without a picture is part of the report.
      }
    }
    let left = Duration.seconds(watch) - (ContinuousClock.now - start)
    if left > .zero {
      do { try await Task.sleep(for: left) } catch { throw .closed }
    }
    if let failure = client.failure { throw failure }
    return await ProbeReport(client, address: connection.address)
  }
}
