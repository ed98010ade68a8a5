/// The bytes of one direction that have come and are not read yet. What came in one piece is shared with that piece.
struct StreamQueue {
  private var collected: [UInt8] = []
  private var input: ArraySlice<UInt8> = []
  /// Bytes taken so far.
  private(set) var offset: UInt64 = 0

  var count: Int { collected.count + input.count }

  mutating func append(_ bytes: ArraySlice<UInt8>) {
    if !input.isEmpty { collected.append(contentsOf: input) }
    input = bytes
  }

  /// Makes what is left its own, so that nobody else's memory is held.
  mutating func settle() {
    if !input.isEmpty { collected.append(contentsOf: input) }
    // An empty piece too is one of somebody else's memory.
    input = []
  }

  /// The next `count` bytes, which stay; nil where fewer are there.
  func peek(_ count: Int) -> ArraySlice<UInt8>? {
    guard self.count >= count else { return nil }
    if collected.isEmpty { return input.prefix(count) }
    if collected.count >= count { return collected.prefix(count) }
    return collected[...] + input.prefix(count - collected.count)
  }

  mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
    guard self.count >= count else { return nil }
    offset += UInt64(count)
    if collected.isEmpty {
      defer { input = input.dropFirst(count) }
      return input.prefix(count)
    }
    if collected.count < count {
      let needed = count - collected.count
      collected.append(contentsOf: input.prefix(needed))
      input = input.dropFirst(needed)
    }
    if collected.count == count {
      defer { collected = [] }
      return collected[...]
    }
    defer { collected.removeFirst(count) }
    return Array(collected.prefix(count))[...]
  }

  mutating func removeAll() {
    offset += UInt64(count)
    collected = []
    input = []
  }

  /// Memory for a message that is known to come.
  mutating func reserve(_ count: Int) {
    if !collected.isEmpty || input.isEmpty { collected.reserveCapacity(min(count, 1 << 20)) }
  }
}
