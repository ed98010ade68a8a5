/// The sessions of this module, by handle. A handle is never used again.
struct SessionTable {
  /// Sessions at once, a power of 2: the low bits of a handle are its place.
  private static var capacity: Int { 16 }

  /// An object, so that finding a session copies nothing of it.
  private final class Entry {
    let handle: UInt32
    var session: WebSession

    init(handle: UInt32, session: WebSession) {
      self.handle = handle
      self.session = session
    }
  }

  private var entries = [Entry?](repeating: nil, count: capacity)
  private var opened: UInt32 = 0

  /// Nil where there are too many.
  mutating func open(_ session: WebSession) -> UInt32? {
    guard let place = entries.firstIndex(where: { $0 == nil }), opened < UInt32.max / UInt32(Self.capacity) else {
      return nil
    }
    opened += 1
    let handle = opened * UInt32(Self.capacity) + UInt32(place)
    entries[place] = Entry(handle: handle, session: session)
    return handle
  }

  mutating func close(_ handle: UInt32) -> Status {
    let place = Int(handle % UInt32(Self.capacity))
    guard entries[place]?.handle == handle else { return .noSession }
    entries[place] = nil
    return .done
  }

  mutating func change(_ handle: UInt32, _ action: (inout WebSession) -> Status) -> Status {
    guard let entry = entries[Int(handle % UInt32(Self.capacity))], entry.handle == handle else { return .noSession }
    return action(&entry.session)
  }
}

/// The module has one thread: whoever calls an export has it to itself.
nonisolated(unsafe) var table = SessionTable()
