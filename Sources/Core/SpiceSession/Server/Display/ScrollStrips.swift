import SpiceCanvas
import SpicePixels

/// Strips of columns, of which each row is known by a hash: what the client shows, and what is new.
struct ScrollStrips {
  /// Rows of all strips.
  let rows: Int
  private let strips: [Range<Int32>]
  private let old: [UInt64]
  private let new: [UInt64]

  init(old: RowRaster, new: RowRaster, area: Rect) {
    rows = area.height
    var strips: [Range<Int32>] = []
    var left = area.left
    while left < area.right {
      // The last one takes in what would be too narrow for one of its own.
      let right = area.right - left < 2 * ScrollFinder.strip ? area.right : left + ScrollFinder.strip
      strips.append(left..<right)
      left = right
    }
    self.strips = strips
    self.old = old.hashes(rows: area.top..<area.bottom, strips: strips, mask: ~0)
    self.new = new.hashes(rows: area.top..<area.bottom, strips: strips, mask: 0x00FF_FFFF)
  }

  /// For each strip the rows that were so far away, in the order of the distance: first those that were `rows` - 1 rows
  /// below.
  func votes() -> [[Int32]] {
    var table = RowTable(rows: rows)
    return strips.indices.map { strip in
      var votes = [Int32](repeating: 0, count: 2 * rows - 1)
      let (old, new) = (old[range(strip)], new[range(strip)])
      guard old != new else { return votes }
      table.note(old)
      for (row, hash) in new.enumerated() where old[old.startIndex + row] != hash {
        if let place = table.place(of: hash, in: old) { votes[row - place + rows - 1] += 1 }
      }
      return votes
    }
  }

  /// Neighbouring strips that have moved together, around the one with most votes.
  func columns(_ distance: Int32, _ votes: [Int]) -> Range<Int32>? {
    guard let center = votes.indices.max(by: { votes[$0] < votes[$1] }) else { return nil }
    let moved = Int(distance)
    let within = max(0, moved)..<min(rows, rows + moved)
    func fits(_ strip: Int, _ row: Int) -> Bool {
      new[strip * rows + row] == old[strip * rows + row - moved]
    }
    let fitting = within.filter { fits(center, $0) }
    func agrees(_ strip: Int) -> Bool {
      fitting.count { fits(strip, $0) } * 8 >= fitting.count * 7
    }
    var (first, last) = (center, center)
    while first > 0, agrees(first - 1) { first -= 1 }
    while last + 1 < strips.count, agrees(last + 1) { last += 1 }
    return strips[first].lowerBound..<strips[last].upperBound
  }

  private func range(_ strip: Int) -> Range<Int> { strip * rows..<(strip + 1) * rows }
}

/// Finds rows by their hashes. Only those that are unlike all others say where they come from.
private struct RowTable {
  /// Rows, or -1; a row that has a twin is marked by a bit. At most half of the slots are taken.
  private var slots: [Int32]
  private static var twin: Int32 { 1 << 30 }

  init(rows: Int) {
    var size = 16
    while size < 2 * rows { size *= 2 }
    slots = [Int32](repeating: -1, count: size)
  }

  /// Forgets what it knew, and takes in the rows of `hashes`.
  mutating func note(_ hashes: ArraySlice<UInt64>) {
    for slot in slots.indices { slots[slot] = -1 }
    for (row, hash) in hashes.enumerated() {
      let slot = slot(of: hash, in: hashes)
      if slots[slot] < 0 {
        slots[slot] = Int32(truncatingIfNeeded: row)
      } else {
        slots[slot] |= RowTable.twin
      }
    }
  }

  /// The row of that hash, where it is the only one.
  func place(of hash: UInt64, in hashes: ArraySlice<UInt64>) -> Int? {
    let row = slots[slot(of: hash, in: hashes)]
    return row >= 0 && row < RowTable.twin ? Int(row) : nil
  }

  /// Where the hash is noted, or else where there is room for it.
  private func slot(of hash: UInt64, in hashes: ArraySlice<UInt64>) -> Int {
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: hash) & mask
    while slots[slot] >= 0, hashes[hashes.startIndex + Int(slots[slot] & ~RowTable.twin)] != hash {
      slot = (slot + 1) & mask
    }
    return slot
  }
}
