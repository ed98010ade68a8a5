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

  /// What of the surfaces it needs in order.
  enum Reach: Sendable {
    case surfaces([UInt32])
    /// Everything before it must be done, and everything after it waits.
    case all
  }

  let serial: UInt64
  let action: Action
  /// The slots it waits for.
  let slots: [Int]
  /// Bytes of unpacked images and of clips that live for it alone.
  var size = 0

  var reach: Reach {
    switch action {
    case .draw(let base, _, let images): .surfaces([base.surface] + images.surfaces)
    case .frame(let target, _): .surfaces([target.surface])
    case .create(let value): .surfaces([value.id])
    case .destroy(let id): .surfaces([id])
    case .mode, .reset, .mark: .all
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

  var all: [ImageReference] { [source, pattern, mask, back].compactMap { $0 } }

  /// True where none is on its way.
  var areReady: Bool {
    !isPending(source) && !isPending(pattern) && !isPending(mask) && !isPending(back)
  }

  private func isPending(_ image: ImageReference?) -> Bool {
    if case .pending = image { true } else { false }
  }

  var slots: [Int] {
    all.compactMap { if case .pending(let slot) = $0 { slot } else { nil } }
  }

  var surfaces: [UInt32] {
    all.compactMap { if case .surface(let id) = $0 { id } else { nil } }
  }

  /// Bytes of those that are unpacked.
  var size: Int {
    all.reduce(0) { if case .ready(let raster) = $1 { $0 + raster.pixels.count * 4 } else { $0 } }
  }
}

extension DisplayEngine {
  /// Does the step now where nothing before it is in its way, and otherwise when that is done.
  mutating func enqueue(_ step: QueuedStep) throws(SessionError) {
    if queue.isEmpty, step.slots.isEmpty {
      try perform(step)
    } else {
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
    var left: [QueuedStep] = []
    var barrier = false
    for step in queue {
      let ready = step.slots.allSatisfy { slots[$0]?.isReady ?? true }
      let free: Bool
      switch step.reach {
      case .surfaces(let ids): free = !barrier && ids.allSatisfy { !held.contains($0) }
      case .all: free = left.isEmpty
      }
      if ready && free {
        try perform(step)
        continue
      }
      left.append(step)
      switch step.reach {
      case .surfaces(let ids): held.formUnion(ids)
      case .all: barrier = true
      }
    }
    queue = left
  }

  /// Drops slots that are ready and that no waiting step needs.
  private mutating func forgetSlots() {
    if slots.isEmpty { return }
    var needed: Set<Int> = []
    for step in queue { needed.formUnion(step.slots) }
    for (slot, entry) in slots where entry.isReady && !needed.contains(slot) { slots[slot] = nil }
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
