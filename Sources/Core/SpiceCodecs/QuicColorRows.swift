/// Rows of red, green and blue. Pixels are `0x00RRGGBB`; channels of five bits stand in the low bits of each byte.
extension QuicWorkspace {
  /// Reads a row.
  ///
  /// - Parameters:
  ///   - above: the row above, `width` pixels; nil for the first.
  ///   - row: room for `width` pixels, all of which are written.
  /// - Returns: false where the stream is malformed; `problem` then says how.
  mutating func readColors(above: UnsafePointer<UInt32>?, into row: UnsafeMutablePointer<UInt32>) -> Bool {
    prepareRow()
    var x = 0
    while x < width {
      let end = x + colorPace.nextSegment(of: width - x)
      if x == 0 {
        guard readFirstColor(prediction: above.map { $0[0] } ?? 0, into: row) else { return false }
        x = 1
      }
      if let above {
        guard readColors(above: above, into: row, from: x, to: end) else { return false }
      } else {
        guard readColors(into: row, from: x, to: end) else { return false }
      }
      x = end
    }
    return true
  }

  /// The first pixel of a row is predicted by the one above it, and its context is that of the pixel above it.
  private mutating func readFirstColor(prediction: UInt32, into row: UnsafeMutablePointer<UInt32>) -> Bool {
    let tables = model.tables
    let family = model.family
    var reader = bits
    let before = colorContexts[0]
    let (red, green, blue) = Self.entries(&reader, tables, contexts: before, family)
    bits = reader
    if (red | green | blue) & QuicFamily.faultBit != 0 { return fault(red, green, blue) }
    let difference = Self.differences(red, green, blue)
    colorContexts[0] = Self.contexts(red, green, blue)
    row[0] = QuicLanes.sum(prediction, difference) & laneMask
    if colorPace.wait == 0 {
      model.learnColors(contexts: before, differences: difference, trigger: colorPace.trigger)
      colorPace.wait = colorPace.nextWait()
    } else {
      colorPace.wait -= 1
    }
    return true
  }

  /// The first row: each pixel is predicted by its left neighbour, and there are no runs. `start` is at least 1.
  @inline(never)
  private mutating func readColors(into row: UnsafeMutablePointer<UInt32>, from start: Int, to end: Int) -> Bool {
    let tables = model.tables
    let family = model.family
    let laneMask = self.laneMask
    var reader = bits
    var wait = colorPace.wait
    var contexts = colorContexts[start - 1]
    var left = row[start - 1]
    var x = start
    while x < end {
      let (red, green, blue) = Self.entries(&reader, tables, contexts: contexts, family)
      if (red | green | blue) & QuicFamily.faultBit != 0 {
        bits = reader
        return fault(red, green, blue)
      }
      let before = contexts
      let difference = Self.differences(red, green, blue)
      contexts = Self.contexts(red, green, blue)
      colorContexts[x] = contexts
      left = QuicLanes.sum(left, difference) & laneMask
      row[x] = left
      if wait == 0 {
        model.learnColors(contexts: before, differences: difference, trigger: colorPace.trigger)
        wait = colorPace.nextWait()
      } else {
        wait &-= 1
      }
      x &+= 1
    }
    colorPace.wait = wait
    bits = reader
    return true
  }

  /// Any other row: each pixel is predicted by the mean of its neighbours on the left and above, and where the row
  /// above repeats a pixel and the last two of this row are alike, a run may begin. `start` is at least 1.
  @inline(never)
  private mutating func readColors(
    above: UnsafePointer<UInt32>, into row: UnsafeMutablePointer<UInt32>, from start: Int, to end: Int
  ) -> Bool {
    let tables = model.tables
    let stored = colorContexts
    let family = model.family
    let laneMask = self.laneMask
    var reader = bits
    var wait = colorPace.wait
    var runStart = 0
    var x = start
    while x < end {
      // Most pixels: of short codewords, in no run, and not the ones that teach.
      reader.refill()
      let first = x
      (reader, x) = Self.readShortColors(
        reader, tables, above: above, into: row, contexts: stored, laneMask, from: x, to: min(end, x &+ wait),
        runStart: runStart)
      wait &-= x &- first
      guard x < end else { break }
      if QuicPace.isRun(row, above: above, at: x), x != runStart {
        runStart = x
        let length = reader.run(state: &colorPace.runState, limit: end &- x)
        guard length <= end &- x else {
          bits = reader
          problem = .overrun(length: length, available: end &- x)
          return false
        }
        (row + x).update(repeating: row[x &- 1], count: length)
        x &+= length
        continue
      }
      let contexts = stored[x &- 1]
      let (red, green, blue) = Self.entries(&reader, tables, contexts: contexts, family)
      if (red | green | blue) & QuicFamily.faultBit != 0 {
        bits = reader
        return fault(red, green, blue)
      }
      let difference = Self.differences(red, green, blue)
      stored[x] = Self.contexts(red, green, blue)
      row[x] = QuicLanes.sum(QuicLanes.mean(row[x &- 1], above[x]), difference) & laneMask
      x &+= 1
      if wait == 0 {
        model.learnColors(contexts: contexts, differences: difference, trigger: colorPace.trigger)
        wait = colorPace.nextWait()
      } else {
        wait &-= 1
      }
    }
    colorPace.wait = wait
    bits = reader
    return true
  }

  /// Reads pixels as long as none has a codeword too long for a lookup, and no run may begin: a loop that calls nothing, so
  /// that the window, for which each lookup waits, stays in a register.
  ///
  /// - Parameter bits: refilled.
  /// - Returns: those that follow, refilled, and where it stopped.
  @inline(never)
  private static func readShortColors(
    _ bits: QuicBitReader, _ tables: UnsafeMutablePointer<UnsafePointer<UInt32>>, above: UnsafePointer<UInt32>,
    into row: UnsafeMutablePointer<UInt32>, contexts stored: UnsafeMutablePointer<UInt32>, _ laneMask: UInt32,
    from start: Int, to end: Int, runStart: Int
  ) -> (QuicBitReader, Int) {
    var reader = bits
    // The last pixel's, apart from one another: a lookup of red waits for no blue.
    var (lastRed, lastGreen, lastBlue) = entries(inContexts: stored[start &- 1])
    var left = QuicLanes.Wide(row[start &- 1])
    let mask = QuicLanes.Wide(laneMask)
    var x = start
    while x < end {
      if QuicPace.isRun(row, above: above, at: x), x != runStart { break }
      var window = reader.window
      let red = tables[QuicModel.red &+ bucket(lastRed)][QuicBitReader.lookup(in: window)]
      window &<<= UInt64(red)
      let green = tables[QuicModel.green &+ bucket(lastGreen)][QuicBitReader.lookup(in: window)]
      window &<<= UInt64(green)
      let blue = tables[QuicModel.blue &+ bucket(lastBlue)][QuicBitReader.lookup(in: window)]
      if (red | green | blue) & QuicFamily.longBit != 0 { break }
      // Refilled while the lookup of blue is under way: nothing waits for it.
      reader.window = window
      reader.count &-= Int((red &+ green) & QuicFamily.lengthMask)
      reader.refill()
      reader.skip(lengthOf: blue)
      (lastRed, lastGreen, lastBlue) = (red, green, blue)
      stored[x] = contexts(red, green, blue)
      left = ((left &+ QuicLanes.Wide(above[x])) &>> 1 &+ wideDifferences(red, green, blue)) & mask
      row[x] = left.pixel
      x &+= 1
    }
    return (reader, x)
  }

  /// Reads the three symbols of a pixel, however long their codewords.
  @inline(__always)
  private static func entries(
    _ reader: inout QuicBitReader, _ tables: UnsafeMutablePointer<UnsafePointer<UInt32>>, contexts: UInt32,
    _ family: QuicFamily
  ) -> (UInt32, UInt32, UInt32) {
    let red = reader.entry(in: tables[Int(contexts >> 16)], of: family)
    let green = reader.entry(in: tables[QuicModel.green + Int(contexts >> 8 & 7)], of: family)
    let blue = reader.entry(in: tables[QuicModel.blue + Int(contexts & 7)], of: family)
    return (red, green, blue)
  }

  /// The bits of a pixel that its channels may use.
  private var laneMask: UInt32 { model.family.depth == 8 ? 0xff_ffff : 0x1f_1f1f }

  @inline(never)
  private mutating func fault(_ red: UInt32, _ green: UInt32, _ blue: UInt32) -> Bool {
    if red & QuicFamily.faultBit != 0 { return fault(red) }
    return fault(green & QuicFamily.faultBit != 0 ? green : blue)
  }

  /// The three differences as a pixel.
  @inline(__always)
  private static func differences(_ red: UInt32, _ green: UInt32, _ blue: UInt32) -> UInt32 {
    (red &<< 8) & 0xff_0000 | green & 0xff00 | (blue &>> 8) & 0xff
  }

  /// The three differences, each in a lane.
  @inline(__always)
  private static func wideDifferences(_ red: UInt32, _ green: UInt32, _ blue: UInt32) -> QuicLanes.Wide {
    QuicLanes.Wide(
      UInt16(truncatingIfNeeded: blue), UInt16(truncatingIfNeeded: green), UInt16(truncatingIfNeeded: red), 0) &>> 8
  }

  /// The bucket that an entry makes the context of its right neighbour.
  @inline(__always)
  private static func bucket(_ entry: UInt32) -> Int { Int(entry &>> QuicFamily.bucketShift) }

  /// As much of the entries as `bucket` asks for.
  @inline(__always)
  private static func entries(inContexts contexts: UInt32) -> (UInt32, UInt32, UInt32) {
    (contexts &<< 8, contexts &<< 16, contexts &<< 24)
  }

  /// The three buckets, each in a byte.
  @inline(__always)
  private static func contexts(_ red: UInt32, _ green: UInt32, _ blue: UInt32) -> UInt32 {
    (red &>> 8) & 0xff_0000 | (green &>> 16) & 0xff00 | blue &>> 24
  }
}
