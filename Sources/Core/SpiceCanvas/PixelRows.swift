import SpicePixels

/// Pixels in rows that can be read, wherever these stand in memory.
///
/// They are compared as colours: the high byte of a screen's pixels means nothing, so the "colour" of a pixel is its lower 24
/// bits. Rectangles are cut to what there is.
package protocol PixelRows {
  var size: Size { get }
  /// What `body` makes of the rows, which it may look at in that rectangle and nowhere else; nil where there is no memory for
  /// them, as there are none. The rectangle lies within them.
  func withRows<Result>(in rect: Rect, _ body: (Rows) -> Result) -> Result?
}

/// Pixels in rows that can be written on.
package protocol MutablePixelRows: PixelRows {
  /// Calls `body` with the rows, which have one owner then, to write in that rectangle and nowhere else; not where there is no
  /// memory for them. The rectangle lies within them.
  mutating func withMutableRows(in rect: Rect, _ body: (MutableRows) -> Void)
}

/// Rows of pixels to write on, for as long as the call lasts that lends them.
package struct MutableRows {
  let pixels: Kernel.Row
  let width: Int
  /// Where each row begins; nil: one follows the other.
  let starts: UnsafePointer<Int>?

  @inline(__always)
  subscript(y: Int) -> Kernel.Row {
    if let starts { pixels + starts[y] } else { pixels + y &* width }
  }

  /// Sets all pixels of a rectangle that lies within the rows.
  func fill(_ rect: Rect, with pixel: UInt32) {
    forEachBlock(of: rect) { row, _, count in
      Kernel.fillRows(row, width, columns: rect.width, rows: count, with: pixel)
    }
  }

  /// Copies to a rectangle that lies within the rows, from others that do not meet it, `stride` pixels apart.
  func copy(_ rect: Rect, _ source: Kernel.SourceRow, stride: Int) {
    forEachBlock(of: rect) { row, y, count in
      Kernel.copyRows(row, width, source + y * stride, stride, columns: rect.width, rows: count)
    }
  }

  /// Calls `body` with the first pixel, the number from the rectangle's top, and the count of rows that follow one another.
  @inline(__always)
  private func forEachBlock(of rect: Rect, _ body: (Kernel.Row, _ y: Int, _ count: Int) -> Void) {
    let (top, left) = (Int(rect.top), Int(rect.left))
    if starts == nil { return body(self[top] + left, 0, rect.height) }
    for y in 0..<rect.height { body(self[top + y] + left, y, 1) }
  }
}

/// Rows of pixels, for as long as the call lasts that lends them.
package struct Rows {
  let pixels: SourceRow
  let width: Int
  /// Where each row begins; nil: one follows the other.
  let starts: UnsafePointer<Int>?

  typealias SourceRow = Kernel.SourceRow

  @inline(__always)
  subscript(y: Int) -> SourceRow {
    if let starts { pixels + starts[y] } else { pixels + y &* width }
  }
}

extension Raster: MutablePixelRows {
  package func withRows<Result>(in rect: Rect, _ body: (Rows) -> Result) -> Result? {
    pixels.withUnsafeBufferPointer { pixels in
      pixels.baseAddress.map { body(Rows(pixels: $0, width: width, starts: nil)) }
    }
  }

  package mutating func withMutableRows(in rect: Rect, _ body: (MutableRows) -> Void) {
    let width = width
    pixels.withUnsafeMutableBufferPointer { pixels in
      if let pixels = pixels.baseAddress { body(MutableRows(pixels: pixels, width: width, starts: nil)) }
    }
  }
}

extension MutablePixelRows {
  /// Takes over the colours of pixels of the same size; high bytes become 0.
  @specialized(where Self == RowRaster, Other == Raster)
  package mutating func takeColors<Other: PixelRows>(of other: Other, in rect: Rect) {
    let part = rect.intersection(Rect(size))
    guard size == other.size, !part.isEmpty else { return }
    withMutableRows(in: part) { rows in
      _ = other.withRows(in: part) { source in
        for y in Int(part.top)..<Int(part.bottom) {
          Kernel.copyColors(rows[y] + Int(part.left), source[y] + Int(part.left), part.width)
        }
      }
    }
  }

  /// Sets all pixels of the rectangle, high bytes too.
  package mutating func fill(_ rect: Rect, with pixel: UInt32) {
    let part = rect.intersection(Rect(size))
    guard !part.isEmpty else { return }
    withMutableRows(in: part) { $0.fill(part, with: pixel) }
  }
}

extension PixelRows {
  /// The pixels of a rectangle that lies within the rows, high bytes too.
  func pixels(in part: Rect, kind: PixelKind) -> Raster {
    Raster(width: part.width, height: part.height, kind: kind) { target in
      guard let target = target.baseAddress else { return }
      _ = withRows(in: part) { rows in
        for y in 0..<part.height {
          Kernel.copy(target + y * part.width, rows[y + Int(part.top)] + Int(part.left), part.width)
        }
      }
    }
  }

  /// The colours of the part that `rect` covers; high bytes are 0.
  @specialized(where Self == RowRaster)
  package func colors(in rect: Rect) -> Raster {
    let part = rect.intersection(Rect(size))
    guard !part.isEmpty else { return Raster(width: 0, height: 0, kind: .opaque) }
    return Raster(width: part.width, height: part.height, kind: .opaque) { target in
      guard let target = target.baseAddress else { return }
      _ = withRows(in: part) { rows in
        for y in 0..<part.height {
          Kernel.copyColors(target + y * part.width, rows[y + Int(part.top)] + Int(part.left), part.width)
        }
      }
    }
  }

  /// The parts of `rects` in which `other`, which has the same size, has other colours, give or take a few pixels around:
  /// rectangles trimmed to what differs in each run of squares that do. A pixel here with a high byte that is not 0 is no
  /// colour, and differs from any.
  @specialized(where Self == RowRaster, Other == Raster)
  package func changes<Other: PixelRows>(to other: Other, in rects: [Rect]) -> [Rect] {
    guard size == other.size else { return [] }
    let all = Rect(size)
    var found: [Rect] = []
    for part in rects.map({ $0.intersection(all) }) where !part.isEmpty {
      _ = withRows(in: part) { mine in
        other.withRows(in: part) { theirs in mine.appendChanges(to: theirs, in: part, &found) }
      }
    }
    return found
  }

  /// The colour that all pixels of the rectangle have; nil where they differ, and where there are none.
  @specialized(where Self == Raster)
  @specialized(where Self == Surface)
  package func onlyColor(in rect: Rect) -> UInt32? {
    let part = rect.intersection(Rect(size))
    guard !part.isEmpty else { return nil }
    let found = withRows(in: part) { rows -> UInt32? in
      let color = rows[Int(part.top)][Int(part.left)] & 0x00FF_FFFF
      let isOnly = (Int(part.top)..<Int(part.bottom)).allSatisfy { y in
        UnsafeBufferPointer(start: rows[y] + Int(part.left), count: part.width).allSatisfy { $0 & 0x00FF_FFFF == color }
      }
      return isOnly ? color : nil
    }
    return found ?? nil
  }

  /// True where all pixels of the rectangle are `pixel`, high bytes too.
  package func shows(_ pixel: UInt32, in rect: Rect) -> Bool {
    let part = rect.intersection(Rect(size))
    if part.isEmpty { return true }
    let all = withRows(in: part) { rows in
      (Int(part.top)..<Int(part.bottom)).allSatisfy { y in
        UnsafeBufferPointer(start: rows[y] + Int(part.left), count: part.width).allSatisfy { $0 == pixel }
      }
    }
    return all ?? true
  }

  /// True where `count` pixels from (`x`, `y`) on are the colours of those of `other` from (`otherX`, `otherY`) on. What
  /// does not lie within both is not equal.
  package func rowHolds(
    x: Int, y: Int, colorsOf other: some PixelRows, x otherX: Int, y otherY: Int, count: Int
  ) -> Bool {
    let (size, others) = (size, other.size)
    guard x >= 0, otherX >= 0, count >= 0, (0..<size.height).contains(y), (0..<others.height).contains(otherY),
      count <= size.width - x, count <= others.width - otherX
    else { return false }
    let isEqual = withRows(in: Rect(row: y, from: x, count)) { mine in
      other.withRows(in: Rect(row: otherY, from: otherX, count)) { theirs in
        Kernel.firstDifference(mine[y] + x, fromColorsOf: theirs[otherY] + otherX, count) == count
      }
    }
    return (isEqual ?? nil) ?? true
  }

  /// A number for each row of each strip of columns, the same for rows of the same pixels with `mask` applied to each:
  /// first those of the first strip. There are none where rows or columns lie outside.
  package func hashes(rows: Range<Int32>, strips: [Range<Int32>], mask: UInt32) -> [UInt64] {
    let all = Rect(size)
    let areas = strips.map {
      Rect(left: $0.lowerBound, top: rows.lowerBound, right: $0.upperBound, bottom: rows.upperBound)
    }
    guard !rows.isEmpty, !strips.isEmpty, areas.allSatisfy({ all.contains($0) }) else { return [] }
    let area = areas.reduce(areas[0]) { $0.union($1) }
    return withRows(in: area) { $0.hashes(rows: rows, strips: strips, mask: mask) } ?? []
  }
}

extension Rect {
  /// `count` pixels of a row that lies within a raster.
  fileprivate init(row y: Int, from x: Int, _ count: Int) {
    self.init(
      left: Int32(truncatingIfNeeded: x), top: Int32(truncatingIfNeeded: y),
      right: Int32(truncatingIfNeeded: x &+ count), bottom: Int32(truncatingIfNeeded: y &+ 1))
  }
}

extension Rows {
  /// The smallest rectangle in `part` outside of which pixels are the colours of `other`; empty where all are.
  private func difference(fromColorsOf other: Rows, in part: Rect) -> Rect {
    var found = Rect(left: .max, top: .max, right: .min, bottom: .min)
    for y in part.top..<part.bottom {
      let (a, b) = (self[Int(y)] + Int(part.left), other[Int(y)] + Int(part.left))
      let first = Kernel.firstDifference(a, fromColorsOf: b, part.width)
      if first == part.width { continue }
      // To the right of what was found in the rows above.
      let seen = max(first + 1, Int(found.right) - Int(part.left))
      let end = Kernel.endOfDifferences(a, fromColorsOf: b, from: seen, to: part.width)
      found.left = min(found.left, part.left + Int32(truncatingIfNeeded: first))
      found.right = part.left + Int32(truncatingIfNeeded: end)
      found.top = min(found.top, y)
      found.bottom = y + 1
    }
    return found.isEmpty ? Rect(left: 0, top: 0, right: 0, bottom: 0) : found
  }

  /// In rows of squares.
  fileprivate func appendChanges(to other: Rows, in rect: Rect, _ found: inout [Rect]) {
    var top = rect.top
    while top < rect.bottom {
      let bottom = min((top / Rows.square + 1) * Rows.square, rect.bottom)
      // Mostly there is nothing, or something in one place.
      let row = difference(
        fromColorsOf: other, in: Rect(left: rect.left, top: top, right: rect.right, bottom: bottom))
      top = bottom
      // In one square, or two neighbours, there is nothing between.
      if row.width <= Int(Rows.square) {
        if !row.isEmpty { found.append(row) }
        continue
      }
      var run = Rect(left: 0, top: 0, right: 0, bottom: 0)
      var left = row.left
      while left < row.right {
        let right = min((left / Rows.square + 1) * Rows.square, row.right)
        let changed = difference(
          fromColorsOf: other, in: Rect(left: left, top: row.top, right: right, bottom: row.bottom))
        if !changed.isEmpty {
          run = run.union(changed)
        } else if !run.isEmpty {
          found.append(run)
          run = changed
        }
        left = right
      }
      if !run.isEmpty { found.append(run) }
    }
  }

  /// Pixels along the side of the squares that are looked at apart from each other.
  private static var square: Int32 { 32 }

  fileprivate func hashes(rows: Range<Int32>, strips: [Range<Int32>], mask: UInt32) -> [UInt64] {
    [UInt64](unsafeUninitializedCapacity: rows.count * strips.count) { hashes, count in
      guard let hashes = hashes.baseAddress else { return }
      // Along the rows, as they stand in memory.
      for (place, y) in rows.enumerated() {
        for (strip, columns) in strips.enumerated() {
          (hashes + (strip * rows.count + place)).initialize(
            to: Kernel.hash(self[Int(y)] + Int(columns.lowerBound), columns.count, mask: mask))
        }
      }
      count = rows.count * strips.count
    }
  }
}

extension Kernel {
  /// The lower 24 bits of each pixel.
  @inline(__always)
  static func copyColors(_ row: Row, _ source: SourceRow, _ count: Int) {
    for i in 0..<count { row[i] = source[i] & 0x00FF_FFFF }
  }

  /// The first of `count` pixels that is not the lower 24 bits of its counterpart; `count` where each is.
  @inline(__always)
  static func firstDifference(_ row: SourceRow, fromColorsOf other: SourceRow, _ count: Int) -> Int {
    var place = 0
    while place &+ piece <= count, !differs(row + place, fromColorsOf: other + place) { place = place &+ piece }
    while place < count, row[place] == other[place] & 0x00FF_FFFF { place = place &+ 1 }
    return place
  }

  /// Where behind `start` the last pixel ends that is not the lower 24 bits of its counterpart; `start` where there is none.
  @inline(__always)
  static func endOfDifferences(
    _ row: SourceRow, fromColorsOf other: SourceRow, from start: Int, to end: Int
  ) -> Int {
    var end = end
    while end &- piece >= start, !differs(row + (end &- piece), fromColorsOf: other + (end &- piece)) {
      end = end &- piece
    }
    while end > start, row[end &- 1] == other[end &- 1] & 0x00FF_FFFF { end = end &- 1 }
    return end
  }

  private static var piece: Int { 16 }

  /// One piece, without a branch, for vectors.
  @inline(__always)
  private static func differs(_ row: SourceRow, fromColorsOf other: SourceRow) -> Bool {
    var difference: UInt32 = 0
    for i in 0..<piece { difference |= row[i] ^ other[i] & 0x00FF_FFFF }
    return difference != 0
  }

  static func hash(_ row: SourceRow, _ count: Int, mask: UInt32) -> UInt64 {
    let mask = UInt64(mask) << 32 | UInt64(mask)
    // Four numbers that need not wait for each other.
    var (a, b, c, d) = (seed, seed &+ 1, seed &+ 2, seed &+ 3)
    let words = UnsafeRawPointer(row)
    var i = 0
    while i &+ 8 <= count {
      let offset = i &* 4
      a = mixed(a ^ words.loadUnaligned(fromByteOffset: offset, as: UInt64.self) & mask)
      b = mixed(b ^ words.loadUnaligned(fromByteOffset: offset &+ 8, as: UInt64.self) & mask)
      c = mixed(c ^ words.loadUnaligned(fromByteOffset: offset &+ 16, as: UInt64.self) & mask)
      d = mixed(d ^ words.loadUnaligned(fromByteOffset: offset &+ 24, as: UInt64.self) & mask)
      i = i &+ 8
    }
    while i < count {
      a = mixed(a ^ UInt64(row[i]) & mask)
      i = i &+ 1
    }
    return mixed(mixed(mixed(a) ^ b) ^ mixed(mixed(c) ^ d))
  }

  private static var seed: UInt64 { 0x9E37_79B9_7F4A_7C15 }

  @inline(__always)
  private static func mixed(_ word: UInt64) -> UInt64 {
    let product = word &* 0xD6E8_FEB8_6659_FD93
    return product ^ product >> 32
  }
}
