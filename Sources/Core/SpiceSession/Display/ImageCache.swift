import SpiceCodecs
import SpicePixels
import SpiceProtocol

/// The images that a session keeps by their ids.
///
/// When they become many, those that came or were used last are held as pixels. An older one that is smaller as it came is
/// held so, and decoded once more when it is used again: a server keeps whatever a film shows here, and comes back to
/// little of it. What the GLZ dictionary holds packed is held so here too, and takes no further memory.
struct ImageCache: Sendable {
  /// An image kept under its id, or one that is still being decoded.
  enum Found: Sendable {
    case here(ImageReference, isLossy: Bool)
    case pending(slot: Int, channel: ChannelID, isLossy: Bool)
  }

  private enum Content: Sendable {
    case pixels(Raster)
    case compressed
    case packed(PackedRaster)
    case pending(slot: Int, channel: ChannelID)
  }

  private struct Image: Sendable {
    var content: Content
    let isLossy: Bool
    var pixelCount = 0
    /// As it came, where that is smaller by far.
    var origin: LoneImage?
    /// When it came or was used.
    var turn: UInt64 = 0

    var isUnpacked: Bool {
      if case .pixels = content { true } else { false }
    }
  }

  /// Most pixels of images that could be held as they came; and of all, before any is.
  private let unpackedLimit: Int
  private let limits: PixelLimits
  private var images: [UInt64: Image] = [:]
  /// Of all images, however they are held.
  private(set) var pixelCount = 0
  private var unpackedCount = 0
  /// Who came or was used in which turn; what was used again since has another entry.
  private var turns = Queue<(turn: UInt64, id: UInt64)>()
  private var turn: UInt64 = 0

  init(unpackedLimit: Int, limits: PixelLimits) {
    self.unpackedLimit = unpackedLimit
    self.limits = limits
  }

  /// What their pixels, and those that are held as they came, take.
  var byteCount: Int {
    images.values.reduce(0) { sum, image in
      switch image.content {
      case .pixels: sum + (image.origin?.data.count ?? 0) + 4 * image.pixelCount
      case .packed(let raster): sum + raster.byteCount
      case .compressed, .pending: sum + (image.origin?.data.count ?? 0)
      }
    }
  }

  /// Whether the place under that id is still kept for what is in the slot.
  func awaits(_ id: UInt64, from slot: Int, of channel: ChannelID) -> Bool {
    if case .pending(slot, channel)? = images[id]?.content { true } else { false }
  }

  /// Looks for an image to use it. Errors: none that its decoding had not had when it came.
  mutating func find(_ id: UInt64) throws(CodecError) -> Found? {
    guard let image = images[id] else { return nil }
    switch image.content {
    case .pending(let slot, let channel): return .pending(slot: slot, channel: channel, isLossy: image.isLossy)
    case .pixels(let raster):
      if image.origin != nil { note(id) }
      return .here(.ready(raster), isLossy: image.isLossy)
    case .compressed:
      guard let raster = try image.origin?.pixels(limits: limits) else { return nil }
      images[id]?.content = .pixels(raster)
      unpackedCount += image.pixelCount
      note(id)
      packOldest()
      return .here(.ready(raster), isLossy: image.isLossy)
    case .packed(let packed): return .here(.packed(packed), isLossy: image.isLossy)
    }
  }

  /// Keeps a place for an image that is on its way.
  mutating func reserve(_ id: UInt64, slot: Int, channel: ChannelID, isLossy: Bool) {
    remove(id)
    images[id] = Image(content: .pending(slot: slot, channel: channel), isLossy: isLossy)
  }

  /// - Parameters:
  ///   - origin: what `raster` was decoded from, where decoding it again gives just that.
  ///   - packed: the same as `raster`, where it is held anyway.
  mutating func insert(
    _ id: UInt64, _ raster: Raster, from origin: LoneImage? = nil, packed: PackedRaster? = nil, isLossy: Bool
  ) {
    remove(id)
    let count = raster.pixels.count
    var image = Image(content: packed.map(Content.packed) ?? .pixels(raster), isLossy: isLossy, pixelCount: count)
    pixelCount += count
    // As long as all fit, none is held twice.
    if let origin, pixelCount > unpackedLimit, origin.data.count < 2 * count { image.origin = origin.alone }
    images[id] = image
    guard image.origin != nil else { return }
    unpackedCount += count
    note(id)
    packOldest()
  }

  mutating func remove(_ id: UInt64) {
    guard let image = images.removeValue(forKey: id) else { return }
    pixelCount -= image.pixelCount
    if image.isUnpacked, image.origin != nil { unpackedCount -= image.pixelCount }
  }

  mutating func removeAll() {
    self = ImageCache(unpackedLimit: unpackedLimit, limits: limits)
  }

  // MARK: Turns

  private mutating func note(_ id: UInt64) {
    turn += 1
    images[id]?.turn = turn
    turns.append((turn, id))
    // Entries that say nothing any more go before they are many.
    guard turns.count > 2 * images.count + 64 else { return }
    var kept = Queue<(turn: UInt64, id: UInt64)>()
    while let entry = turns.popFirst() {
      if images[entry.id]?.turn == entry.turn { kept.append(entry) }
    }
    turns = kept
  }

  private mutating func packOldest() {
    while unpackedCount > unpackedLimit, let (turn, id) = turns.popFirst() {
      guard let image = images[id], image.turn == turn, image.isUnpacked else { continue }
      images[id]?.content = .compressed
      unpackedCount -= image.pixelCount
    }
  }
}
