import SpiceCanvas
import SpicePixels
import SpiceProtocol

extension DisplayServer {
  /// Most pixels of one picture: more are sent in bands, between which the client's acks count.
  static let pieceLimit = 256 << 10
  /// Of the first picture on a surface, which is sent whole if it can be: there are clients that take the first draw for
  /// all of it (spicy-screenshot).
  static let firstPieceLimit = 8 << 20
  /// Times that a scroll is looked for in one change.
  private static let scrollLimit = 4

  /// Sends of what has changed as much as the client's acks and `room` bytes admit; at least one message where there is
  /// any room. What it makes is drained with `next()`.
  ///
  /// - Parameters:
  ///   - screen: The newest picture. All that was noted is in it, and what is in it was noted. Pixels are `0xXXRRGGBB`.
  ///     Where it has another size than was noted, that counts as a `resize`.
  ///   - room: Bytes that the host would like to have at most.
  public mutating func produce(
    from screen: Raster, at now: Moment, room: Int, _ store: inout DisplayServerStore
  ) {
    produce(from: RowRaster(screen), at: now, room: room, &store)
  }

  /// The same from a screen whose rows stand in another order.
  package mutating func produce(
    from screen: RowRaster, at now: Moment, room: Int, _ store: inout DisplayServerStore
  ) {
    guard case .open(let client) = stage, room > 0 else { return }
    if screen.size != backlog.size { adopt(screen.size) }
    // First of all, for a video that could not be sent for a while has not stood still.
    absorbFrames(screen, at: now)
    let end = channel.sentBytes + UInt64(room)
    while channel.mayPush, channel.sentBytes < end {
      guard step(screen, at: now, client, &store) else { return }
    }
  }

  /// A size that the program did not say. One that cannot be shown is no change where nothing is shown.
  private mutating func adopt(_ size: Size) {
    let before = backlog.size
    if size.width > 0, size.height > 0, channel.limits.pixels.allow(width: size.width, height: size.height) {
      resize(size, [])
    } else if before != Size(width: 0, height: 0) {
      resize(Size(width: 0, height: 0), [])
    }
  }

  /// Does the next thing there is to do; false where there is nothing, or where it has to wait.
  private mutating func step(
    _ screen: RowRaster, at now: Moment, _ client: DisplayInit, _ store: inout DisplayServerStore
  ) -> Bool {
    if endVideos(at: now) { return true }
    if surfaceIsDue {
      sendSurface()
      return true
    }
    guard let surfaceSize, surfaceSize == screen.size else { return false }
    if headsAreDue {
      sendHeads()
      return true
    }
    if sendMark() || sendFrame(at: now) { return true }
    if lossy.isWaiting {
      beginFrames(screen, at: now)
      return sendLossy(client, &store)
    }
    if sendOperation() { return true }
    if examine(screen, at: now) { return true }
    absorbFrames(screen, at: now)
    beginFrames(screen, at: now)
    return sendPiece(screen, client, &store) || refine(at: now)
  }

  // MARK: Surface

  private mutating func sendSurface() {
    if surfaceSize != nil { channel.send(DisplayServerMessage.surfaceDestroy(DisplayServer.surface)) }
    surfaceSize = nil
    surfaceIsDue = false
    markIsDue = false
    let size = backlog.size
    guard size.width > 0 else { return }
    surfaceSize = size
    unshown = Region(Rect(size))
    channel.send(
      DisplayServerMessage.surfaceCreate(
        SurfaceCreate(
          id: DisplayServer.surface, width: UInt32(size.width), height: UInt32(size.height),
          format: SurfaceFormat.xrgb.rawValue, flags: SurfaceCreate.primary)))
  }

  private mutating func sendHeads() {
    headsAreDue = false
    guard channel.link.specific.contains(DisplayCapability.monitorsConfig) else { return }
    let shown = heads.map { $0.intersection(Rect(backlog.size)) }.filter { !$0.isEmpty }
    let rects = shown.isEmpty ? [Rect(backlog.size)] : Array(shown.prefix(DisplayServer.headLimit))
    let list = rects.enumerated().map { id, rect in
      MonitorHead(
        id: UInt32(id), surface: DisplayServer.surface, width: UInt32(rect.width), height: UInt32(rect.height),
        x: UInt32(rect.left), y: UInt32(rect.top))
    }
    channel.send(DisplayServerMessage.monitorsConfig(list, maximum: UInt16(DisplayServer.headLimit)))
  }

  /// Monitors of one screen.
  private static var headLimit: Int { 16 }

  /// Says that the surface can be shown, when each part of it was sent once.
  private mutating func sendMark() -> Bool {
    guard markIsDue else { return false }
    markIsDue = false
    channel.send(DisplayServerMessage.mark)
    return true
  }

  /// That part of the surface is drawn on.
  mutating func noteShown(_ rect: Rect) {
    guard !unshown.isEmpty else { return }
    unshown.subtract(rect)
    if unshown.isEmpty { markIsDue = true }
  }

  // MARK: Operations

  private mutating func sendOperation() -> Bool {
    guard let operation = backlog.takeOperation() else { return false }
    send(operation)
    return true
  }

  private mutating func send(_ operation: Backlog.Operation) {
    switch operation {
    case .fill(let rect, let color):
      noteShown(rect)
      lossy.replaced(rect)
      if let picture, picture.shows(color, in: rect) { return }
      statistics.fills += 1
      draw(.fill(brush: .solid(color), rop: RasterOperation.put.rawValue, mask: .none), in: rect)
    case .copy(let rect, let from):
      // What is copied is on the client's screen already.
      noteShown(rect)
      statistics.copies += 1
      lossy.copied(to: rect, from: from)
      draw(.copyBits(from: from), in: rect)
    }
    picture?.perform(operation)
  }

  mutating func draw(_ command: DrawCommand, in rect: Rect) {
    channel.send(DisplayServerMessage.draw(DrawBase(surface: DisplayServer.surface, box: rect), command))
  }

  // MARK: What has really changed

  /// Compares what was said to have changed with what the client shows, looks for videos, and copies what has only moved;
  /// true where there was anything to look at.
  private mutating func examine(_ screen: RowRaster, at now: Moment) -> Bool {
    let part = unexamined.intersection(backlog.dirty)
    let exact = drawn.intersection(backlog.dirty).subtracting(part)
    unexamined = Region()
    drawn = Region()
    guard !part.isEmpty || !exact.isEmpty else { return false }
    var changed = part.isEmpty ? part : compared(with: screen, in: part)
    findVideo(&changed, exact, screen, at: now)
    if options.findsScrolls { copyScrolls(screen, &changed) }
    backlog.tighten(part, to: changed)
    return true
  }

  private mutating func copyScrolls(_ screen: RowRaster, _ changed: inout Region) {
    var tries = 0
    for var cluster in changed.clusters(gap: ScrollFinder.gap) {
      while tries < DisplayServer.scrollLimit, channel.mayPush {
        tries += 1
        guard let scroll = scroll(screen, cluster) else { break }
        send(.copy(scroll.target, from: scroll.from))
        backlog.clean(scroll.target)
        changed.subtract(scroll.target)
        cluster.subtract(scroll.target)
      }
    }
  }

  private func scroll(_ screen: RowRaster, _ changed: Region) -> ScrollFinder.Scroll? {
    picture.flatMap { ScrollFinder.find(old: $0.rows, new: screen, changed: changed) }
  }

  // MARK: Pictures

  private mutating func sendPiece(
    _ screen: RowRaster, _ client: DisplayInit, _ store: inout DisplayServerStore
  ) -> Bool {
    guard let rect = nextPiece() else { return false }
    let piece = screen.colors(in: rect)
    backlog.clean(rect)
    let before = channel.sentBytes
    if let color = piece.onlyColor(in: Rect(piece.size)) {
      send(.fill(rect, color: color))
      return true
    }
    if beginLossy(piece, in: rect) { return true }
    send(image(piece, client, &store), in: rect)
    lossy.replaced(rect)
    picture?.put(screen, in: rect)
    statistics.pixels += UInt64(piece.pixels.count)
    statistics.bytes += channel.sentBytes - before
    return true
  }

  mutating func send(_ image: Image, in rect: Rect) {
    statistics.count(image.content.type)
    noteShown(rect)
    let area = Rect(Size(width: Int(image.width), height: Int(image.height)))
    draw(
      .copy(source: image, area: area, rop: RasterOperation.put.rawValue, scale: .nearest, mask: .none), in: rect)
  }

  /// The picture, or the client's own memory of it.
  mutating func image(_ piece: Raster, _ client: DisplayInit, _ store: inout DisplayServerStore) -> Image {
    var image = Image(
      id: 0, width: UInt32(piece.width), height: UInt32(piece.height), content: .fromCache)
    if piece.pixels.count >= DisplayServer.leastCached {
      let name = store.name(piece)
      if let id = store.use(name, by: channel.id) {
        image.id = id
        return image
      }
      if let (id, forgotten) = store.insert(name, by: channel.id) {
        if !forgotten.isEmpty {
          channel.send(DisplayServerMessage.invalidateList(forgotten.map { CachedResource(id: $0) }))
        }
        image.id = id
        image.flags = .cacheMe
      }
    }
    let chooser = ImageChooser(
      compression: preferredCompression ?? options.compression,
      hasDictionary: store.hasDictionary(within: client.glzWindowSize),
      hasLZ4: channel.link.specific.contains(DisplayCapability.lz4Compression),
      // No capability tells. Of the clients there are, spice-html5 has neither palettes nor monitors.
      hasPalettes: channel.link.specific.contains(DisplayCapability.monitorsConfig))
    image.content = chooser.encode(piece, &store)
    return image
  }

  /// Pixels of the smallest picture that a client is told to keep.
  private static var leastCached: Int { 1024 }

  private var pieceLimit: Int {
    unshown.rects == [Rect(backlog.size)] ? DisplayServer.firstPieceLimit : DisplayServer.pieceLimit
  }

  /// The next rectangle to send: the first dirty one from the cursor on, cut to a band, with those beside it for which
  /// little has to be sent that is not dirty.
  private mutating func nextPiece() -> Rect? {
    let rects = backlog.dirty.rects
    if rects.isEmpty {
      cursor = 0
      return nil
    }
    let place = rects.firstIndex { $0.bottom > cursor } ?? 0
    var piece = rects[place]
    var area = piece.width * piece.height
    if area > pieceLimit {
      // What was sent above the cursor and has changed again waits for its turn.
      if cursor < piece.bottom { piece.top = max(piece.top, cursor) }
      piece.bottom = min(piece.bottom, piece.top + Int32(max(1, pieceLimit / piece.width)))
    } else {
      for rect in rects[(place + 1)...].prefix(64) {
        let both = piece.union(rect)
        let most = (area + rect.width * rect.height) * 5 / 4 + 256
        guard both.width * both.height <= min(most, pieceLimit), !videos.meet(both) else { continue }
        area += rect.width * rect.height
        piece = both
      }
    }
    cursor = piece.bottom
    return piece
  }
}
