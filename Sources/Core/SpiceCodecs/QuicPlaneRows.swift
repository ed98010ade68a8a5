/// Rows of a single channel of eight bits, alpha or gray, a byte for each pixel. The rules are those of `QuicColorRows`.
extension QuicWorkspace {
  /// Reads a row.
  ///
  /// - Parameters:
  ///   - above: the row above, `width` bytes; nil for the first.
  ///   - row: room for `width` bytes, all of which are written.
  /// - Returns: false where the stream is malformed; `problem` then says how.
  mutating func readPlane(above: UnsafePointer<UInt8>?, into row: UnsafeMutablePointer<UInt8>) -> Bool {
    prepareRow()
    var x = 0
    while x < width {
      let end = x + planePace.nextSegment(of: width - x)
      if x == 0 {
        guard readFirst(prediction: above.map { $0[0] } ?? 0, into: row) else { return false }
        x = 1
      }
      if let above {
        guard readPlane(above: above, into: row, from: x, to: end) else { return false }
      } else {
        guard readPlane(into: row, from: x, to: end) else { return false }
      }
      x = end
    }
    return true
  }

  private mutating func readFirst(prediction: UInt8, into row: UnsafeMutablePointer<UInt8>) -> Bool {
    let context = planeContexts[0]
    let entry = bits.entry(in: model.tables[QuicModel.plane + Int(context)], of: model.family)
    if entry & QuicFamily.faultBit != 0 { return fault(entry) }
    let difference = UInt8(truncatingIfNeeded: entry >> QuicFamily.differenceShift)
    planeContexts[0] = UInt8(truncatingIfNeeded: entry >> QuicFamily.bucketShift)
    row[0] = prediction &+ difference
    if planePace.wait == 0 {
      model.learnPlane(context: context, difference: difference, trigger: planePace.trigger)
      planePace.wait = planePace.nextWait()
    } else {
      planePace.wait -= 1
    }
    return true
  }

  /// A part of the first row. `start` is at least 1.
  private mutating func readPlane(into row: UnsafeMutablePointer<UInt8>, from start: Int, to end: Int) -> Bool {
    let tables = model.tables + QuicModel.plane
    var reader = bits
    var wait = planePace.wait
    var context = planeContexts[start - 1]
    var left = row[start - 1]
    var x = start
    while x < end {
      let entry = reader.entry(in: tables[Int(context)], of: model.family)
      if entry & QuicFamily.faultBit != 0 {
        bits = reader
        return fault(entry)
      }
      let before = context
      let difference = UInt8(truncatingIfNeeded: entry &>> QuicFamily.differenceShift)
      context = UInt8(truncatingIfNeeded: entry &>> QuicFamily.bucketShift)
      planeContexts[x] = context
      left &+= difference
      row[x] = left
      if wait == 0 {
        model.learnPlane(context: before, difference: difference, trigger: planePace.trigger)
        wait = planePace.nextWait()
      } else {
        wait &-= 1
      }
      x &+= 1
    }
    planePace.wait = wait
    bits = reader
    return true
  }

  /// A part of any other row. `start` is at least 1.
  @inline(never)
  private mutating func readPlane(
    above: UnsafePointer<UInt8>, into row: UnsafeMutablePointer<UInt8>, from start: Int, to end: Int
  ) -> Bool {
    let tables = model.tables + QuicModel.plane
    let stored = planeContexts
    var reader = bits
    var wait = planePace.wait
    var context = stored[start - 1]
    var left = row[start - 1]
    // Before the third pixel no run begins, so that it does not matter what is taken for the second to the left.
    var secondLeft = start > 1 ? row[start - 2] : 0
    var aboveLeft = above[start - 1]
    var runStart = 0
    var x = start
    while x < end {
      let up = above[x]
      if up == aboveLeft, left == secondLeft, x != runStart, x > 2 {
        runStart = x
        let length = reader.run(state: &planePace.runState, limit: end &- x)
        guard length <= end &- x else {
          bits = reader
          problem = .overrun(length: length, available: end &- x)
          return false
        }
        (row + x).update(repeating: left, count: length)
        x &+= length
        aboveLeft = above[x &- 1]
        context = stored[x &- 1]
        continue
      }
      let entry = reader.entry(in: tables[Int(context)], of: model.family)
      if entry & QuicFamily.faultBit != 0 {
        bits = reader
        return fault(entry)
      }
      let before = context
      let difference = UInt8(truncatingIfNeeded: entry &>> QuicFamily.differenceShift)
      context = UInt8(truncatingIfNeeded: entry &>> QuicFamily.bucketShift)
      stored[x] = context
      let prediction = UInt8(truncatingIfNeeded: (UInt32(left) &+ UInt32(up)) &>> 1)
      secondLeft = left
      left = prediction &+ difference
      row[x] = left
      aboveLeft = up
      if wait == 0 {
        model.learnPlane(context: before, difference: difference, trigger: planePace.trigger)
        wait = planePace.nextWait()
      } else {
        wait &-= 1
      }
      x &+= 1
    }
    planePace.wait = wait
    bits = reader
    return true
  }

  /// Notes that the codeword of `entry` stands for no symbol. Always false.
  @inline(never)
  mutating func fault(_ entry: UInt32) -> Bool {
    problem = .value(entry >> QuicFamily.differenceShift & 0x1ff)
    return false
  }
}
