/// The clock by which a server wants its frames shown, in milliseconds: the main channel sets it, and where sound plays, what
/// is heard does, so that lips and words go together.
public struct MultimediaClock: Hashable, Sendable {
  private struct Mark: Hashable, Sendable {
    var time: UInt32
    var moment: Moment
  }

  /// Milliseconds that a frame's time may be away from now. A server keeps under a second in hand: what is further off was
  /// stamped by another clock.
  private static let reach: Int32 = 5000
  /// Microseconds for which sound that was heard goes on to set the clock.
  private static let echo: UInt64 = 1_000_000

  private var told: Mark?
  private var heard: Mark?
  private var soundDelay: UInt32 = 0

  public init() {}

  /// The server says what time it is (`multi_media_time` of the main channel).
  public mutating func set(_ time: UInt32, at now: Moment) {
    told = Mark(time: time, moment: now)
  }

  /// Sound of that time was put in line, and will be heard after so many milliseconds.
  public mutating func hear(_ time: UInt32, after delay: UInt32, at now: Moment) {
    heard = Mark(time: time &- delay, moment: now)
    soundDelay = delay
  }

  /// When that time is, or was. Nil where nobody has set the clock, and where the time is not this clock's.
  public func moment(of time: UInt32, at now: Moment) -> Moment? {
    guard let mark = sound(at: now) ?? told else { return nil }
    let passed = now.since(mark.moment)
    let lead = Int32(bitPattern: time &- mark.time &- UInt32(truncatingIfNeeded: passed / 1000))
    guard (-Self.reach...Self.reach).contains(lead) else { return nil }
    // The clock's last whole millisecond, so that the answer is the same at every `now`.
    let tick = Int64(clamping: now.microseconds - min(passed % 1000, now.microseconds))
    return Moment(microseconds: UInt64(clamping: tick + Int64(lead) * 1000))
  }

  /// Milliseconds until sound that comes now is heard; nil where none plays.
  public func soundDelay(at now: Moment) -> UInt32? {
    sound(at: now).map { _ in soundDelay }
  }

  private func sound(at now: Moment) -> Mark? {
    heard.flatMap { now.since($0.moment) <= Self.echo ? $0 : nil }
  }
}
