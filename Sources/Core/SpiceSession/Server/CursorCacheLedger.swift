/// Which shapes a client keeps, by their ids, the ones that were used longest ago given up first.
struct CursorCacheLedger: Sendable {
  /// Shapes that every client keeps (`CLIENT_CURSOR_CACHE_SIZE` of libspice-server).
  static let countLimit = 256

  private struct Entry: Sendable {
    var pixels: Int
    var lastUse: UInt64
  }

  /// Pixels of all shapes.
  let pixelLimit: Int
  private var entries: [UInt64: Entry] = [:]
  private var pixels = 0
  private var uses: UInt64 = 0

  init(pixelLimit: Int) {
    self.pixelLimit = pixelLimit
  }

  enum Answer {
    /// The client has it.
    case cached
    /// The client is to keep it, and before it to give these up.
    case keep(insteadOf: [UInt64])
    /// It is too large to be kept.
    case tooLarge
  }

  /// Notes that a shape of so many pixels is shown.
  mutating func use(_ id: UInt64, pixels count: Int) -> Answer {
    uses += 1
    if entries[id] != nil {
      entries[id]?.lastUse = uses
      return .cached
    }
    guard count <= pixelLimit else { return .tooLarge }
    var victims: [UInt64] = []
    while entries.count >= CursorCacheLedger.countLimit || pixels > pixelLimit - count,
      let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse })
    {
      remove(oldest.key)
      victims.append(oldest.key)
    }
    entries[id] = Entry(pixels: count, lastUse: uses)
    pixels += count
    return .keep(insteadOf: victims)
  }

  /// True where the client has it no longer because of this.
  @discardableResult
  mutating func remove(_ id: UInt64) -> Bool {
    guard let entry = entries.removeValue(forKey: id) else { return false }
    pixels -= entry.pixels
    return true
  }

  mutating func removeAll() {
    self = CursorCacheLedger(pixelLimit: pixelLimit)
  }
}
