import SpiceCanvas
import SpicePixels
import Synchronization

/// One reader's view of a display: what has changed since it last looked, and a bell for when something does.
package final class FrameFeed: Sendable {
  private struct State {
    var damage = Damage()
    /// A display that stands still has a first frame too.
    var isAllNew = true
    /// Something was noted since `take`.
    var isFresh = true
    /// The same since `changed` last said so.
    var rings = true
    var isOver = false
    var waiter: CheckedContinuation<Void, Never>?
  }

  private let state = Mutex(State())

  /// One that begins when all is over has nothing to show.
  package init(isOver: Bool = false) {
    state.withLock { state in
      state.rings = !isOver
      state.isOver = isOver
    }
  }

  /// Adds to the damage and wakes the reader. No rectangles: all is new.
  package func note(_ rects: [Rect]?) {
    wake { state in
      if let rects {
        for rect in rects { state.damage.add(rect) }
      } else {
        state.isAllNew = true
      }
      state.isFresh = true
      state.rings = true
    }
  }

  /// No more frames will come.
  package func end() {
    wake { $0.isOver = true }
  }

  /// Waits until something has changed; false when the feed or the task is over.
  package func changed() async -> Bool {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let ready = state.withLock { state -> Bool in
          if state.rings || state.isOver || Task.isCancelled { return true }
          // There is one reader; should there ever be two, none is forgotten.
          state.waiter?.resume()
          state.waiter = continuation
          return false
        }
        if ready { continuation.resume() }
      }
    } onCancel: {
      wake { _ in }
    }
    // What rang for a cancelled task is there for the next one.
    if Task.isCancelled { return false }
    return state.withLock { state in
      defer { state.rings = false }
      return state.rings || !state.isOver
    }
  }

  /// What has changed since the last call, in a picture of that size; nil where nothing has.
  ///
  /// To be called where nobody can draw between this and a look at the picture: what is noted for a picture that the
  /// reader does not get would never be shown to it.
  package func take(_ size: Size) -> [Rect]? {
    state.withLock { state in
      guard state.isFresh else { return nil }
      state.isFresh = false
      let rects = state.damage.take()
      let isAllNew = state.isAllNew
      state.isAllNew = false
      return isAllNew ? [Rect(size)] : rects
    }
  }

  private func wake(_ change: (inout State) -> Void) {
    let waiter = state.withLock { state in
      change(&state)
      let waiter = state.waiter
      state.waiter = nil
      return waiter
    }
    waiter?.resume()
  }
}

/// The readers of one display.
package final class FrameFeeds: Sendable {
  private struct State {
    var feeds: [WeakFeed] = []
    var isOver = false
  }

  private struct WeakFeed {
    weak var feed: FrameFeed?
  }

  private let state = Mutex(State())

  package init() {}

  package func open() -> FrameFeed {
    state.withLock { state in
      let feed = FrameFeed(isOver: state.isOver)
      state.feeds.removeAll { $0.feed == nil }
      state.feeds.append(WeakFeed(feed: feed))
      return feed
    }
  }

  package func note(_ rects: [Rect]?) {
    for feed in living { feed.note(rects) }
  }

  package func end() {
    state.withLock { $0.isOver = true }
    for feed in living { feed.end() }
  }

  /// How many are remembered, those that are gone and not noticed yet included.
  package var count: Int { state.withLock { $0.feeds.count } }

  private var living: [FrameFeed] {
    state.withLock { $0.feeds.compactMap(\.feed) }
  }
}
