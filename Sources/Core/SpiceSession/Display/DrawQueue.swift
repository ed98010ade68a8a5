import SpiceCanvas
import SpicePixels
import SpiceProtocol

/// Something that happens to surfaces, with its images resolved or on their way.
struct QueuedStep: Sendable {
  enum Action: Sendable {
    case draw(DrawBase, DrawCommand, DrawImages)
    case frame(StreamTarget, ImageReference)
    case create(SurfaceCreate)
    case destroy(UInt32)
    case mode(width: UInt32, height: UInt32, bits: UInt32)
    case reset
    case mark
  }

  let serial: UInt64
  let action: Action
  /// The slots it waits for.
  let slots: [Int]
  /// Bytes of unpacked images and of clips that live for it alone.
  var size = 0

  /// True where everything before it must be done, and everything after it waits.
  var isBarrier: Bool {
    switch action {
    case .draw, .frame, .create, .destroy: false
    case .mode, .reset, .mark: true
    }
  }

  /// Calls `body` with each surface that it needs in order.
  func forEachSurface(_ body: (UInt32) -> Void) {
    switch action {
    case .draw(let base, _, let images):
      body(base.surface)
      images.forEachSurface(body)
    case .frame(let target, _): body(target.surface)
    case .create(let value): body(value.id)
    case .destroy(let id): body(id)
    case .mode, .reset, .mark: break
    }
  }
}

/// The images of one draw command.
struct DrawImages: Sendable {
  var source: ImageReference?
  var pattern: ImageReference?
  var mask: ImageReference?
  /// The pattern of a text's background.
  var back: ImageReference?

  private func forEach(_ body: (ImageReference) -> Void) {
    if let source { body(source) }
    if let pattern { body(pattern) }
    if let mask { body(mask) }
    if let back { body(back) }
  }

  func forEachSurface(_ body: (UInt32) -> Void) {
    forEach { if case .surface(let id) = $0 { body(id) } }
  }

  /// Of those that are on their way.
  var slots: [Int] {
    var slots: [Int] = []
    forEach { if case .pending(let slot) = $0 { slots.append(slot) } }
    return slots
  }

  /// Bytes of those that are unpacked.
  var size: Int {
    var size = 0
    forEach { if case .ready(let raster) = $0 { size += raster.pixels.count * 4 } }
    return size
  }
}

extension DisplayEngine {
  /// Does the step now where nothing before it is in its way, and otherwise when that is done.
  mutating func enqueue(_ step: QueuedStep) throws(SessionError) {
    if queue.isEmpty, step.slots.isEmpty {
      try perform(step)
    } else {
      waitingSize += Int64(step.size)
      queue.append(step)
    }
  }

  /// Does every step whose images are there and whose surfaces no earlier step holds; each does not wait for more than it
  /// needs, and the order on every surface is kept.
  mutating func runQueue(_ store: inout DisplayStore) throws(SessionError) {
    repeat {
      try runReadySteps()
    } while try advanceSlots(&store)
    forgetSlots()
  }

  private mutating func runReadySteps() throws(SessionError) {
    var held: Set<UInt32> = []
    var (left, isBarred) = (0, false)
    for place in queue.indices {
      var isFree = !isBarred && (left == 0 || !queue[place].isBarrier)
      if isFree, !held.isEmpty { queue[place].forEachSurface { if held.contains($0) { isFree = false } } }
      if isFree, queue[place].slots.allSatisfy({ slots[$0]?.isReady ?? true }) {
        let step = queue[place]
        waitingSize -= Int64(step.size)
        try perform(step)
        continue
      }
      queue[place].forEachSurface { held.insert($0) }
      if queue[place].isBarrier { isBarred = true }
      if left < place { queue.swapAt(left, place) }
      left += 1
    }
    queue.removeLast(queue.count - left)
  }

  /// Drops slots that are ready and that no waiting step needs.
  private mutating func forgetSlots() {
    if slots.isEmpty { return }
    var needed: Set<Int> = []
    for step in queue { needed.formUnion(step.slots) }
    for (slot, entry) in slots where entry.isReady && !needed.contains(slot) {
      waitingSize -= Int64(entry.size)
      slots[slot] = nil
    }
  }

  func raster(_ reference: ImageReference?) -> Raster? {
    switch reference {
    case .ready(let raster): raster
    case .pending(let slot): if case .ready(let raster) = slots[slot]?.state { raster } else { nil }
    case .surface(let id): surfaces[id]?.raster
    case nil: nil
    }
  }
}
