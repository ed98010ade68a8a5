/// What an encoder of the LZ family takes in: a colour, a colour of 15 bits, or a byte.
protocol LZElement: FixedWidthInteger, BitwiseCopyable {
  associatedtype Form: LZForm

  /// Writes a literal of `Form.literalSize` bytes.
  func store(at target: UnsafeMutablePointer<UInt8>)
}

/// `0x00RRGGBB`, as `ColorForm` reads it.
extension UInt32: LZElement {
  typealias Form = ColorForm

  @inline(__always)
  func store(at target: UnsafeMutablePointer<UInt8>) {
    target[0] = UInt8(truncatingIfNeeded: self)
    target[1] = UInt8(truncatingIfNeeded: self >> 8)
    target[2] = UInt8(truncatingIfNeeded: self >> 16)
  }
}

/// As `HighColorForm` reads it.
extension UInt16: LZElement {
  typealias Form = HighColorForm

  @inline(__always)
  func store(at target: UnsafeMutablePointer<UInt8>) {
    target[0] = UInt8(truncatingIfNeeded: self >> 8)
    target[1] = UInt8(truncatingIfNeeded: self)
  }
}

extension UInt8: LZElement {
  typealias Form = ByteForm

  @inline(__always)
  func store(at target: UnsafeMutablePointer<UInt8>) { target[0] = self }
}

/// A stretch that is worth referring to, and how the reference is written.
struct LZMatch {
  var length: Int
  var reference: LZReference
}

/// Where an encoder looks for what it has seen, and how its dialect writes a reference to it.
protocol LZFinder {
  associatedtype Element: LZElement

  /// Most bytes of a reference without its length.
  static var referenceSize: Int { get }

  /// The longest stretch known that equals the one beginning at `index`, nil where none saves bytes; and remembers the
  /// three elements at `index`. There are three.
  mutating func match(_ pixels: UnsafeBufferPointer<Element>, at index: Int) -> LZMatch?

  /// Remembers the three elements at `index`; there are three.
  mutating func insert(_ pixels: UnsafeBufferPointer<Element>, at index: Int)

  /// Writes control, length and reference; `lengthCode` is the length without its bias, at least 1.
  func write(_ reference: LZReference, lengthCode: Int, to output: inout LZWriter)
}

/// Elements that are passed over at most, where nothing was found for long.
private let longestSkip = 3

/// Compresses one pass: the counterpart of `expandLZ`.
///
/// - Returns: False where it would take more than `limit` bytes of `output`, which has less than all then.
func compressLZ<Finder: LZFinder>(
  _ pixels: UnsafeBufferPointer<Finder.Element>, finder: inout Finder, to output: inout LZWriter, limit: Int = .max
) -> Bool {
  typealias Form = Finder.Element.Form
  let last = pixels.count - 3
  var index = 0
  var literals = 0
  while index <= last {
    let match: LZMatch?
    if index > 0, pixels[index &- 1] == pixels[index], pixels[index] == pixels[index &+ 1],
      pixels[index] == pixels[index &+ 2]
    {
      match = LZMatch(
        length: commonLength(pixels, at: index, pixels, at: index &- 1),
        reference: LZReference(imageDistance: 0, offset: 1))
    } else {
      match = finder.match(pixels, at: index)
    }
    guard let match else {
      // Where nothing was found for long, as in a photograph, it is looked for in fewer places.
      index &+= 1 &+ min((index &- literals) &>> 6, longestSkip)
      if output.count &+ (min(index, pixels.count) &- literals) &* Form.literalSize > limit { return false }
      continue
    }
    writeLiterals(pixels, from: literals, to: index, to: &output)
    output.reserve(Finder.referenceSize &+ match.length / 255 &+ 1)
    finder.write(match.reference, lengthCode: match.length &- Form.lengthBias, to: &output)
    if output.count > limit { return false }
    // The last elements of a stretch are the likeliest to begin the next.
    let end = index &+ match.length
    for late in max(index &+ 1, end &- 2)..<max(index &+ 1, end) where late <= last {
      finder.insert(pixels, at: late)
    }
    index = end
    literals = end
  }
  writeLiterals(pixels, from: literals, to: pixels.count, to: &output)
  return output.count <= limit
}

/// Literals go in groups of up to 32, each after a control byte that is one less than their number.
private func writeLiterals<Element: LZElement>(
  _ pixels: UnsafeBufferPointer<Element>, from start: Int, to end: Int, to output: inout LZWriter
) {
  output.reserve((end &- start) &* Element.Form.literalSize &+ (end &- start) / 32 &+ 1)
  var start = start
  while start < end {
    let count = min(32, end &- start)
    output.put(low: count &- 1)
    for index in start..<(start &+ count) { output.put(literal: pixels[index]) }
    start &+= count
  }
}

/// What follows a control whose three bits of length are full.
func putLongLength(_ lengthCode: Int, to output: inout LZWriter) {
  var rest = lengthCode - 7
  while rest >= 255 {
    output.put(255)
    rest -= 255
  }
  output.put(low: rest)
}

/// Where in a table of `1 << bits` the three elements at `index` are remembered.
@inline(__always)
func hashOfThree<Element: FixedWidthInteger>(
  _ pixels: UnsafeBufferPointer<Element>, at index: Int, bits: Int
) -> Int {
  var hash = UInt64(truncatingIfNeeded: pixels[index]) &* 0x9e37_79b9_7f4a_7c15
  hash = (hash ^ UInt64(truncatingIfNeeded: pixels[index &+ 1])) &* 0x9e37_79b9_7f4a_7c15
  hash = (hash ^ UInt64(truncatingIfNeeded: pixels[index &+ 2])) &* 0x9e37_79b9_7f4a_7c15
  return Int(truncatingIfNeeded: hash &>> UInt64(truncatingIfNeeded: 64 &- bits))
}

/// How many elements from `index` on equal those from `other` on in `source`; none where `other` is not in it.
@inline(__always)
func commonLength<Element: FixedWidthInteger & BitwiseCopyable>(
  _ pixels: UnsafeBufferPointer<Element>, at index: Int, _ source: UnsafeBufferPointer<Element>, at other: Int
) -> Int {
  let most = min(pixels.count &- index, source.count &- other)
  guard most > 0, pixels[index] == source[other] else { return 0 }
  var length = 1
  if let pixels = pixels.baseAddress, let source = source.baseAddress {
    // Words of eight bytes, as long as they are equal.
    let step = 8 / MemoryLayout<Element>.size
    let (mine, theirs) = (UnsafeRawPointer(pixels + index), UnsafeRawPointer(source + other))
    while length &+ step <= most {
      let offset = length &* MemoryLayout<Element>.size
      let word = mine.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
      if word != theirs.loadUnaligned(fromByteOffset: offset, as: UInt64.self) { break }
      length &+= step
    }
  }
  while length < most, pixels[index &+ length] == source[other &+ length] { length &+= 1 }
  return length
}
