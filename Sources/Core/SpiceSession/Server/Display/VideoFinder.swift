import SpicePixels

/// Finds the places of a screen that change again and again: what may be a video.
struct VideoFinder: Sendable {
  private struct Candidate: Sendable {
    var rect: Rect
    /// When it changed, the last times.
    var changes: [Moment]
  }

  /// Pixels along either side of the smallest video.
  static let leastSide = 96
  /// So many changes in `period` make a video.
  static let changes = 10
  /// Microseconds.
  static let period: UInt64 = 1_000_000
  /// Places that are watched at once.
  private static let limit = 8

  private var candidates: [Candidate] = []

  /// The rectangle has changed.
  mutating func note(_ rect: Rect, at now: Moment) {
    guard rect.width >= VideoFinder.leastSide, rect.height >= VideoFinder.leastSide else { return }
    guard let place = candidates.firstIndex(where: { VideoFinder.areAlike($0.rect, rect) }) else {
      if candidates.count == VideoFinder.limit, let oldest = oldest { candidates.remove(at: oldest) }
      candidates.append(Candidate(rect: rect, changes: [now]))
      return
    }
    // A program may say one frame in several changes.
    guard candidates[place].changes.last != now else { return }
    if candidates[place].changes.count < VideoFinder.changes / 2 {
      candidates[place].rect = candidates[place].rect.union(rect)
    }
    candidates[place].changes.append(now)
    if candidates[place].changes.count > VideoFinder.changes { candidates[place].changes.removeFirst() }
  }

  /// The places that have changed often enough.
  func found(at now: Moment) -> [Rect] {
    candidates.filter { candidate in
      guard candidate.changes.count == VideoFinder.changes, let first = candidate.changes.first else { return false }
      return now.since(first) <= VideoFinder.period
    }.map { $0.rect }
  }

  /// It was looked at: whether it is a video or not, the count begins anew.
  mutating func forget(_ rect: Rect) {
    candidates.removeAll { $0.rect == rect }
  }

  private var oldest: Int? {
    candidates.indices.min { candidates[$0].changes.last ?? .start < candidates[$1].changes.last ?? .start }
  }

  /// True where both have at least four fifths of the smallest rectangle around them in common.
  private static func areAlike(_ a: Rect, _ b: Rect) -> Bool {
    let (both, all) = (a.intersection(b), a.union(b))
    return !both.isEmpty && Int64(both.width) * Int64(both.height) * 5 >= Int64(all.width) * Int64(all.height) * 4
  }
}

extension Moment {
  fileprivate static var start: Moment { Moment(microseconds: 0) }
}
