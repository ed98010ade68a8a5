/// The kinds of fault that are looked for. The raw value is the name of its page in `Documentation/findings`.
public enum FindingCode: String, Hashable, Sendable, CaseIterable {
  case linkPadded = "link-padded"
  case linkShort = "link-short"
  case linkCapsOffset = "link-caps-offset"
  case linkCapsCounted = "link-caps-counted"
  case linkCounts = "link-counts"
  case linkUnfinished = "link-unfinished"
  case magicUnknown = "magic-unknown"
  case peerVNC = "peer-vnc"
  case peerHTTP = "peer-http"
  case peerTLS = "peer-tls"
  case version = "version"
  case mechanismMissing = "mechanism-missing"
  case mechanismUnexpected = "mechanism-unexpected"
  case ticketSize = "ticket-size"
  case ticketShifted = "ticket-shifted"
  case ticketRefused = "ticket-refused"
  case needsTLS = "needs-tls"
  case needsPlain = "needs-plain"
  case linkRefused = "link-refused"
  case connectionIDZero = "connection-id-zero"
  case connectionIDStale = "connection-id-stale"
  case attachMissing = "attach-missing"
  case displayInitMissing = "display-init-missing"
  case displayInitMalformed = "display-init-malformed"
  case displaySilent = "display-silent"
  case headersFull = "headers-full"
  case headersMini = "headers-mini"
  case serialOrder = "serial-order"
  case ackMissing = "ack-missing"
  case ackLate = "ack-late"
  case ackTooMany = "ack-too-many"
  case pongMissing = "pong-missing"
  case pongPadding = "pong-padding"
  case waitDeadlock = "wait-deadlock"
  case imageNotCached = "image-not-cached"
  case paletteNotCached = "palette-not-cached"
  case glzReference = "glz-reference"
  case agentTokens = "agent-tokens"
  case agentChunk = "agent-chunk"
  case motionFlood = "motion-flood"
  case streamUnknown = "stream-unknown"
  case surfaceUnknown = "surface-unknown"
  case messageMalformed = "message-malformed"
  case messageUnknown = "message-unknown"
  case messageTooLong = "message-too-long"
  case capabilityUnadvertised = "capability-unadvertised"
  case slowReader = "slow-reader"
  case halfClosed = "half-closed"
}

extension FindingCode {
  /// How bad it is.
  public enum Severity: String, Hashable, Sendable, Comparable {
    /// It keeps something from working.
    case fault
    /// It is against the protocol or costs speed; most peers bear it.
    case warning

    public static func < (left: Severity, right: Severity) -> Bool { left == .fault && right == .warning }
  }

  public var severity: Severity { entry.severity }
  /// The fault in one line.
  public var title: String { entry.title }
  /// What leads to it, and what follows from it.
  public var cause: String { entry.cause }
  /// What to do.
  public var advice: String { entry.advice }

  /// Its page in `Documentation/findings`.
  public var page: String {
    """
    # \(title)

    `\(rawValue)`, a \(severity.rawValue).

    ## Cause

    \(cause)

    ## What to do

    \(advice)

    """
  }
}
