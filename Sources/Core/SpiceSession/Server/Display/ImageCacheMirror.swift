import SpiceCanvas

/// What a client keeps of one channel's images, as its server knows: under which id, and which was used last.
struct ImageCacheMirror: Sendable {
  /// Images of a few pixels each would cost more in their administration than they save.
  static let imageLimit = 8192

  private struct Entry: Sendable {
    var id: UInt64
    var pixels: Int
    /// Of the last use.
    var tick: UInt64
  }

  private struct Use: Sendable {
    var name: ContentName
    var tick: UInt64
  }

  private var entries: [ContentName: Entry] = [:]
  /// Uses in their order; one whose entry was used again since is stale.
  private var uses: [Use] = []
  private var firstUse = 0
  private var tick: UInt64 = 0
  /// Sum over the images: width times height, as clients count.
  private(set) var pixels = 0

  var count: Int { entries.count }

  /// The id under which the client has the picture; it counts as used.
  mutating func use(_ name: ContentName) -> UInt64? {
    guard let id = entries[name]?.id else { return nil }
    touch(name)
    return id
  }

  /// The client is told to keep the picture, which it does not have yet.
  mutating func insert(_ name: ContentName, id: UInt64) {
    let count = name.width * name.height
    entries[name] = Entry(id: id, pixels: count, tick: 0)
    pixels += count
    touch(name)
  }

  /// Gives up the longest unused until no more than `most` pixels are left; the ids are for INVAL_LIST.
  mutating func shrink(to most: Int) -> [UInt64] {
    var ids: [UInt64] = []
    while pixels > most || entries.count > ImageCacheMirror.imageLimit, firstUse < uses.count {
      let use = uses[firstUse]
      firstUse += 1
      guard let entry = entries[use.name], entry.tick == use.tick else { continue }
      entries[use.name] = nil
      pixels -= entry.pixels
      ids.append(entry.id)
    }
    return ids
  }

  private mutating func touch(_ name: ContentName) {
    tick += 1
    entries[name]?.tick = tick
    uses.append(Use(name: name, tick: tick))
    if uses.count > 64 + 2 * entries.count + firstUse / 2 {
      uses = uses[firstUse...].filter { entries[$0.name]?.tick == $0.tick }
      firstUse = 0
    }
  }
}
