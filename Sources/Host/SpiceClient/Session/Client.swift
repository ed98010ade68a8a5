import SpicePixels
import SpiceProtocol
import SpiceSession
import SpiceTransport
import Synchronization

/// A SPICE session: connects to a server, shows its displays and takes keys and pointer to it.
///
/// ```swift
/// let client = try await Client.connect(to: Target(uri: "spice://localhost:5930"))
/// try await client.type("hello\n")
/// for await frame in client.frames() { show(frame.image, frame.damage) }
/// ```
///
/// Every channel runs by itself: a display busy decoding delays no key. The session ends with `disconnect()`, when the last
/// reference is dropped, or when the server or the network ends it; `events` and `failure` tell why.
public final class Client: Sendable {
  /// The news of the session.
  public let events: ClientEvents

  private let core: ClientCore
  private let run: Task<Void, Never>

  private init(core: ClientCore, events: ClientEvents, run: Task<Void, Never>) {
    self.core = core
    self.events = events
    self.run = run
  }

  deinit {
    core.closeByUs()
    run.cancel()
  }

  /// Opens a session, and returns when every wanted channel that the server offers is open.
  ///
  /// Cancelling the task gives the attempt up.
  public static func connect(
    to target: Target, options: ClientOptions = ClientOptions()
  ) async throws(ClientError) -> Client {
    let events = EventQueue()
    let core = ClientCore(target: target, options: options, events: events)
    let run = Task { await core.run() }
    let ready = await withTaskCancellationHandler {
      await core.opening.value
    } onCancel: {
      core.closeByUs()
      run.cancel()
    }
    if case .success = ready, !Task.isCancelled {
      return Client(core: core, events: ClientEvents(queue: events), run: run)
    }
    run.cancel()
    await run.value
    if case .failure(let error) = ready { throw error }
    throw .closed
  }

  /// Ends the session and waits until its connections are closed.
  public func disconnect() async {
    core.closeByUs()
    run.cancel()
    await run.value
  }

  /// What is known of the session now.
  public var information: SessionInformation { core.information.withLock { $0 } }

  /// What ended the session; nil while it lives, and where this side ended it.
  public var failure: ClientError? { core.failure.withLock { $0 } }

  // MARK: Displays

  /// The numbers of the open display channels, in rising order.
  public var displays: [Int] { core.openChannels(.display).map { Int($0.id) } }

  /// The frames of a display, from now on: first the whole picture, then what changes.
  public func frames(of display: Int = 0) -> Frames {
    let core = core
    return Frames(feeds: core.feeds(of: display)) { feed in await core.frame(of: display, for: feed) }
  }

  /// The first complete picture of a display.
  ///
  /// - Parameters:
  ///   - settled: wait until nothing has changed for so long. A display that never rests gives what it shows after
  ///     `timeout` and once more this time.
  ///   - timeout: how long a picture may take to appear.
  public func picture(
    of display: Int = 0, settled: Duration = .zero, timeout: Duration = .seconds(10)
  ) async throws(ClientError) -> Frame {
    let available = displays
    guard available.contains(display) else {
      throw available.isEmpty ? absenceOfDisplays : .noSuchDisplay(display, available: available.count)
    }
    if core.isOver { throw failure ?? .closed }
    let start = ContinuousClock.now
    let reader = frames(of: display).reader()
    guard var picture = await reader.first(within: timeout, where: { $0.isComplete }) else {
      if Task.isCancelled { throw .closed }
      throw failure ?? (core.isOver ? .closed : .noPicture(after: timeout))
    }
    while settled > .zero {
      let left = start + timeout + settled - .now
      guard left > .zero, let next = await reader.first(within: min(settled, left), where: { !$0.damage.isEmpty })
      else { break }
      if next.isComplete { picture = next }
    }
    if Task.isCancelled { throw .closed }
    return picture
  }

  /// Why there is none at all.
  var absenceOfDisplays: ClientError { core.absence(of: .display) }

  /// The pointer as the server has it; nil where the cursor channel is not open.
  public var cursor: CursorState? {
    get async { await core.cursor() }
  }

  /// The monitors on a display's surface, as the server last told them.
  public func monitors(of display: Int = 0) async -> [MonitorHead] {
    await core.inspect(display) { $0.monitors } ?? []
  }

  /// Looks into the engine of a display channel: surfaces, monitors, statistics. Nil where it is not open.
  ///
  /// What `look` keeps of a surface's pixels is shared; the next draw on it then copies the surface.
  public func inspectDisplay<Value: Sendable>(
    _ display: Int = 0, _ look: @Sendable (DisplayEngine) -> Value
  ) async -> Value? {
    await core.inspect(display, look)
  }

  // MARK: Input

  /// Presses or releases keys in that order.
  public func send(_ keys: [KeyEvent]) async throws(ClientError) {
    try await core.input { inputs in
      for key in keys {
        switch key {
        case .press(let code): inputs.press(code)
        case .release(let code): inputs.release(code)
        }
      }
    }
  }

  /// Presses a combination of keys and releases it, as often as it says.
  public func send(_ combination: KeyCombination) async throws(ClientError) {
    try await send(combination.events)
  }

  /// Types a text on a US keyboard layout, which the guest has to have too.
  ///
  /// - Parameter interval: the pause after each key; an emulated keyboard keeps few keys that the guest has not read.
  /// - Throws: `.untypable` before anything is typed, where the layout lacks a character.
  public func type(_ text: String, interval: Duration = .milliseconds(10)) async throws(ClientError) {
    let strokes: [KeyStroke]
    do throws(UntypableCharacter) {
      strokes = try USLayout.strokes(for: text)
    } catch {
      throw .untypable(error)
    }
    for stroke in strokes {
      try await send(stroke.events)
      do { try await Task.sleep(for: interval) } catch { throw .closed }
    }
  }

  /// Waits until the server has taken in all keys and pointer events sent so far; false where it took longer than that.
  ///
  /// SPICE has no such message. The server acknowledges every fourth pointer motion, in order with all other input, so
  /// motions by nothing fetch the answer.
  @discardableResult
  public func inputTaken(within time: Duration = .seconds(2)) async throws(ClientError) -> Bool {
    try await core.inputTaken(within: time)
  }

  /// Sets the keyboard's lock lights.
  public func set(_ modifiers: KeyboardModifiers) async throws(ClientError) {
    try await core.input { $0.set(modifiers) }
  }

  /// Places the pointer on a pixel of a display. Needs client mouse mode: an agent or a tablet in the guest.
  public func movePointer(to point: Point, display: Int = 0) async throws(ClientError) {
    guard information.mouseMode.contains(.client) else { throw .noClientMouse }
    try await core.input {
      $0.move(x: UInt32(clamping: point.x), y: UInt32(clamping: point.y), display: UInt8(clamping: display))
    }
  }

  /// Moves the pointer by so many pixels, to which the guest may apply its acceleration (server mouse mode).
  public func movePointer(dx: Int32, dy: Int32) async throws(ClientError) {
    try await core.input { $0.move(dx: dx, dy: dy) }
  }

  public func press(_ button: MouseButton) async throws(ClientError) {
    try await core.input { $0.press(button) }
  }

  public func release(_ button: MouseButton) async throws(ClientError) {
    try await core.input { $0.release(button) }
  }

  /// Presses and releases a button.
  public func click(_ button: MouseButton = .left) async throws(ClientError) {
    try await core.input {
      $0.press(button)
      $0.release(button)
    }
  }

  /// Turns the wheel by so many notches; positive is up, away from the user.
  public func scroll(_ notches: Int) async throws(ClientError) {
    let button: MouseButton = notches > 0 ? .wheelUp : .wheelDown
    try await core.input { inputs in
      for _ in 0..<min(abs(notches), 1000) {
        inputs.press(button)
        inputs.release(button)
      }
    }
  }
}
