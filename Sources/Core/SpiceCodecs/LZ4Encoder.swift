import SpicePixels

extension LZ4 {
  /// Encodes a block that any LZ4 decoder reads. An empty one is the single byte 0.
  ///
  /// The rules of the format's end are kept: the last five bytes are literals, and no match begins in the last twelve.
  public static func encodeBlock(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    var output: [UInt8] = []
    output.reserveCapacity(bytes.count / 2 + 16)
    bytes.withUnsafeBufferPointer { bytes in encode(bytes, to: &output) }
    return output
  }

  private static func encode(_ bytes: UnsafeBufferPointer<UInt8>, to output: inout [UInt8]) {
    let bits = 14
    // Places of the last four bytes with each hash, or -1.
    var places = [Int](repeating: -1, count: 1 << bits)
    var literals = 0
    var index = 0
    while index < bytes.count - 12 {
      let word = word(bytes, at: index)
      let hash = Int(truncatingIfNeeded: (word &* 2_654_435_761) >> UInt32(32 - bits))
      let place = places[hash]
      places[hash] = index
      guard place >= 0, index - place <= 65_535, self.word(bytes, at: place) == word else {
        // The longer nothing is found, the larger the steps: noise is not worth the search.
        index += 1 + (index - literals) >> 6
        continue
      }
      var length = 4
      let most = bytes.count - 5 - index
      while length < most, bytes[index + length] == bytes[place + length] { length += 1 }
      append(bytes, literals, index, match: length, distance: index - place, to: &output)
      index += length
      literals = index
    }
    append(bytes, literals, bytes.count, match: 0, distance: 0, to: &output)
  }

  private static func word(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int) -> UInt32 {
    UInt32(bytes[index]) | UInt32(bytes[index + 1]) << 8 | UInt32(bytes[index + 2]) << 16
      | UInt32(bytes[index + 3]) << 24
  }

  /// One sequence: literals, and unless it is the last a match of at least four bytes.
  private static func append(
    _ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int, match: Int, distance: Int,
    to output: inout [UInt8]
  ) {
    let literals = end - start
    let more = match == 0 ? 0 : match - 4
    output.append(UInt8(min(literals, 15) << 4 | min(more, 15)))
    appendLength(literals, to: &output)
    output.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[start..<end]))
    if match > 0 {
      output.append(UInt8(distance & 255))
      output.append(UInt8(distance >> 8))
      appendLength(more, to: &output)
    }
  }

  /// What follows a length of 15 or more.
  private static func appendLength(_ length: Int, to output: inout [UInt8]) {
    guard length >= 15 else { return }
    var rest = length - 15
    while rest >= 255 {
      output.append(255)
      rest -= 255
    }
    output.append(UInt8(rest))
  }
}

extension LZ4Image {
  /// Encodes a raster as one block: `opaque` as `32BIT`, `alpha` as `RGBA`, `coverage` as `8BIT_A`; top-down.
  public static func encode(_ raster: Raster) -> [UInt8] {
    let format: BitmapFormat
    var rows: [UInt8] = []
    switch raster.kind {
    case .opaque, .alpha:
      format = raster.kind == .alpha ? .rgba : .rgb32
      rows.reserveCapacity(raster.pixels.count * 4)
      for pixel in raster.pixels {
        for shift in [0, 8, 16, 24] as [UInt32] { rows.append(UInt8(truncatingIfNeeded: pixel >> shift)) }
      }
    case .coverage:
      format = .alpha8
      let padding = [UInt8](repeating: 0, count: (4 - raster.width % 4) % 4)
      for y in 0..<raster.height {
        for x in 0..<raster.width { rows.append(UInt8(truncatingIfNeeded: raster[x, y] >> 24)) }
        rows.append(contentsOf: padding)
      }
    }
    let block = LZ4.encodeBlock(rows[...])
    var output: [UInt8] = [1, format.rawValue]
    for shift in [24, 16, 8, 0] { output.append(UInt8(truncatingIfNeeded: block.count >> shift)) }
    output.append(contentsOf: block)
    return output
  }
}
