import SpiceProtocol

/// A fault that was found, with what shows it.
public struct Finding: Sendable {
  /// Where to look.
  public struct Evidence: Hashable, Sendable {
    public var conversation: Int
    public var channel: ChannelID?
    public var time: FlowTime
    /// Whose stream the bytes are in.
    public var speaker: Speaker
    /// From the start of that end's stream.
    public var offset: UInt64
    /// The first bytes there; none where they are secret or where bytes are what is missing.
    public var bytes: [UInt8]
  }

  public var code: FindingCode
  /// What was seen, with its numbers.
  public var sentence: String
  public var evidence: Evidence
  /// How often it was seen in this conversation; the sentence tells of the first time.
  public var count = 1
  /// Conversations beyond those that are told of in which it was found too.
  public var elsewhere = 0

  public var cause: String { code.cause }
  public var advice: String { code.advice }
}

extension Finding: CustomStringConvertible {
  public var description: String { "\(code.rawValue): \(sentence)" }
}
