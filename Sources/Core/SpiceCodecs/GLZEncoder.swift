import SpicePixels

/// The sender's side of GLZ: encodes images, each with the earlier ones of its session as dictionary.
///
/// One dictionary serves all display channels of a client, whose announced window size is its `capacity`; the client's
/// `GLZWindow` holds what this one does.
public struct GLZDictionary: Sendable {
  /// Most pixels referred to, the image being encoded included.
  public let capacity: Int
  /// Of the next image.
  public private(set) var nextID: UInt64

  private var finder = GlobalFinder()

  /// - Parameter nextID: of the first image: 0 but where a session goes on that began elsewhere.
  public init(capacity: Int, nextID: UInt64 = 0) {
    self.capacity = max(0, capacity)
    self.nextID = nextID
  }

  /// Encodes a raster, `opaque` as `RGB32` and otherwise as `RGBA`, and remembers it.
  ///
  /// Images larger than the window cannot be sent this way: nil, and nothing has changed.
  public mutating func encode(_ raster: Raster) -> [UInt8]? {
    guard raster.pixels.count <= capacity else { return nil }
    let type: LZImageType = raster.kind == .opaque ? .rgb32 : .rgba
    finder.drop(toKeep: capacity - raster.pixels.count)
    let oldest = finder.images.first?.id ?? nextID
    var output: [UInt8] = []
    output.reserveCapacity(GLZHeader.size + raster.pixels.count)
    output.appendBigEndian(lzMagic)
    output.appendBigEndian(lzVersion)
    output.append(type.rawValue | 1 << 4)
    for size in [raster.width, raster.height, raster.width * 4] { output.appendBigEndian(UInt32(clamping: size)) }
    output.appendBigEndian(UInt32(truncatingIfNeeded: nextID >> 32))
    output.appendBigEndian(UInt32(truncatingIfNeeded: nextID))
    output.appendBigEndian(UInt32(truncatingIfNeeded: nextID - oldest))

    let colors = raster.pixels.map { $0 & 0xff_ffff }
    finder.id = nextID
    colors.withUnsafeBufferPointer { colors in
      compressLZ(colors, bias: ColorForm.lengthBias, finder: &finder, to: &output) { color, output in
        output.append(UInt8(truncatingIfNeeded: color))
        output.append(UInt8(truncatingIfNeeded: color >> 8))
        output.append(UInt8(truncatingIfNeeded: color >> 16))
      }
    }
    if type == .rgba {
      let alpha = raster.pixels.map { UInt8(truncatingIfNeeded: $0 >> 24) }
      var finder = AlphaFinder()
      alpha.withUnsafeBufferPointer { alpha in
        compressLZ(alpha, bias: ByteForm.lengthBias, finder: &finder, to: &output) { byte, output in
          output.append(byte)
        }
      }
    }
    finder.images.append(GlobalFinder.Image(id: nextID, colors: colors))
    finder.pixelCount += colors.count
    nextID += 1
    return output
  }
}

/// The last place of each three colours in this image or an earlier one.
private struct GlobalFinder: LZFinder, Sendable {
  struct Image: Sendable {
    var id: UInt64
    var colors: [UInt32]
  }

  private struct Place: Sendable {
    var id: UInt64
    var offset: Int
  }

  private static var bits: Int { 16 }
  private static var offsetLimit: Int { 1 << 25 }
  private static var imageLimit: UInt64 { 1 << 24 }

  /// By ascending id, without gaps.
  var images: [Image] = []
  var pixelCount = 0
  /// Of the image being encoded.
  var id: UInt64 = 0
  private var places = [Place](repeating: Place(id: .max, offset: 0), count: 1 << Self.bits)

  /// Drops the oldest images until no more than `count` pixels are left.
  mutating func drop(toKeep count: Int) {
    var dropped = 0
    while dropped < images.count, pixelCount > count {
      pixelCount -= images[dropped].colors.count
      dropped += 1
    }
    images.removeFirst(dropped)
  }

  func match(_ pixels: UnsafeBufferPointer<UInt32>, at index: Int) -> LZMatch? {
    let place = places[hashOfThree(pixels, at: index, bits: Self.bits)]
    guard place.id <= id, id - place.id < Self.imageLimit else { return nil }
    let reference: LZReference
    let length: Int
    if place.id == id {
      reference = LZReference(imageDistance: 0, offset: index - place.offset)
      length = commonLength(pixels, at: index, pixels, at: place.offset)
    } else {
      guard let oldest = images.first?.id, place.id >= oldest, place.offset < Self.offsetLimit else { return nil }
      reference = LZReference(imageDistance: Int(id - place.id), offset: place.offset)
      length = images[Int(place.id - oldest)].colors.withUnsafeBufferPointer { colors in
        commonLength(pixels, at: index, colors, at: place.offset)
      }
    }
    guard reference.offset <= Self.offsetLimit, length >= 3 else { return nil }
    return LZMatch(length: length, reference: reference)
  }

  mutating func insert(_ pixels: UnsafeBufferPointer<UInt32>, at index: Int) {
    places[hashOfThree(pixels, at: index, bits: Self.bits)] = Place(id: id, offset: index)
  }

  func write(_ reference: LZReference, lengthCode: Int, to output: inout [UInt8]) {
    appendGlobalReference(reference, lengthCode: lengthCode, to: &output)
  }
}

/// The same within one alpha plane.
private struct AlphaFinder: LZFinder {
  private static var bits: Int { 14 }
  private var places = [Int](repeating: -1, count: 1 << Self.bits)

  func match(_ pixels: UnsafeBufferPointer<UInt8>, at index: Int) -> LZMatch? {
    let place = places[hashOfThree(pixels, at: index, bits: Self.bits)]
    guard place >= 0, index - place <= 1 << 25 else { return nil }
    let length = commonLength(pixels, at: index, pixels, at: place)
    guard length >= 6 else { return nil }
    return LZMatch(length: length, reference: LZReference(imageDistance: 0, offset: index - place))
  }

  mutating func insert(_ pixels: UnsafeBufferPointer<UInt8>, at index: Int) {
    places[hashOfThree(pixels, at: index, bits: Self.bits)] = index
  }

  func write(_ reference: LZReference, lengthCode: Int, to output: inout [UInt8]) {
    appendGlobalReference(reference, lengthCode: lengthCode, to: &output)
  }
}

/// A reference as `GlobalDialect` reads it, in the shortest form.
private func appendGlobalReference(_ reference: LZReference, lengthCode: Int, to output: inout [UInt8]) {
  let distance = reference.imageDistance
  let offset = reference.imageDistance == 0 ? reference.offset - 1 : reference.offset
  let isLong = offset >= 1 << 12
  output.append(UInt8(min(lengthCode, 7) << 5 | (isLong ? 16 : 0) | offset & 15))
  if lengthCode >= 7 { appendLongLength(lengthCode, to: &output) }
  output.append(UInt8(offset >> 4 & 255))

  // The distance in images: six bits beside a short offset, then whole bytes.
  var rest = isLong ? distance : distance >> 6
  var more: [UInt8] = []
  while rest > 0 {
    more.append(UInt8(rest & 255))
    rest >>= 8
  }
  let isVeryLong = offset >= 1 << 17
  let low = isLong ? (isVeryLong ? 32 : 0) | offset >> 12 & 31 : distance & 63
  output.append(UInt8(more.count << 6 | low))
  output.append(contentsOf: more)
  if isVeryLong { output.append(UInt8(offset >> 17)) }
}
