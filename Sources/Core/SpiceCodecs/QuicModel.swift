/// What the channels learned, both when decoding and when encoding: for each bucket of contexts, what every code would
/// have cost so far, and which is the cheapest.
///
/// Costs of a bucket stand in one row of eight. The low bits of each are its tag, 7 less the number of the code: so the
/// smallest of the row names the cheapest code, and of equals the highest.
struct QuicModel: ~Copyable {
  let family: QuicFamily
  /// By channel (red, green, blue, and alpha or gray), eight each, and then by bucket: the table of the cheapest code.
  let tables: UnsafeMutablePointer<UnsafePointer<UInt32>>
  private let costs: UnsafeMutablePointer<Int32>
  private let codeTables: UnsafePointer<UInt32>
  private let tableSize: Int

  /// The channel that is coded by itself: alpha or gray.
  static let plane = 3
  static let channels = 4
  static let buckets = 8
  static let lanes = 8
  static let tagBits: Int32 = 3
  private static let tagMask: Int32 = 7

  /// - Parameters:
  ///   - codeTables: `size` words for each code of the family, which must outlive the model: what `tables` point into.
  init(_ family: QuicFamily, codeTables: UnsafePointer<UInt32>, of size: Int) {
    self.family = family
    self.codeTables = codeTables
    tableSize = size
    let rows = Self.channels * Self.buckets
    costs = .allocate(capacity: rows * Self.lanes)
    for index in 0..<rows * Self.lanes { (costs + index).initialize(to: Self.tagMask - Int32(index % Self.lanes)) }
    tables = .allocate(capacity: rows)
    tables.initialize(repeating: codeTables + (family.depth - 1) * size, count: rows)
  }

  deinit {
    costs.deallocate()
    tables.deallocate()
  }

  /// Lets the symbols of a pixel teach the model.
  ///
  /// - Parameters:
  ///   - contexts: the buckets in which they were coded, red << 16 | green << 8 | blue.
  ///   - differences: theirs, in the same way, each modulo 2^depth.
  ///   - trigger: of `QuicPace`.
  @inline(never)
  func learnColors(contexts: UInt32, differences: UInt32, trigger: Int32) {
    learn(channel: 0, context: contexts >> 16 & 7, difference: differences >> 16 & 0xff, trigger: trigger)
    learn(channel: 1, context: contexts >> 8 & 7, difference: differences >> 8 & 0xff, trigger: trigger)
    learn(channel: 2, context: contexts & 7, difference: differences & 0xff, trigger: trigger)
  }

  /// The same for alpha or gray.
  @inline(never)
  func learnPlane(context: UInt8, difference: UInt8, trigger: Int32) {
    learn(channel: Self.plane, context: UInt32(context & 7), difference: UInt32(difference), trigger: trigger)
  }

  /// Adds what the symbol would cost in each code to what its bucket knows. Where even the cheapest has cost more than
  /// `trigger`, the bucket forgets half.
  @inline(__always)
  private func learn(channel: Int, context: UInt32, difference: UInt32, trigger: Int32) {
    let bucket = channel &* Self.buckets &+ Int(context)
    let row = costs + bucket &* Self.lanes
    let added = family.costs + Int(family.symbols[Int(difference)]) &* Self.lanes
    var least = Int32.max
    for lane in 0..<Self.lanes {
      let cost = row[lane] &+ added[lane]
      row[lane] = cost
      least = min(least, cost)
    }
    if least >> Self.tagBits > trigger {
      for lane in 0..<Self.lanes {
        let cost = row[lane]
        row[lane] = (cost >> 1) & ~Self.tagMask | cost & Self.tagMask
      }
    }
    tables[bucket] = codeTables + Int(Self.tagMask &- least & Self.tagMask) &* tableSize
  }
}
