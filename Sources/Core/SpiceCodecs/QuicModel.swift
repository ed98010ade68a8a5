/// What the channels learned, both when decoding and when encoding: for each bucket of contexts, what every code would
/// have cost so far, and which is the cheapest.
///
/// Costs of a bucket stand in one row of eight. The low bits of each are its tag, 7 less the number of the code: so the
/// smallest of the row names the cheapest code, and of equals the highest.
struct QuicModel: ~Copyable {
  let family: QuicFamily
  /// By bucket of each channel: the table of the code that is cheapest there.
  let tables: UnsafeMutablePointer<UnsafePointer<UInt32>>
  private let costs: UnsafeMutablePointer<Int32>
  private let codeTables: UnsafePointer<UInt32>
  private let tableSize: Int

  // Where the buckets of a channel begin, eight each. `plane` is the channel that is coded by itself: alpha or gray.
  static let red = 0
  static let green = 8
  static let blue = 16
  static let plane = 24
  private static let buckets = 32
  /// Codes that a row of costs has room for.
  static let lanes = 8
  static let tagBits: Int32 = 3
  private static let tagMask: Int32 = 7

  /// - Parameters:
  ///   - codeTables: `size` words for each code of the family, which must outlive the model: what `tables` point into.
  init(_ family: QuicFamily, codeTables: UnsafePointer<UInt32>, of size: Int) {
    self.family = family
    self.codeTables = codeTables
    tableSize = size
    costs = .allocate(capacity: Self.buckets * Self.lanes)
    for index in 0..<Self.buckets * Self.lanes {
      (costs + index).initialize(to: Self.tagMask - Int32(index % Self.lanes))
    }
    tables = .allocate(capacity: Self.buckets)
    tables.initialize(repeating: codeTables + (family.depth - 1) * size, count: Self.buckets)
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
    learn(bucket: Self.red + Int(contexts >> 16 & 7), difference: differences >> 16 & 0xff, trigger: trigger)
    learn(bucket: Self.green + Int(contexts >> 8 & 7), difference: differences >> 8 & 0xff, trigger: trigger)
    learn(bucket: Self.blue + Int(contexts & 7), difference: differences & 0xff, trigger: trigger)
  }

  /// The same for alpha or gray.
  @inline(never)
  func learnPlane(context: UInt8, difference: UInt8, trigger: Int32) {
    learn(bucket: Self.plane + Int(context & 7), difference: UInt32(difference), trigger: trigger)
  }

  /// Adds what the symbol would cost in each code to what its bucket knows. Where even the cheapest has cost more than
  /// `trigger`, the bucket forgets half.
  @inline(__always)
  private func learn(bucket: Int, difference: UInt32, trigger: Int32) {
    let row = UnsafeMutableRawPointer(costs + bucket &* Self.lanes)
    let added = UnsafeRawPointer(family.costs + Int(family.symbols[Int(difference)]) &* Self.lanes)
    var cost = row.loadUnaligned(as: SIMD8<Int32>.self) &+ added.loadUnaligned(as: SIMD8<Int32>.self)
    let fours = pointwiseMin(cost.lowHalf, cost.highHalf)
    let pair = pointwiseMin(fours.lowHalf, fours.highHalf)
    let least = min(pair[0], pair[1])
    if least >> Self.tagBits > trigger { cost = (cost &>> 1) & ~Self.tagMask | cost & Self.tagMask }
    row.storeBytes(of: cost, as: SIMD8<Int32>.self)
    tables[bucket] = codeTables + Int(Self.tagMask &- least & Self.tagMask) &* tableSize
  }
}
