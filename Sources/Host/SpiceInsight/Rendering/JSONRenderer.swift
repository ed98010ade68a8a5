#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Writes events, findings and summaries as JSON; `Documentation/flow-json.md` has the fields.
public enum JSONRenderer {
  /// A finding as it is written.
  public struct FindingRecord: Codable, Hashable, Sendable {
    public var code: String
    public var severity: String
    public var sentence: String
    public var cause: String
    public var advice: String
    public var count: Int
    public var elsewhere: Int
    public var conversation: Int
    public var channel: String?
    public var time: UInt64
    public var speaker: String
    public var offset: UInt64
    /// Hexadecimal.
    public var bytes: String

    public init(_ finding: Finding) {
      code = finding.code.rawValue
      severity = finding.code.severity.rawValue
      sentence = finding.sentence
      cause = finding.cause
      advice = finding.advice
      count = finding.count
      elsewhere = finding.elsewhere
      conversation = finding.evidence.conversation
      channel = finding.evidence.channel?.description
      time = finding.evidence.time.nanoseconds
      speaker = finding.evidence.speaker.rawValue
      offset = finding.evidence.offset
      bytes = hexadecimal(finding.evidence.bytes)
    }
  }

  /// A whole flow.
  public struct Document: Codable, Sendable {
    public var format = "saffron-flow"
    public var version = 1
    public var findings: [FindingRecord]
    public var channels: [ChannelSummary]
    /// What is wrong with the capture itself.
    public var problems: [String]
    public var events: [FlowEntry]
    /// What the screens showed; in pages only.
    public var pictures: [ScreenPicture]?

    public init(
      findings: [Finding], channels: [ChannelSummary], problems: [String], events: [FlowEntry],
      pictures: [ScreenPicture]? = nil
    ) {
      self.findings = findings.map(FindingRecord.init)
      self.channels = channels
      self.problems = problems
      self.events = events
      self.pictures = pictures
    }
  }

  /// One event in one line, without its end.
  public static func line(_ entry: FlowEntry) throws -> String { try text(entry) }

  public static func document(_ document: Document) throws -> String { try text(document) }

  static func text(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }
}
