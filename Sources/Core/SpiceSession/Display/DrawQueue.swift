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
  /// Bytes of images and of clips that live for it alone.
  var size = 0

  /// True where everything before it must be done, and everything after it waits.
  var isBarrier: Bool {
    switch action {
    case .draw, .frame, .create, .destroy: false
    case .mode, .reset, .mark: true
    }
  }

  /// Calls `body` with each area that it needs in order.
  func forEachArea(_ body: (SurfaceArea) -> Void) {
    switch action {
    case .draw(let base, let command, let images): images.forEachArea(of: base, command, body)
    case .frame(let target, _): body(SurfaceArea(surface: target.surface, rect: target.destination))
    case .create(let value): body(SurfaceArea(surface: value.id, rect: nil))
    case .destroy(let id): body(SurfaceArea(surface: id, rect: nil))
    case .mode, .reset, .mark: break
    }
  }
}

/// Pixels that a step reads or writes.
struct SurfaceArea: Sendable {
  let surface: UInt32
  /// Nil: all of the surface, and its coming and going.
  let rect: Rect?

  func touches(_ other: SurfaceArea) -> Bool {
    guard surface == other.surface else { return false }
    guard let rect, let other = other.rect else { return true }
    return !rect.intersection(other).isEmpty
  }
}

/// What waiting steps are going to read and write: no later one touches it before them.
struct HeldAreas: Sendable {
  private var areas: [SurfaceArea] = []
  private var isEverything = false

  var isEmpty: Bool { areas.isEmpty && !isEverything }

  /// Where more than this are held, everything is: whether a step is free is asked often.
  private static let limit = 64

  mutating func hold(_ step: QueuedStep) {
    step.forEachArea { if areas.count < HeldAreas.limit { areas.append($0) } else { isEverything = true } }
    if step.isBarrier { isEverything = true }
  }

  func areFree(of step: QueuedStep) -> Bool {
    if isEmpty { return true }
    return !step.isBarrier && areFree { step.forEachArea($0) }
  }

  func areFree(of base: DrawBase, _ command: DrawCommand, _ images: DrawImages) -> Bool {
    isEmpty || areFree { images.forEachArea(of: base, command, $0) }
  }

  private func areFree(ofEach forEachArea: ((SurfaceArea) -> Void) -> Void) -> Bool {
    if isEverything { return false }
    var isFree = true
    forEachArea { area in
      for held in areas where isFree && held.touches(area) { isFree = false }
    }
    return isFree
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

  /// Calls `body` with all that a command with these images reads and writes.
  func forEachArea(of base: DrawBase, _ command: DrawCommand, _ body: (SurfaceArea) -> Void) {
    body(SurfaceArea(surface: base.surface, rect: base.box))
    if case .copyBits(let from) = command {
      body(SurfaceArea(surface: base.surface, rect: base.box.moved(to: from)))
    }
    forEach { if case .surface(let id) = $0 { body(SurfaceArea(surface: id, rect: nil)) } }
  }

  /// Of those that are on their way.
  var slots: [Int] {
    var slots: [Int] = []
    forEach { if case .pending(let slot) = $0 { slots.append(slot) } }
    return slots
  }

  /// Bytes of those that are there.
  var size: Int {
    var size = 0
    forEach { reference in
      switch reference {
      case .ready(let raster): size += raster.pixels.count * 4
      case .packed(let packed): size += packed.byteCount
      case .surface, .pending: break
      }
    }
    return size
  }
}

extension DisplayEngine {
  /// Does the step now where its images are there and nothing before it is in its way, and otherwise when that is done.
  mutating func enqueue(_ step: QueuedStep) throws(SessionError) {
    if step.slots.isEmpty, held.areFree(of: step) { try perform(step) } else { wait(with: step) }
  }

  /// Puts a step behind those that wait.
  mutating func wait(with step: QueuedStep) {
    waitingSize += Int64(step.size)
    for slot in step.slots { slots[slot]?.users += 1 }
    held.hold(step)
    queue.append(step)
  }

  /// Does every step whose images are there and whose pixels no earlier step holds; each does not wait for more than it
  /// needs, and what touches the same pixels is done in its order.
  mutating func runQueue(_ store: inout DisplayStore) throws(SessionError) {
    repeat {
      try runReadySteps()
    } while try advanceSlots(&store)
  }

  private mutating func runReadySteps() throws(SessionError) {
    held = HeldAreas()
    var left = 0
    for place in queue.indices {
      if queue[place].slots.allSatisfy({ slots[$0]?.isReady ?? true }), held.areFree(of: queue[place]) {
        let step = queue[place]
        waitingSize -= Int64(step.size)
        try perform(step)
        release(step.slots)
        continue
      }
      held.hold(queue[place])
      if left < place { queue.swapAt(left, place) }
      left += 1
    }
    queue.removeLast(queue.count - left)
  }

  /// Drops slots that no waiting step needs any more, before the next step is done: a surface that has become what a slot
  /// held would be copied for it.
  private mutating func release(_ used: [Int]) {
    for slot in used {
      slots[slot]?.users -= 1
      guard let entry = slots[slot], entry.users == 0 else { continue }
      waitingSize -= Int64(entry.size)
      slots[slot] = nil
    }
  }

  func raster(_ reference: ImageReference?) -> Raster? {
    switch reference {
    case .ready(let raster): raster
    case .packed(let packed): packed.raster
    case .pending(let slot): if case .ready(let raster) = slots[slot]?.state { raster } else { nil }
    case .surface(let id): surfaces[id]?.raster
    case nil: nil
    }
  }
}
