/// LZ4 blocks: the format of `lz4_Block_format.md`, as `LZ4Image` and compressed data of the vmc channels use it.
public enum LZ4 {
  /// Decodes one block of at most `limit` bytes when decoded.
  ///
  /// Errors: `truncated` where the block ends inside a sequence; `malformed` with the offset of the sequence that
  /// reaches before the first byte (`distance`) or decodes to more than `limit` (`overrun`).
  public static func decodeBlock(_ block: ArraySlice<UInt8>, limit: Int) throws(CodecError) -> [UInt8] {
    // A byte of a block stands for at most 255, so a generous limit costs nothing.
    let most = block.count.multipliedReportingOverflow(by: 255)
    let capacity = most.overflow ? limit : min(max(0, limit), most.partialValue)
    var failure: CodecError?
    let decoded = [UInt8](unsafeUninitializedCapacity: capacity) { target, initialized in
      do throws(CodecError) {
        initialized = try block.withUnsafeBufferPointer { block throws(CodecError) in
          try expand(block, at: 0, count: block.count, into: target, from: 0)
        }
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return decoded
  }

  /// Decodes the block of `count` bytes at `data[start]` to `target[written...]` and returns where it ends there.
  ///
  /// References may reach back to `target[0]`: what earlier blocks wrote is this one's dictionary. `start + count` must
  /// be within `data`, `written` within `target`; nothing outside either is touched.
  static func expand(
    _ data: UnsafeBufferPointer<UInt8>, at start: Int, count: Int, into target: UnsafeMutableBufferPointer<UInt8>,
    from written: Int
  ) throws(CodecError) -> Int {
    guard let source = data.baseAddress, count > 0 else {
      throw .truncated(.lz4, offset: start, needed: 1)
    }
    // A block that decodes to nothing is one byte, 0; then there may be no target at all.
    var nowhere: UInt8 = 0
    if let base = target.baseAddress {
      return try expand(source, from: start, to: start &+ count, into: base, at: written, count: target.count)
    }
    return try withUnsafeMutablePointer(to: &nowhere) { base throws(CodecError) in
      try expand(source, from: start, to: start &+ count, into: base, at: 0, count: 0)
    }
  }

  /// The kernel: `source[start..<end]` is read, `target[at..<count]` written, `target[0..<at]` referred to.
  private static func expand(
    _ source: UnsafePointer<UInt8>, from start: Int, to end: Int, into target: UnsafeMutablePointer<UInt8>, at: Int,
    count: Int
  ) throws(CodecError) -> Int {
    var from = start
    var to = at
    while true {
      let sequence = from
      guard from < end else { throw .truncated(.lz4, offset: end, needed: 1) }
      let token = Int(source[from])
      from &+= 1

      var length = token >> 4
      // Most literals are few and far from either end: one wide copy.
      if length < 15, end &- from >= 32, count &- to >= 32 {
        store16(load16(source + from), to: target + to)
      } else {
        if length == 15 { length = try extended(length, source, &from, end) }
        guard length <= end &- from else {
          throw .truncated(.lz4, offset: end, needed: length &- (end &- from))
        }
        guard length <= count &- to else {
          throw .malformed(.lz4, offset: sequence, .overrun(length: length, available: count &- to))
        }
        if length > 0 { (target + to).update(from: source + from, count: length) }
      }
      from &+= length
      to &+= length
      // The last sequence has literals alone.
      if from == end { return to }

      guard end &- from >= 2 else { throw .truncated(.lz4, offset: end, needed: 2 &- (end &- from)) }
      let distance = Int(source[from]) | Int(source[from &+ 1]) &<< 8
      from &+= 2
      guard distance > 0, distance <= to else {
        throw .malformed(.lz4, offset: sequence, .distance(distance, available: to))
      }
      length = token & 15
      if length == 15 { length = try extended(length, source, &from, end) }
      length &+= 4
      guard length <= count &- to else {
        throw .malformed(.lz4, offset: sequence, .overrun(length: length, available: count &- to))
      }
      if count &- to &- length >= wideSlack {
        repeatWide(UnsafeMutableRawPointer(target + to), distance: distance, count: length, step: 1)
      } else {
        for index in to..<(to &+ length) { target[index] = target[index &- distance] }
      }
      to &+= length
    }
  }

  /// A length of 15 goes on: bytes are added up to and with the first that is not 255. Past 2^30, which is longer than
  /// anything may be, it ends, so that an `Int` of 32 bits holds it.
  @inline(__always)
  private static func extended(
    _ length: Int, _ source: UnsafePointer<UInt8>, _ from: inout Int, _ end: Int
  ) throws(CodecError) -> Int {
    var length = length
    while true {
      guard from < end else { throw .truncated(.lz4, offset: end, needed: 1) }
      let more = Int(source[from])
      from &+= 1
      length &+= more
      if more != 255 || length > 1 << 30 { return length }
    }
  }
}
