import SpicePixels
import Synchronization

/// A picture of a display, and what of it is new.
public struct Frame: Sendable {
  /// The display channel's number.
  public let display: Int
  /// The pixels, `0xXXRRGGBB`, rows from the top. Shared, not copied, until the display draws on.
  public let image: Raster
  /// What has changed since the reader's last frame; all of it in the first.
  public let damage: [Rect]
  /// True where the server has said that its first picture is complete.
  public let isComplete: Bool

  public init(display: Int, image: Raster, damage: [Rect], isComplete: Bool) {
    self.display = display
    self.image = image
    self.damage = damage
    self.isComplete = isComplete
  }
}

/// The frames of one display, as an asynchronous sequence: each step waits until something has changed and gives the newest
/// picture. Frames that nobody had time for are never made, so a slow reader costs no memory.
///
/// Each `for await` is a reader of its own: its first frame is the whole picture, and later ones say what has changed for it.
/// The sequence ends when the session does, after what was drawn last; `Client.failure` says why. It does not keep the
/// session alive: that is for who holds the `Client`.
public struct Frames: AsyncSequence, Sendable {
  public typealias Element = Frame

  let feeds: FrameFeeds
  let take: @Sendable (FrameFeed) async -> Frame?

  public struct AsyncIterator: AsyncIteratorProtocol {
    let reader: FrameReader

    /// The newest frame when there is one; nil when the session or the task has ended.
    public mutating func next() async -> Frame? { await reader.next() }
  }

  public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(reader: reader()) }

  func reader() -> FrameReader { FrameReader(feed: feeds.open(), take: take) }
}

/// One reader of a display.
struct FrameReader: Sendable {
  let feed: FrameFeed
  let take: @Sendable (FrameFeed) async -> Frame?

  /// The newest frame when there is one; nil when the session or the task has ended.
  func next() async -> Frame? {
    while await feed.changed() {
      if let frame = await take(feed) { return frame }
    }
    return nil
  }

  /// The first frame that fits; nil where none came in time, or the session or the task has ended.
  func first(within time: Duration, where fits: @escaping @Sendable (Frame) -> Bool) async -> Frame? {
    let found = Mutex<Frame?>(nil)
    _ = await withDeadline(time) {
      while let frame = await next() {
        guard fits(frame) else { continue }
        return found.withLock { $0 = frame }
      }
    }
    return found.withLock { $0 }
  }
}
