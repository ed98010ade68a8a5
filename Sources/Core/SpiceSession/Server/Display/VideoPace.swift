import SpiceProtocol

/// How often and how well the frames of a video are sent: as much as its client keeps up with.
struct VideoPace: Sendable {
  static let qualities = 30...80
  /// Microseconds from frame to frame.
  static let intervals: ClosedRange<UInt64> = 33_000...250_000
  /// Milliseconds from taking a frame to showing it.
  static let leads: ClosedRange<UInt32> = 100...400
  /// Frames that went out at once, after which more is tried where the client makes no reports.
  private static let goodFrames = 20

  private(set) var quality = VideoPace.qualities.upperBound
  private(set) var interval = VideoPace.intervals.lowerBound
  private(set) var lead = VideoPace.leads.lowerBound
  private var good = 0
  private var hasReports = false

  /// A frame was given up, because a newer one was there before it could be sent.
  mutating func noteLateFrame() {
    slowDown()
  }

  mutating func noteSentFrame() {
    guard !hasReports else { return }
    good += 1
    if good >= VideoPace.goodFrames { speedUp() }
  }

  mutating func note(_ report: StreamReport) {
    hasReports = true
    guard report.frames > 0 else { return }
    if report.lastFrameDelay < 0 { lead = min(lead + 50, VideoPace.leads.upperBound) }
    if UInt64(report.drops) * 10 > UInt64(report.frames) || report.lastFrameDelay < 0 { slowDown() } else { speedUp() }
  }

  /// Worse pictures first, then fewer.
  private mutating func slowDown() {
    good = 0
    if quality > 50 {
      quality -= 10
    } else {
      quality = max(quality - 5, VideoPace.qualities.lowerBound)
      interval = min(interval * 3 / 2, VideoPace.intervals.upperBound)
    }
  }

  private mutating func speedUp() {
    good = 0
    if interval > VideoPace.intervals.lowerBound {
      interval = max(interval * 4 / 5, VideoPace.intervals.lowerBound)
    } else {
      quality = min(quality + 5, VideoPace.qualities.upperBound)
    }
  }
}
