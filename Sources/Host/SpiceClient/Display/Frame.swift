import SpicePixels

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
/// The sequence ends when the session does; `Client.failure` says why.
public struct Frames: AsyncSequence, Sendable {
  public typealias Element = Frame

  let feed: FrameFeed
  let take: @Sendable (FrameFeed) async -> Frame?

  public struct AsyncIterator: AsyncIteratorProtocol {
    let feed: FrameFeed
    let take: @Sendable (FrameFeed) async -> Frame?

    /// The newest frame when there is one; nil when the session or the task has ended.
    public mutating func next() async -> Frame? {
      while await feed.changed() {
        if let frame = await take(feed) { return frame }
      }
      return nil
    }
  }

  public func makeAsyncIterator() -> AsyncIterator {
    AsyncIterator(feed: feed, take: take)
  }
}
