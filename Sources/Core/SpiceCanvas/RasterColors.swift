import SpicePixels

// Colours of one raster against those of another: what a server asks to learn what its client does not show yet. The
// high byte of a screen's pixels means nothing, so the "colour" of a pixel is its lower 24 bits. Rectangles are cut to
// the rasters.
extension Raster {
  /// The colours of the part that `rect` covers; high bytes are 0.
  package func colors(in rect: Rect) -> Raster {
    let part = rect.intersection(Rect(size))
    guard !part.isEmpty else { return Raster(width: 0, height: 0, kind: .opaque) }
    return Raster(width: part.width, height: part.height, kind: .opaque) { target in
      pixels.withUnsafeBufferPointer { pixels in
        guard let source = pixels.baseAddress, let target = target.baseAddress else { return }
        for y in 0..<part.height {
          let (to, from) = (target + y * part.width, source + ((y + Int(part.top)) * width + Int(part.left)))
          for x in 0..<part.width { to[x] = from[x] & 0x00FF_FFFF }
        }
      }
    }
  }

  /// Takes over the colours of a raster of the same size; high bytes become 0.
  package mutating func takeColors(of other: Raster, in rect: Rect) {
    let part = rect.intersection(Rect(size))
    guard size == other.size, !part.isEmpty else { return }
    let width = width
    pixels.withUnsafeMutableBufferPointer { target in
      other.pixels.withUnsafeBufferPointer { source in
        guard let target = target.baseAddress, let source = source.baseAddress else { return }
        for y in Int(part.top)..<Int(part.bottom) {
          let first = y * width + Int(part.left)
          for i in first..<(first + part.width) { target[i] = source[i] & 0x00FF_FFFF }
        }
      }
    }
  }

  /// Sets all pixels of the rectangle, high bytes too.
  package mutating func fill(_ rect: Rect, with pixel: UInt32) {
    let part = rect.intersection(Rect(size))
    guard !part.isEmpty else { return }
    let width = width
    pixels.withUnsafeMutableBufferPointer { target in
      guard let target = target.baseAddress else { return }
      Kernel.fillRows(
        target + (Int(part.top) * width + Int(part.left)), width, columns: part.width, rows: part.height, with: pixel)
    }
  }

  /// Moves what is at `from` to the rectangle, as if all were read before anything is written. What would come from
  /// outside of the raster stays as it is.
  package mutating func move(to rect: Rect, from: Point) {
    let bounds = Rect(size)
    let x = Int32(clamping: Int64(rect.left) - Int64(from.x))
    let y = Int32(clamping: Int64(rect.top) - Int64(from.y))
    let part = rect.intersection(bounds).intersection(bounds.offset(x: x, y: y))
    guard !part.isEmpty else { return }
    let width = width
    pixels.withUnsafeMutableBufferPointer { pixels in
      guard let target = pixels.baseAddress.map({ $0 + (Int(part.top) * width + Int(part.left)) }) else { return }
      let source = target - (Int(y) * width + Int(x))
      for step in 0..<part.height {
        let row = (y > 0 ? part.height - 1 - step : step) * width
        Kernel.copy(target + row, source + row, part.width)
      }
    }
  }

  /// The smallest rectangle in `rect` outside of which pixels are the colours of `other`, a raster of the same size;
  /// empty where all are. A pixel here with a high byte that is not 0 is no colour, and differs from any.
  package func difference(fromColorsOf other: Raster, in rect: Rect) -> Rect {
    let part = rect.intersection(Rect(size))
    guard size == other.size, !part.isEmpty else { return Rect(left: 0, top: 0, right: 0, bottom: 0) }
    var found = Rect(left: .max, top: .max, right: .min, bottom: .min)
    pixels.withUnsafeBufferPointer { mine in
      other.pixels.withUnsafeBufferPointer { theirs in
        guard let mine = mine.baseAddress, let theirs = theirs.baseAddress else { return }
        for y in part.top..<part.bottom {
          let first = Int(y) * width + Int(part.left)
          let (a, b) = (mine + first, theirs + first)
          if Kernel.holdsColors(a, of: b, part.width) { continue }
          var left = 0
          while left < part.width, a[left] == b[left] & 0x00FF_FFFF { left += 1 }
          var right = part.width
          while right > left, a[right - 1] == b[right - 1] & 0x00FF_FFFF { right -= 1 }
          found.left = min(found.left, part.left + Int32(truncatingIfNeeded: left))
          found.right = max(found.right, part.left + Int32(truncatingIfNeeded: right))
          found.top = min(found.top, y)
          found.bottom = y + 1
        }
      }
    }
    return found.isEmpty ? Rect(left: 0, top: 0, right: 0, bottom: 0) : found
  }

  /// True where `count` pixels from (`x`, `y`) on are the colours of those of `other` from (`otherX`, `otherY`) on. What
  /// does not lie within the rasters is not equal.
  package func rowHolds(
    x: Int, y: Int, colorsOf other: Raster, x otherX: Int, y otherY: Int, count: Int
  ) -> Bool {
    guard x >= 0, otherX >= 0, count >= 0, (0..<height).contains(y), (0..<other.height).contains(otherY),
      count <= width - x, count <= other.width - otherX
    else { return false }
    return pixels.withUnsafeBufferPointer { mine in
      other.pixels.withUnsafeBufferPointer { theirs in
        guard let mine = mine.baseAddress, let theirs = theirs.baseAddress else { return true }
        return Kernel.holdsColors(mine + (y * width + x), of: theirs + (otherY * other.width + otherX), count)
      }
    }
  }

  /// The colour that all pixels have; nil where they differ, and where there are none.
  package var onlyColor: UInt32? {
    guard let first = pixels.first else { return nil }
    let color = first & 0x00FF_FFFF
    return pixels.allSatisfy { $0 & 0x00FF_FFFF == color } ? color : nil
  }

  /// A number for each row of each strip of columns, the same for rows of the same pixels with `mask` applied to each:
  /// first those of the first strip. Rows and columns must lie within the raster; else there are none.
  package func hashes(rows: Range<Int32>, strips: [Range<Int32>], mask: UInt32) -> [UInt64] {
    let all = Rect(size)
    let fits = strips.allSatisfy {
      all.contains(Rect(left: $0.lowerBound, top: rows.lowerBound, right: $0.upperBound, bottom: rows.upperBound))
    }
    guard fits else { return [] }
    return [UInt64](unsafeUninitializedCapacity: rows.count * strips.count) { hashes, count in
      pixels.withUnsafeBufferPointer { pixels in
        guard let pixels = pixels.baseAddress, let hashes = hashes.baseAddress else { return }
        // Along the rows, as they stand in memory.
        for (place, y) in rows.enumerated() {
          for (strip, columns) in strips.enumerated() {
            (hashes + (strip * rows.count + place)).initialize(
              to: Kernel.hash(pixels + (Int(y) * width + Int(columns.lowerBound)), columns.count, mask: mask))
          }
        }
        count = rows.count * strips.count
      }
    }
  }
}

extension Kernel {
  /// True where each pixel of `row` is the lower 24 bits of its counterpart.
  @inline(__always)
  static func holdsColors(_ row: SourceRow, of other: SourceRow, _ count: Int) -> Bool {
    var start = 0
    // In pieces, for an end soon after the first difference; a piece without a branch, for vectors.
    while start < count {
      let end = min(start &+ 64, count)
      var difference: UInt32 = 0
      for i in start..<end { difference |= row[i] ^ other[i] & 0x00FF_FFFF }
      if difference != 0 { return false }
      start = end
    }
    return true
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
