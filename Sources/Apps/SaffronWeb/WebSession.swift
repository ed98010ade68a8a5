import SpiceCanvas
import SpicePixels
import SpiceProtocol
import SpiceSession

/// A session as a host without threads drives it: every channel's engine, what they share, and what is to be told.
struct WebSession {
  /// Bytes of records that one `drain` writes, but for the last record.
  private static var drainLimit: Int { 1 << 20 }

  var hasPassword = false
  var decodesOpus = false
  var speaksWithAgent = false
  var preferredCompression: ImageCompression?
  var videoCodecs: [VideoCodec] = []

  private(set) var records = RecordWriter()
  private var sessionID: UInt32?
  private var main: Line<MainEngine>?
  private var inputs: Line<InputsEngine>?
  private var cursor: Line<CursorEngine>?
  private var playback: Line<PlaybackEngine>?
  private var displays: [Line<DisplayEngine>] = []
  private var store = DisplayStore()
  private var nothing = NothingShared()
  /// The cursor's shape as it was last told.
  private var toldShape: CursorShape?
  /// When bytes came last, or time passed.
  private var latest = Moment(microseconds: 0)

  /// Begins a channel on a connection that the host has opened. One that has ended may be begun again.
  mutating func link(_ channel: ChannelID, at now: Moment) -> Status {
    if exists(channel) { return .badArgument }
    if channel.type == .main {
      guard channel.id == 0 else { return .badArgument }
      main = Line(MainEngine(hasPassword: hasPassword, speaksWithAgent: speaksWithAgent), at: now, &nothing)
      return .done
    }
    guard let sessionID else { return .tooEarly }
    switch channel.type {
    case .inputs:
      inputs = Line(
        InputsEngine(connectionID: sessionID, id: channel.id, hasPassword: hasPassword), at: now, &nothing)
    case .cursor:
      toldShape = nil
      cursor = Line(
        CursorEngine(connectionID: sessionID, id: channel.id, hasPassword: hasPassword), at: now, &nothing)
    case .playback:
      playback = Line(
        PlaybackEngine(
          connectionID: sessionID, id: channel.id, decodesOpus: decodesOpus, hasPassword: hasPassword),
        at: now, &nothing)
    case .display:
      displays.removeAll { $0.id == channel }
      displays.append(
        Line(
          DisplayEngine(
            connectionID: sessionID, id: channel.id, preferredCompression: preferredCompression,
            videoCodecs: videoCodecs, hasPassword: hasPassword), at: now, &store))
    default: return .badArgument
    }
    return .done
  }

  /// Does that to a channel, and lets others go on that waited for it.
  mutating func take(_ step: LineStep, on channel: ChannelID, at now: Moment) -> Status {
    latest = now
    let status = apply(step, to: channel, at: now)
    settle(at: now)
    return status
  }

  /// Lets time pass: what took too long ends, and frames whose time has come are shown.
  mutating func tick(at now: Moment) {
    latest = now
    for channel in open { _ = apply(.tick, to: channel, at: now) }
  }

  /// When `tick` is to be called at the latest for frames to be on time; nil where none waits.
  var alarm: Moment? { displays.compactMap { $0.hasEnded ? nil : $0.engine.alarm }.min() }

  /// Sound of that time was put in line, and will be heard after so many milliseconds.
  mutating func hear(_ time: UInt32, after delay: UInt32, at now: Moment) {
    latest = now
    changeClock { $0.hear(time, after: delay, at: now) }
  }

  /// Writes what the host has to do and to know; false where that is nothing.
  mutating func drain() -> Bool {
    var records = RecordWriter()
    var session = sessionID
    var shape = toldShape
    var time: UInt32?
    main?.drain(into: &records, limit: Self.drainLimit) { event, _ in
      switch event {
      case .opened(let value):
        session = value.sessionID
        time = value.multimediaTime
      case .multimediaTime(let value): time = value
      default: break
      }
    }
    if let time { changeClock { [latest] in $0.set(time, at: latest) } }
    inputs?.drain(into: &records, limit: Self.drainLimit)
    playback?.drain(into: &records, limit: Self.drainLimit)
    let cursorID = cursor?.id ?? ChannelID(.cursor)
    cursor?.drain(into: &records, limit: Self.drainLimit) { event, records in
      guard case .changed(let state) = event, state.shape != shape else { return }
      shape = state.shape
      let none = CursorShape(width: 0, height: 0, hotSpot: Point(x: 0, y: 0), pixels: [])
      (state.shape ?? none).write(to: &records, cursorID)
    }
    for index in displays.indices { displays[index].drain(into: &records, limit: Self.drainLimit) }
    sessionID = session
    toldShape = shape
    self.records = records
    return !records.isEmpty
  }

  // MARK: Looking

  func wantsInput(_ channel: ChannelID) -> Bool {
    switch channel.type {
    case .main: main?.engine.wantsInput ?? false
    case .inputs: inputs?.engine.wantsInput ?? false
    case .cursor: cursor?.engine.wantsInput ?? false
    case .playback: playback?.engine.wantsInput ?? false
    case .display: index(of: channel).map { displays[$0].engine.wantsInput } ?? false
    default: false
    }
  }

  /// The raster of what a display shows; nil where it shows nothing.
  func shown(on display: UInt8) -> Raster? {
    guard let index = index(of: ChannelID(.display, display)), let primary = displays[index].engine.primary else {
      return nil
    }
    return displays[index].engine.surfaces[primary]?.raster
  }

  /// What a display shows, and where that has changed since the last call; nil where it shows nothing.
  mutating func frame(of display: UInt8) -> WebFrame? {
    guard let index = index(of: ChannelID(.display, display)), let primary = displays[index].engine.primary else {
      return nil
    }
    var damage: [Rect] = []
    displays[index].change { engine in
      damage = engine.takeDamage()
      // The page reads where the pixels stand.
      engine.putPrimaryInOrder()
    }
    guard let raster = displays[index].engine.surfaces[primary]?.raster else { return nil }
    return WebFrame(
      surface: primary, size: raster.size, isComplete: displays[index].engine.isMarked,
      pixels: raster.pixels.withUnsafeBufferPointer { $0.baseAddress }, damage: damage)
  }

  // MARK: Input

  /// Lets the host press keys and move the pointer.
  mutating func withInputs(_ action: (inout InputsEngine) -> Void) -> Status {
    guard inputs?.hasEnded == false else { return .noChannel }
    inputs?.change(action)
    return .done
  }

  /// Asks the server to let that end move the pointer.
  mutating func request(_ mode: MouseModes) -> Status {
    guard main?.hasEnded == false else { return .noChannel }
    main?.change { $0.request(mode) }
    return .done
  }

  /// Lets the host speak with the guest's agent; an action that returns nil was given a bad argument.
  mutating func withAgent(_ action: (inout AgentEngine) -> Bool?) -> Status {
    guard main?.hasEnded == false else { return .noChannel }
    var done: Bool? = false
    main?.change { $0.withAgent { done = action(&$0) } }
    guard let done else { return .badArgument }
    return done ? .done : .tooEarly
  }

  // MARK: Inside

  /// The channels that live.
  private var open: [ChannelID] {
    var all = [main?.living, inputs?.living, cursor?.living, playback?.living].compactMap { $0 }
    for index in displays.indices { if let living = displays[index].living { all.append(living) } }
    return all
  }

  private func index(of display: ChannelID) -> Int? {
    displays.indices.first { displays[$0].id == display }
  }

  private func exists(_ channel: ChannelID) -> Bool {
    open.contains { $0 == channel || $0.rawType == channel.rawType && channel.type != .display }
  }

  private mutating func changeClock(_ action: (inout MultimediaClock) -> Void) {
    action(&store.clock)
    for index in displays.indices { _ = displays[index].take(.process, at: latest, &store) }
  }

  private mutating func apply(_ step: LineStep, to channel: ChannelID, at now: Moment) -> Status {
    switch channel {
    case main?.id: return main?.take(step, at: now, &nothing) ?? .noChannel
    case inputs?.id: return inputs?.take(step, at: now, &nothing) ?? .noChannel
    case cursor?.id: return cursor?.take(step, at: now, &nothing) ?? .noChannel
    case playback?.id: return playback?.take(step, at: now, &nothing) ?? .noChannel
    default:
      guard let index = index(of: channel) else { return .noChannel }
      return displays[index].take(step, at: now, &store)
    }
  }

  /// How far a channel has come; nil where there is none.
  private func progress(of channel: ChannelID) -> LineProgress? {
    switch channel {
    case main?.id: return main?.progress
    case inputs?.id: return inputs?.progress
    case cursor?.id: return cursor?.progress
    case playback?.id: return playback?.progress
    default:
      return index(of: channel).map { displays[$0].progress }
    }
  }

  /// Lets channels go on that waited for others, until no pass brings any of them further.
  private mutating func settle(at now: Moment) {
    let channels = open
    var moved = true
    while moved {
      moved = false
      for channel in channels {
        guard let before = progress(of: channel) else { continue }
        for wait in before.waits {
          _ = apply(.progress(wait.channel, progress(of: wait.channel)?.handled ?? 0), to: channel, at: now)
        }
        // What a display waits for may have come over another one.
        if channel.type == .display, displays.count > 1, before.handled < before.received {
          _ = apply(.process, to: channel, at: now)
        }
        if let after = progress(of: channel), after.isFurther(than: before) { moved = true }
      }
    }
  }
}

/// A look at what a display shows; the pixels are those of the surface and stay where they are until the next call.
struct WebFrame {
  var surface: UInt32
  var size: Size
  var isComplete: Bool
  var pixels: UnsafePointer<UInt32>?
  var damage: [Rect]
}
