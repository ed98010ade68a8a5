import SpiceCanvas
import SpicePixels
import SpiceSession
import Synchronization

/// A screen that clients look at: a framebuffer, and the news of what changed in it.
///
/// Draw from any task. Clients are sent what changed at their own pace, always from the newest picture, so that a slow one
/// costs neither memory nor time here. Say as closely as you can what changed: a fill or a copy is a few bytes on the wire,
/// and what is damaged without having changed is found and not sent.
public final class Screen: Sendable {
  /// The number of its display channel.
  public let number: Int

  private struct State {
    var picture: RowRaster
    var monitors: [Rect]
    var feeds: [Int: Feed] = [:]
    var lastFeed = 0
    /// The program has said what it has moved: it does not leave that to be found.
    var tellsMoves = false

    mutating func show(_ raster: Raster) {
      var raster = raster
      raster.kind = .opaque
      picture = RowRaster(raster)
    }

    /// Performs what leads to `target`, which has this picture's size.
    ///
    /// - Returns: What was done. Where the program tells its moves, what is damaged without having changed is left out.
    mutating func perform(_ changes: [ScreenChange], towards target: Raster) -> [ScreenChange] {
      let screen = Rect(target.size)
      tellsMoves = tellsMoves || changes.contains { if case .copy = $0 { true } else { false } }
      var done: [ScreenChange] = []
      // What is damaged becomes what it is in the end at once: a copy of it that is to come would copy too much.
      var isDamaged = false
      for change in changes {
        switch change {
        case .fill(let rect, let color) where !isDamaged:
          picture.fill(rect, with: color & 0xFF_FFFF)
          done.append(change)
        case .copy(let rect, let from) where !isDamaged && screen.contains(rect.moved(to: from)):
          picture.move(to: rect, from: from)
          done.append(change)
        case .drawn(let rect):
          picture.takeColors(of: target, in: rect)
          done.append(change)
          isDamaged = true
        case .damage(let rect), .fill(let rect, _), .copy(let rect, _):
          done += takeColors(of: target, in: rect)
          isDamaged = true
        case .resize, .heads: break
        }
      }
      return done
    }

    private mutating func takeColors(of target: Raster, in rect: Rect) -> [ScreenChange] {
      guard tellsMoves, !feeds.isEmpty else {
        picture.takeColors(of: target, in: rect)
        return [.damage(rect)]
      }
      var changed = picture.changes(to: target, in: [rect])
      if changed.count > Screen.rectLimit { changed = Region(changed).simplified(limit: Screen.rectLimit).rects }
      for rect in changed { picture.takeColors(of: target, in: rect) }
      return changed.map { .drawn($0) }
    }
  }

  /// What a client's display channel has not taken yet.
  private struct Feed {
    var pending: [ScreenChange] = []
    let ring: @Sendable () -> Void

    /// True where the channel has to be told that there is something.
    mutating func add(_ changes: [ScreenChange], to size: Size, _ monitors: [Rect]) -> Bool {
      let isFirst = pending.isEmpty
      pending += changes
      if pending.count > Screen.pendingLimit {
        // So many little things: a channel that has no time for them sees what has come of them all.
        let isNew = pending.contains { if case .resize = $0 { true } else { false } }
        pending = isNew ? [.resize(size, heads: monitors)] : [.damage(Rect(size)), .heads(monitors)]
      }
      return isFirst
    }
  }

  /// Changes that wait one by one; more become one damage.
  private static let pendingLimit = 256
  /// Rectangles that are told of one damage; more are joined.
  private static let rectLimit = 32

  private let state: Mutex<State>

  init(number: Int, layout: ServerOptions.ScreenLayout) {
    self.number = number
    state = Mutex(
      State(
        picture: RowRaster(Raster(width: layout.size.width, height: layout.size.height, kind: .opaque)),
        monitors: layout.monitors))
  }

  /// Where one of several monitors has its upper left corner; nil where there are not so many, or none but the screen.
  func corner(ofMonitor number: Int) -> Point? {
    state.withLock { state in
      guard state.monitors.count > 1, state.monitors.indices.contains(number) else { return nil }
      return Point(x: state.monitors[number].left, y: state.monitors[number].top)
    }
  }

  // MARK: For the program

  public var size: Size { state.withLock { $0.picture.size } }

  /// What it shows: `0xXXRRGGBB`, rows from the top. Shared, not copied, until it is drawn on.
  public var picture: Raster { state.withLock { $0.picture.inOrder() } }

  /// Draws: `body` changes pixels in the rectangles of `damage` and nowhere else.
  ///
  /// A picture of another size in the old one's place is a resize, and all of it is new.
  public func draw<Failure: Error>(_ damage: Rect..., body: (inout Raster) throws(Failure) -> Void) throws(Failure) {
    try change { (state) throws(Failure) in
      var picture = state.picture.inOrder()
      let size = picture.size
      // It has one owner while it is drawn on, so that nothing is copied.
      state.picture = RowRaster(Raster(width: 0, height: 0, kind: .opaque))
      defer { state.show(picture) }
      try body(&picture)
      return picture.size == size ? damage.map { .damage($0) } : [.resize(picture.size, heads: state.monitors)]
    }
  }

  /// Shows a picture that was drawn elsewhere.
  ///
  /// - Parameter changes: lead from what the screen showed to `picture`, in that order, and only they are performed here.
  ///   Who says a copy is taken to say them all, now and later: what has moved is not looked for any more. Nil: all of it is
  ///   new; it is shared then, not copied.
  public func show(_ picture: Raster, changes: [ScreenChange]? = nil) {
    change { state in
      let isResize = picture.size != state.picture.size
      if !isResize, let changes {
        return state.perform(changes, towards: picture)
      }
      state.show(picture)
      return isResize ? [.resize(picture.size, heads: state.monitors)] : [.damage(Rect(picture.size))]
    }
  }

  /// Puts an image with its top left corner at `place`; what leaves the screen is left out.
  public func put(_ image: Raster, at place: Point) {
    let area = Rect(image.size).offset(x: place.x, y: place.y)
    draw(area) { picture in
      let seen = area.intersection(Rect(picture.size))
      guard !seen.isEmpty else { return }
      for y in Int(seen.top)..<Int(seen.bottom) {
        let from = (y - Int(place.y)) * image.width - Int(place.x)
        let row = y * picture.width
        for x in Int(seen.left)..<Int(seen.right) { picture.pixels[row + x] = image.pixels[from + x] }
      }
    }
  }

  /// Gives all pixels of a rectangle one colour, `0x00RRGGBB`.
  public func fill(_ rect: Rect, _ color: UInt32) {
    change { state in
      let seen = rect.intersection(Rect(state.picture.size))
      guard !seen.isEmpty else { return [] }
      state.picture.fill(seen, with: color & 0xFF_FFFF)
      return [.fill(seen, color: color & 0xFF_FFFF)]
    }
  }

  /// Makes the screen another size, all of one colour.
  public func resize(to size: Size, monitors: [Rect] = [], color: UInt32 = 0) {
    change { state in
      state.show(Raster(width: max(1, size.width), height: max(1, size.height), kind: .opaque, fill: color))
      state.monitors = monitors
      return [.resize(state.picture.size, heads: monitors)]
    }
  }

  /// Lets monitors look at other parts of the screen; none: one that looks at all of it.
  public func setMonitors(_ monitors: [Rect]) {
    change { state in
      state.monitors = monitors
      return [.heads(monitors)]
    }
  }

  private func change<Failure: Error>(
    _ action: (inout State) throws(Failure) -> [ScreenChange]
  ) throws(Failure) {
    let bells = try state.withLock { (state) throws(Failure) -> [@Sendable () -> Void] in
      let changes = try action(&state)
      guard !changes.isEmpty else { return [] }
      let (size, monitors) = (state.picture.size, state.monitors)
      return state.feeds.keys.compactMap { key in
        state.feeds[key]?.add(changes, to: size, monitors) == true ? state.feeds[key]?.ring : nil
      }
    }
    for ring in bells { ring() }
  }

  // MARK: For display channels

  struct Subscription: Sendable {
    let id: Int
    let size: Size
    let monitors: [Rect]
  }

  /// From now on `ring` is called when the screen has changed and what changed before was taken.
  func subscribe(_ ring: @escaping @Sendable () -> Void) -> Subscription {
    state.withLock { state in
      state.lastFeed += 1
      state.feeds[state.lastFeed] = Feed(ring: ring)
      return Subscription(id: state.lastFeed, size: state.picture.size, monitors: state.monitors)
    }
  }

  func unsubscribe(_ subscription: Subscription) {
    state.withLock { state in state.feeds[subscription.id] = nil }
  }

  /// What has changed since the last call, and the picture that has it all.
  func take(_ subscription: Subscription) -> (changes: [ScreenChange], picture: RowRaster) {
    state.withLock { state in
      let changes = state.feeds[subscription.id]?.pending ?? []
      if !changes.isEmpty { state.feeds[subscription.id]?.pending = [] }
      return (changes, state.picture)
    }
  }
}
