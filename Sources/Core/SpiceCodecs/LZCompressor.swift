/// A stretch that is worth referring to, and how the reference is written.
struct LZMatch {
  var length: Int
  var reference: LZReference
}

/// Where an encoder looks for what it has seen, and how its dialect writes a reference to it.
protocol LZFinder {
  associatedtype Element: FixedWidthInteger

  /// The longest stretch known that equals the one beginning at `index`; nil where none saves bytes.
  func match(_ pixels: UnsafeBufferPointer<Element>, at index: Int) -> LZMatch?

  /// Remembers the three elements at `index`; there are three.
  mutating func insert(_ pixels: UnsafeBufferPointer<Element>, at index: Int)

  /// Writes control, length and reference; `lengthCode` is the length without its bias, at least 1.
  func write(_ reference: LZReference, lengthCode: Int, to output: inout [UInt8])
}

/// Compresses one pass: the counterpart of `expandLZ`.
///
/// `bias` is the form's; a literal is written by `writeLiteral`.
func compressLZ<Finder: LZFinder>(
  _ pixels: UnsafeBufferPointer<Finder.Element>, bias: Int, finder: inout Finder, to output: inout [UInt8],
  writeLiteral: (Finder.Element, inout [UInt8]) -> Void
) {
  var index = 0
  var literals = 0
  while index + 3 <= pixels.count {
    let match: LZMatch?
    if index > 0, pixels[index - 1] == pixels[index], pixels[index] == pixels[index + 1],
      pixels[index] == pixels[index + 2]
    {
      var end = index + 3
      while end < pixels.count, pixels[end] == pixels[index] { end += 1 }
      match = LZMatch(length: end - index, reference: LZReference(imageDistance: 0, offset: 1))
    } else {
      match = finder.match(pixels, at: index)
      finder.insert(pixels, at: index)
    }
    guard let match else {
      index += 1
      continue
    }
    writeLiterals(pixels, from: literals, to: index, to: &output, writeLiteral)
    finder.write(match.reference, lengthCode: match.length - bias, to: &output)
    // The last elements of a stretch are the likeliest to begin the next.
    let end = index + match.length
    for late in max(index + 1, end - 2)..<max(index + 1, end) where late + 3 <= pixels.count {
      finder.insert(pixels, at: late)
    }
    index = end
    literals = end
  }
  writeLiterals(pixels, from: literals, to: pixels.count, to: &output, writeLiteral)
}

/// Literals go in groups of up to 32, each after a control byte that is one less than their number.
private func writeLiterals<Element>(
  _ pixels: UnsafeBufferPointer<Element>, from start: Int, to end: Int, to output: inout [UInt8],
  _ writeLiteral: (Element, inout [UInt8]) -> Void
) {
  var start = start
  while start < end {
    let count = min(32, end - start)
    output.append(UInt8(count - 1))
    for index in start..<(start + count) { writeLiteral(pixels[index], &output) }
    start += count
  }
}

/// What follows a control whose three bits of length are full.
func appendLongLength(_ lengthCode: Int, to output: inout [UInt8]) {
  var rest = lengthCode - 7
  while rest >= 255 {
    output.append(255)
    rest -= 255
  }
  output.append(UInt8(rest))
}

/// Where in a table of `1 << bits` the three elements at `index` are remembered.
@inline(__always)
func hashOfThree<Element: FixedWidthInteger>(
  _ pixels: UnsafeBufferPointer<Element>, at index: Int, bits: Int
) -> Int {
  var hash = UInt64(truncatingIfNeeded: pixels[index]) &* 0x9e37_79b9_7f4a_7c15
  hash = (hash ^ UInt64(truncatingIfNeeded: pixels[index + 1])) &* 0x9e37_79b9_7f4a_7c15
  hash = (hash ^ UInt64(truncatingIfNeeded: pixels[index + 2])) &* 0x9e37_79b9_7f4a_7c15
  return Int(truncatingIfNeeded: hash >> UInt64(64 - bits))
}

/// How many elements from `index` on equal those from `other` on in `source`.
@inline(__always)
func commonLength<Element: FixedWidthInteger>(
  _ pixels: UnsafeBufferPointer<Element>, at index: Int, _ source: UnsafeBufferPointer<Element>, at other: Int
) -> Int {
  let most = min(pixels.count - index, source.count - other)
  var length = 0
  while length < most, pixels[index + length] == source[other + length] { length += 1 }
  return length
}

extension Array<UInt8> {
  mutating func appendBigEndian(_ word: UInt32) {
    append(UInt8(truncatingIfNeeded: word >> 24))
    append(UInt8(truncatingIfNeeded: word >> 16))
    append(UInt8(truncatingIfNeeded: word >> 8))
    append(UInt8(truncatingIfNeeded: word))
  }
}
