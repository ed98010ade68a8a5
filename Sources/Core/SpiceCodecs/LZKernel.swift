/// Why decoding stopped before the pixels were complete.
enum LZInterruption: Error {
  case broken(CodecError)
  /// A reference to this image, which has not come yet.
  case waiting(forImage: UInt64)
}

/// Where a reference points.
struct LZReference {
  /// 0 for the image being decoded.
  var imageDistance: Int
  /// Elements back from here in the same image; from the first pixel on in another.
  var offset: Int
}

/// How LZ and GLZ write a reference: what follows the control byte and the length.
protocol LZDialect {
  static var codec: Codec { get }

  /// Reads the reference begun by `control`; at least 8 bytes may be read from `source`, which moves past it.
  static func readReference(control: Int, _ source: inout UnsafePointer<UInt8>) -> LZReference

  /// Writes `count` elements of another image to `target`; false where that image has fewer.
  func copyFromImage<Form: LZForm>(
    _ reference: LZReference, form: Form.Type, to target: UnsafeMutablePointer<Form.Element>, count: Int, at offset: Int
  ) throws(LZInterruption)
}

/// A stretch of compressed bytes whose end may be overread.
struct LZPiece {
  var start: UnsafePointer<UInt8>
  /// Controls are read before this one.
  var controlLimit: Int
  /// Bytes that may be read, and those of them that are the stream's.
  var readLimit: Int
  var end: Int
  /// Where `start` is in the data, for errors.
  var offset: Int
}

/// Most that a control, its reference and its literals may read, long lengths aside, with room for wide copies.
private let margin = 128

/// Decodes one pass over an image: `count` elements from `data`, beginning at byte `start`.
///
/// Returns the byte after the last that was used. `target` holds room for `count` elements and nothing more is written.
func expandLZ<Form: LZForm, Dialect: LZDialect>(
  _ form: Form.Type, _ dialect: Dialect, data: UnsafeBufferPointer<UInt8>, from start: Int,
  into target: UnsafeMutablePointer<Form.Element>, count: Int
) throws(LZInterruption) -> Int {
  guard count > 0 else { return start }
  var read = start
  var written = 0
  if let base = data.baseAddress, data.count &- read > margin {
    let rest = data.count &- read
    let piece = LZPiece(
      start: base + read, controlLimit: rest &- margin, readLimit: rest, end: rest, offset: read)
    read &+= try expandPiece(form, dialect, piece, into: target, count: count, written: &written)
  }
  if written == count { return read }

  // What is left is copied to where zeros follow: a truncated stream then reads zeros, never past its end.
  var tail = [UInt8](repeating: 0, count: data.count &- read &+ margin)
  for index in read..<data.count { tail[index &- read] = data[index] }
  read &+= try tail.withUnsafeBufferPointer { bytes throws(LZInterruption) -> Int in
    guard let base = bytes.baseAddress else { return 0 }
    let rest = data.count &- read
    let piece = LZPiece(start: base, controlLimit: rest, readLimit: bytes.count, end: rest, offset: read)
    return try expandPiece(form, dialect, piece, into: target, count: count, written: &written)
  }
  if written < count { throw .broken(.truncated(Dialect.codec, offset: data.count, needed: 1)) }
  return read
}

/// Decodes until the elements are complete or the piece's last control is done; returns the bytes used.
@inline(__always)
private func expandPiece<Form: LZForm, Dialect: LZDialect>(
  _ form: Form.Type, _ dialect: Dialect, _ piece: LZPiece, into target: UnsafeMutablePointer<Form.Element>,
  count: Int, written: inout Int
) throws(LZInterruption) -> Int {
  let step = MemoryLayout<Form.Element>.size
  let slack = wideSlack
  let controlEnd = piece.start + piece.controlLimit
  let readEnd = piece.start + piece.readLimit
  var from = piece.start
  var to = target + written
  var left = count &- written
  defer { written = count &- left }

  while from < controlEnd, left > 0 {
    let control = Int(from[0])
    if control < 32 {
      let length = control &+ 1
      let next = from + (1 &+ length &* Form.literalSize)
      try piece.check(next, length, left, from, Dialect.codec)
      // A literal copy rounds up to 32 bytes at most.
      Form.copyLiterals(from + 1, to: to, count: length, isRoomy: left &- length >= 32)
      from = next
      to += length
      left &-= length
      continue
    }

    var next = from + 1
    var length = control >> 5
    if length == 7 {
      var more = 255
      // No further than to what is too long anyway: millions of such bytes would not fit an `Int` of 32 bits.
      while more == 255, next < readEnd, length <= left {
        more = Int(next[0])
        length &+= more
        next += 1
      }
      // Too near the end for what follows: the rest is for the padded tail.
      if readEnd - next < 8 { break }
    }
    length &+= Form.lengthBias
    let reference = Dialect.readReference(control: control, &next)
    try piece.check(next, length, left, from, Dialect.codec)
    if reference.imageDistance != 0 {
      try dialect.copyFromImage(
        reference, form: form, to: to, count: length, at: piece.offset &+ (from - piece.start))
    } else {
      let distance = reference.offset
      guard distance <= count &- left else {
        throw .broken(
          .malformed(
            Dialect.codec, offset: piece.offset &+ (from - piece.start),
            .distance(distance, available: count &- left)))
      }
      // One that ends too near the end for wide copies ends one by one.
      let wide = min(length, left &- slack)
      if wide > 0 {
        repeatWide(UnsafeMutableRawPointer(to), distance: distance &* step, count: wide &* step, step: step)
      }
      if wide < length {
        for index in max(0, wide)..<length { to[index] = to[index &- distance] }
      }
    }
    from = next
    to += length
    left &-= length
  }
  return from - piece.start
}

extension LZPiece {
  /// Refuses what was read from `from` to `next` where it ends behind the stream, or writes more than is left.
  @inline(__always)
  fileprivate func check(
    _ next: UnsafePointer<UInt8>, _ length: Int, _ left: Int, _ from: UnsafePointer<UInt8>, _ codec: Codec
  ) throws(LZInterruption) {
    guard next - start <= end else {
      throw .broken(.truncated(codec, offset: offset &+ end, needed: next - start &- end))
    }
    guard length <= left else {
      throw .broken(
        .malformed(codec, offset: offset &+ (from - start), .overrun(length: length, available: left)))
    }
  }
}
